//! How a path becomes text and back.
//!
//! JSON is text and paths are bytes. A path that is UTF-8 is written as it is. One that is not is *escaped*: each byte that
//! belongs to no character becomes `\xNN`, and a backslash becomes `\x5c`, so that the way back is unambiguous; the line then
//! carries `"escaped":true`.

use std::borrow::Cow;
use std::fmt::Write;

/// A path as text, and whether it had to be escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathText {
    /// The text.
    pub text: String,
    /// Whether `text` is escaped.
    pub escaped: bool,
}

impl PathText {
    /// The text of one path.
    pub fn new(path: &[u8]) -> Self {
        match std::str::from_utf8(path) {
            Ok(text) => Self { text: text.to_owned(), escaped: false },
            Err(_) => Self { text: escape(path), escaped: true },
        }
    }

    /// The texts of two paths on one line, which has only one `escaped`: either both are or none is.
    pub fn pair(path: &[u8], other: &[u8]) -> (String, String, bool) {
        let (first, second) = (Self::new(path), Self::new(other));
        if first.escaped || second.escaped {
            (escape(path), escape(other), true)
        } else {
            (first.text, second.text, false)
        }
    }

    /// The path.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        if self.escaped { Cow::Owned(unescape(&self.text)) } else { Cow::Borrowed(self.text.as_bytes()) }
    }
}

/// Escapes a path, needed or not.
pub fn escape(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len() + 8);
    for chunk in path.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\x5c"));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Undoes [`escape`]. What is no escape is taken as it is.
pub fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut path = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escaped_byte(&bytes[at..]) {
            Some(byte) => {
                path.push(byte);
                at += 4;
            }
            None => {
                path.push(bytes[at]);
                at += 1;
            }
        }
    }
    path
}

fn escaped_byte(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"\\x")?.get(..2)?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_whatever_its_bytes_are() {
        for path in [
            &b"photos/2024/a.jpg"[..],
            b"caf\xe9/menu.txt",
            b"back\\slash",
            b"back\\slash and \xff",
            b"looks like \\xff",
            b"looks like \\xff but \xfe",
            b"",
        ] {
            assert_eq!(*PathText::new(path).bytes(), *path);
            assert_eq!(unescape(&escape(path)), path);
        }
    }

    #[test]
    fn only_a_path_that_is_not_utf_8_is_escaped() {
        let plain = PathText::new("naïve\\x41".as_bytes());
        assert_eq!(plain, PathText { text: "naïve\\x41".to_owned(), escaped: false });
        let odd = PathText::new(b"caf\xe9\\");
        assert_eq!(odd, PathText { text: "caf\\xe9\\x5c".to_owned(), escaped: true });
    }

    #[test]
    fn two_paths_on_a_line_are_escaped_together() {
        let (path, from, escaped) = PathText::pair(b"new\\", b"old\xff");
        assert_eq!((path.as_str(), from.as_str(), escaped), ("new\\x5c", "old\\xff", true));
    }
}
