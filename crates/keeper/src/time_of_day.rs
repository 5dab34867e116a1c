//! Times of the day, and what becomes of them in a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use syncmgr_model::time::Timestamp;

use crate::rule::ParseRuleError;

/// An hour and a minute on the clock on the wall. Text form: `02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// In minutes since midnight, below 1440.
    minutes: u16,
}

impl TimeOfDay {
    /// This hour (0 to 23) and minute (0 to 59), if they are such.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { minutes: hour as u16 * 60 + minute as u16 }) } else { None }
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        (self.minutes / 60) as u8
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        (self.minutes % 60) as u8
    }

    /// What the clock on the wall shows at `now`. `None` outside of the years a calendar knows.
    pub(crate) fn at(now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let time = zone.to_datetime(to_jiff(now)?);
        Self::new(time.hour().unsigned_abs(), time.minute().unsigned_abs())
    }

    /// The first time after `after` at which the clock on the wall shows this.
    ///
    /// A day on which the clock is put forward past it has it at the first moment after the gap; a day on which the clock is
    /// put back has it once, the first time.
    pub(crate) fn next_after(self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = zone.to_datetime(to_jiff(after)?).date();
        // From yesterday, because what a gap puts off may pass midnight; three days on, because a zone that crosses the
        // date line leaves out a whole day.
        (-1..=3)
            .filter_map(|days| today.checked_add(jiff::Span::new().days(days)).ok())
            .filter_map(|date| self.on(date, zone))
            .filter(|moment| *moment > after)
            .min()
    }

    fn on(self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        let time = date.at(i8::try_from(self.hour()).ok()?, i8::try_from(self.minute()).ok()?, 0, 0);
        let ambiguous = zone.to_ambiguous_timestamp(time);
        let moment = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok()?,
            AmbiguousOffset::Gap { .. } => {
                // As long after the gap's end as this was after its beginning; so the end is the change of offset before.
                let past = ambiguous.later().ok()?;
                let just_past = past.checked_add(SignedDuration::from_secs(1)).ok()?;
                zone.preceding(just_past).next().map_or(past, |transition| transition.timestamp())
            }
        };
        Some(Timestamp::from_millis(moment.as_millisecond()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())
    }
}

impl FromStr for TimeOfDay {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        let part = |text: &str| {
            let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| u8::from_str(text).ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Self::new(part(hour)?, part(minute)?))
            .ok_or_else(|| ParseRuleError::new(text, "time of the day", "write it like 02:00"))
    }
}

/// `None` outside of the years -9999 to 9999.
pub(crate) fn to_jiff(time: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(time.as_millis()).ok()
}

/// Says a moment as the calendar and the clock on the wall do: `2026-03-23 at 02:00`, with seconds where there are any.
pub(crate) fn moment_text(time: Timestamp, zone: &TimeZone) -> String {
    let Some(moment) = to_jiff(time) else {
        return format!("{} ms", time.as_millis());
    };
    let local = zone.to_datetime(moment);
    let seconds = if local.second() == 0 { String::new() } else { format!(":{:02}", local.second()) };
    format!("{} at {:02}:{:02}{seconds}", local.date(), local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_has_two_digits_each_and_reads_back() {
        for good in ["00:00", "02:30", "23:59"] {
            assert_eq!(good.parse::<TimeOfDay>().unwrap().to_string(), good);
        }
        for bad in ["", "2:30", "24:00", "12:60", "12", "12:5", "+1:00", "ab:cd", "12:30:00"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_outside_of_the_calendar_has_no_next() {
        let time = TimeOfDay::new(2, 0).unwrap();
        for millis in [i64::MIN, i64::MAX] {
            assert_eq!(time.next_after(Timestamp::from_millis(millis), &TimeZone::UTC), None);
            assert!(moment_text(Timestamp::from_millis(millis), &TimeZone::UTC).ends_with(" ms"));
        }
    }
}
