//! What the time makes of an item: moments of its schedules, idleness, retries, lateness.

use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;

use crate::cause::Cause;
use crate::decision::{Decision, Verdict};
use crate::effect::Effect;
use crate::freshness::Freshness;
use crate::interval::{interval_text, later};
use crate::item::Item;
use crate::kept::Owed;
use crate::rule::{CatchUp, ItemRule, TriggerRule};
use crate::schedule::Schedule;
use crate::world::World;

/// A moment noticed later than this was missed: the machine was off or asleep.
const PUNCTUAL_MILLIS: u64 = 60_000;

/// A clock set back by less does not repeat what has been noticed; set back by more, it was wrong before.
const REPEATED_MILLIS: i64 = 24 * 3_600_000;

/// The longest back-off.
const LONGEST_RETRY_MILLIS: i64 = 3_600_000;

/// A schedule of the rule, with its next moment, which is dear to compute.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) text: String,
    schedule: Schedule,
    next: Next,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Unknown,
    At(Option<Timestamp>),
}

impl Plan {
    pub(super) fn of(rule: &ItemRule) -> Vec<Self> {
        let mut plans: Vec<Self> = Vec::new();
        for trigger in &rule.triggers {
            if let TriggerRule::Schedule(schedule) = trigger {
                let text = schedule.to_string();
                if plans.iter().all(|plan| plan.text != text) {
                    plans.push(Self { text, schedule: schedule.clone(), next: Next::Unknown });
                }
            }
        }
        plans
    }
}

impl Item {
    /// Notices everything that is due by `now`.
    pub(crate) fn look(&mut self, now: Timestamp, zone: &TimeZone, world: &World, out: &mut Vec<Effect>) {
        self.correct_clock(now);
        for idx in 0..self.plans.len() {
            self.look_at_schedule(idx, now, zone, out);
        }
        if self.idle_at.is_some_and(|at| at <= now) {
            let due = self.idle_at.take().unwrap_or(now);
            self.owe(Cause::Idle, due);
        }
        self.look_at_retry(now, world, out);
        self.look_at_freshness(now, out);
    }

    /// Mends what a clock that was set back would hold up.
    fn correct_clock(&mut self, now: Timestamp) {
        let fresh_since = self.kept.fresh_since.or(self.kept.last_succeeded).unwrap_or(now);
        self.kept.fresh_since = Some(fresh_since.min(now));
        let longest = now.plus_millis(LONGEST_RETRY_MILLIS);
        let longest = self.kept.not_before.map_or(longest, |not_before| longest.max(not_before));
        self.kept.retry_at = self.kept.retry_at.map(|at| at.min(longest));
        if let Some((wait, repeat, _)) = self.idle_rule() {
            let longest = later(now, repeat.unwrap_or_default().max(wait));
            self.idle_at = self.idle_at.map(|at| at.min(longest));
        }
        for plan in &mut self.plans {
            let allowed = if plan.schedule.is_interval() { now } else { now.plus_millis(REPEATED_MILLIS) };
            let settled = self.kept.settled.entry(plan.text.clone()).or_insert(now);
            if *settled > allowed {
                *settled = now;
                plan.next = Next::Unknown;
            }
        }
    }

    fn look_at_schedule(&mut self, idx: usize, now: Timestamp, zone: &TimeZone, out: &mut Vec<Effect>) {
        let Some(due) = self.next_moment(idx, zone).filter(|due| *due <= now) else {
            return;
        };
        let cause = Cause::Schedule(self.plans[idx].text.clone());
        let late_millis = now.millis_since(due);
        let is_missed = late_millis > PUNCTUAL_MILLIS;
        if is_missed && self.rule.catch_up == CatchUp::Forget && !self.owes(&cause) {
            let detail = format!("its moment was missed by {}", whole(late_millis));
            out.push(self.decided(now, &Owed { cause, due }, Verdict::Skipped, Vec::new(), &detail));
        } else {
            self.owe(cause, due);
        }
        // An interval goes on from its moment and not from the wake that came for it, which is always a bit late.
        let is_steady = self.plans[idx].schedule.is_interval() && !is_missed;
        self.settle(idx, if is_steady { due } else { now });
        if self.next_moment(idx, zone).is_some_and(|next| next <= now) {
            self.settle(idx, now);
        }
    }

