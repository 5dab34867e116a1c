//! [`Client`]: the other end, for faces that block.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::IgnoredAny;
use syncmgr_wire::control::{Event, Request};
use tokio::runtime::Runtime;

use crate::answer::{Answer, FailureLine, Health};
use crate::refusal::RefusalBody;
use crate::socket;
use crate::version::{self, PROTOCOL, VERSION_HEADER};

mod events;

pub use events::{Events, Heard};

/// Asks a manager that runs. It works on the thread that calls it and has no others.
///
/// One request at a time: controls of a session that runs are sent by another client.
#[derive(Debug)]
pub struct Client {
    socket: PathBuf,
    runtime: Runtime,
    kept: Option<Kept>,
    patience: Patience,
}

/// How long is waited for an answer, from the question to its end.
#[derive(Debug, Clone, Copy, Default)]
struct Patience {
    /// For each; for ever if there is none.
    limit: Option<Duration>,
    /// When it is over for the question that was asked last.
    over: Option<Instant>,
}

impl Patience {
    fn new(limit: Option<Duration>) -> Self {
        let mut patience = Self { limit, over: None };
        patience.begin();
        patience
    }

    fn begin(&mut self) {
        self.over = self.limit.and_then(|limit| Instant::now().checked_add(limit));
    }

    /// Waits with it on a runtime; nothing if it is over before.
    fn wait<T>(self, runtime: &Runtime, until: impl Future<Output = T>) -> Option<T> {
        let Some(over) = self.over else { return Some(runtime.block_on(until)) };
        runtime.block_on(async { tokio::time::timeout_at(over.into(), until).await.ok() })
    }
}

/// A connection between two requests.
#[derive(Debug)]
struct Kept {
    sender: SendRequest<Full<Bytes>>,
    /// What is still to come of the answer before.
    rest: Option<Response<Incoming>>,
    /// When it was last known to be there.
    at: Instant,
}

/// How long a connection is kept for the next request. The other side closes one that lies idle for much longer, and a request
/// that was lost on the way could not be told from one that was carried out.
const KEPT: Duration = Duration::from_secs(1);

/// Why no manager could be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// None runs.
    #[error("no manager listens on `{}`", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// The socket cannot be used.
    #[error("the manager at `{}` cannot be reached", path.display())]
    Failed {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no manager any more.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It took longer than was to be waited. What was asked may have been carried out.
    #[error("the manager did not answer in time")]
    TooLate,
    /// The connection was lost. What was asked may have been carried out, and a session goes on.
    #[error("the connection to the manager was lost")]
    Lost {
        /// Why, if it is known.
        #[source]
        source: Option<hyper::Error>,
    },
    /// The manager speaks another version.
    #[error("{message}")]
    Version {
        /// Which version each side speaks.
        message: String,
        /// Which side to update.
        hint: String,
    },
    /// The manager refused.
    #[error("{}", failure.headline)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why, in words for people.
        failure: FailureLine,
    },
    /// What came back is not of this protocol.
    #[error("the answer of the manager cannot be understood: {what}")]
    NotUnderstood {
        /// What is wrong with it.
        what: String,
    },
}

impl Client {
    /// Connects to a manager.
    ///
    /// # Errors
    ///
    /// [`ConnectError::NotRunning`] when nobody listens.
    pub fn connect(socket: &Path) -> Result<Self, ConnectError> {
        Self::connect_with(socket, None)
    }

    /// The same for who cannot wait: neither the connection nor any answer, from the question to its end, may take longer than
    /// `limit`. A question that took too long is [`ClientError::TooLate`].
    ///
    /// # Errors
    ///
    /// [`ConnectError::NotRunning`] when nobody listens.
    pub fn connect_within(socket: &Path, limit: Duration) -> Result<Self, ConnectError> {
        Self::connect_with(socket, Some(limit))
    }

