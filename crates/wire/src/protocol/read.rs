//! From a line to a message, in two stages.
//!
//! [`text`] makes text of the bytes, [`Line::read`] finds out who wants what, and [`Params::read`] reads the params once the
//! method is known. Leniency is here and nowhere else: bytes that are not UTF-8, halves of surrogate pairs, a print without
//! an end before a message.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use syncmgr_model::time::Timestamp;

use super::limits::DEPTH_MAX;
use super::write::Refusal;

/// The text of a line, without its end, a byte order mark and blanks around. What is not UTF-8, and what is half of a
/// surrogate pair, reads as U+FFFD.
pub fn text(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii();
    // Tried first, because it is the plain case and much quicker.
    let text = str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
    match may_have_surrogates(text.as_bytes()) {
        true => Cow::Owned(without_lone_surrogates(&text)),
        false => text,
    }
}

/// What a line turned out to be.
#[derive(Debug)]
pub enum Line<'a> {
    /// Nothing. Does not count.
    Empty,
    /// A stray line: not ours to answer. It counts.
    Stray,
    /// A message. What stands before it on the line was printed astray, and counts.
    Message {
        /// The message.
        message: Message<'a>,
        /// What stood before it.
        before: Option<&'a str>,
    },
}

/// A message of the other side.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request {
        /// To be given back as it is.
        id: &'a RawValue,
        /// What is wanted.
        method: Cow<'a, str>,
        /// With what.
        params: Params<'a>,
    },
    /// Wants none.
    Notification {
        /// What is told.
        method: Cow<'a, str>,
        /// With what.
        params: Params<'a>,
    },
    /// Answers one of our requests.
    Reply {
        /// Which one, as written by the other side.
        id: &'a RawValue,
        /// What came of it.
        result: Result<&'a RawValue, Refusal>,
    },
    /// Would be an answer, but has both or neither of `result` and `error`, or an error without code.
    BrokenReply {
        /// To which request.
        id: &'a RawValue,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// `null` is there, too.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> Line<'a> {
    /// Reads the text of a line.
    pub fn read(text: &'a str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        if let Some(message) = Message::read(text) {
            return Self::Message { message, before: None };
        }
        // A print without an end of line, and then a message.
        let message = text.find("{\"jsonrpc\"").filter(|at| *at > 0).and_then(|at| {
            let (before, rest) = text.split_at(at);
            Message::read(rest).map(|message| Self::Message { message, before: Some(before) })
        });
        message.unwrap_or(Self::Stray)
    }
}

impl<'a> Message<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if !text.starts_with('{') || is_too_deep(text.as_bytes()) {
            return None;
        }
        let envelope: Envelope<'a> = serde_json::from_str(text).ok()?;
        if envelope.jsonrpc != "2.0" {
            return None;
        }
        let id = match envelope.id {
            Some(id) if !is_name(id) => return None,
            other => other,
        };
        match (envelope.method, id) {
            (Some(method), id) => {
                let params = Params::new(envelope.params)?;
                Some(match id {
                    Some(id) => Self::Request { id, method, params },
                    None => Self::Notification { method, params },
                })
            }
            (None, Some(id)) => Some(answer(id, envelope.result, envelope.error)),
            (None, None) => None,
        }
    }
}

fn answer<'a>(id: &'a RawValue, result: Option<&'a RawValue>, error: Option<&'a RawValue>) -> Message<'a> {
    // Some libraries write both members always, one of them `null`.
    let result = result.filter(|result| error.is_none() || result.get() != "null");
    match (result, error.map(|error| serde_json::from_str(error.get()))) {
        (Some(result), None) => Message::Reply { id, result: Ok(result) },
        (None, Some(Ok(refusal))) => Message::Reply { id, result: Err(refusal) },
        _ => Message::BrokenReply { id },
    }
}

/// Whether it can name a request: a number or a text.
fn is_name(id: &RawValue) -> bool {
    id.get().starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit())
}

/// The params of a request or notification: an object, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct Params<'a>(&'a str);

impl<'a> Params<'a> {
    fn new(params: Option<&'a RawValue>) -> Option<Self> {
        let text = params.map_or("{}", RawValue::get);
        text.starts_with('{').then_some(Self(text))
    }

    /// Reads them as what the method asks for.
    ///
    /// # Errors
    ///
    /// When they are something else; says what.
    pub fn read<T: Deserialize<'a>>(self) -> Result<T, BadParams> {
        serde_json::from_str(self.0).map_err(|error| BadParams(plain(&error)))
    }

    /// Their text.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

/// Reads the result of a request.
///
/// # Errors
///
/// When it is not what the method promises; says what.
pub fn result<T: DeserializeOwned>(result: &RawValue) -> Result<T, BadParams> {
    result_text(result.get())
}

/// Reads the text of a result, for who kept it while the line went away.
///
/// # Errors
///
/// As [`result`].
pub fn result_text<T: DeserializeOwned>(text: &str) -> Result<T, BadParams> {
    // A method that has nothing to tell may answer `null`.
    let text = if text == "null" { "{}" } else { text };
    serde_json::from_str(text).map_err(|error| BadParams(plain(&error)))
}

/// A moment as the protocol writes it, RFC 3339.
pub fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// Why params or a result are not acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadParams(pub String);

impl fmt::Display for BadParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadParams {}

