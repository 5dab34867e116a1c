//! What the user decided about an item: when it is to run by itself, and on which terms.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::OnBattery;

use crate::cause::{CONNECT_TO, Cause};
use crate::condition::Conditions;
use crate::interval::{interval_text, parse_interval};
use crate::schedule::Schedule;
use crate::world::World;

/// What the user decided about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRule {
    /// Which item.
    pub item: ItemId,
    /// What it is called in sentences.
    pub name: String,
    /// What makes it due; any of them does.
    pub triggers: Vec<TriggerRule>,
    /// What must hold for it to run by itself; all of it.
    pub conditions: Conditions,
    /// The freshness contract: it is to succeed at least once in every such time, and is late otherwise.
    pub freshness: Option<Duration>,
    /// What becomes of moments of its schedules at which it could not run.
    pub catch_up: CatchUp,
    /// Triggers that count only while one of some connections is up.
    pub bound: Vec<Bound>,
}

/// A trigger that counts only while a connection is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// One of the rule's.
    pub trigger: TriggerRule,
    /// One of these has to be up.
    pub connections: BTreeSet<String>,
}

impl ItemRule {
    /// A rule by which the item runs only when asked.
    pub fn new(item: ItemId, name: impl Into<String>) -> Self {
        Self {
            item,
            name: name.into(),
            triggers: Vec::new(),
            conditions: Conditions::default(),
            freshness: None,
            catch_up: CatchUp::Run,
            bound: Vec::new(),
        }
    }

    /// The connections of which one has to be up for this cause, if it is bound to any.
    pub(crate) fn bound_to(&self, cause: &Cause) -> Option<BTreeSet<String>> {
        let bound = self.bound.iter().filter(|bound| cause.is_from(&bound.trigger));
        bound.map(|bound| bound.connections.clone()).reduce(|one, other| one.union(&other).cloned().collect())
    }

    /// What makes the item due when the world has become `after`.
    pub(crate) fn connected(&self, before: &World, after: &World) -> Vec<Cause> {
        let new: BTreeSet<&String> = after.connections.difference(&before.connections).collect();
        let has_connected = after.has_connected_since(before);
        let cause = |trigger: &TriggerRule| match trigger {
            TriggerRule::Connect => has_connected.then_some(Cause::Connect),
            TriggerRule::ConnectElsewhere(apart) => {
                let is_elsewhere = new.is_empty() || new.iter().any(|name| !apart.contains(*name));
                (has_connected && is_elsewhere).then_some(Cause::Connect)
            }
            TriggerRule::ConnectTo(name) => new.contains(name).then(|| Cause::ConnectTo(name.clone())),
            _ => None,
        };
        self.triggers.iter().filter_map(cause).collect()
    }
}

/// What becomes of the moments of a schedule that passed while the machine was off or asleep, or the conditions refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CatchUp {
    /// The item runs as soon as it may, once for all of them.
    #[default]
    Run,
    /// They are forgotten.
    Forget,
}

impl CatchUp {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Forget => "forget",
        }
    }
}

impl FromStr for CatchUp {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        [Self::Run, Self::Forget]
            .into_iter()
            .find(|word| word.as_str() == text)
            .ok_or_else(|| ParseRuleError::new(text, "way to catch up", "it is run or forget"))
    }
}

/// What makes an item due. Text forms: those of [`Schedule`], and `logon`, `logoff`, `idle`, `idle 15m every 1h on battery`,
/// `connect`, `connect to NAME`, `connect except NAME, NAME`, `disconnect`, `change`, `volume PATH`, `after ITEM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerRule {
    /// The clock.
    Schedule(Schedule),
    /// The user logs on.
    Logon,
    /// The user logs off, or the machine shuts down.
    Logoff,
    /// Nobody uses the machine.
    Idle {
        /// For how long already.
        wait: Duration,
        /// How long after a run the next one of the same spell begins; `None` is one run a spell.
        repeat: Option<Duration>,
        /// Whether also on battery power.
        on_battery: OnBattery,
    },
    /// A network or a named connection comes up.
    Connect,
    /// The connection of this name comes up.
    ConnectTo(String),
    /// A network or a named connection comes up that is none of these: they have triggers of their own.
    ConnectElsewhere(BTreeSet<String>),
    /// The network is about to go, also because the machine is about to sleep.
    PendingDisconnect,
    /// Something the item watches changes.
    Change,
    /// A volume appears at this path.
    Volume(String),
    /// That item has succeeded.
    After(ItemId),
}

