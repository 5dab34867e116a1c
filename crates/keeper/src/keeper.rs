//! The keeper: happenings and times in, effects out.

mod begin;
mod gate;
mod leave;
mod wake;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;

use crate::cause::Cause;
use crate::decision::Verdict;
use crate::effect::{Effect, StopReason};
use crate::happening::{Happening, Leaving, Logon, RunOutcome, RunResult};
use crate::item::Item;
use crate::kept::{Ending, KeptItem, Owed};
use crate::rule::{ItemRule, is_in_circle};
use crate::world::World;
use leave::Phase;

pub(crate) use gate::{Gate, Judgment};

/// What the keeper is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeeperOptions {
    /// Where the user's clock on the wall is.
    pub zone: TimeZone,
    /// How long logging off and sleep are held up at most.
    pub hold_limit: Duration,
}

/// Decides when items run by themselves. A pure machine: the same happenings at the same times have the same effects.
#[derive(Debug, Clone)]
pub struct Keeper {
    options: KeeperOptions,
    world: World,
    /// In the order of the rules.
    items: Vec<Item>,
    /// What is kept about items that have no rule now; it is there again when they have one.
    others: BTreeMap<ItemId, KeptItem>,
    running: Option<Running>,
    phase: Phase,
    pause: Pause,
    /// The wake that was asked for; `None` where nothing was, or it has come.
    told_wake: Option<Option<Timestamp>>,
}

/// The session that runs.
#[derive(Debug, Clone)]
struct Running {
    items: Vec<ItemId>,
    trigger: Trigger,
    stop: Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    NotTold,
    Told(StopReason),
}

/// Whether the user wants things to start by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pause {
    /// He does.
    #[default]
    Off,
    /// Not until then; `None` is until he says so.
    Until(Option<Timestamp>),
}

impl Keeper {
    /// A keeper for these rules, with what was kept about their items. Nothing starts before [`Happening::Started`].
    pub fn new(options: KeeperOptions, rules: Vec<ItemRule>, kept: Vec<KeptItem>) -> Self {
        let mut others: BTreeMap<_, _> = kept.into_iter().map(|kept| (kept.item, kept)).collect();
        let mut items: Vec<Item> = Vec::with_capacity(rules.len());
        for rule in rules {
            // The first rule for an item counts.
            if items.iter().all(|item| item.id() != rule.item) {
                let kept = others.remove(&rule.item);
                items.push(Item::new(rule, kept));
            }
        }
        Self {
            options,
            world: World::default(),
            items,
            others,
            running: None,
            phase: Phase::Starting,
            pause: Pause::Off,
            told_wake: None,
        }
    }

    /// Takes what happened and the time, and returns what shall be done, in this order.
    pub fn step(&mut self, now: Timestamp, happening: Happening) -> Vec<Effect> {
        let mut out = Vec::new();
        self.take(happening, now, &mut out);
        if !matches!(self.phase, Phase::Starting) {
            self.end_pause(now, &mut out);
            for item in &mut self.items {
                item.look(now, &self.options.zone, &self.world, &mut out);
            }
            self.limit_leaving(now, &mut out);
            self.begin(now, &mut out);
            self.go_on_leaving(&mut out);
            self.tell_wake(now, &mut out);
        }
        out.extend(self.items.iter_mut().filter_map(Item::take_change).map(Effect::Keep));
        out.sort_by_key(Effect::rank);
        out
    }

    /// What is known about an item that has a rule, as it was last told.
    pub fn kept(&self, item: ItemId) -> Option<&KeptItem> {
        self.item(item).map(|item| &item.kept)
    }

    /// The items of the session that runs, and why it runs.
    pub fn running(&self) -> Option<(&[ItemId], &Trigger)> {
        self.running.as_ref().map(|running| (running.items.as_slice(), &running.trigger))
    }

    /// Whether things start by themselves, as of the last step.
    pub const fn pause(&self) -> Pause {
        self.pause
    }

    /// What holds in the world, as it was last told.
    pub const fn world(&self) -> &World {
        &self.world
    }

