//! From the configuration to the rules by which items run by themselves. Decisions only.

use std::collections::BTreeSet;

use syncmgr_keeper::{
    Bound, CatchUp, Cause, Conditions, CronExpression, ItemRule, MeteredNeed, PowerNeed, Schedule as Clock,
    TimeOfDay, TriggerRule, Window, parse_interval,
};
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::tick::{Purpose, TickKey};
use syncmgr_model::trigger::{OnBattery, Trigger};

use crate::config::{Conditions as Written, Schedule, TriggerConfig};

/// An item as far as its rule is concerned.
#[derive(Debug, Clone)]
pub(crate) struct Ruled {
    /// Which item.
    pub(crate) item: ItemId,
    /// Its handler.
    pub(crate) handler: HandlerId,
    /// As it is typed.
    pub(crate) name: String,
    /// What is written about it.
    pub(crate) schedule: Schedule,
    /// The folders it has: they are watched, and volumes may hold them.
    pub(crate) roots: Vec<String>,
    /// For which purposes and connections of `[[trigger]]` it is ticked.
    pub(crate) ticked_for: Vec<TickKey>,
}

/// The rules of all items that have one.
pub(super) fn rules(items: &[Ruled], triggers: &[TriggerConfig]) -> Vec<ItemRule> {
    items.iter().map(|item| rule(item, items, triggers)).collect()
}

fn rule(item: &Ruled, all: &[Ruled], triggers: &[TriggerConfig]) -> ItemRule {
    let schedule = &item.schedule;
    let mut own = clock(schedule.every.as_deref(), schedule.at.as_deref());
    for event in &schedule.on {
        match event.as_str() {
            "volume" => own.extend(item.roots.iter().cloned().map(TriggerRule::Volume)),
            // The others are spelled as the rule spells them, and were checked when they were read.
            event => own.extend(event.parse::<TriggerRule>().ok()),
        }
    }
    let named = |name: &String| all.iter().find(|other| other.name == *name);
    own.extend(schedule.after.iter().filter_map(named).map(|other| TriggerRule::After(other.item)));
    let mut bound = Vec::new();
    // Those for any connection first: what holds everywhere is not bound to a place.
    let (anywhere, somewhere): (Vec<_>, Vec<_>) =
        of_item(item, triggers).partition(|trigger| trigger.key.connection.is_none());
    for rule in anywhere.into_iter().flat_map(|trigger| for_any(trigger, triggers)) {
        if !own.contains(&rule) {
            own.push(rule);
        }
    }
    for trigger in somewhere {
        let Some(name) = &trigger.key.connection else { continue };
        for rule in of_trigger(trigger) {
            // One that comes up is a moment of its own, at a logon as well; what is brought up first need not be up.
            let (rule, is_bound) = match rule {
                TriggerRule::Logon => continue,
                TriggerRule::Connect => (TriggerRule::ConnectTo(name.clone()), false),
                rule => (rule, trigger.connect != Some(true)),
            };
            let is_new = !own.contains(&rule);
            let is_bound_already = bound.iter().any(|bound: &Bound| bound.trigger == rule);
            if is_bound && (is_new || is_bound_already) {
                bound.push(Bound { trigger: rule.clone(), connections: [name.clone()].into() });
            } else if !is_bound {
                bound.retain(|bound| bound.trigger != rule);
            }
            if is_new {
                own.push(rule);
            }
        }
    }
    ItemRule {
        bound,
        triggers: own,
        conditions: conditions(&schedule.when),
        freshness: schedule.fresh.as_deref().and_then(|fresh| parse_interval(fresh).ok()),
        catch_up: if schedule.catch_up == Some(false) { CatchUp::Forget } else { CatchUp::Run },
        ..ItemRule::new(item.item, &item.name)
    }
}

/// The triggers that are on and for which the item is ticked.
fn of_item<'a>(item: &'a Ruled, triggers: &'a [TriggerConfig]) -> impl Iterator<Item = &'a TriggerConfig> {
    triggers
        .iter()
        .filter(|trigger| trigger.enabled.unwrap_or(true) && item.ticked_for.contains(&trigger.key))
}

