//! How amounts and times are said to people. Pure, but for the time zone.

use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;

/// `1 file`, `12 files`.
pub fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `930 B`, `4.1 MB`, `52 GB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut amount = n as f64 / 1000.0;
    let mut unit = UNITS[0];
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
pub fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{:.1} s", millis as f64 / 1000.0),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A moment in the user's time zone, to the second.
pub fn moment(time: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago something was.
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.millis_since(then) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_digits_and_a_unit() {
        for (n, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_951, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (52_000_000_000, "52 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(n), expected);
        }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (millis, expected) in
            [(0, "0.0 s"), (340, "0.3 s"), (42_900, "42 s"), (185_000, "3 min 5 s"), (7_620_000, "2 h 7 min")]
        {
            assert_eq!(duration(millis), expected);
        }
        let now = Timestamp::from_millis(1_000_000_000);
        for (millis, expected) in
            [(0, "just now"), (120_000, "2 min ago"), (7_200_000, "2 h ago"), (259_200_000, "3 days ago")]
        {
            assert_eq!(ago(now, now.plus_millis(-millis)), expected);
        }
    }
}
