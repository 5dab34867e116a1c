//! A web server that answers as it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use crossbeam_channel::{Receiver, Sender};

/// What a client has sent.
#[derive(Debug)]
pub(crate) struct Request {
    /// The first line.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }

    /// The text of the notice in it.
    pub(crate) fn text(&self) -> String {
        let notice: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        notice["text"].as_str().unwrap().to_owned()
    }
}

/// Answers each request once with the next status it is given; ends with its last status or client.
pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) requests: Receiver<Request>,
    /// The status of the next answer; nothing is answered before there is one.
    pub(crate) answers: Sender<u16>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (arrived, requests) = crossbeam_channel::unbounded();
        let (answers, statuses) = crossbeam_channel::unbounded::<u16>();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if arrived.send(read(&stream)).is_err() {
                    return;
                }
                let Ok(status) = statuses.recv() else { return };
                let answer = format!(
                    "HTTP/1.1 {status} Any\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                // It may have given up waiting.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, requests, answers }
    }

    /// One with its answers ready.
    pub(crate) fn answering(statuses: &[u16]) -> Self {
        let server = Self::start();
        statuses.iter().for_each(|status| server.answers.send(*status).unwrap());
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?key=SECRET", self.address)
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { line: lines[0].clone(), headers, body: String::from_utf8(body).unwrap() }
}
