//! Why: what has become of an item and what will, in sentences.

mod words;

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::cause::Cause;
use crate::condition::ConditionName;
use crate::interval::interval_text;
use crate::item::Item;
use crate::keeper::{Gate, Judgment, Keeper};
use crate::kept::{Ending, Owed};
use crate::retry::ErrorClass;
use crate::rule::{CatchUp, TriggerRule};
use crate::time_of_day::moment_text;
use words::{because, either, need, obstacle, when};

/// An answer to "why does it run, or not".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// What has happened, what holds it up and what comes next, each a whole sentence.
    pub sentences: Vec<String>,
    /// When it will run next by itself, if the time alone decides that and nothing that is known speaks against it.
    pub next: Option<Timestamp>,
    /// What must change for it to run or to succeed, each to be read after "it needs".
    pub needs: Vec<String>,
}

impl Why {
    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    fn need(&mut self, need: impl Into<String>) {
        let need = need.into();
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }
}

impl Keeper {
    /// Says why the item ran, why not, why it is late or halted, when it will run next, and what must change for that. Changes
    /// nothing.
    pub fn why(&self, item: ItemId, now: Timestamp) -> Why {
        let mut why = Why::default();
        let Some(item) = self.item(item) else {
            why.say("There is no rule for this item, so it runs only when it is asked for.");
            why.need("a rule");
            return why;
        };
        self.say_last(item, &mut why);
        self.say_failure(item, &mut why);
        self.say_late(item, &mut why);
        let is_waiting = self.say_waiting(item, now, &mut why);
        if !is_waiting && item.kept.running_since.is_none() {
            self.say_next(item, now, &mut why);
        }
        why
    }

    /// When the item will run next by itself, as [`Self::why`] has it; without the sentences, which are dear.
    pub fn next_run(&self, item: ItemId, now: Timestamp) -> Option<Timestamp> {
        self.item(item).and_then(|item| self.next_of(item, now))
    }

    /// The same of all items for which it is known.
    pub fn next_runs(&self, now: Timestamp) -> impl Iterator<Item = (ItemId, Timestamp)> {
        self.items().iter().filter_map(move |item| Some((item.id(), self.next_of(item, now)?)))
    }

    fn next_of(&self, item: &Item, now: Timestamp) -> Option<Timestamp> {
        if let Some((_, judgment)) = self.waiting(item, now) {
            return self.next_opening(item, &judgment, now);
        }
        if item.kept.running_since.is_some() {
            return None;
        }
        self.ahead(item, next_start(item).as_ref(), now).and_then(|(_, next)| next)
    }

    /// What speaks against opening a connection for these items at this moment: power, battery or cost, as their rules have
    /// them. Conditions that held when a run began need not hold any more.
    pub fn obstacles_to_connect(&self, items: &[ItemId], now: Timestamp) -> Vec<String> {
        let mut obstacles = Vec::new();
        for item in items.iter().filter_map(|id| self.item(*id)) {
            let cause = item.kept.last_cause.as_ref().unwrap_or(&Cause::Change);
            for failing in self.check_conditions(item, cause, now).iter().filter(|value| !value.holds) {
                let counts = matches!(
                    failing.name,
                    ConditionName::Power | ConditionName::Battery | ConditionName::Metered
                );
                let text = obstacle(failing);
                if counts && !obstacles.contains(&text) {
                    obstacles.push(text);
                }
            }
        }
        obstacles
    }

    fn moment(&self, time: Timestamp) -> String {
        moment_text(time, self.zone())
    }

    fn because(&self, cause: Option<&Cause>) -> String {
        let name = |id| self.item(id).map_or_else(|| id.to_string(), |item| item.rule.name.clone());
        cause.map_or_else(|| "it was started".to_owned(), |cause| because(cause, name))
    }

    fn say_last(&self, item: &Item, why: &mut Why) {
        let (name, kept) = (&item.rule.name, &item.kept);
        let reason = self.because(kept.last_cause.as_ref());
        if let Some(since) = kept.running_since {
            why.say(format!("`{name}` has been running since {}, because {reason}.", self.moment(since)));
            return;
        }
        let Some(started) = kept.last_started else {
            why.say(format!("`{name}` has not run yet."));
            return;
        };
        let ending = match kept.last_end.map(|(_, ending)| ending) {
            Some(Ending::Succeeded) => "succeeded",
            Some(Ending::Failed) if self.is_halted(item) => "was halted by a safety rule",
            Some(Ending::Failed) => "failed",
            Some(Ending::Stopped) => "was stopped before it was done",
            Some(Ending::Skipped) => "was skipped",
            Some(Ending::Interrupted) => "was cut off, because the machine or the daemon went away",
            None => "has not said how it ended",
        };
        why.say(format!("`{name}` last ran on {}, because {reason}, and {ending}.", self.moment(started)));
    }