/// What a trigger for any connection means: one that has a trigger of its own, on or off, is left to that.
fn for_any(trigger: &TriggerConfig, all: &[TriggerConfig]) -> Vec<TriggerRule> {
    let same = all.iter().filter(|other| other.key.purpose == trigger.key.purpose);
    let apart: BTreeSet<String> = same.filter_map(|other| other.key.connection.clone()).collect();
    let elsewhere = |rule| match rule {
        TriggerRule::Connect if !apart.is_empty() => TriggerRule::ConnectElsewhere(apart.clone()),
        rule => rule,
    };
    of_trigger(trigger).into_iter().map(elsewhere).collect()
}

/// The connections that are brought up before these items run for this reason, and taken down after it. What is tried again
/// needs what it needed.
pub(super) fn connections_first(
    run: &[ItemId],
    reason: &Trigger,
    items: &[Ruled],
    triggers: &[TriggerConfig],
) -> Vec<String> {
    let Trigger::Schedule(text) = reason else { return Vec::new() };
    let is_again = *text == Cause::Retry.to_string();
    let is_meant = |trigger: &&TriggerConfig| {
        let clock = clock(trigger.every.as_deref(), trigger.at.as_deref());
        let is_now = clock.iter().any(|rule| rule.to_string() == *text);
        trigger.connect == Some(true) && (is_now || is_again)
    };
    let of_run = items.iter().filter(|item| run.contains(&item.item));
    let meant = of_run.flat_map(|item| of_item(item, triggers).filter(is_meant));
    let names: BTreeSet<String> = meant.filter_map(|trigger| trigger.key.connection.clone()).collect();
    names.into_iter().collect()
}

/// What the clock says. Both were checked when they were read.
fn clock(every: Option<&str>, at: Option<&str>) -> Vec<TriggerRule> {
    let every = every.and_then(|every| parse_interval(every).ok()).map(Clock::Every);
    let at = at.and_then(|at| at.parse::<CronExpression>().ok()).map(Clock::Cron);
    every.into_iter().chain(at).map(TriggerRule::Schedule).collect()
}

fn of_trigger(trigger: &TriggerConfig) -> Vec<TriggerRule> {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| parse_interval(text).ok());
    match &trigger.key.purpose {
        Purpose::Manual => Vec::new(),
        Purpose::Logon => vec![TriggerRule::Logon, TriggerRule::Connect],
        Purpose::Logoff => vec![TriggerRule::Logoff, TriggerRule::PendingDisconnect],
        Purpose::Idle => {
            let TriggerRule::Idle { wait, repeat, .. } = TriggerRule::IDLE else { return Vec::new() };
            let on_battery =
                if trigger.on_battery == Some(true) { OnBattery::Synchronize } else { OnBattery::Wait };
            let (wait, repeat) = (time(&trigger.wait).unwrap_or(wait), time(&trigger.repeat).or(repeat));
            vec![TriggerRule::Idle { wait, repeat, on_battery }]
        }
        Purpose::Schedule(_) => clock(trigger.every.as_deref(), trigger.at.as_deref()),
    }
}