    fn take(&mut self, happening: Happening, now: Timestamp, out: &mut Vec<Effect>) {
        match happening {
            Happening::Started { logon, world } => self.take_start(logon, world, now, out),
            Happening::Moment => self.told_wake = None,
            Happening::World(world) => self.take_world(world, now, out),
            Happening::ZoneChanged(zone) => {
                self.options.zone = zone;
                self.items.iter_mut().for_each(Item::change_zone);
            }
            Happening::Changed { item } => {
                if let Some(item) = self.item_mut(item) {
                    item.owe_by_rule(Cause::Change, now);
                }
            }
            Happening::VolumeAppeared { path } => self.owe_all(&Cause::Volume(path), now),
            Happening::Disconnecting => self.owe_all(&Cause::Disconnect, now),
            Happening::Suspending => self.leave(Leaving::Suspend, now, out),
            Happening::Resumed => self.stay(Leaving::Suspend, now, out),
            Happening::LoggingOff => self.leave(Leaving::Logoff, now, out),
            Happening::LogoffCanceled => self.stay(Leaving::Logoff, now, out),
            Happening::Asked { items } => {
                for id in items {
                    if let Some(item) = self.item_mut(id) {
                        item.owe(Cause::Asked, now);
                    }
                }
            }
            Happening::RunBegan { items, trigger } => self.take_run_began(&items, trigger, now, out),
            Happening::RunEnded { results } => self.take_run_ended(results, now, out),
            Happening::RulesChanged(rules) => self.take_rules(rules, now, out),
            Happening::Paused { until } => self.pause = Pause::Until(until),
            Happening::Continued => self.pause = Pause::Off,
        }
    }

    fn take_start(&mut self, logon: Logon, world: World, now: Timestamp, out: &mut Vec<Effect>) {
        self.phase = Phase::Awake;
        self.running = None;
        self.world = world;
        for item in &mut self.items {
            item.let_go_of_what_passes("the daemon was away", now, out);
            item.settle_interruption(now, out);
            item.begin_spell(self.world.idle_since);
            if logon == Logon::Now {
                item.owe_by_rule(Cause::Logon, now);
            }
        }
    }

