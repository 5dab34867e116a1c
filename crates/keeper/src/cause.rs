//! Causes: why an item is due.

use std::fmt;
use std::str::FromStr;

use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::{Console, Trigger};

use crate::rule::TriggerRule;

/// How the cause of a named connection begins.
pub(crate) const CONNECT_TO: &str = "connect to ";

/// Why an item is due. Text form: one word, followed by a volume's path, an item or a connection; the text of a schedule is its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The user logs off.
    Logoff,
    /// The network is about to go.
    Disconnect,
    /// A person or a program asked.
    Asked,
    /// The user logged on.
    Logon,
    /// The network came up.
    Connect,
    /// The connection of this name came up.
    ConnectTo(String),
    /// Something changed.
    Change,
    /// The volume at this path appeared.
    Volume(String),
    /// The schedule with this text.
    Schedule(String),
    /// That item succeeded.
    After(ItemId),
    /// The machine is idle.
    Idle,
    /// A run before did not succeed.
    Retry,
}

impl Cause {
    /// What the session is started for. What follows from changes elsewhere is a change.
    pub fn trigger(&self, console: Console) -> Trigger {
        match self {
            Self::Asked => Trigger::Manual,
            Self::Logon => Trigger::Logon,
            Self::Logoff => Trigger::Logoff,
            Self::Idle => Trigger::Idle,
            Self::Connect | Self::ConnectTo(_) => Trigger::Connect,
            Self::Disconnect => Trigger::PendingDisconnect(console),
            Self::Change | Self::Volume(_) | Self::After(_) => Trigger::Change,
            Self::Schedule(text) => Trigger::Schedule(text.clone()),
            Self::Retry => Trigger::Schedule("retry".to_owned()),
        }
    }

    /// The cause behind a session that the keeper did not start.
    pub(crate) fn of(trigger: &Trigger) -> Self {
        match trigger {
            Trigger::Manual | Trigger::Invoke(_) | Trigger::Settings(_) => Self::Asked,
            Trigger::Logon => Self::Logon,
            Trigger::Logoff => Self::Logoff,
            Trigger::Connect => Self::Connect,
            Trigger::PendingDisconnect(_) => Self::Disconnect,
            Trigger::Idle => Self::Idle,
            Trigger::Schedule(text) => Self::from_word(text),
            Trigger::Change => Self::Change,
        }
    }

    /// Whether its time is over when it cannot be used at once.
    pub(crate) const fn is_momentary(&self) -> bool {
        matches!(self, Self::Logoff | Self::Disconnect)
    }

    /// Whether it still means something after nobody has looked for a while.
    pub(crate) const fn outlives_absence(&self) -> bool {
        !matches!(self, Self::Logoff | Self::Disconnect | Self::Idle)
    }

    /// Whether a rule with these triggers can have it.
    pub(crate) fn is_of(&self, triggers: &[TriggerRule]) -> bool {
        match self {
            Self::Asked | Self::Retry => true,
            _ => triggers.iter().any(|trigger| self.is_from(trigger)),
        }
    }

    /// Whether this trigger makes an item due for it.
    pub(crate) fn is_from(&self, trigger: &TriggerRule) -> bool {
        match (self, trigger) {
            (Self::Schedule(text), TriggerRule::Schedule(schedule)) => *text == schedule.to_string(),
            (Self::Volume(path), TriggerRule::Volume(wanted)) => path == wanted,
            (Self::After(item), TriggerRule::After(wanted)) => item == wanted,
            (Self::ConnectTo(name), TriggerRule::ConnectTo(wanted)) => name == wanted,
            (Self::Logon, TriggerRule::Logon)
            | (Self::Logoff, TriggerRule::Logoff)
            | (Self::Idle, TriggerRule::Idle { .. })
            | (Self::Connect, TriggerRule::Connect | TriggerRule::ConnectElsewhere(_))
            | (Self::Disconnect, TriggerRule::PendingDisconnect)
            | (Self::Change, TriggerRule::Change) => true,
            _ => false,
        }
    }

    fn from_word(text: &str) -> Self {
        if let Some(name) = text.strip_prefix(CONNECT_TO) {
            return Self::ConnectTo(name.to_owned());
        }
        match text.split_once(' ') {
            Some(("volume", path)) => return Self::Volume(path.to_owned()),
            Some(("after", item)) => {
                if let Ok(item) = ItemId::from_str(item) {
                    return Self::After(item);
                }
            }
            _ => {}
        }
        match text {
            "asked" => Self::Asked,
            "logon" => Self::Logon,
            "logoff" => Self::Logoff,
            "idle" => Self::Idle,
            "connect" => Self::Connect,
            "disconnect" => Self::Disconnect,
            "change" => Self::Change,
            "retry" => Self::Retry,
            schedule => Self::Schedule(schedule.to_owned()),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("asked"),
            Self::Logon => f.write_str("logon"),
            Self::Logoff => f.write_str("logoff"),
            Self::Idle => f.write_str("idle"),
            Self::Connect => f.write_str("connect"),
            Self::ConnectTo(name) => write!(f, "{CONNECT_TO}{name}"),
            Self::Disconnect => f.write_str("disconnect"),
            Self::Change => f.write_str("change"),
            Self::Retry => f.write_str("retry"),
            Self::Volume(path) => write!(f, "volume {path}"),
            Self::After(item) => write!(f, "after {item}"),
            Self::Schedule(text) => f.write_str(text),
        }
    }
}

impl FromStr for Cause {
    type Err = std::convert::Infallible;

    /// Every text is a cause: what is none of the words is the text of a schedule.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from_word(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_reads_back_and_so_does_its_trigger() {
        for cause in [
            Cause::Asked,
            Cause::Logon,
            Cause::Logoff,
            Cause::Idle,
            Cause::Connect,
            Cause::ConnectTo("office vpn".to_owned()),
            Cause::Disconnect,
            Cause::Change,
            Cause::Retry,
            Cause::Volume("/media/my stick".to_owned()),
            Cause::After(ItemId::from_u128(7)),
            Cause::Schedule("0 2 * * *".to_owned()),
        ] {
            assert_eq!(cause.to_string().parse(), Ok(cause.clone()));
            let back = Cause::of(&cause.trigger(Console::LoggedOn));
            let expected = match cause {
                Cause::Volume(_) | Cause::After(_) => Cause::Change,
                Cause::ConnectTo(_) => Cause::Connect,
                other => other,
            };
            assert_eq!(back, expected);
        }
    }
}