    /// Everything up to `settled` has been noticed.
    fn settle(&mut self, idx: usize, settled: Timestamp) {
        let plan = &mut self.plans[idx];
        // Never back: a clock set back by a little must not make a moment come twice.
        let entry = self.kept.settled.entry(plan.text.clone()).or_insert(settled);
        *entry = settled.max(*entry);
        plan.next = Next::Unknown;
    }

    fn next_moment(&mut self, idx: usize, zone: &TimeZone) -> Option<Timestamp> {
        let plan = &mut self.plans[idx];
        if let Next::At(next) = plan.next {
            return next;
        }
        let settled = self.kept.settled.get(&plan.text).copied().unwrap_or_default();
        let next = plan.schedule.next_after(settled, zone);
        plan.next = Next::At(next);
        next
    }

    /// Computes all moments anew: the calendar is another one.
    pub(crate) fn change_zone(&mut self) {
        for plan in &mut self.plans {
            plan.next = Next::Unknown;
        }
    }

    /// A run that needs idleness is tried again in idleness only.
    fn look_at_retry(&mut self, now: Timestamp, world: &World, out: &mut Vec<Effect>) {
        let Some(due) = self.kept.retry_at.filter(|at| *at <= now) else {
            return;
        };
        self.kept.retry_at = None;
        if self.kept.last_cause != Some(Cause::Idle) {
            self.owe(Cause::Retry, due);
        } else if world.idle_since.is_some() && self.idle_rule().is_some() {
            self.owe(Cause::Idle, due);
        } else {
            let owed = Owed { cause: Cause::Retry, due };
            let detail = "it runs in idleness only, and the machine is in use";
            out.push(self.decided(now, &owed, Verdict::Skipped, Vec::new(), detail));
        }
    }

    fn look_at_freshness(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let since = self.kept.fresh_since.unwrap_or(now);
        let (Freshness::LateSince(since), None, Some(contract)) =
            (Freshness::judge(self.rule.freshness, since, now), self.kept.late_since, self.rule.freshness)
        else {
            return;
        };
        self.kept.late_since = Some(since);
        out.push(Effect::Decided(Decision {
            at: now,
            item: self.id(),
            cause: None,
            due: since,
            verdict: Verdict::Late,
            conditions: Vec::new(),
            detail: format!("it has not succeeded for {}", interval_text(contract)),
        }));
        out.push(Effect::Late { item: self.id(), since });
    }

    /// A spell of idleness begins, or none is left.
    pub(crate) fn begin_spell(&mut self, idle_since: Option<Timestamp>) {
        let wait = self.idle_rule().map(|(wait, ..)| wait);
        self.idle_at = idle_since.zip(wait).map(|(since, wait)| later(since, wait));
    }

    /// The next moment at which the time alone makes something of the item.
    pub(crate) fn next_look(&self) -> Option<Timestamp> {
        let deadline = match (self.kept.late_since, self.rule.freshness, self.kept.fresh_since) {
            (None, Some(contract), Some(since)) => Some(later(since, contract)),
            _ => None,
        };
        self.next_due().into_iter().chain(deadline).min()
    }

    /// The next moment at which it becomes due by itself.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.next_moments().map(|(moment, _)| moment).min()
    }

    /// The moments at which it becomes due by itself, each with its cause. What is owed already comes no second time.
    pub(crate) fn next_moments(&self) -> impl Iterator<Item = (Timestamp, Cause)> {
        let scheduled = self.plans.iter().filter_map(|plan| match plan.next {
            Next::At(Some(next)) => Some((next, Cause::Schedule(plan.text.clone()))),
            Next::At(None) | Next::Unknown => None,
        });
        let idle = self.idle_at.map(|at| (at, Cause::Idle));
        let retry = self.kept.retry_at.map(|at| (at, Cause::Retry));
        scheduled.chain(idle).chain(retry).filter(|(_, cause)| !self.owes(cause))
    }
}

/// A time in whole minutes or hours, as far as anybody wants to know.
fn whole(millis: u64) -> String {
    let minutes = millis / 60_000;
    let seconds = if minutes < 60 { minutes * 60 } else { minutes / 60 * 3600 };
    interval_text(std::time::Duration::from_secs(seconds))
}
