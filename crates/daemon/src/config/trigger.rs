//! When sessions start by themselves, for each network connection.
//!
//! ```toml
//! [[trigger]]
//! for = "idle"              # logon, logoff, idle, schedule:NAME
//! connection = "home"       # left out: each that has no table of its own
//! wait = "15m"
//! repeat = "1h"
//! ```
//!
//! These are settings that people edit, like the schedules of a folder, and so they are in this file. Which items such a
//! session takes is chosen with a click, in any number, and is in the store: under the same two words, purpose and
//! connection.

use syncmgr_model::tick::{Purpose, TickKey};
use syncmgr_wire::control::TriggerRequest;
use syncmgr_wire::line;
use toml_edit::{Table, value};

use super::error::ConfigError;
use super::schedule::{check_cron, check_interval};
use super::section::Section;

/// Keys of a `[[trigger]]`.
const KEYS: &[&str] =
    &["for", "connection", "enabled", "ask", "wait", "repeat", "on_battery", "every", "at", "connect"];

/// How long nobody has to be there before an idle session, and how often it comes again.
const WAIT: &str = "15m";
const REPEAT: &str = "1h";

/// One `[[trigger]]`. What is `None` was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TriggerConfig {
    /// What for and on which connection.
    pub(crate) key: TickKey,
    pub(crate) enabled: Option<bool>,
    /// Whether the user is asked first.
    pub(crate) ask: Option<bool>,
    pub(crate) wait: Option<String>,
    pub(crate) repeat: Option<String>,
    pub(crate) on_battery: Option<bool>,
    pub(crate) every: Option<String>,
    pub(crate) at: Option<String>,
    /// Whether the connection is brought up first.
    pub(crate) connect: Option<bool>,
}

pub(super) fn read_trigger(section: &Section<'_>) -> Result<TriggerConfig, ConfigError> {
    section.refuse_unknown(KEYS)?;
    let purpose: Purpose = section.required("for", section.parsed("for")?, "trigger")?;
    let trigger = TriggerConfig {
        key: TickKey::new(purpose, section.text("connection")?),
        enabled: section.truth("enabled")?,
        ask: section.truth("ask")?,
        wait: section.interval("wait")?,
        repeat: section.interval("repeat")?,
        on_battery: section.truth("on_battery")?,
        every: section.interval("every")?,
        at: section.checked("at", check_cron)?,
        connect: section.truth("connect")?,
    };
    trigger.check().map_err(|text| section.wrong("for", text))?;
    Ok(trigger)
}

impl TriggerConfig {
    /// A trigger with nothing said about it.
    pub(crate) fn new(key: TickKey) -> Self {
        Self {
            key,
            enabled: None,
            ask: None,
            wait: None,
            repeat: None,
            on_battery: None,
            every: None,
            at: None,
            connect: None,
        }
    }

    /// With what a request changes.
    pub(crate) fn changed(&self, request: &TriggerRequest) -> Result<Self, String> {
        for interval in [&request.wait, &request.repeat, &request.every].into_iter().flatten() {
            check_interval(interval)?;
        }
        request.at.as_deref().map_or(Ok(()), check_cron)?;
        let text = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        // A schedule has one kind of time: the new kind takes the place of the other.
        let (every, at) = match (&request.every, &request.at) {
            (None, None) => (self.every.clone(), self.at.clone()),
            (every, at) => (every.clone(), at.clone()),
        };
        let changed = Self {
            key: self.key.clone(),
            enabled: request.enabled.or(self.enabled),
            ask: request.ask.or(self.ask),
            wait: text(&request.wait, &self.wait),
            repeat: text(&request.repeat, &self.repeat),
            on_battery: request.on_battery.or(self.on_battery),
            every,
            at,
            connect: request.connect.or(self.connect),
        };
        changed.check()?;
        Ok(changed)
    }

