//! When an item is to run by itself.

use std::str::FromStr;
use std::time::Duration;

/// Events an item can be run on.
const EVENTS: &[&str] = &["logon", "logoff", "idle", "connect", "disconnect", "change"];

/// When an item is to run by itself, as written. Checked, and kept for the daemon to act on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// An interval.
    pub(crate) every: Option<String>,
    /// A cron expression.
    pub(crate) at: Option<String>,
    /// Events.
    pub(crate) on: Vec<String>,
}

impl Schedule {
    /// Whether the item runs only when asked.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In the words of the configuration.
    pub(crate) fn words(&self) -> Vec<String> {
        let every = self.every.iter().map(|every| format!("every {every}"));
        let at = self.at.iter().map(|at| format!("at {at}"));
        every.chain(at).chain(self.on.iter().map(|on| format!("on {on}"))).collect()
    }
}

/// Whether `text` is an interval: a number of seconds, minutes, hours or days, at least one second.
pub(crate) fn check_interval(text: &str) -> Result<(), String> {
    match interval(text) {
        Some(_) => Ok(()),
        None => Err(format!("`{text}` is no interval; write it like 30s, 15m, 2h or 1d")),
    }
}

/// The interval that `text` says, if it is one.
pub(crate) fn interval(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let number = u32::from_str(number).ok().filter(|number| *number > 0)?;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

/// Whether `text` is a cron expression.
pub(crate) fn check_cron(text: &str) -> Result<(), String> {
    match croner::Cron::from_str(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{text}` is no cron expression ({error}); write it like '0 2 * * *'")),
    }
}

/// Whether `text` is an event an item can be run on.
pub(crate) fn check_event(text: &str) -> Result<(), String> {
    if EVENTS.contains(&text) {
        return Ok(());
    }
    Err(format!("`{text}` is no event; it is one of {}", EVENTS.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_positive_number_and_a_unit() {
        for good in ["30s", "15m", "2h", "1d"] {
            assert_eq!(check_interval(good), Ok(()), "{good}");
        }
        for bad in ["", "15", "m", "0m", "-1m", "15 m", "15min", "1.5h", "15µ"] {
            assert!(check_interval(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cron_expression_has_five_fields_in_range() {
        assert_eq!(check_cron("0 2 * * *"), Ok(()));
        for bad in ["", "2 o'clock", "99 2 * * *"] {
            assert!(check_cron(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_event_that_nobody_knows_is_answered_with_those_we_know() {
        assert_eq!(check_event("idle"), Ok(()));
        assert!(check_event("sunrise").unwrap_err().contains("logon, logoff, idle, connect"));
    }
}
