//! The bytes of a cookie, which the protocol writes in base64.

/// The bytes, or nothing if it is no base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut held, mut n_bits) = (0u32, 0);
    for digit in digits.bytes() {
        held = (held << 6) | u32::from(value(digit)?);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            // The cut is meant: what is above was taken before.
            bytes.push((held >> n_bits) as u8);
        }
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