/// The longest reason, in characters.
const REASON_MAX: usize = 300;

/// The reason alone: its place in an inner text says nothing to who wrote the whole line.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rfind(" at line ").map_or(text.as_str(), |at| &text[..at]);
    // It quotes what it did not expect, which may be a whole line.
    reason.chars().take(REASON_MAX).collect()
}

/// Whether objects and arrays are nested deeper than allowed. Looked at before the line is read by anything recursive.
fn is_too_deep(text: &[u8]) -> bool {
    let mut depth = 0usize;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => loop {
                match bytes.next() {
                    Some(b'\\') => drop(bytes.next()),
                    Some(b'"') | None => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
    }
    false
}

fn may_have_surrogates(text: &[u8]) -> bool {
    let is_start = |at: &[u8]| at[0] == b'\\' && at[1] == b'u' && at[2] | 0x20 == b'd' && at[3] >= b'8';
    text.contains(&b'\\') && text.windows(4).any(is_start)
}

/// The text with escaped halves of surrogate pairs replaced by an escaped U+FFFD.
fn without_lone_surrogates(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        let (kept, length) = match (escaped_unit(from), from.get(6..).and_then(escaped_unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (&from[..12], 12),
            (Some(0xD800..=0xDFFF), _) => ("\\ufffd", 6),
            // The escape and what it escapes, so that `\\` does not begin another one.
            _ => {
                let length = 1 + from[1..].chars().next().map_or(0, char::len_utf8);
                (&from[..length], length)
            }
        };
        clean.push_str(kept);
        rest = &from[length..];
    }
    clean.push_str(rest);
    clean
}

/// The UTF-16 unit of an escape at the beginning of `text`.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> String {
        match Line::read(line) {
            Line::Empty => "empty".into(),
            Line::Stray => "stray".into(),
            Line::Message { message, before } => {
                let before = before.map(|text| format!(" after {text:?}")).unwrap_or_default();
                let message = match message {
                    Message::Request { id, method, .. } => format!("request {method} {}", id.get()),
                    Message::Notification { method, .. } => format!("notification {method}"),
                    Message::Reply { id, result: Ok(result) } => {
                        format!("reply {} {}", id.get(), result.get())
                    }
                    Message::Reply { id, result: Err(refusal) } => {
                        format!("refusal {} {}", id.get(), refusal.code)
                    }
                    Message::BrokenReply { id } => format!("broken reply {}", id.get()),
                };
                message + &before
            }
        }
    }

    #[test]
    fn a_line_is_read_as_what_it_is() {
        for (line, expected) in [
            ("", "empty"),
            ("hello", "stray"),
            ("[]", "stray"),
            (r#"{"id":1}"#, "stray"),
            (r#"{"jsonrpc":"1.0","id":1,"result":{}}"#, "stray"),
            (r#"{"jsonrpc":"2.0"}"#, "stray"),
            (r#"{"jsonrpc":"2.0","method":"log","params":[]}"#, "stray"),
            (r#"{"jsonrpc":"2.0","method":"log","params":null}"#, "stray"),
            (r#"{"jsonrpc":"2.0","id":{},"method":"log"}"#, "stray"),
            (r#"{"jsonrpc":"2.0","method":"log"}"#, "notification log"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"log"}"#, "notification log"),
            (r#"{"jsonrpc":"2.0","id":"p1","method":"progress","params":{}}"#, r#"request progress "p1""#),
            (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, "reply 1 null"),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, "reply 1 {}"),
            (r#"{"jsonrpc":"2.0","id":"4","result":{}}"#, r#"reply "4" {}"#),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#, "refusal 1 -32601"),
            (r#"{"jsonrpc":"2.0","id":1}"#, "broken reply 1"),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#, "broken reply 1"),
            (r#"50%{"jsonrpc":"2.0","method":"log"}"#, "notification log after \"50%\""),
            (r#"{"jsonrpc" {"jsonrpc":"2.0","method":"log"}"#, "stray"),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }

    #[test]
    fn sixty_four_levels_are_read_and_one_more_is_stray() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth - 2), "]".repeat(depth - 2));
            format!(r#"{{"jsonrpc":"2.0","method":"log","params":{{"x":{open}{close}}}}}"#)
        };
        assert_eq!(kind(&nested(64)), "notification log");
        assert_eq!(kind(&nested(65)), "stray");
        let in_text =
            format!(r#"{{"jsonrpc":"2.0","method":"log","params":{{"x":"\"{}"}}}}"#, "[".repeat(99));
        assert_eq!(kind(&in_text), "notification log");
    }

    #[test]
    fn what_is_not_text_becomes_the_replacement_character() {
        assert_eq!(text(b"a\xffb\r\n"), "a\u{fffd}b");
        assert_eq!(text(b"\xef\xbb\xbf{}\n"), "{}");
        assert_eq!(
            text(br#""\ud83d\ude00 \ud83d \ude00 \\ud83d""#),
            r#""\ud83d\ude00 \ufffd \ufffd \\ud83d""#
        );
    }

    #[test]
    fn a_bad_member_is_told_without_its_place() {
        let params = Params(r#"{"code":"x","message":""}"#);
        let error = params.read::<Refusal>().unwrap_err();
        assert_eq!(error.to_string(), "invalid type: string \"x\", expected i64");
    }
}