/// As the Synchronization Manager had it.
const IDLE_WAIT: Duration = Duration::from_secs(15 * 60);
const IDLE_REPEAT: Duration = Duration::from_secs(60 * 60);

/// How a trigger begins that leaves connections out.
const EXCEPT: &str = "connect except ";

impl TriggerRule {
    /// Idleness of fifteen minutes, again each hour, not on battery.
    pub const IDLE: Self =
        Self::Idle { wait: IDLE_WAIT, repeat: Some(IDLE_REPEAT), on_battery: OnBattery::Wait };
}

impl fmt::Display for TriggerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule(schedule) => fmt::Display::fmt(schedule, f),
            Self::Logon => f.write_str("logon"),
            Self::Logoff => f.write_str("logoff"),
            Self::Idle { wait, repeat, on_battery } => {
                write!(f, "idle {}", interval_text(*wait))?;
                if let Some(repeat) = repeat {
                    write!(f, " every {}", interval_text(*repeat))?;
                }
                match on_battery {
                    OnBattery::Wait => Ok(()),
                    OnBattery::Synchronize => f.write_str(" on battery"),
                }
            }
            Self::Connect => f.write_str("connect"),
            Self::ConnectTo(name) => write!(f, "{CONNECT_TO}{name}"),
            Self::ConnectElsewhere(apart) => {
                let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
                write!(f, "{EXCEPT}{}", apart.join(", "))
            }
            Self::PendingDisconnect => f.write_str("disconnect"),
            Self::Change => f.write_str("change"),
            Self::Volume(path) => write!(f, "volume {path}"),
            Self::After(item) => write!(f, "after {item}"),
        }
    }
}

impl FromStr for TriggerRule {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix(CONNECT_TO) {
            return Ok(Self::ConnectTo(name.trim().to_owned()));
        }
        if let Some(names) = text.strip_prefix(EXCEPT) {
            return Ok(Self::ConnectElsewhere(names.split(", ").map(str::to_owned).collect()));
        }
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (word, rest.trim()) {
            ("logon", "") => Ok(Self::Logon),
            ("logoff", "") => Ok(Self::Logoff),
            ("connect", "") => Ok(Self::Connect),
            ("disconnect", "") => Ok(Self::PendingDisconnect),
            ("change", "") => Ok(Self::Change),
            ("idle", rest) => parse_idle(rest),
            ("volume", path) if !path.is_empty() => Ok(Self::Volume(path.to_owned())),
            ("after", item) => item.parse().map(Self::After).map_err(|_| {
                ParseRuleError::new(text, "trigger", "write it like after ITEM, with the item's id")
            }),
            _ if is_schedule(text) => text.parse().map(Self::Schedule),
            _ => Err(ParseRuleError::new(
                text,
                "trigger",
                "it is one of logon, logoff, idle, connect, disconnect, change, volume PATH, after ITEM, \
                 every 15m, daily 02:00, or a cron expression",
            )),
        }
    }
}

/// Whether it makes sense to answer a mistake in `text` as one in a schedule.
fn is_schedule(text: &str) -> bool {
    text.starts_with("every ")
        || text.starts_with("daily ")
        || text.starts_with('@')
        || text.split_whitespace().count() >= 5
}

/// What may follow `idle`: a wait, `every` and a time, `on battery`. The word alone has all as it is at first.
fn parse_idle(text: &str) -> Result<TriggerRule, ParseRuleError> {
    let (text, on_battery) = match text.strip_suffix("on battery") {
        Some(rest) => (rest.trim(), OnBattery::Synchronize),
        None => (text, OnBattery::Wait),
    };
    if text.is_empty() {
        return Ok(TriggerRule::Idle { wait: IDLE_WAIT, repeat: Some(IDLE_REPEAT), on_battery });
    }
    let (wait, repeat) = match text.split_once("every ") {
        Some((wait, repeat)) => (wait.trim(), Some(parse_interval(repeat.trim())?)),
        None => (text, None),
    };
    let wait = if wait.is_empty() { IDLE_WAIT } else { parse_interval(wait)? };
    Ok(TriggerRule::Idle { wait, repeat, on_battery })
}

