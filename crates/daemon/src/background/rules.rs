//! From the configuration to the rules by which items run by themselves. Decisions only.

use syncmgr_keeper::{
    CatchUp, Conditions, CronExpression, ItemRule, MeteredNeed, PowerNeed, Schedule as Clock, TimeOfDay,
    TriggerRule, Window, parse_interval,
};
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::tick::Purpose;
use syncmgr_model::trigger::OnBattery;

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
    /// For which purposes of `[[trigger]]` it is ticked.
    pub(crate) ticked_for: Vec<Purpose>,
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
    for trigger in triggers.iter().filter(|trigger| trigger.enabled.unwrap_or(true)) {
        // What belongs to a connection by name counts while it is up, which a rule cannot say of one trigger alone.
        if trigger.key.connection.is_none() && item.ticked_for.contains(&trigger.key.purpose) {
            for rule in of_trigger(trigger) {
                if !own.contains(&rule) {
                    own.push(rule);
                }
            }
        }
    }
    ItemRule {
        triggers: own,
        conditions: conditions(&schedule.when),
        freshness: schedule.fresh.as_deref().and_then(|fresh| parse_interval(fresh).ok()),
        catch_up: if schedule.catch_up == Some(false) { CatchUp::Forget } else { CatchUp::Run },
        ..ItemRule::new(item.item, &item.name)
    }
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