    fn connect_with(socket: &Path, limit: Option<Duration>) -> Result<Self, ConnectError> {
        let failed = |source| ConnectError::Failed { path: socket.to_owned(), source };
        // The blocking threads of a runtime exist only when they are used, and nothing here does.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let patience = Patience::new(limit);
        let opened = patience.wait(&runtime, open(socket));
        let sender = opened.unwrap_or_else(|| Err(failed(io::ErrorKind::TimedOut.into())))?;
        let kept = Kept { sender, rest: None, at: Instant::now() };
        Ok(Self { socket: socket.to_owned(), runtime, kept: Some(kept), patience })
    }

    /// Asks, and tells each event as soon as it comes. `hear` is called on this thread, and while it works nothing is read.
    ///
    /// # Errors
    ///
    /// When there is no answer. A manager that answers with a failure has answered.
    pub fn ask(&mut self, request: &Request, hear: &mut dyn FnMut(Event)) -> Result<Answer, ClientError> {
        // No value of it could fail to be written.
        let body = serde_json::to_vec(request).unwrap_or_default();
        let (sender, mut response) = self.send(Method::POST, "/v1/ask", body)?;
        let mut lines = Lines::default();
        while let Some(piece) = self.next_piece(&mut response)? {
            lines.add(&piece);
            while let Some(line) = lines.next() {
                match understand(&line)? {
                    Some(Line::Event(event)) => hear(*event),
                    Some(Line::End(answer)) => {
                        self.kept = Some(Kept { sender, rest: Some(response), at: Instant::now() });
                        return Ok(answer);
                    }
                    None => {}
                }
            }
        }
        Err(ClientError::Lost { source: None })
    }

    /// How the manager is, also while it starts or stops.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn health(&mut self) -> Result<Health, ClientError> {
        let (sender, mut response) = self.send(Method::GET, "/health", Vec::new())?;
        let body = self.whole(&mut response)?;
        self.kept = Some(Kept { sender, rest: None, at: Instant::now() });
        serde_json::from_slice(&body)
            .map_err(|error| refused(response.status(), &body).unwrap_or_else(|| not_understood(&error)))
    }

    /// Sends a request and waits for the head of its answer.
    fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(SendRequest<Full<Bytes>>, Response<Incoming>), ClientError> {
        self.patience.begin();
        let mut connection = match self.kept() {
            Some(connection) => connection,
            None => self.wait(open(&self.socket))??,
        };
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .header(VERSION_HEADER, PROTOCOL)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ClientError::NotUnderstood { what: error.to_string() })?;
        let mut response = self.wait(connection.send_request(request))?.map_err(lost)?;
        check_version(&response)?;
        let status = response.status();
        // A manager that starts or stops still says how it is.
        if status.is_success() || (path == "/health" && status == StatusCode::SERVICE_UNAVAILABLE) {
            return Ok((connection, response));
        }
        let body = self.whole(&mut response)?;
        Err(refused(status, &body).unwrap_or_else(|| ClientError::NotUnderstood { what: status.to_string() }))
    }

    /// The connection of the request before, if it can be had for another one.
    fn kept(&mut self) -> Option<SendRequest<Full<Bytes>>> {
        let Kept { mut sender, rest, .. } = self.kept.take().filter(|kept| kept.at.elapsed() < KEPT)?;
        if let Some(mut rest) = rest {
            // The end has been heard; what follows is only that it was the end.
            while self.next_piece(&mut rest).ok()?.is_some() {}
        }
        // What the other side has done meanwhile is seen first: where it has closed the connection, nothing is sent on it.
        let ready = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
            }
            sender.ready().await
        };
        self.wait(ready).ok()?.ok()?;
        Some(sender)
    }

    /// Waits as long as the question may take.
    fn wait<T>(&self, until: impl Future<Output = T>) -> Result<T, ClientError> {
        self.patience.wait(&self.runtime, until).ok_or(ClientError::TooLate)
    }

    fn next_piece(&self, response: &mut Response<Incoming>) -> Result<Option<Bytes>, ClientError> {
        loop {
            let frame = self.wait(response.body_mut().frame())?;
            let Some(frame) = frame.transpose().map_err(lost)? else { return Ok(None) };
            if let Ok(piece) = frame.into_data() {
                return Ok(Some(piece));
            }
        }
    }

    fn whole(&self, response: &mut Response<Incoming>) -> Result<Bytes, ClientError> {
        let body = self.wait(response.body_mut().collect())?.map_err(lost)?;
        Ok(body.to_bytes())
    }
}

