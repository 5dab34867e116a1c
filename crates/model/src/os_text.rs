//! Text of the operating system, such as paths and arguments, as bytes and back, without loss.
//!
//! On Unix they are the bytes themselves. On Windows they are UTF-8, and half a pair of 16-bit units by itself is the three bytes that its
//! number would be in UTF-8.

use std::ffi::{OsStr, OsString};

/// The bytes of a text.
pub fn to_bytes(text: &OsStr) -> &[u8] {
    text.as_encoded_bytes()
}

/// The text of bytes that [`to_bytes`] gave. Of other bytes, what is no text on this system is replaced.
pub fn from_bytes(bytes: Vec<u8>) -> OsString {
    system::from_bytes(bytes)
}

#[cfg(unix)]
mod system {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    pub(super) fn from_bytes(bytes: Vec<u8>) -> OsString {
        OsString::from_vec(bytes)
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::OsString;
    use std::os::windows::ffi::OsStringExt as _;

    pub(super) fn from_bytes(bytes: Vec<u8>) -> OsString {
        String::from_utf8(bytes)
            .map_or_else(|error| OsString::from_wide(&units(error.as_bytes())), OsString::from)
    }

    /// The 16-bit units of bytes with halves of pairs among them.
    fn units(bytes: &[u8]) -> Vec<u16> {
        let mut units = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let n_valid = std::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
            let (valid, other) = rest.split_at(n_valid);
            units.extend(String::from_utf8_lossy(valid).encode_utf16());
            rest = match other {
                [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, behind @ ..] => {
                    units.push(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F));
                    behind
                }
                [_, behind @ ..] => {
                    units.push(0xFFFD);
                    behind
                }
                [] => other,
            };
        }
        units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_from_its_bytes() {
        for text in ["", "photos", "Müller/Übersicht.txt", "\u{1F4F7}"] {
            assert_eq!(from_bytes(to_bytes(text.as_ref()).to_vec()), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn any_bytes_are_a_text() {
        assert_eq!(to_bytes(&from_bytes(vec![b'a', 0xFF])), [b'a', 0xFF]);
    }

    #[cfg(windows)]
    #[test]
    fn half_a_pair_comes_back_too() {
        use std::os::windows::ffi::OsStringExt as _;
        let text = OsString::from_wide(&[0x61, 0xD83D, 0x62, 0xDCF7]);
        assert_eq!(from_bytes(to_bytes(&text).to_vec()), text);
        assert_eq!(from_bytes(vec![b'a', 0xFF]), "a\u{FFFD}");
    }
}
