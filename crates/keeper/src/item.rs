//! One item: its rule, what is kept about it, and what it owes.

mod look;

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::OnBattery;

use crate::cause::Cause;
use crate::condition::ConditionValue;
use crate::decision::{Decision, Verdict};
use crate::effect::Effect;
use crate::freshness::Freshness;
use crate::happening::{RunOutcome, RunResult};
use crate::interval::{interval_text, later};
use crate::kept::{Ending, KeptFailure, KeptItem, Owed};
use crate::retry::{ErrorClass, Failure, Progress, Tries, after_failure};
use crate::rule::{ItemRule, TriggerRule};
use crate::world::World;
use look::Plan;

/// An item under the keeper's care.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) rule: ItemRule,
    pub(crate) kept: KeptItem,
    /// What was told last, so that only changes are.
    told: Option<KeptItem>,
    /// The schedules of the rule.
    plans: Vec<Plan>,
    /// When this spell of idleness next makes it due.
    idle_at: Option<Timestamp>,
    /// For each cause owed, the reason for waiting that the ledger has.
    noted: Vec<(Cause, String)>,
}

impl Item {
    pub(crate) fn new(rule: ItemRule, kept: Option<KeptItem>) -> Self {
        let told = kept.clone();
        let kept = kept.unwrap_or_else(|| KeptItem::new(rule.item));
        let plans = Plan::of(&rule);
        let mut item = Self { rule, kept, told, plans, idle_at: None, noted: Vec::new() };
        item.forget_what_no_rule_has();
        item
    }

    pub(crate) const fn id(&self) -> ItemId {
        self.rule.item
    }

    /// Takes another rule for the same item. What is owed for a trigger that is gone goes with it.
    pub(crate) fn replace_rule(
        &mut self,
        rule: ItemRule,
        world: &World,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (idle, freshness) = (self.idle_rule(), self.rule.freshness);
        self.rule = rule;
        self.plans = Plan::of(&self.rule);
        self.forget_what_no_rule_has();
        if self.idle_rule() != idle {
            self.begin_spell(world.idle_since);
        }
        let is_late = matches!(
            Freshness::judge(self.rule.freshness, self.kept.fresh_since.unwrap_or(now), now),
            Freshness::LateSince(_)
        );
        if self.rule.freshness != freshness && !is_late {
            self.be_fresh(out);
        }
    }

    fn forget_what_no_rule_has(&mut self) {
        let plans = &self.plans;
        self.kept.settled.retain(|text, _| plans.iter().any(|plan| plan.text == *text));
        let triggers = &self.rule.triggers;
        self.kept.owed.retain(|owed| owed.cause.is_of(triggers));
    }

    /// The item is due. What is owed already is owed once, since the first time.
    pub(crate) fn owe(&mut self, cause: Cause, due: Timestamp) {
        if !self.owes(&cause) {
            self.kept.owed.push(Owed { cause, due });
        }
    }

    /// The item is due if its rule says so.
    pub(crate) fn owe_by_rule(&mut self, cause: Cause, due: Timestamp) {
        if cause.is_of(&self.rule.triggers) {
            self.owe(cause, due);
        }
    }

    pub(crate) fn owes(&self, cause: &Cause) -> bool {
        self.kept.owed.iter().any(|owed| owed.cause == *cause)
    }

    /// Lets go of what is owed for `cause` and says so in the ledger.
    pub(crate) fn let_go(
        &mut self,
        cause: &Cause,
        verdict: Verdict,
        conditions: Vec<ConditionValue>,
        detail: &str,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(idx) = self.kept.owed.iter().position(|owed| owed.cause == *cause) else {
            return;
        };
        let owed = self.kept.owed.remove(idx);
        self.noted.retain(|(noted, _)| noted != cause);
        out.push(self.decided(now, &owed, verdict, conditions, detail));
    }

    /// Nobody has looked after it for a while, for the reason in `detail`: what may have passed meanwhile is not owed any more.
    pub(crate) fn let_go_of_what_passes(&mut self, detail: &str, now: Timestamp, out: &mut Vec<Effect>) {
        let owed = self.kept.owed.iter().map(|owed| owed.cause.clone());
        let gone: Vec<Cause> = owed.filter(|cause| !cause.outlives_absence()).collect();
        for cause in &gone {
            self.let_go(cause, Verdict::Skipped, Vec::new(), detail, now, out);
        }
    }

    /// Whether `reason` is another one than the ledger has for what is owed for `cause`; it has it from now on.
    pub(crate) fn note(&mut self, cause: &Cause, reason: &str) -> bool {
        match self.noted.iter_mut().find(|(noted, _)| noted == cause) {
            Some((_, before)) if before == reason => false,
            Some((_, before)) => {
                reason.clone_into(before);
                true
            }
            None => {
                self.noted.push((cause.clone(), reason.to_owned()));
                true
            }
        }
    }

    /// A line for the ledger.
    pub(crate) fn decided(
        &self,
        at: Timestamp,
        owed: &Owed,
        verdict: Verdict,
        conditions: Vec<ConditionValue>,
        detail: &str,
    ) -> Effect {
        Effect::Decided(Decision {
            at,
            item: self.id(),
            cause: Some(owed.cause.clone()),
            due: owed.due,
            verdict,
            conditions,
            detail: detail.to_owned(),
        })
    }

