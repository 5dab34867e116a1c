//! From a message to a line: compact, with members in one order, so that a shell can read it without a library.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::{PROTOCOL, code};

/// An error reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// One of the codes of this protocol, or the handler's own.
    pub code: i64,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

impl Refusal {
    /// A refusal with a code and a text.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// There is no common version; tells the one that is spoken here.
    pub fn no_common_version() -> Self {
        let message = format!("speaks version {PROTOCOL} of the protocol only");
        let data = serde_json::json!({ "min": PROTOCOL, "max": PROTOCOL });
        Self { data: Some(data), ..Self::new(code::NO_COMMON_VERSION, message) }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.message.is_empty() {
            true => write!(f, "error {}", self.code),
            false => f.write_str(&self.message),
        }
    }
}

/// A request, with its line end. `id` is written as it is: a number, or a text with its quotes.
pub fn request(id: impl Display, method: &str, params: &impl Serialize) -> Vec<u8> {
    line(format_args!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":"#), params)
}

/// A notification, with its line end.
pub fn notification(method: &str, params: &impl Serialize) -> Vec<u8> {
    line(format_args!(r#"{{"jsonrpc":"2.0","method":"{method}","params":"#), params)
}

/// The answer to a request, with its line end.
pub fn reply(id: &str, result: &impl Serialize) -> Vec<u8> {
    line(format_args!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#), result)
}

/// The refusal of a request, with its line end.
pub fn refusal(id: &str, refusal: &Refusal) -> Vec<u8> {
    line(format_args!(r#"{{"jsonrpc":"2.0","id":{id},"error":"#), refusal)
}

fn line(head: impl Display, value: &impl Serialize) -> Vec<u8> {
    let mut line = head.to_string().into_bytes();
    let begun = line.len();
    if serde_json::to_writer(&mut line, value).is_err() {
        // No type here can fail to be written; a caller's own that does is told as nothing.
        line.truncate(begun);
        line.extend_from_slice(b"{}");
    }
    line.extend_from_slice(b"}\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::host::ItemStatusParams;
    use crate::protocol::words::ItemNews;

    fn text(line: Vec<u8>) -> String {
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn members_come_in_one_order_without_blanks() {
        let none = serde_json::json!({});
        assert_eq!(
            text(request(3, "enumerate", &none)),
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"enumerate\",\"params\":{}}\n"
        );
        assert_eq!(text(reply("\"p1\"", &none)), "{\"jsonrpc\":\"2.0\",\"id\":\"p1\",\"result\":{}}\n");
        assert_eq!(
            text(refusal("7", &Refusal::new(-32601, "not offered"))),
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32601,\"message\":\"not offered\"}}\n"
        );
        let news = ItemStatusParams { item: None, status: ItemNews::Stop };
        assert_eq!(
            text(notification("item/status", &news)),
            "{\"jsonrpc\":\"2.0\",\"method\":\"item/status\",\"params\":{\"item\":null,\"status\":\"stop\"}}\n"
        );
    }
}