fn conditions(written: &Written) -> Conditions {
    let minutes = |minutes: u16| TimeOfDay::new((minutes / 60) as u8, (minutes % 60) as u8);
    let window = |(from, until)| Some(Window { from: minutes(from)?, to: minutes(until)? });
    Conditions {
        power: if written.mains { PowerNeed::Mains } else { PowerNeed::Any },
        minimum_battery: written.battery,
        metered: if written.unmetered { MeteredNeed::Unmetered } else { MeteredNeed::Any },
        connections: written.networks.iter().cloned().collect(),
        window: written.between.and_then(window),
        maximum_load: written.load.map(|load| (load * 100.0) as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTOS: ItemId = ItemId::from_u128(1);

    fn key(purpose: &str, connection: Option<&str>) -> TickKey {
        TickKey::new(purpose.parse().unwrap(), connection)
    }

    fn ticked(keys: &[(&str, Option<&str>)]) -> Ruled {
        Ruled {
            item: PHOTOS,
            handler: HandlerId::from_u128(9),
            name: "photos".to_owned(),
            schedule: Schedule::default(),
            roots: Vec::new(),
            ticked_for: keys.iter().map(|(purpose, connection)| key(purpose, *connection)).collect(),
        }
    }

    fn trigger(purpose: &str, connection: Option<&str>) -> TriggerConfig {
        let every = purpose.starts_with("schedule:").then(|| "1h".to_owned());
        TriggerConfig { every, ..TriggerConfig::new(key(purpose, connection)) }
    }

    /// The triggers of the rule by their text, with what each is bound to.
    fn shown(item: Ruled, triggers: &[TriggerConfig]) -> Vec<String> {
        let rule = rules(&[item], triggers).remove(0);
        let words = |trigger: &TriggerRule| {
            let bound = rule.bound.iter().filter(|bound| bound.trigger == *trigger);
            let names: Vec<String> = bound.flat_map(|bound| bound.connections.clone()).collect();
            if names.is_empty() {
                trigger.to_string()
            } else {
                format!("{trigger} on {}", names.join(" or "))
            }
        };
        rule.triggers.iter().map(words).collect()
    }

    #[test]
    fn a_trigger_of_a_connection_counts_there_and_takes_that_out_of_those_for_any() {
        let both = [trigger("logon", None), trigger("logon", Some("office"))];
        let everywhere = ticked(&[("logon", None)]);
        assert_eq!(shown(everywhere.clone(), &both[..1]), ["logon", "connect"]);
        assert_eq!(shown(everywhere, &both), ["logon", "connect except office"]);
        let at_work = ticked(&[("logon", Some("office"))]);
        assert_eq!(shown(at_work, &both), ["connect to office"]);
    }

    #[test]
    fn what_holds_anywhere_is_not_bound_and_several_places_are_alternatives() {
        let idle = [trigger("idle", Some("home")), trigger("idle", Some("office")), trigger("idle", None)];
        let places = ticked(&[("idle", Some("home")), ("idle", Some("office"))]);
        assert_eq!(shown(places, &idle), ["idle 15m every 1h on home or office"]);
        let all = ticked(&[("idle", Some("home")), ("idle", None)]);
        assert_eq!(shown(all, &idle), ["idle 15m every 1h"]);
    }

    #[test]
    fn what_brings_its_connection_up_first_does_not_wait_for_it() {
        let nightly = trigger("schedule:nightly", Some("office"));
        let first = TriggerConfig { connect: Some(true), ..nightly.clone() };
        let item = || ticked(&[("schedule:nightly", Some("office"))]);
        assert_eq!(shown(item(), std::slice::from_ref(&nightly)), ["every 1h on office"]);
        assert_eq!(shown(item(), std::slice::from_ref(&first)), ["every 1h"]);
        for (reason, trigger, expected) in [
            (Trigger::Schedule("every 1h".to_owned()), &first, &["office".to_owned()][..]),
            (Trigger::Schedule("retry".to_owned()), &first, &["office".to_owned()]),
            (Trigger::Schedule("every 2h".to_owned()), &first, &[]),
            (Trigger::Schedule("every 1h".to_owned()), &nightly, &[]),
            (Trigger::Change, &first, &[]),
        ] {
            let triggers = std::slice::from_ref(trigger);
            assert_eq!(connections_first(&[PHOTOS], &reason, &[item()], triggers), expected, "{reason:?}");
        }
    }

    #[test]
    fn a_trigger_that_is_off_or_not_ticked_means_nothing() {
        let off = TriggerConfig { enabled: Some(false), ..trigger("logon", Some("office")) };
        assert!(shown(ticked(&[("logon", Some("office"))]), &[off]).is_empty());
        assert!(shown(ticked(&[]), &[trigger("idle", None)]).is_empty());
    }
}
