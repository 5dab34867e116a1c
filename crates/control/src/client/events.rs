//! [`Events`]: what happens, as it happens, for a face that looks on.

use axum::body::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use serde::Deserialize;
use syncmgr_wire::control::Event;

use super::{Client, ClientError, Lines, not_understood};

/// Everything that happens, numbered. Reading blocks, without a limit: a manager that has nothing to tell is silent.
#[derive(Debug)]
pub struct Events {
    client: Client,
    /// The connection ends without it.
    _sender: SendRequest<Full<Bytes>>,
    response: Response<Incoming>,
    lines: Lines,
    message: Message,
    last: Option<u64>,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Something happened.
    Event(Box<Event>),
    /// Something happened that is not known any more, or it is of a type newer than we are: whoever goes by events looks at
    /// everything once.
    Gap,
}

impl Client {
    /// Listens: to what happened after the event with the number `since`, or, without one, to what happens from now on. The number
    /// to go on from later, with another client, is [`Events::last`].
    ///
    /// # Errors
    ///
    /// When there is no answer, or nobody else is let in.
    pub fn events(mut self, since: Option<u64>) -> Result<Events, ClientError> {
        let path = match since {
            Some(since) => format!("/v1/events?since={since}"),
            None => "/v1/events".to_owned(),
        };
        let (_sender, response) = self.send(hyper::Method::GET, &path, Vec::new())?;
        let (lines, message) = (Lines::default(), Message::default());
        Ok(Events { client: self, _sender, response, lines, message, last: since })
    }
}

impl Events {
    /// Waits for what happens next. Nothing: the manager ends, or this was too slow for it and has to go on from [`Events::last`].
    ///
    /// # Errors
    ///
    /// When the connection is lost, or what comes is not of this protocol.
    pub fn wait(&mut self) -> Result<Option<Heard>, ClientError> {
        loop {
            while let Some(line) = self.lines.next() {
                match self.message.take(&line, &mut self.last)? {
                    Some(Said::Heard(heard)) => return Ok(Some(heard)),
                    Some(Said::Dropped) => return Ok(None),
                    None => {}
                }
            }
            let Some(piece) = self.next_piece()? else { return Ok(None) };
            self.lines.add(&piece);
        }
    }

    /// The number after which to go on. Absent until it is known, which is before the first event.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        self.client.next_piece(&mut self.response)
    }
}

/// A message of the stream, as far as it has come.
#[derive(Debug, Default)]
struct Message {
    name: String,
    id: Option<u64>,
    data: Vec<u8>,
}

/// What a message says.
enum Said {
    Heard(Heard),
    Dropped,
}

impl Message {
    /// Takes a line, and says what the message is if that was its end.
    fn take(&mut self, line: &[u8], last: &mut Option<u64>) -> Result<Option<Said>, ClientError> {
        if line.is_empty() {
            return std::mem::take(self).end(last);
        }
        if let Some(comment) = line.strip_prefix(b":") {
            // The first thing that is said is where the stream begins.
            let start = std::str::from_utf8(comment).ok().and_then(|text| text.trim().strip_prefix("after "));
            *last = last.or(start.and_then(|number| number.parse().ok()));
            return Ok(None);
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &b""[..]),
        };
        let text = || String::from_utf8_lossy(value).into_owned();
        match field {
            b"event" => self.name = text(),
            b"id" => self.id = text().parse().ok(),
            b"data" => self.data.extend_from_slice(value),
            // Fields that others may add are of no interest.
            _ => {}
        }
        Ok(None)
    }

    fn end(self, last: &mut Option<u64>) -> Result<Option<Said>, ClientError> {
        #[derive(Deserialize)]
        struct Any {
            #[serde(rename = "type")]
            _type: String,
        }
        *last = self.id.or(*last);
        match self.name.as_str() {
            "gap" => Ok(Some(Said::Heard(Heard::Gap))),
            "dropped" => Ok(Some(Said::Dropped)),
            "" if !self.data.is_empty() => match serde_json::from_slice(&self.data) {
                Ok(event) => Ok(Some(Said::Heard(Heard::Event(Box::new(event))))),
                Err(_) => match serde_json::from_slice::<Any>(&self.data) {
                    Ok(_) => Ok(Some(Said::Heard(Heard::Gap))),
                    Err(error) => Err(not_understood(&error)),
                },
            },
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard of these lines, and the number to go on from.
    fn heard(lines: &str) -> (Vec<String>, Option<u64>) {
        let (mut message, mut last) = (Message::default(), None);
        let mut heard = Vec::new();
        for line in lines.lines() {
            match message.take(line.as_bytes(), &mut last).unwrap() {
                Some(Said::Heard(Heard::Event(event))) => heard.push(event.to_line()),
                Some(Said::Heard(Heard::Gap)) => heard.push("gap".to_owned()),
                Some(Said::Dropped) => heard.push("dropped".to_owned()),
                None => {}
            }
        }
        (heard, last)
    }

    #[test]
    fn messages_are_read_as_they_are_written() {
        let done = r#"{"type":"done","text":"x"}"#;
        for (lines, expected, last) in [
            (": after 7\n\n".to_owned(), vec![], Some(7)),
            (format!(": after 7\n\nid: 8\ndata: {done}\n\n"), vec![done], Some(8)),
            (format!("id: 8\ndata: {done}\n"), vec![], None),
            ("id: 4\nevent: gap\ndata: {\"after\":1,\"next\":5}\n\n".to_owned(), vec!["gap"], Some(4)),
            ("event: dropped\ndata: {\"last\":1,\"oldest\":5}\n\n".to_owned(), vec!["dropped"], None),
            ("id: 9\ndata: {\"type\":\"of the future\"}\n\n".to_owned(), vec!["gap"], Some(9)),
            (": still here\n\nretry: 10\n\n".to_owned(), vec![], None),
        ] {
            let (found, number) = heard(&lines);
            assert_eq!((found, number), (expected.into_iter().map(str::to_owned).collect(), last), "{lines}");
        }
        assert!(Message::default().end(&mut None).unwrap().is_none());
        let nonsense = Message { data: b"nonsense".to_vec(), ..Message::default() };
        assert!(nonsense.end(&mut None).is_err());
    }
}
