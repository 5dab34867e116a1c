//! Conditions: what must hold for an item to run by itself.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Power;

use crate::rule::ParseRuleError;
use crate::time_of_day::TimeOfDay;
use crate::world::World;

/// The name of the connection that is up whenever there is any network.
pub const ONLINE: &str = "online";

/// What must hold for an item to run by itself. Each field holds by itself as it is at first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// What the machine must run on.
    pub power: PowerNeed,
    /// How full the battery must be, in percent, when the machine runs on it.
    pub minimum_battery: Option<u8>,
    /// Whether the network may cost money.
    pub metered: MeteredNeed,
    /// One of these connections must be up, if there are any; [`ONLINE`] stands for any network.
    pub connections: BTreeSet<String>,
    /// The part of the day.
    pub window: Option<Window>,
    /// How much load each processor may have, in percent.
    pub maximum_load: Option<u32>,
}

/// What the machine must run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PowerNeed {
    /// Anything.
    #[default]
    Any,
    /// The mains.
    Mains,
}

/// Whether the network may cost money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MeteredNeed {
    /// It may.
    #[default]
    Any,
    /// It may not.
    Unmetered,
}

/// A part of the day, from one time up to and without another; past midnight where the second is not later. Text form:
/// `22:00-06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Its first minute.
    pub from: TimeOfDay,
    /// The minute after its last one; the same as `from` is the whole day.
    pub to: TimeOfDay,
}

impl Window {
    fn contains(self, time: TimeOfDay) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for Window {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        text.split_once('-')
            .and_then(|(from, to)| {
                Some(Self { from: from.trim().parse().ok()?, to: to.trim().parse().ok()? })
            })
            .ok_or_else(|| ParseRuleError::new(text, "part of the day", "write it like 22:00-06:00"))
    }
}

/// One condition by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionName {
    /// Mains or battery.
    Power,
    /// How full the battery is.
    Battery,
    /// What the network costs.
    Metered,
    /// Which connection is up.
    Connection,
    /// The part of the day.
    Window,
    /// How busy the machine is.
    Load,
}

impl ConditionName {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Battery => "battery",
            Self::Metered => "metered",
            Self::Connection => "connection",
            Self::Window => "window",
            Self::Load => "load",
        }
    }
}

impl fmt::Display for ConditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a condition came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionValue {
    /// Which condition.
    pub name: ConditionName,
    /// What is.
    pub value: String,
    /// What should be.
    pub wanted: String,
    /// Whether it holds.
    pub holds: bool,
}

impl ConditionValue {
    fn new(name: ConditionName, value: impl fmt::Display, wanted: impl fmt::Display, holds: bool) -> Self {
        Self { name, value: value.to_string(), wanted: wanted.to_string(), holds }
    }
}

impl fmt::Display for ConditionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.holds { "holds" } else { "fails" };
        write!(f, "{} {sign} ({}, wanted {})", self.name, self.value, self.wanted)
    }
}

impl Conditions {
    /// Looks at each condition that says something. What is not known about the world is no obstacle.
    pub fn check(&self, world: &World, now: Timestamp, zone: &TimeZone) -> Vec<ConditionValue> {
        let mut values = Vec::new();
        if self.power == PowerNeed::Mains {
            let (value, holds) = match world.power {
                Power::Mains => ("mains", true),
                Power::Battery => ("battery", false),
            };
            values.push(ConditionValue::new(ConditionName::Power, value, "mains", holds));
        }
        if let Some(minimum) = self.minimum_battery {
            values.push(check_battery(minimum, world));
        }
        if self.metered == MeteredNeed::Unmetered {
            let value = if world.metered { "metered" } else { "unmetered" };
            values.push(ConditionValue::new(ConditionName::Metered, value, "unmetered", !world.metered));
        }
        if !self.connections.is_empty() {
            values.push(self.check_connections(world));
        }
        if let Some(window) = self.window {
            let time = TimeOfDay::at(now, zone);
            let value = time.map_or_else(|| "no time".to_owned(), |time| time.to_string());
            let holds = time.is_none_or(|time| window.contains(time));
            values.push(ConditionValue::new(ConditionName::Window, value, window, holds));
        }
        if let Some(maximum) = self.maximum_load {
            let value = world.load_percent.map_or_else(|| "unknown".to_owned(), |load| format!("{load}%"));
            let holds = world.load_percent.is_none_or(|load| load <= maximum);
            values.push(ConditionValue::new(
                ConditionName::Load,
                value,
                format!("at most {maximum}%"),
                holds,
            ));
        }
        values
    }