    fn take_world(&mut self, world: World, now: Timestamp, out: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.world, world);
        if matches!(self.phase, Phase::Starting) {
            return;
        }
        if self.world.idle_since != before.idle_since {
            self.change_spell(now, out);
        }
        for item in &mut self.items {
            for cause in item.rule.connected(&before, &self.world) {
                item.owe(cause, now);
            }
            for name in before.connections.difference(&self.world.connections) {
                let cause = Cause::ConnectTo(name.clone());
                item.let_go(&cause, Verdict::Skipped, Vec::new(), "the connection is gone", now, out);
            }
            match (before.online, self.world.online) {
                (false, true) => item.clear_back_off(now),
                (true, false) => {
                    for cause in [Cause::Connect, Cause::Disconnect] {
                        item.let_go(&cause, Verdict::Skipped, Vec::new(), "the network is gone", now, out);
                    }
                }
                (true, true) | (false, false) => {}
            }
        }
    }

    /// A spell of idleness is over, and perhaps another one has begun.
    fn change_spell(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        for item in &mut self.items {
            item.let_go(&Cause::Idle, Verdict::Skipped, Vec::new(), "the user is back", now, out);
            item.begin_spell(self.world.idle_since);
        }
        if self.running.as_ref().is_some_and(|running| running.trigger == Trigger::Idle) {
            self.stop(StopReason::IdleEnded, out);
        }
    }

    fn stop(&mut self, reason: StopReason, out: &mut Vec<Effect>) {
        if let Some(running) = self.running.as_mut().filter(|running| running.stop == Stop::NotTold) {
            running.stop = Stop::Told(reason);
            out.push(Effect::Stop { items: running.items.clone(), reason });
        }
    }

    fn owe_all(&mut self, cause: &Cause, now: Timestamp) {
        for item in &mut self.items {
            item.owe_by_rule(cause.clone(), now);
        }
    }

    /// The session that was started is known already; of one that was not, it is noted that it runs.
    fn take_run_began(&mut self, items: &[ItemId], trigger: Trigger, now: Timestamp, out: &mut Vec<Effect>) {
        let cause = Cause::of(&trigger);
        let running =
            self.running.get_or_insert_with(|| Running { items: Vec::new(), trigger, stop: Stop::NotTold });
        for id in items {
            if running.items.contains(id) {
                continue;
            }
            running.items.push(*id);
            if let Some(item) = self.items.iter_mut().find(|item| item.id() == *id) {
                let owed = Owed { cause: cause.clone(), due: now };
                out.push(item.decided(now, &owed, Verdict::Ran, Vec::new(), "begun from outside"));
                begin::begin_item(item, &cause, now, out);
            }
        }
    }

    fn take_run_ended(&mut self, mut results: Vec<RunResult>, now: Timestamp, out: &mut Vec<Effect>) {
        let running = self.running.take();
        let items = running.as_ref().map(|running| running.items.clone()).unwrap_or_default();
        for item in items {
            if results.iter().all(|result| result.item != item) {
                results.push(RunResult { item, outcome: RunOutcome::Stopped, not_before: None });
            }
        }
        // Idleness comes again; a run that was stopped for want of time is still owed.
        let is_owed = running.is_some_and(|running| running.stop == Stop::Told(StopReason::HoldLimit));
        for result in &results {
            if let Some(item) = self.item_mut(result.item) {
                item.end(result, now, out);
                if is_owed && result.outcome == RunOutcome::Stopped {
                    item.owe(Cause::Retry, now);
                }
            } else if let Some(kept) = self.others.get_mut(&result.item) {
                // Its rule went while it ran; its history stays true.
                kept.running_since = None;
                kept.last_end = Some((now, Ending::of(&result.outcome)));
                out.push(Effect::Keep(kept.clone()));
            }
            if result.outcome == RunOutcome::Succeeded {
                self.owe_followers(result.item, now);
            }
        }
    }

    /// Who runs after `item` is due. Items that wait for each other in a circle would never come to rest, so none of them is.
    fn owe_followers(&mut self, item: ItemId, now: Timestamp) {
        let cause = Cause::After(item);
        for idx in 0..self.items.len() {
            if cause.is_of(&self.items[idx].rule.triggers) {
                let rules = self.items.iter().map(|item| &item.rule);
                if !is_in_circle(self.items[idx].id(), item, rules) {
                    self.items[idx].owe(cause.clone(), now);
                }
            }
        }
    }

    fn take_rules(&mut self, rules: Vec<ItemRule>, now: Timestamp, out: &mut Vec<Effect>) {
        let mut before = std::mem::take(&mut self.items);
        for rule in rules {
            if self.items.iter().any(|item| item.id() == rule.item) {
                continue;
            }
            let item = match before.iter().position(|item| item.id() == rule.item) {
                Some(idx) => {
                    let mut item = before.swap_remove(idx);
                    item.replace_rule(rule, &self.world, now, out);
                    item
                }
                None => {
                    let kept = self.others.remove(&rule.item);
                    let mut item = Item::new(rule, kept);
                    item.let_go_of_what_passes("it had no rule for a while", now, out);
                    item.begin_spell(self.world.idle_since);
                    let is_running =
                        self.running.as_ref().is_some_and(|running| running.items.contains(&item.id()));
                    if !is_running && !matches!(self.phase, Phase::Starting) {
                        item.settle_interruption(now, out);
                    }
                    item
                }
            };
            self.items.push(item);
        }
        self.others.extend(before.into_iter().map(|item| (item.id(), item.kept)));
    }

    fn end_pause(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if matches!(self.pause, Pause::Until(Some(until)) if until <= now) {
            self.pause = Pause::Off;
            out.push(Effect::PauseOver);
        }
    }

    fn item_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id() == id)
    }

    pub(crate) fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id() == id)
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(crate) const fn zone(&self) -> &TimeZone {
        &self.options.zone
    }
}