    /// A run begins for `cause`. It stands for everything owed, which is returned.
    pub(crate) fn begin(&mut self, cause: &Cause, now: Timestamp) -> Vec<Owed> {
        let served = std::mem::take(&mut self.kept.owed);
        self.noted.clear();
        self.kept.last_started = Some(now);
        self.kept.last_cause = Some(cause.clone());
        self.kept.running_since = Some(now);
        self.kept.retry_at = None;
        if *cause == Cause::Idle || served.iter().any(|owed| owed.cause == Cause::Idle) {
            self.idle_at = self.idle_repeat().map(|repeat| later(now, repeat));
        }
        served
    }

    /// Its run is over. Where it was stopped or skipped, all is as before.
    pub(crate) fn end(&mut self, result: &RunResult, now: Timestamp, out: &mut Vec<Effect>) {
        self.kept.running_since = None;
        self.kept.not_before = result.not_before;
        self.kept.last_end = Some((now, Ending::of(&result.outcome)));
        match &result.outcome {
            RunOutcome::Succeeded => self.succeed(now, out),
            RunOutcome::Failed(failure) => {
                let verdict = self.fail(failure, now);
                out.push(self.failed(failure, verdict, now));
            }
            RunOutcome::Stopped | RunOutcome::Skipped => {}
        }
    }

    /// The daemon was away and the run that went on is cut off. It counts as an error that may pass, so that a run that takes the
    /// daemon with it is not begun again and again without a pause.
    pub(crate) fn settle_interruption(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if self.kept.running_since.take().is_none() {
            return;
        }
        let failure = Failure {
            class: ErrorClass::Transient,
            progress: Progress::None,
            text: "the run was cut off".to_owned(),
        };
        self.kept.last_end = Some((now, Ending::Interrupted));
        self.fail(&failure, now);
        out.push(self.failed(&failure, Verdict::Interrupted, now));
    }

    fn succeed(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        self.kept.last_succeeded = Some(now);
        self.kept.fresh_since = Some(now);
        self.kept.last_failure = None;
        self.kept.failures = 0;
        self.kept.retry_at = None;
        self.set_tries(Tries::default());
        self.be_fresh(out);
    }

    fn be_fresh(&mut self, out: &mut Vec<Effect>) {
        if self.kept.late_since.take().is_some() {
            out.push(Effect::Fresh { item: self.id() });
        }
    }

    fn fail(&mut self, failure: &Failure, now: Timestamp) -> Verdict {
        let tries = Tries { back_off: self.kept.back_off, eager: self.kept.eager };
        let (tries, at) = after_failure(tries, failure, now);
        self.set_tries(tries);
        self.kept.failures = self.kept.failures.saturating_add(1);
        self.kept.last_failure =
            Some(KeptFailure { at: now, class: failure.class, text: failure.text.clone() });
        self.kept.retry_at = at.map(|at| self.kept.not_before.map_or(at, |not_before| at.max(not_before)));
        if at.is_some() { Verdict::Retry } else { Verdict::GaveUp }
    }

    fn failed(&self, failure: &Failure, verdict: Verdict, now: Timestamp) -> Effect {
        let cause = self.kept.last_cause.clone().unwrap_or(Cause::Asked);
        let due = self.kept.last_started.unwrap_or(now);
        let next = match self.kept.retry_at.map(|at| at.millis_since(now)) {
            None => String::new(),
            Some(0) => "; again at once".to_owned(),
            Some(millis) => format!("; again in {}", interval_text(std::time::Duration::from_millis(millis))),
        };
        let detail = format!("{}: {}{next}", failure.class, failure.text);
        self.decided(now, &Owed { cause, due }, verdict, Vec::new(), &detail)
    }

    fn set_tries(&mut self, tries: Tries) {
        self.kept.back_off = tries.back_off;
        self.kept.eager = tries.eager;
    }

    /// The network is back: what was backed off from is tried at once.
    pub(crate) fn clear_back_off(&mut self, now: Timestamp) {
        if self.kept.back_off > 0 {
            self.kept.back_off = 0;
            self.kept.retry_at = self.kept.retry_at.map(|at| at.min(now));
        }
    }

    /// Until when it is held back for `cause`, if it is. Who asks is not held back; when leaving, only the handler's word counts.
    pub(crate) fn held_until(&self, cause: &Cause, now: Timestamp) -> Option<Timestamp> {
        let until = match cause {
            Cause::Asked => None,
            Cause::Logoff | Cause::Disconnect => self.kept.not_before,
            _ => self.kept.not_before.max(self.kept.retry_at),
        };
        until.filter(|until| *until > now)
    }

    /// What idleness means to it, if anything.
    pub(crate) fn idle_rule(&self) -> Option<(std::time::Duration, Option<std::time::Duration>, OnBattery)> {
        self.rule.triggers.iter().find_map(|trigger| match trigger {
            TriggerRule::Idle { wait, repeat, on_battery } => Some((*wait, *repeat, *on_battery)),
            _ => None,
        })
    }

    fn idle_repeat(&self) -> Option<std::time::Duration> {
        self.idle_rule().and_then(|(_, repeat, _)| repeat)
    }

    /// What is to be saved, if it has changed since the last time.
    pub(crate) fn take_change(&mut self) -> Option<KeptItem> {
        if self.told.as_ref() == Some(&self.kept) {
            return None;
        }
        self.told = Some(self.kept.clone());
        self.told.clone()
    }
}