/// Opens a connection, which the runtime then drives whenever something is waited for.
async fn open(path: &Path) -> Result<SendRequest<Full<Bytes>>, ConnectError> {
    let stream = socket::connect(path).await.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            ConnectError::NotRunning { path: path.to_owned() }
        }
        _ => ConnectError::Failed { path: path.to_owned(), source },
    })?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake
        .map_err(|error| ConnectError::Failed { path: path.to_owned(), source: io::Error::other(error) })?;
    // What goes wrong on it is told to whoever waits for the answer.
    tokio::spawn(connection);
    Ok(sender)
}

fn lost(source: hyper::Error) -> ClientError {
    ClientError::Lost { source: Some(source) }
}

fn not_understood(error: &serde_json::Error) -> ClientError {
    ClientError::NotUnderstood { what: error.to_string() }
}

fn check_version(response: &Response<Incoming>) -> Result<(), ClientError> {
    let theirs = response.headers().get(VERSION_HEADER).and_then(|value| value.to_str().ok());
    let Some(theirs) = theirs.and_then(|text| text.parse().ok()) else {
        return Err(ClientError::NotUnderstood { what: "it does not name its version".to_owned() });
    };
    match version::mismatch(PROTOCOL, theirs) {
        None => Ok(()),
        Some((message, hint)) => Err(ClientError::Version { message, hint: hint.to_owned() }),
    }
}

fn refused(status: StatusCode, body: &[u8]) -> Option<ClientError> {
    let RefusalBody { error } = serde_json::from_slice(body).ok()?;
    let failure = FailureLine { headline: error.message, causes: error.causes, hint: error.hint };
    Some(ClientError::Refused { status: status.as_u16(), failure })
}

/// One line of a stream.
enum Line {
    Event(Box<Event>),
    End(Answer),
}

/// What a line says; nothing if it is of a type that is newer than we are.
fn understand(line: &[u8]) -> Result<Option<Line>, ClientError> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Last {
        End(Answer),
    }
    if let Ok(event) = serde_json::from_slice(line) {
        return Ok(Some(Line::Event(Box::new(event))));
    }
    if let Ok(Last::End(answer)) = serde_json::from_slice(line) {
        return Ok(Some(Line::End(answer)));
    }
    serde_json::from_slice::<IgnoredAny>(line).map(|_| None).map_err(|error| not_understood(&error))
}

/// Lines out of pieces.
#[derive(Debug, Default)]
struct Lines {
    pieces: Vec<u8>,
    /// Up to here they were given out.
    given: usize,
}

impl Lines {
    fn add(&mut self, piece: &[u8]) {
        self.pieces.drain(..self.given);
        self.given = 0;
        self.pieces.extend_from_slice(piece);
    }

    /// The next line that is whole, without its end.
    fn next(&mut self) -> Option<Vec<u8>> {
        let rest = &self.pieces[self.given..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest[..end].to_vec();
        self.given += end + 1;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_arrive() {
        let mut lines = Lines::default();
        let mut heard = Vec::new();
        for piece in ["{\"a", "\":1}\n{}", "\n\n{\"b\"", ":2}\n"] {
            lines.add(piece.as_bytes());
            heard.extend(std::iter::from_fn(|| lines.next()).map(|line| String::from_utf8(line).unwrap()));
        }
        assert_eq!(heard, ["{\"a\":1}", "{}", "", "{\"b\":2}"]);
    }

    #[test]
    fn a_line_of_an_unknown_type_is_left_out_and_one_that_is_no_json_is_not() {
        assert!(understand(br#"{"type":"of the future"}"#).unwrap().is_none());
        assert!(matches!(understand(br#"{"type":"done","text":"x"}"#).unwrap(), Some(Line::Event(_))));
        let end = understand(br#"{"type":"end","exit":1,"failure":null}"#).unwrap();
        assert!(matches!(end, Some(Line::End(Answer { exit: 1, failure: None }))));
        assert!(understand(b"nonsense").is_err());
    }
}
