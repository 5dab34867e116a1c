//! When an item is to run by itself.

use std::str::FromStr;
use std::time::Duration;

use toml_edit::{Array, Value};

/// Events an item can be run on.
const EVENTS: &[&str] = &["logon", "logoff", "idle", "connect", "disconnect", "change", "volume"];

/// When an item is to run by itself, as written and checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Schedule {
    /// An interval.
    pub(crate) every: Option<String>,
    /// A cron expression.
    pub(crate) at: Option<String>,
    /// Events.
    pub(crate) on: Vec<String>,
    /// The items, by name, after which it runs.
    pub(crate) after: Vec<String>,
    /// How old its last success may become before it is late.
    pub(crate) fresh: Option<String>,
    /// Whether a moment that passed while it could not run is made up for.
    pub(crate) catch_up: Option<bool>,
    /// What has to hold besides.
    pub(crate) when: Conditions,
}

/// What has to hold when an item is to run by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Conditions {
    /// The machine is not on its battery.
    pub(crate) mains: bool,
    /// The battery holds at least this many percent.
    pub(crate) battery: Option<u8>,
    /// The network does not cost by the byte.
    pub(crate) unmetered: bool,
    /// One of these connections is up.
    pub(crate) networks: Vec<String>,
    /// The time of day, from and until, in minutes after midnight.
    pub(crate) between: Option<(u16, u16)>,
    /// The machine's load of the last minute is at most this.
    pub(crate) load: Option<f64>,
}

impl Conditions {
    /// In the words of the configuration.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.mains {
            words.push("on mains power".to_owned());
        }
        words.extend(self.battery.map(|percent| format!("with {percent} % of battery")));
        if self.unmetered {
            words.push("on an unmetered network".to_owned());
        }
        if !self.networks.is_empty() {
            words.push(format!("on {}", self.networks.join(" or ")));
        }
        words.extend(
            self.between.map(|(from, until)| format!("between {} and {}", clock(from), clock(until))),
        );
        words.extend(self.load.map(|load| format!("at a load of at most {load}")));
        words
    }
}

impl Conditions {
    /// Each as one text, as a request says them.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        let texts = [
            ("power", self.mains.then(|| "mains".to_owned())),
            ("battery", self.battery.map(|percent| percent.to_string())),
            ("metered", self.unmetered.then(|| "false".to_owned())),
            ("network", (!self.networks.is_empty()).then(|| self.networks.join(","))),
            ("between", self.between.map(|(from, until)| format!("{}-{}", clock(from), clock(until)))),
            ("load", self.load.map(|load| load.to_string())),
        ];
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect()
    }
}

/// A condition that was said as a text, as it is written. What is no value of its kind is written as the text it is, and
/// refused by whoever reads it.
pub(crate) fn condition(key: &str, text: &str) -> Value {
    let text = text.trim();
    let value = match key {
        "battery" => text.parse::<i64>().ok().map(Value::from),
        "load" => text.parse::<i64>().ok().map(Value::from).or(text.parse::<f64>().ok().map(Value::from)),
        "metered" => text.parse::<bool>().ok().map(Value::from),
        "network" => {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Some(Value::from(names.collect::<Array>()))
        }
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A time of day from and until: `22:00-06:00`.
pub(crate) fn between(text: &str) -> Option<(u16, u16)> {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute) = (u16::from_str(hour).ok()?, u16::from_str(minute).ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let (from, until) = text.split_once('-')?;
    let (from, until) = (time(from)?, time(until)?);
    (from != until).then_some((from, until))
}

impl Schedule {
    /// Whether the item runs only when asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.every.is_none() && self.at.is_none() && self.on.is_empty() && self.after.is_empty()
    }

    /// In the words of the configuration.
    pub(crate) fn words(&self) -> Vec<String> {
        let every = self.every.iter().map(|every| format!("every {every}"));
        let at = self.at.iter().map(|at| format!("at {at}"));
        let on = self.on.iter().map(|on| format!("on {on}"));
        let after = self.after.iter().map(|item| format!("after {item}"));
        let fresh = self.fresh.iter().map(|fresh| format!("fresh within {fresh}"));
        every.chain(at).chain(on).chain(after).chain(self.when.words()).chain(fresh).collect()
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
    fn a_time_of_day_has_two_ends() {
        assert_eq!(between("22:00-06:30"), Some((1320, 390)));
        for bad in ["", "22:00", "22:00-24:00", "22-06", "22:00-22:00", "a:b-c:d"] {
            assert_eq!(between(bad), None, "{bad}");
        }
    }

    #[test]
    fn conditions_are_said_as_texts_and_written_as_what_they_are() {
        let conditions = Conditions {
            mains: true,
            battery: Some(30),
            unmetered: true,
            networks: vec!["home".to_owned(), "office".to_owned()],
            between: Some((1320, 390)),
            load: Some(1.5),
        };
        let written: Vec<_> = conditions
            .texts()
            .into_iter()
            .map(|(key, text)| format!("{key} = {}", condition(&key, &text).to_string().trim()))
            .collect();
        assert_eq!(
            written,
            [
                "power = \"mains\"",
                "battery = 30",
                "metered = false",
                "network = [\"home\", \"office\"]",
                "between = \"22:00-06:30\"",
                "load = 1.5",
            ]
        );
        assert_eq!(condition("battery", "half").to_string().trim(), "\"half\"", "for the reader to refuse");
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
