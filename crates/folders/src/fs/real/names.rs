//! Names as Windows has them, and the bytes they are everywhere else in the engine.
//!
//! Windows keeps names as 16-bit units that need not be text. As bytes they are UTF-8, and a unit that is half a pair by
//! itself is the three bytes that its number would be in UTF-8. So each name has one form in bytes, and each form leads
//! back to that name alone.

use std::io;

/// Characters that no name has: a colon begins a stream of the file before it, a backslash a name below it, and a star or a
/// question mark is any name.
const NEVER: &[u8] = b"<>:\"|?*\\/";

/// The bytes of a name.
pub(super) fn to_bytes(units: impl IntoIterator<Item = u16>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(half) => {
                let unit = half.unpaired_surrogate();
                let low = |shift: u16| (unit >> shift & 0x3F) as u8 | 0x80;
                bytes.extend([(unit >> 12) as u8 | 0xE0, low(6), low(0)]);
            }
        }
    }
    bytes
}

/// The units that these bytes are the form of, if they are one.
pub(super) fn to_units(bytes: &[u8]) -> Option<Vec<u16>> {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).ok()?,
        };
        units.extend(valid.encode_utf16());
        rest = &rest[valid.len()..];
        if rest.is_empty() {
            break;
        }
        let (&[0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF], behind) = rest.split_first_chunk()? else {
            return None;
        };
        let unit = 0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F);
        let is_second_half = (0xDC00..=0xDFFF).contains(&unit);
        // Two halves that follow each other are one character, which has bytes of its own.
        if is_second_half
            && valid.is_empty()
            && units.last().is_some_and(|last| (0xD800..=0xDBFF).contains(last))
        {
            return None;
        }
        units.push(unit);
        rest = behind;
    }
    Some(units)
}

/// The units of one component, if Windows can have a name like that; nothing that is refused here reaches a call.
///
/// Names of devices, and names that end with a dot or a space, are none of these: the paths they are put into are taken
/// literally.
pub(super) fn component(name: &[u8]) -> io::Result<Vec<u16>> {
    let refused = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidFilename, why));
    if name.is_empty() || name == b"." || name == b".." {
        return refused("no name of a file");
    }
    if let Some(&byte) = name.iter().find(|byte| **byte < 0x20 || NEVER.contains(byte)) {
        let shown = match char::from(byte) {
            control if control.is_control() => control.escape_default().to_string(),
            character => character.to_string(),
        };
        return refused(&format!("Windows can have no name with `{shown}` in it"));
    }
    match to_units(name) {
        Some(units) => Ok(units),
        None => refused("Windows can have no name with these bytes in it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_pair_is_kept_and_a_whole_one_has_one_form() {
        for (units, bytes) in [
            (&[0x61, 0xD83D][..], &b"a\xED\xA0\xBD"[..]),
            (&[0xDE00, 0xD83D], b"\xED\xB8\x80\xED\xA0\xBD"),
            (&[0xD83D, 0xDE00], "😀".as_bytes()),
            (&[0xD83D, 0x61, 0xDE00], b"\xED\xA0\xBDa\xED\xB8\x80"),
        ] {
            assert_eq!(to_bytes(units.iter().copied()), bytes);
            assert_eq!(to_units(bytes).as_deref(), Some(units));
        }
        assert_eq!(to_units(b"\xED\xA0\xBD\xED\xB8\x80"), None, "a pair in the form of two halves");
        for bytes in [&b"\xFF"[..], b"a\xC3", b"\xED\xA0", b"\xED\xA0a"] {
            assert_eq!(to_units(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn what_would_be_another_file_or_more_than_one_is_no_name() {
        for name in
            [&b"a:b"[..], b"a::$DATA", b"a\\b", b"*", b"a?", b"a\tb", b"..", b".", b"", b"a\"", b"\xff"]
        {
            let error = component(name).expect_err("a name that Windows cannot have");
            assert_eq!(error.kind(), io::ErrorKind::InvalidFilename, "{name:?}");
        }
        for name in [&b"aux"[..], b"CON.txt", b"a.", b"a ", b"...", b"a;b", "é".as_bytes()] {
            assert!(component(name).is_ok(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back_from_its_bytes(units in prop::collection::vec(any::<u16>(), 0..12)) {
            prop_assert_eq!(to_units(&to_bytes(units.iter().copied())), Some(units));
        }

        #[test]
        fn halves_of_pairs_come_back_too(units in prop::collection::vec(0xD780_u16..0xE080, 0..12)) {
            prop_assert_eq!(to_units(&to_bytes(units.iter().copied())), Some(units));
        }
    }
}
