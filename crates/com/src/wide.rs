//! What stands in fields of Windows, as values of ours.

use syncmgr_model::id::Uuid;
use syncmgr_model::time::Timestamp;

/// The text of a field of fixed size: up to the first zero, or all of it where there is none.
pub fn fixed_text(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    text(&units[..end])
}

/// UTF-16 as a string; a lone surrogate becomes U+FFFD.
pub fn text(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// A text as a status line has it: control characters would break it, so each is shown as a blank.
pub fn status_text(units: &[u16]) -> String {
    text(units).replace(char::is_control, " ")
}

/// Milliseconds between 1601 and 1970.
const EPOCH_MILLIS: i64 = 11_644_473_600_000;

/// A FILETIME: tenths of microseconds since 1601 in two halves.
pub const fn moment(low: u32, high: u32) -> Timestamp {
    let tenths = ((high as u64) << 32) | low as u64;
    // A 64-bit count of tenths has room for no more than 2^64 / 10^4 milliseconds, which is below 2^63.
    Timestamp::from_millis((tenths / 10_000) as i64 - EPOCH_MILLIS)
}

/// The identity in a GUID. Its first three fields are numbers, whatever order of bytes the machine has.
pub const fn uuid(data1: u32, data2: u16, data3: u16, data4: [u8; 8]) -> Uuid {
    Uuid::from_fields(data1, data2, data3, &data4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_terminator_ends_with_its_field() {
        let full: Vec<u16> = "x".repeat(32).encode_utf16().collect();
        assert_eq!(fixed_text(&full), "x".repeat(32));
        let mut short = full;
        short[3] = 0;
        assert_eq!(fixed_text(&short), "xxx");
        assert_eq!(fixed_text(&[0; 4]), "");
    }

    #[test]
    fn half_a_character_at_the_end_of_a_field_is_replaced() {
        assert_eq!(fixed_text(&[0x61, 0xD83D]), "a\u{FFFD}");
    }

    #[test]
    fn control_characters_are_shown_as_blanks() {
        let units: Vec<u16> = "one\r\ntwo\tthree".encode_utf16().collect();
        assert_eq!(status_text(&units), "one  two three");
    }

    #[test]
    fn a_file_time_is_a_moment() {
        // 1970-01-01 is 0x019DB1DED53E8000.
        assert_eq!(moment(0xD53E_8000, 0x019D_B1DE).as_millis(), 0);
        assert_eq!(moment(0, 0).as_millis(), -EPOCH_MILLIS);
        assert_eq!(moment(u32::MAX, u32::MAX).as_millis(), 1_833_029_933_770_955);
    }

    #[test]
    fn a_guid_is_the_uuid_with_the_same_text() {
        let uuid = uuid(0x6295_DF41, 0x35EE, 0x11D1, [0x87, 0x07, 0, 0xC0, 0x4F, 0xD9, 0x33, 0x27]);
        assert_eq!(uuid.to_string(), "6295df41-35ee-11d1-8707-00c04fd93327");
    }
}
