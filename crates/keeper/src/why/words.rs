//! The words of the sentences.

use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::OnBattery;

use crate::cause::Cause;
use crate::condition::{ConditionName, ConditionValue};
use crate::interval::interval_text;
use crate::rule::TriggerRule;

/// What made an item due, to be read after "because".
pub(super) fn because(cause: &Cause, name: impl Fn(ItemId) -> String) -> String {
    match cause {
        Cause::Asked => "it was asked for".to_owned(),
        Cause::Logon => "the user logged on".to_owned(),
        Cause::Logoff => "the user was logging off".to_owned(),
        Cause::Connect => "the network came up".to_owned(),
        Cause::ConnectTo(name) => format!("the connection `{name}` came up"),
        Cause::Disconnect => "the network was about to go".to_owned(),
        Cause::Change => "something it watches changed".to_owned(),
        Cause::Idle => "the machine was idle".to_owned(),
        Cause::Retry => "a run before had failed".to_owned(),
        Cause::Volume(path) => format!("the volume `{path}` appeared"),
        Cause::Schedule(text) => format!("its schedule `{text}` said so"),
        Cause::After(item) => format!("`{}` had succeeded", name(*item)),
    }
}

/// When an event would make an item due. `None` for schedules, which have moments.
pub(super) fn when(trigger: &TriggerRule, name: impl Fn(ItemId) -> String) -> Option<String> {
    Some(match trigger {
        TriggerRule::Schedule(_) => return None,
        TriggerRule::Logon => "when the user logs on".to_owned(),
        TriggerRule::Logoff => "when the user logs off".to_owned(),
        TriggerRule::Idle { wait, on_battery: OnBattery::Wait, .. } => {
            format!("when the machine has been idle for {} on mains", interval_text(*wait))
        }
        TriggerRule::Idle { wait, on_battery: OnBattery::Synchronize, .. } => {
            format!("when the machine has been idle for {}", interval_text(*wait))
        }
        TriggerRule::Connect => "when a network comes up".to_owned(),
        TriggerRule::ConnectTo(name) => format!("when the connection `{name}` comes up"),
        TriggerRule::ConnectElsewhere(apart) => {
            let apart: Vec<String> = apart.iter().map(|name| format!("`{name}`")).collect();
            format!("when a network comes up other than {}", either(&apart))
        }
        TriggerRule::PendingDisconnect => "when the network is about to go".to_owned(),
        TriggerRule::Change => "when something it watches changes".to_owned(),
        TriggerRule::Volume(path) => format!("when the volume `{path}` appears"),
        TriggerRule::After(item) => format!("when `{}` has succeeded", name(*item)),
    })
}

/// Joins alternatives: `a, b or c`.
pub(super) fn either(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What is, where a condition fails.
pub(super) fn obstacle(failing: &ConditionValue) -> String {
    let ConditionValue { value, wanted, .. } = failing;
    match failing.name {
        ConditionName::Power => "the machine is on battery and its rule wants mains".to_owned(),
        ConditionName::Battery => format!("the battery is at {value} and its rule wants {wanted}"),
        ConditionName::Metered => "the network is metered and its rule wants one that is not".to_owned(),
        ConditionName::Connection => format!("what is up is {value} and its rule wants {wanted}"),
        ConditionName::Window => format!("it is {value} and its rule wants {wanted}"),
        ConditionName::Load => format!("the load is {value} and its rule wants {wanted}"),
    }
}

/// What should be instead, to be read after "it needs".
pub(super) fn need(failing: &ConditionValue) -> String {
    let ConditionValue { wanted, .. } = failing;
    match failing.name {
        ConditionName::Power => "mains power".to_owned(),
        ConditionName::Battery => format!("{wanted} of battery, or mains power"),
        ConditionName::Metered => "a network that is not metered".to_owned(),
        ConditionName::Connection => format!("the connection {wanted}"),
        ConditionName::Window => format!("a time within {wanted}"),
        ConditionName::Load => format!("a load of {wanted}"),
    }
}