    fn check_connections(&self, world: &World) -> ConditionValue {
        let is_up = |name: &String| (name == ONLINE && world.online) || world.connections.contains(name);
        let holds = self.connections.iter().any(is_up);
        let mut up: Vec<&str> = world.connections.iter().map(String::as_str).collect();
        if up.is_empty() {
            up.push(if world.online { ONLINE } else { "offline" });
        }
        let wanted = self.connections.iter().map(String::as_str).collect::<Vec<_>>().join(" or ");
        ConditionValue::new(ConditionName::Connection, up.join(", "), wanted, holds)
    }
}

fn check_battery(minimum: u8, world: &World) -> ConditionValue {
    let (value, holds) = match (world.power, world.battery_percent) {
        (Power::Mains, _) => ("mains".to_owned(), true),
        (Power::Battery, None) => ("unknown".to_owned(), true),
        (Power::Battery, Some(percent)) => (format!("{percent}%"), percent >= minimum),
    };
    ConditionValue::new(ConditionName::Battery, value, format!("at least {minimum}%"), holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(12 * 3_600_000);

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn on_battery(percent: u8) -> World {
        World { power: Power::Battery, battery_percent: Some(percent), ..World::default() }
    }

    #[track_caller]
    fn check(conditions: &Conditions, world: &World, expected: &str) {
        let values = conditions.check(world, NOON, &TimeZone::UTC);
        let said: Vec<String> = values.iter().map(ToString::to_string).collect();
        assert_eq!(said.join("; "), expected);
    }

    #[test]
    fn conditions_that_nobody_set_are_not_looked_at() {
        check(&Conditions::default(), &on_battery(1), "");
    }

    #[test]
    fn power_and_battery_are_judged_by_what_the_machine_runs_on() {
        let mains = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
        check(&mains, &World::default(), "power holds (mains, wanted mains)");
        check(&mains, &on_battery(100), "power fails (battery, wanted mains)");
        let half = Conditions { minimum_battery: Some(50), ..Conditions::default() };
        check(&half, &on_battery(50), "battery holds (50%, wanted at least 50%)");
        check(&half, &on_battery(49), "battery fails (49%, wanted at least 50%)");
        let charging = World { power: Power::Mains, ..on_battery(3) };
        check(&half, &charging, "battery holds (mains, wanted at least 50%)");
        let unknown = World { battery_percent: None, ..on_battery(3) };
        check(&half, &unknown, "battery holds (unknown, wanted at least 50%)");
    }

    #[test]
    fn networks_are_judged_by_cost_and_name() {
        let free = Conditions { metered: MeteredNeed::Unmetered, ..Conditions::default() };
        check(&free, &World::default(), "metered holds (unmetered, wanted unmetered)");
        let metered = World { online: true, metered: true, ..World::default() };
        check(&free, &metered, "metered fails (metered, wanted unmetered)");
        let named = Conditions { connections: names(&["office", "vpn"]), ..Conditions::default() };
        check(&named, &World::default(), "connection fails (offline, wanted office or vpn)");
        check(&named, &metered, "connection fails (online, wanted office or vpn)");
        let office = World { connections: names(&["office", "printer"]), ..metered.clone() };
        check(&named, &office, "connection holds (office, printer, wanted office or vpn)");
        let any = Conditions { connections: names(&[ONLINE]), ..Conditions::default() };
        check(&any, &metered, "connection holds (online, wanted online)");
        check(&any, &World::default(), "connection fails (offline, wanted online)");
    }

    #[test]
    fn a_window_may_go_past_midnight_and_ends_before_its_end() {
        for (window, time, expected) in [
            ("09:00-17:00", "09:00", true),
            ("09:00-17:00", "16:59", true),
            ("09:00-17:00", "17:00", false),
            ("09:00-17:00", "08:59", false),
            ("22:00-06:00", "22:00", true),
            ("22:00-06:00", "00:00", true),
            ("22:00-06:00", "05:59", true),
            ("22:00-06:00", "06:00", false),
            ("22:00-06:00", "12:00", false),
            ("08:00-08:00", "07:59", true),
        ] {
            let window: Window = window.parse().unwrap();
            assert_eq!(window.to_string().parse(), Ok(window));
            assert_eq!(window.contains(time.parse().unwrap()), expected, "{window} {time}");
        }
        for bad in ["", "22:00", "22-06", "22:00-24:00"] {
            assert!(bad.parse::<Window>().is_err(), "{bad}");
        }
        let night = Conditions { window: "22:00-06:00".parse().ok(), ..Conditions::default() };
        check(&night, &World::default(), "window fails (12:00, wanted 22:00-06:00)");
    }

    #[test]
    fn load_that_is_not_known_is_no_obstacle() {
        let quiet = Conditions { maximum_load: Some(80), ..Conditions::default() };
        check(&quiet, &World::default(), "load holds (unknown, wanted at most 80%)");
        let world = |load| World { load_percent: Some(load), ..World::default() };
        check(&quiet, &world(80), "load holds (80%, wanted at most 80%)");
        check(&quiet, &world(81), "load fails (81%, wanted at most 80%)");
    }
}
