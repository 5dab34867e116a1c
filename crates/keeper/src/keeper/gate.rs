//! Gates: what stands between an item that is due and its run.

use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::OnBattery;

use crate::cause::Cause;
use crate::condition::{ConditionValue, Conditions, PowerNeed};
use crate::happening::Leaving;
use crate::item::Item;
use crate::keeper::leave::Phase;
use crate::keeper::{Keeper, Pause};
use crate::rule::CatchUp;
use crate::time_of_day::moment_text;

/// What stands in the way; the first one that does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The keeper has not started, or the machine is about to go.
    Away(Option<Leaving>),
    /// The user's pause.
    Paused(Option<Timestamp>),
    /// A back-off, or the word of the handler.
    HeldBack(Timestamp),
    /// A condition of the rule.
    Conditions,
    /// Another session.
    Busy,
    /// Nothing.
    Open,
}

/// A gate, and the conditions as far as they were looked at.
#[derive(Debug, Clone)]
pub(crate) struct Judgment {
    pub(crate) gate: Gate,
    pub(crate) conditions: Vec<ConditionValue>,
}

impl Judgment {
    pub(crate) fn failing(&self) -> impl Iterator<Item = &ConditionValue> {
        self.conditions.iter().filter(|value| !value.holds)
    }
}

impl Gate {
    /// Whether what is due for `cause` is lost by this, rather than waiting.
    pub(super) fn loses(self, cause: &Cause, catch_up: CatchUp) -> bool {
        match self {
            Self::Open | Self::Busy => false,
            _ => cause.is_momentary() || (matches!(cause, Cause::Schedule(_)) && catch_up == CatchUp::Forget),
        }
    }
}

impl Keeper {
    /// Judges what is due for `cause`. A user who asks is not held back by what he decided for the time he does not ask.
    pub(crate) fn judge(&self, item: &Item, cause: &Cause, now: Timestamp) -> Judgment {
        let judged = |gate| Judgment { gate, conditions: Vec::new() };
        let is_asked = *cause == Cause::Asked;
        match (&self.phase, cause) {
            (Phase::Awake, _)
            | (Phase::Leaving { what: Leaving::Logoff, .. }, Cause::Logoff)
            | (Phase::Leaving { what: Leaving::Suspend, .. }, Cause::Disconnect) => {}
            (Phase::Starting, _) => return judged(Gate::Away(None)),
            (Phase::Leaving { what, .. } | Phase::Gone(what), _) => return judged(Gate::Away(Some(*what))),
        }
        match self.pause {
            Pause::Until(until) if !is_asked && until.is_none_or(|until| until > now) => {
                return judged(Gate::Paused(until));
            }
            Pause::Until(_) | Pause::Off => {}
        }
        if let Some(until) = item.held_until(cause, now) {
            return judged(Gate::HeldBack(until));
        }
        let conditions = if is_asked { Vec::new() } else { self.check_conditions(item, cause, now) };
        let gate = if conditions.iter().any(|value| !value.holds) {
            Gate::Conditions
        } else if self.running.is_some() {
            Gate::Busy
        } else {
            Gate::Open
        };
        Judgment { gate, conditions }
    }

    /// The conditions of the rule, and of what it is bound to; idleness by itself wants mains, unless the rule says otherwise.
    pub(crate) fn check_conditions(&self, item: &Item, cause: &Cause, now: Timestamp) -> Vec<ConditionValue> {
        let conditions = &item.rule.conditions;
        let spares_battery = matches!(item.idle_rule(), Some((_, _, OnBattery::Wait)));
        let mut values = if *cause == Cause::Idle && spares_battery {
            let conditions = Conditions { power: PowerNeed::Mains, ..conditions.clone() };
            conditions.check(&self.world, now, self.zone())
        } else {
            conditions.check(&self.world, now, self.zone())
        };
        if let Some(connections) = item.rule.bound_to(cause) {
            let bound = Conditions { connections, ..Conditions::default() };
            values.extend(bound.check(&self.world, now, self.zone()));
        }
        values
    }

    /// In the words of the ledger.
    pub(super) fn reason(&self, judgment: &Judgment) -> String {
        match judgment.gate {
            Gate::Open => String::new(),
            Gate::Away(None) => "the keeper has not started".to_owned(),
            Gate::Away(Some(Leaving::Logoff)) => "the user is logging off".to_owned(),
            Gate::Away(Some(Leaving::Suspend)) => "the machine is going to sleep".to_owned(),
            Gate::Paused(None) => "paused".to_owned(),
            Gate::Paused(Some(until)) => format!("paused until {}", moment_text(until, self.zone())),
            Gate::HeldBack(until) => format!("not before {}", moment_text(until, self.zone())),
            Gate::Conditions => {
                let names: Vec<&str> = judgment.failing().map(|value| value.name.as_str()).collect();
                format!("for {}", names.join(", "))
            }
            Gate::Busy => "another session runs".to_owned(),
        }
    }
}
