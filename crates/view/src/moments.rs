//! How moments are said.

use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;

use crate::amounts::count;

/// How long ago something was: `just now`, `3 minutes ago`, `2 days ago`.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    match now.millis_since(then) / 1000 {
        0..60 => "just now".to_owned(),
        seconds => format!("{} ago", span(seconds)),
    }
}

/// When something will be: `now`, `in 3 minutes`, `in 2 days`.
pub(crate) fn until(now: Timestamp, then: Timestamp) -> String {
    match then.millis_since(now) / 1000 {
        0..10 => "now".to_owned(),
        // To the nearest: what runs every six hours is not told to run in five.
        seconds @ 10..60 => format!("in {}", span(seconds)),
        seconds => {
            let minutes = (seconds + 30) / 60;
            let hours = (minutes + 30) / 60;
            match (minutes, hours) {
                (..60, _) => format!("in {}", count(minutes, "minute")),
                (_, ..48) => format!("in {}", count(hours, "hour")),
                _ => format!("in {}", count((hours + 12) / 24, "day")),
            }
        }
    }
}

/// `3 minutes`, `2 hours`, `5 days`: as exact as it matters.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => count(seconds, "second"),
        60..3600 => count(seconds / 60, "minute"),
        3600..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// A moment in the user's time zone, to the minute.
pub(crate) fn moment(zone: &TimeZone, time: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The time of day in the user's time zone, to the second.
pub(crate) fn time_of_day(zone: &TimeZone, time: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    moment.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::from_millis(1_000_000_000_000);
        for (seconds, before, after) in [
            (0, "just now", "now"),
            (59, "just now", "in 59 seconds"),
            (60, "1 minute ago", "in 1 minute"),
            (3_700, "1 hour ago", "in 1 hour"),
            (3_580, "59 minutes ago", "in 1 hour"),
            (21_590, "5 hours ago", "in 6 hours"),
            (172_799, "47 hours ago", "in 2 days"),
            (172_800, "2 days ago", "in 2 days"),
        ] {
            assert_eq!(ago(now, now.plus_millis(-seconds * 1000)), before);
            assert_eq!(until(now, now.plus_millis(seconds * 1000)), after);
        }
        assert_eq!(ago(now, now.plus_millis(5_000)), "just now", "a clock that was set back");
    }

    #[test]
    fn moments_are_in_the_zone_of_who_reads_them() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(moment(&TimeZone::UTC, at), "2023-11-14 22:13");
        assert_eq!(moment(&TimeZone::fixed(jiff::tz::offset(1)), at), "2023-11-14 23:13");
        assert_eq!(time_of_day(&TimeZone::UTC, at), "22:13:20");
        assert_eq!(moment(&TimeZone::UTC, Timestamp::from_millis(i64::MAX)), "9999-12-30 22:00");
    }
}
