//! How amounts are said.

/// `1 file`, `12 files`, `2 entries`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    if n == 1 {
        return format!("1 {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{} {stem}ies", digits(n)),
        _ => format!("{} {noun}s", digits(n)),
    }
}

/// `1,000,000`.
pub(crate) fn digits(n: u64) -> String {
    let plain = n.to_string();
    let mut grouped = String::new();
    for (idx, digit) in plain.chars().enumerate() {
        if idx > 0 && (plain.len() - idx) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `930 B`, `4.1 MB`, `52 GB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let (mut amount, mut unit) = (n as f64 / 1000.0, UNITS[0]);
    for larger in &UNITS[1..] {
        // What would be rounded up to 1000 is 1.0 of the next.
        if amount < 999.5 {
            break;
        }
        amount /= 1000.0;
        unit = larger;
    }
    if amount < 9.95 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") }
}

/// `0.3 s`, `42 s`, `3 min 5 s`, `2 h 7 min`.
pub(crate) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{:.1} s", millis as f64 / 1000.0),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Time that is left: rounded, for nobody knows it exactly. `3 s`, `40 s`, `5 min`, `2 h`.
pub(crate) fn left(millis: u64) -> String {
    let seconds = millis.div_ceil(1000).max(1);
    match seconds {
        1..10 => format!("{seconds} s"),
        10..90 => format!("{} s", seconds.div_ceil(5) * 5),
        90..5400 => format!("{} min", seconds.div_ceil(60)),
        5400..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// So many thousandths of the whole; more than the whole is the whole.
pub(crate) fn share(value: u64, max: u64) -> u64 {
    if max == 0 {
        return 0;
    }
    // Both fit: the product of two 64-bit numbers is one of 128.
    u64::try_from(u128::from(value.min(max)) * 1000 / u128::from(max)).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        for (n, noun, expected) in [
            (0, "file", "0 files"),
            (1, "entry", "1 entry"),
            (2, "entry", "2 entries"),
            (3, "day", "3 days"),
            (1_234_567, "path", "1,234,567 paths"),
        ] {
            assert_eq!(count(n, noun), expected);
        }
    }

    #[test]
    fn amounts_have_two_digits_and_a_unit() {
        for (n, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_951, "10 kB"),
            (999_500, "1.0 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(n), expected);
        }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (millis, expected) in
            [(340, "0.3 s"), (42_900, "42 s"), (185_000, "3 min 5 s"), (7_620_000, "2 h 7 min")]
        {
            assert_eq!(duration(millis), expected);
        }
        for (millis, expected) in [
            (0, "1 s"),
            (8_200, "9 s"),
            (41_000, "45 s"),
            (100_000, "2 min"),
            (7_300_000, "3 h"),
            (260_000_000, "4 days"),
        ] {
            assert_eq!(left(millis), expected);
        }
    }

    #[test]
    fn a_share_never_is_more_than_the_whole() {
        for (value, max, expected) in
            [(0, 0, 0), (1, 0, 0), (1, 3, 333), (3, 3, 1000), (9, 3, 1000), (u64::MAX, u64::MAX, 1000)]
        {
            assert_eq!(share(value, max), expected);
        }
    }
}
