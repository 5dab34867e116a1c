//! Which files are pictures that a browser shows, by their first bytes, and where they are fetched. Pure.

use std::fmt::Write;

use syncmgr_wire::path::PathText;

/// What kind of picture begins with these bytes.
pub(super) fn media(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The path of the control API where a picture is fetched.
pub(super) fn address(item: &str, side: &str, path: &[u8]) -> String {
    let PathText { text, escaped } = PathText::new(path);
    let escaped = if escaped { "&escaped=true" } else { "" };
    format!("/v1/content?item={item}&side={side}&path={}{escaped}", encoded(&text))
}

/// A text as the value of a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_told_by_its_first_bytes_and_not_by_its_name() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"GIF87a..", Some("image/gif")),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"<svg xmlns=", None),
            (b"GIF", None),
            (b"", None),
        ] {
            assert_eq!(media(head), expected, "{head:?}");
        }
        for kind in syncmgr_control::Content::MEDIA {
            assert!(kind.starts_with("image/"));
        }
    }

    #[test]
    fn an_address_holds_any_path() {
        assert_eq!(
            address("7", "left", "a b/ü&c=d+e%.png".as_bytes()),
            "/v1/content?item=7&side=left&path=a%20b/%C3%BC%26c%3Dd%2Be%25.png"
        );
        assert_eq!(
            address("7", "right", b"caf\xe9"),
            "/v1/content?item=7&side=right&path=caf%5Cxe9&escaped=true"
        );
    }
}