/// Whether `item`, which runs after `before`, makes `before` run in turn, perhaps through others.
pub(crate) fn is_in_circle<'a>(
    item: ItemId,
    before: ItemId,
    rules: impl Iterator<Item = &'a ItemRule> + Clone,
) -> bool {
    let mut seen = vec![before];
    let mut next_idx = 0;
    while let Some(id) = seen.get(next_idx).copied() {
        if id == item {
            return true;
        }
        next_idx += 1;
        for rule in rules.clone().filter(|rule| rule.item == id) {
            for trigger in &rule.triggers {
                match trigger {
                    TriggerRule::After(earlier) if !seen.contains(earlier) => seen.push(*earlier),
                    _ => {}
                }
            }
        }
    }
    false
}

/// A text that says nothing where a part of a rule was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseRuleError {
    text: String,
    expected: &'static str,
    hint: String,
}

impl ParseRuleError {
    pub(crate) fn new(text: &str, expected: &'static str, hint: impl Into<String>) -> Self {
        Self { text: text.to_owned(), expected, hint: hint.into() }
    }
}

impl fmt::Display for ParseRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no {}: {}", self.text, self.expected, self.hint)
    }
}

impl std::error::Error for ParseRuleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_reads_back() {
        for (text, said) in [
            ("every 15m", "every 15m"),
            ("daily 02:00", "daily 02:00"),
            ("0 2 * * *", "0 2 * * *"),
            ("@daily", "@daily"),
            ("logon", "logon"),
            ("logoff", "logoff"),
            ("idle", "idle 15m every 1h"),
            ("idle 10m", "idle 10m"),
            ("idle every 2h", "idle 15m every 2h"),
            ("idle on battery", "idle 15m every 1h on battery"),
            ("idle 10m every 30m on battery", "idle 10m every 30m on battery"),
            ("connect", "connect"),
            ("connect to office vpn", "connect to office vpn"),
            ("connect except home, office vpn", "connect except home, office vpn"),
            ("disconnect", "disconnect"),
            ("change", "change"),
            ("volume /media/my stick", "volume /media/my stick"),
            ("after 00000000-0000-0000-0000-000000000007", "after 00000000-0000-0000-0000-000000000007"),
        ] {
            let trigger: TriggerRule = text.parse().unwrap();
            assert_eq!(trigger.to_string(), said);
            assert_eq!(said.parse::<TriggerRule>().unwrap(), trigger);
        }
        assert_eq!("idle".parse::<TriggerRule>().unwrap(), TriggerRule::IDLE);
    }

    #[test]
    fn what_is_no_trigger_is_answered_with_those_there_are() {
        for (text, part) in [
            ("sunrise", "it is one of logon, logoff, idle"),
            ("", "it is one of logon"),
            ("volume", "it is one of logon"),
            ("logon twice", "it is one of logon"),
            ("after lunch", "after ITEM"),
            ("idle soon", "`soon` is no interval"),
            ("every now", "`now` is no interval"),
            ("61 * * * *", "cron expression"),
        ] {
            let error = text.parse::<TriggerRule>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn items_that_run_after_each_other_are_a_circle_however_long() {
        let id = ItemId::from_u128;
        let after = |item, earlier: &[u128]| {
            let triggers = earlier.iter().map(|earlier| TriggerRule::After(id(*earlier))).collect();
            ItemRule { triggers, ..ItemRule::new(id(item), "it") }
        };
        let rules = [after(1, &[3]), after(2, &[1]), after(3, &[2]), after(4, &[3]), after(5, &[5])];
        for (item, before, expected) in
            [(1, 3, true), (2, 1, true), (4, 3, false), (5, 5, true), (6, 4, false), (6, 9, false)]
        {
            assert_eq!(is_in_circle(id(item), id(before), rules.iter()), expected, "{item} after {before}");
        }
    }

    #[test]
    fn the_two_ways_to_catch_up_read_back() {
        for word in [CatchUp::Run, CatchUp::Forget] {
            assert_eq!(word.as_str().parse(), Ok(word));
        }
        assert!("maybe".parse::<CatchUp>().is_err());
    }
}
