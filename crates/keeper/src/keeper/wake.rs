//! Wakes: the one next moment at which the time alone changes anything.

use syncmgr_model::time::Timestamp;

use crate::condition::ConditionName;
use crate::effect::Effect;
use crate::item::Item;
use crate::keeper::leave::Phase;
use crate::keeper::{Gate, Judgment, Keeper, Pause};

/// How long until load, which tells nobody when it changes, is looked at again. Only while an item waits for nothing else.
const LOAD_MILLIS: i64 = 60_000;

impl Keeper {
    /// Asks for the next wake, if it is another one than before.
    pub(super) fn tell_wake(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let wake = self.next_wake(now);
        if self.told_wake != Some(wake) {
            self.told_wake = Some(wake);
            out.push(wake.map_or(Effect::NoWake, Effect::WakeAt));
        }
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        match self.phase {
            Phase::Starting | Phase::Gone(_) => None,
            Phase::Leaving { until, .. } => Some(until),
            Phase::Awake => {
                let items = self.items.iter().filter_map(|item| self.next_wake_for(item, now));
                items.chain(self.pause_end()).min()
            }
        }
    }

    /// The session that runs goes on then, also if no item waits for it.
    fn pause_end(&self) -> Option<Timestamp> {
        match self.pause {
            Pause::Until(until) => until,
            Pause::Off => None,
        }
    }

    fn next_wake_for(&self, item: &Item, now: Timestamp) -> Option<Timestamp> {
        let openings = item
            .kept
            .owed
            .iter()
            .filter_map(|owed| self.next_opening(item, &self.judge(item, &owed.cause, now), now));
        openings.chain(item.next_look()).min()
    }

    /// When a gate opens by the time alone, if it does.
    pub(crate) fn next_opening(&self, item: &Item, judgment: &Judgment, now: Timestamp) -> Option<Timestamp> {
        match judgment.gate {
            Gate::Paused(until) => until,
            Gate::HeldBack(until) => Some(until),
            Gate::Conditions => self.next_hold(item, judgment, now),
            Gate::Away(_) | Gate::Busy | Gate::Open => None,
        }
    }

    /// When the conditions that fail hold by the time alone: never, where one of them waits for something to happen.
    fn next_hold(&self, item: &Item, judgment: &Judgment, now: Timestamp) -> Option<Timestamp> {
        let fails = |name| judgment.failing().any(|value| value.name == name);
        let is_only_time =
            judgment.failing().all(|value| matches!(value.name, ConditionName::Window | ConditionName::Load));
        if !is_only_time {
            None
        } else if fails(ConditionName::Window) {
            item.rule.conditions.window.and_then(|window| window.from.next_after(now, self.zone()))
        } else {
            Some(self.next_load_look(now))
        }
    }

    /// Not put off by steps in between, of which there may be many.
    fn next_load_look(&self, now: Timestamp) -> Timestamp {
        let latest = now.plus_millis(LOAD_MILLIS);
        self.told_wake.flatten().filter(|told| *told > now && *told < latest).unwrap_or(latest)
    }
}
