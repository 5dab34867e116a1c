//! HTTP as it is on the wire, so that the tests do not depend on what they test.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// Nothing that works takes that long.
const FOR_EVER: Duration = Duration::from_secs(60);

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A connection.
pub(crate) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    /// What is left of the current chunk; nothing: the body is over.
    chunk: Option<usize>,
}

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: Head,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The kind of a refusal, whose form is checked as well.
    #[track_caller]
    pub(crate) fn refusal(&self) -> String {
        let json = self.json();
        assert!(json["error"]["message"].is_string(), "{json}");
        assert_eq!(self.head.header("content-type"), Some("application/json"));
        json["error"]["kind"].as_str().unwrap().to_owned()
    }
}

impl Connection {
    #[cfg(unix)]
    pub(crate) fn local(path: &Path) -> Self {
        let stream = std::os::unix::net::UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(FOR_EVER)).unwrap();
        Self::new(stream)
    }

    /// A named pipe is a file to its clients.
    #[cfg(windows)]
    pub(crate) fn local(path: &Path) -> Self {
        let name = std::fs::read_to_string(path).unwrap();
        loop {
            match std::fs::File::options().read(true).write(true).open(&name) {
                // Busy for as long as the server takes to make another end.
                Err(error) if error.raw_os_error() == Some(231) => std::thread::yield_now(),
                opened => return Self::new(opened.unwrap()),
            }
        }
    }

    pub(crate) fn tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(FOR_EVER)).unwrap();
        Self::new(stream)
    }

    fn new(stream: impl Read + Write + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)), chunk: None }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, text: &str) {
        // Whoever is refused before all was read may be cut off; the answer is there all the same.
        let _ = self.stream.get_mut().write_all(text.as_bytes());
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.start(method, path, headers, body);
        self.reply()
    }

    /// Sends a request.
    pub(crate) fn start(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            text.push_str("host: localhost\r\n");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        self.send(&text);
    }

    /// Reads the head of an answer.
    pub(crate) fn head(&mut self) -> Head {
        let first = self.text_line().expect("an answer");
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        while let Some(line) = self.text_line().filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let head = Head { status, headers };
        self.chunk = (head.header("transfer-encoding") == Some("chunked")).then_some(0);
        head
    }

    /// Reads a whole answer.
    pub(crate) fn reply(&mut self) -> Reply {
        let head = self.head();
        let mut body = Vec::new();
        if let Some(length) = head.header("content-length") {
            body.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut body).unwrap();
        } else {
            self.body().read_to_end(&mut body).unwrap();
        }
        Reply { head, body: String::from_utf8(body).unwrap() }
    }

    /// The lines of a streamed body, as they come.
    pub(crate) fn lines(&mut self) -> impl Iterator<Item = String> + '_ {
        BufReader::with_capacity(1, self.body()).lines().map_while(Result::ok)
    }

    /// What is left until the other side closes.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.stream.read_to_end(&mut rest);
        String::from_utf8_lossy(&rest).into_owned()
    }

    fn body(&mut self) -> Body<'_> {
        Body(self)
    }

    fn text_line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }
}

/// A body in chunks.
struct Body<'a>(&'a mut Connection);

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let connection = &mut *self.0;
        let Some(left) = connection.chunk else { return Ok(0) };
        let left = if left == 0 {
            let Some(size) = connection.text_line() else { return Err(io::ErrorKind::UnexpectedEof.into()) };
            usize::from_str_radix(&size, 16).map_err(io::Error::other)?
        } else {
            left
        };
        if left == 0 {
            connection.text_line();
            connection.chunk = None;
            return Ok(0);
        }
        let most = left.min(buffer.len());
        let read = connection.stream.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if read == left {
            connection.text_line();
        }
        connection.chunk = Some(left - read);
        Ok(read)
    }
}