    fn is_halted(&self, item: &Item) -> bool {
        matches!(&item.kept.last_failure, Some(failure) if failure.class == ErrorClass::Safety)
    }

    /// What its last failure was, and what can be done about it.
    fn say_failure(&self, item: &Item, why: &mut Why) {
        let kept = &item.kept;
        let Some(failure) = &kept.last_failure else {
            return;
        };
        match (failure.class, kept.failures) {
            (ErrorClass::Safety, _) => why.say(format!("The safety rule found: {}.", failure.text)),
            (_, 0 | 1) => why.say(format!("The error was: {}.", failure.text)),
            (_, failures) => {
                why.say(format!(
                    "It has failed {failures} times in a row; the last error was: {}.",
                    failure.text
                ));
            }
        }
        if kept.running_since.is_some() || kept.retry_at.is_some() || item.owes(&Cause::Retry) {
            return;
        }
        let (sentence, need) = match failure.class {
            ErrorClass::Transient => return,
            ErrorClass::Configuration => (
                "It is set up wrongly, so it is not tried again for that.",
                "its configuration to be corrected",
            ),
            ErrorClass::Conflict => (
                "Conflicts wait for a decision, so it is not tried again for them.",
                "its conflicts to be settled",
            ),
            ErrorClass::Safety => (
                "Nothing was changed, and it waits for you to look.",
                "you to put right what the safety rule found, or to allow it",
            ),
            ErrorClass::Bug => {
                ("Its handler is broken, so it is not tried again for that.", "its handler to be mended")
            }
        };
        why.say(sentence);
        why.need(need);
    }

    fn say_late(&self, item: &Item, why: &mut Why) {
        let (Some(since), Some(contract)) = (item.kept.late_since, item.rule.freshness) else {
            return;
        };
        let last = match item.kept.last_succeeded {
            Some(succeeded) => format!("last did on {}", self.moment(succeeded)),
            None => "never has".to_owned(),
        };
        why.say(format!(
            "It has been late since {}: it is to succeed at least once every {}, and {last}.",
            self.moment(since),
            interval_text(contract),
        ));
    }