    /// What belongs to another kind of trigger is a mistake, and not passed over.
    fn check(&self) -> Result<(), String> {
        let (is_idle, is_schedule) = match &self.key.purpose {
            Purpose::Manual => return Err("nothing starts a manual session by itself".to_owned()),
            Purpose::Logon | Purpose::Logoff => (false, false),
            Purpose::Idle => (true, false),
            Purpose::Schedule(_) => (false, true),
        };
        if !is_idle && (self.wait.is_some() || self.repeat.is_some() || self.on_battery.is_some()) {
            return Err("`wait`, `repeat` and `on_battery` are for `idle`".to_owned());
        }
        if !is_schedule && (self.every.is_some() || self.at.is_some() || self.connect.is_some()) {
            return Err("`every`, `at` and `connect` are for `schedule:NAME`".to_owned());
        }
        match (is_schedule, &self.every, &self.at) {
            (true, None, None) => Err("a schedule has a time: `every` or `at`".to_owned()),
            (true, Some(_), Some(_)) => Err("a schedule has `every` or `at`, not both".to_owned()),
            _ => Ok(()),
        }
    }

    /// What holds, with the defaults filled in.
    pub(crate) fn to_line(&self) -> line::Trigger {
        let is_idle = self.key.purpose == Purpose::Idle;
        let or = |said: &Option<String>, default: &str| {
            is_idle.then(|| said.clone().unwrap_or_else(|| default.to_owned()))
        };
        line::Trigger {
            purpose: self.key.purpose.to_string(),
            connection: self.key.connection.clone(),
            enabled: self.enabled.unwrap_or(true),
            ask: self.ask.unwrap_or(false),
            wait: or(&self.wait, WAIT),
            repeat: or(&self.repeat, REPEAT),
            on_battery: self.on_battery.unwrap_or(false),
            every: self.every.clone(),
            at: self.at.clone(),
            connect: self.connect.unwrap_or(false),
        }
    }

    /// Writes it into its table, and leaves there what stays the same.
    pub(super) fn write(&self, table: &mut Table) {
        put(table, "for", Some(self.key.purpose.to_string()));
        put(table, "connection", self.key.connection.clone());
        put(table, "enabled", self.enabled);
        put(table, "ask", self.ask);
        put(table, "wait", self.wait.clone());
        put(table, "repeat", self.repeat.clone());
        put(table, "on_battery", self.on_battery);
        put(table, "every", self.every.clone());
        put(table, "at", self.at.clone());
        put(table, "connect", self.connect);
    }
}

/// Sets a value with the comments around it kept, or takes the key out.
fn put(table: &mut Table, key: &str, new: Option<impl Into<toml_edit::Value>>) {
    match new {
        None => {
            table.remove(key);
        }
        Some(new) => {
            let mut new = new.into();
            match table.get_mut(key).and_then(toml_edit::Item::as_value_mut) {
                Some(old) => {
                    *new.decor_mut() = old.decor().clone();
                    *old = new;
                }
                None => table[key] = value(new),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(change: impl FnOnce(&mut TriggerRequest)) -> TriggerRequest {
        let mut request = TriggerRequest::default();
        change(&mut request);
        request
    }

    fn new(purpose: Purpose) -> TriggerConfig {
        TriggerConfig::new(TickKey { purpose, connection: None })
    }

    #[test]
    fn a_new_kind_of_time_takes_the_place_of_the_other() {
        let nightly = new(Purpose::Schedule("nightly".to_owned()));
        let every = nightly.changed(&request(|new| new.every = Some("1d".to_owned()))).unwrap();
        let at = every.changed(&request(|new| new.at = Some("0 2 * * *".to_owned()))).unwrap();
        assert_eq!((at.every.as_deref(), at.at.as_deref()), (None, Some("0 2 * * *")));
        let asking = at.changed(&request(|new| new.ask = Some(true))).unwrap();
        assert_eq!(asking.at, at.at);
    }

    #[test]
    fn what_belongs_to_another_kind_of_trigger_is_refused() {
        assert!(new(Purpose::Logon).changed(&request(|new| new.wait = Some("5m".to_owned()))).is_err());
        assert!(new(Purpose::Idle).changed(&request(|new| new.every = Some("5m".to_owned()))).is_err());
        assert!(new(Purpose::Schedule("x".to_owned())).changed(&TriggerRequest::default()).is_err());
        assert!(new(Purpose::Manual).changed(&TriggerRequest::default()).is_err());
    }

    #[test]
    fn idle_sessions_wait_repeat_and_spare_the_battery_unless_told_otherwise() {
        let line = new(Purpose::Idle).to_line();
        assert_eq!((line.wait.as_deref(), line.repeat.as_deref()), (Some("15m"), Some("1h")));
        assert!(line.enabled && !line.on_battery && !line.ask);
    }
}
