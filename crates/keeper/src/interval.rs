//! Intervals as people write them: `30s`, `15m`, `2h`, `1d`.

use std::str::FromStr;
use std::time::Duration;

use syncmgr_model::time::Timestamp;

use crate::rule::ParseRuleError;

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// Reads an interval: a number of seconds, minutes, hours or days, at least one second.
///
/// # Errors
///
/// [`ParseRuleError`] for anything else.
pub fn parse_interval(text: &str) -> Result<Duration, ParseRuleError> {
    let error = || ParseRuleError::new(text, "interval", "write it like 30s, 15m, 2h or 1d");
    let at = text.len().checked_sub(1).ok_or_else(error)?;
    let (number, unit) = text.split_at_checked(at).ok_or_else(error)?;
    let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(error)?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = u32::from_str(number).ok().filter(|number| is_plain && *number > 0).ok_or_else(error)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

/// Says an interval in its largest whole unit; parts of a second count as a whole one.
pub fn interval_text(interval: Duration) -> String {
    let seconds = interval.as_secs() + u64::from(interval.subsec_nanos() > 0);
    let (name, unit) =
        UNITS.into_iter().find(|(_, unit)| seconds > 0 && seconds.is_multiple_of(*unit)).unwrap_or(("s", 1));
    format!("{}{name}", seconds / unit)
}

/// The moment `interval` after `start`, at the end of the range if there is none.
pub(crate) fn later(start: Timestamp, interval: Duration) -> Timestamp {
    start.plus_millis(i64::try_from(interval.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_positive_number_and_a_unit() {
        for (text, seconds, said) in [
            ("30s", 30, "30s"),
            ("15m", 900, "15m"),
            ("2h", 7200, "2h"),
            ("1d", 86_400, "1d"),
            ("60s", 60, "1m"),
            ("90m", 5400, "90m"),
            ("24h", 86_400, "1d"),
        ] {
            let interval = parse_interval(text).unwrap();
            assert_eq!(interval.as_secs(), seconds, "{text}");
            assert_eq!(interval_text(interval), said);
            assert_eq!(parse_interval(said), Ok(interval));
        }
        for bad in ["", "15", "m", "0m", "-1m", "+1m", "15 m", "15min", "1.5h", "15µ", "99999999999d"] {
            assert!(parse_interval(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parts_of_a_second_are_said_as_a_whole_one() {
        assert_eq!(interval_text(Duration::from_millis(1)), "1s");
        assert_eq!(interval_text(Duration::ZERO), "0s");
    }
}