    /// What it is due for and how that is judged. The cause that has least in its way speaks for all.
    fn waiting<'a>(&self, item: &'a Item, now: Timestamp) -> Option<(&'a Owed, Judgment)> {
        let judged = item.kept.owed.iter().map(|owed| (owed, self.judge(item, &owed.cause, now)));
        judged.max_by_key(|(_, judgment)| openness(judgment.gate))
    }

    /// How what comes next would be judged, and when that makes it run.
    fn ahead(
        &self,
        item: &Item,
        next: Option<&(Timestamp, Cause)>,
        now: Timestamp,
    ) -> Option<(Judgment, Option<Timestamp>)> {
        if item.rule.triggers.is_empty() && next.is_none() {
            return None;
        }
        let moment = next.map(|(moment, _)| *moment);
        let cause = next.map_or(&Cause::Change, |(_, cause)| cause);
        let judgment = self.judge(item, cause, moment.unwrap_or(now));
        let catches_up = item.rule.catch_up == CatchUp::Run;
        let next = match judgment.gate {
            Gate::Open | Gate::Busy | Gate::Away(_) | Gate::HeldBack(_) => moment,
            Gate::Paused(until) => until.filter(|_| moment.is_some() && catches_up),
            Gate::Conditions => {
                moment.and_then(|moment| self.next_opening(item, &judgment, moment)).filter(|_| catches_up)
            }
        };
        Some((judgment, next))
    }

    fn say_waiting(&self, item: &Item, now: Timestamp, why: &mut Why) -> bool {
        let Some((owed, judgment)) = self.waiting(item, now) else {
            return false;
        };
        why.say(format!(
            "It has been due since {}, because {}, and waits: {}.",
            self.moment(owed.due),
            self.because(Some(&owed.cause)),
            self.obstacles(item, &judgment),
        ));
        self.list_needs(&judgment, why);
        why.next = self.next_opening(item, &judgment, now);
        if let Some(next) = why.next.filter(|_| judgment.gate == Gate::Conditions) {
            why.say(format!("It will run on {}, if nothing changes until then.", self.moment(next)));
        }
        true
    }

    fn obstacles(&self, item: &Item, judgment: &Judgment) -> String {
        match judgment.gate {
            Gate::Open => "it begins at once".to_owned(),
            Gate::Away(_) => "the machine is about to go".to_owned(),
            Gate::Paused(None) => "everything is paused".to_owned(),
            Gate::Paused(Some(until)) => format!("everything is paused until {}", self.moment(until)),
            Gate::HeldBack(until) if item.kept.not_before.is_some_and(|not_before| not_before >= until) => {
                format!("its handler does not want to be called before {}", self.moment(until))
            }
            Gate::HeldBack(until) => {
                format!("after its failure it is not tried before {}", self.moment(until))
            }
            Gate::Conditions => judgment.failing().map(obstacle).collect::<Vec<_>>().join(", and "),
            Gate::Busy if item.kept.running_since.is_some() => "it is running".to_owned(),
            Gate::Busy => "another session is running".to_owned(),
        }
    }

    fn list_needs(&self, judgment: &Judgment, why: &mut Why) {
        match judgment.gate {
            Gate::Open | Gate::HeldBack(_) => {}
            Gate::Away(_) => why.need("the machine to be back"),
            Gate::Paused(_) => why.need("the pause to end"),
            Gate::Conditions => judgment.failing().map(need).for_each(|need| why.need(need)),
            Gate::Busy => why.need("the session that is running to end"),
        }
    }

    /// What will make it run.
    fn say_next(&self, item: &Item, now: Timestamp, why: &mut Why) {
        let name = |id| self.item(id).map_or_else(|| id.to_string(), |item| item.rule.name.clone());
        let untold = item.rule.triggers.iter().filter(|trigger| !is_told(item, trigger));
        let events: Vec<String> = untold.filter_map(|trigger| when(trigger, name)).collect();
        let next = next_start(item);
        match &next {
            Some((moment, cause)) => {
                let moment = self.moment(*moment);
                let plan = match cause {
                    Cause::Retry => format!("It will be tried again on {moment}"),
                    Cause::Idle => format!("It will run on {moment}, if the machine stays idle"),
                    _ => format!("It will run next on {moment} (`{cause}`)"),
                };
                if events.is_empty() {
                    why.say(format!("{plan}."));
                } else {
                    why.say(format!("{plan}, or {}.", either(&events)));
                }
            }
            None if events.is_empty() => {
                why.say("Nothing starts it by itself.");
                why.need("a time, an interval or an event to run at, or somebody to ask for it");
            }
            None => why.say(format!("It will run {}.", either(&events))),
        }
        self.say_obstacles_ahead(item, next, now, why);
    }

    /// What would hold it up if it were due now, and does not pass by itself until it is.
    fn say_obstacles_ahead(
        &self,
        item: &Item,
        next: Option<(Timestamp, Cause)>,
        now: Timestamp,
        why: &mut Why,
    ) {
        let Some((judgment, next)) = self.ahead(item, next.as_ref(), now) else {
            return;
        };
        why.next = next;
        match judgment.gate {
            Gate::Open | Gate::Busy | Gate::Away(_) | Gate::HeldBack(_) => {}
            Gate::Paused(_) => {
                why.say(format!("Before, the pause must end: {}.", self.obstacles(item, &judgment)));
                why.need("the pause to end");
            }
            Gate::Conditions => {
                why.say(format!("As things are it would wait then: {}.", self.obstacles(item, &judgment)));
                self.list_needs(&judgment, why);
            }
        }
    }
}

/// The next moment at which it becomes due by itself and is not held back, with its cause.
fn next_start(item: &Item) -> Option<(Timestamp, Cause)> {
    let held = |(moment, cause)| (item.held_until(&cause, moment).unwrap_or(moment), cause);
    item.next_moments().map(held).min_by_key(|(moment, cause)| (*moment, *cause != Cause::Retry))
}

/// Idleness that has begun is told as a moment.
fn is_told(item: &Item, trigger: &TriggerRule) -> bool {
    matches!(trigger, TriggerRule::Idle { .. }) && item.next_moments().any(|(_, cause)| cause == Cause::Idle)
}

/// How near to its run something is that is due.
const fn openness(gate: Gate) -> u8 {
    match gate {
        Gate::Away(_) => 0,
        Gate::Paused(_) => 1,
        Gate::HeldBack(_) => 2,
        Gate::Conditions => 3,
        Gate::Busy => 4,
        Gate::Open => 5,
    }
}
