//! The sessions of the suite.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::MAX_ITEMS;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;

use super::manager::{Answers, Callback, Desk, Stage};
use super::{Rule, Violation};
use crate::{Handler, HandlerFactory};

/// Everything as it should be.
pub(super) fn ordinary(factory: &dyn HandlerFactory, patience: Duration) -> Vec<Violation> {
    let mut trial = Trial::new(patience);
    trial.run(factory, End::Teardown);
    trial.check_progress();
    trial.violations
}

/// The first item is skipped from the start.
pub(super) fn skipped(factory: &dyn HandlerFactory, patience: Duration) -> Vec<Violation> {
    let mut trial = Trial::new(patience);
    trial.skips_first = true;
    trial.run(factory, End::Teardown);
    if let Some(&first) = trial.items.first() {
        trial.check_nothing_succeeded(Rule::HonorsSkip, &[first]);
    }
    trial.violations
}

/// Everything is stopped before it begins to work.
pub(super) fn stopped(factory: &dyn HandlerFactory, patience: Duration) -> Vec<Violation> {
    let mut trial = Trial::new(patience);
    trial.stops = true;
    trial.run(factory, End::Teardown);
    let items = trial.items.clone();
    trial.check_nothing_succeeded(Rule::HonorsStop, &items);
    trial.violations
}

/// Stopped, and dropped without waiting for anything.
pub(super) fn dropped(factory: &dyn HandlerFactory, patience: Duration) -> Vec<Violation> {
    let mut trial = Trial::new(patience);
    trial.stops = true;
    trial.run(factory, End::DropAtOnce);
    trial.violations
}

/// How a trial lets go of the instance.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Teardown,
    DropAtOnce,
}

/// One instance and one session with it.
struct Trial {
    desk: Arc<Desk>,
    patience: Duration,
    items: Vec<ItemId>,
    skips_first: bool,
    stops: bool,
    violations: Vec<Violation>,
}

impl Trial {
    fn new(patience: Duration) -> Self {
        let (items, violations) = (Vec::new(), Vec::new());
        Self { desk: Desk::new(Answers::Go), patience, items, skips_first: false, stops: false, violations }
    }

    fn broken(&mut self, rule: Rule, found: impl Into<String>) {
        self.violations.push(Violation { rule, found: found.into() });
    }

    fn run(&mut self, factory: &dyn HandlerFactory, end: End) {
        let Some(mut handler) = self.load(factory) else { return };
        let gone = Arc::new(Mutex::new(false));
        let callback = Arc::new(Callback { desk: self.desk.clone(), gone: gone.clone() });
        let taken = handler.set_progress_callback(Some(callback));
        if taken.is_failure() {
            self.broken(Rule::TakesCallback, format!("answered {taken}"));
            return;
        }
        if !self.items.is_empty() && self.prepare(handler.as_mut()) {
            self.synchronize(handler.as_mut(), end);
        }
        if end == End::Teardown {
            handler.set_progress_callback(None);
        }
        self.desk.enter(Stage::Dead);
        drop(handler);
        let is_gone = || *gone.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.desk.wait(self.patience, |_| is_gone()) {
            let rule = if end == End::Teardown { Rule::TakesCallback } else { Rule::EndsAfterDrop };
            self.broken(rule, "the callback is still held");
        }
        // By now no thread of the handler can say anything more.
        let n_surplus = self.desk.heard().n_surplus;
        if end == End::Teardown && n_surplus > 0 {
            self.broken(Rule::CompletesOnce, format!("{n_surplus} completions too many"));
        }
        let misplaced = std::mem::take(&mut self.desk.heard().misplaced);
        for name in misplaced {
            self.broken(Rule::InOrder, name);
        }
    }

    fn load(&mut self, factory: &dyn HandlerFactory) -> Option<Box<dyn Handler>> {
        let mut handler = match factory.create() {
            Ok(handler) => handler,
            Err(reason) => {
                self.broken(Rule::CanBeMade, reason);
                return None;
            }
        };
        let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
        let outcome = handler.initialize(flags, None);
        if outcome != Outcome::OK {
            self.broken(Rule::CanBeMade, format!("initialize answered {outcome}"));
            return None;
        }
        match handler.get_handler_info() {
            Ok(info) if info.name.is_empty() => self.broken(Rule::TellsAboutItself, "an empty name"),
            Ok(_) => {}
            Err(outcome) => self.broken(Rule::TellsAboutItself, outcome.to_string()),
        }
        self.items = self.enumerate(handler.as_mut());
        if self.enumerate(handler.as_mut()) != self.items {
            self.broken(Rule::StableItems, "the second enumeration differs from the first");
        }
        self.desk.heard().items = self.items.clone();
        Some(handler)
    }

    fn enumerate(&mut self, handler: &mut dyn Handler) -> Vec<ItemId> {
        let enumeration = match handler.enum_sync_mgr_items() {
            Ok(enumeration) => enumeration,
            Err(outcome) => {
                self.broken(Rule::StableItems, format!("enumeration answered {outcome}"));
                return Vec::new();
            }
        };
        let mut items: Vec<ItemId> =
            enumeration.items.take(MAX_ITEMS + 1).map_while(Result::ok).map(|item| item.id).collect();
        let n_items = items.len();
        // Sorted, because the order may differ from one enumeration to the next.
        items.sort_unstable();
        items.dedup();
        if n_items > MAX_ITEMS || items.len() != n_items || items.contains(&ItemId::NIL) {
            self.broken(Rule::StableItems, "nil, doubled or endless ids");
        }
        items
    }

    fn prepare(&mut self, handler: &mut dyn Handler) -> bool {
        self.desk.enter(Stage::Preparing);
        let items = self.items.clone();
        let returned = handler.prepare_for_sync(&items, None);
        self.completed("prepare_for_sync", returned)
    }

    fn synchronize(&mut self, handler: &mut dyn Handler, end: End) {
        if self.stops {
            self.desk.heard().answers = Answers::Stop;
        } else if self.skips_first {
            self.desk.heard().answers = Answers::Skip(self.items[0]);
        }
        self.desk.enter(Stage::Syncing);
        let returned = handler.synchronize(None);
        if returned == Outcome::OK && self.desk.heard().completions.is_empty() {
            // In the window: after the return and before the completion.
            if self.stops {
                handler.set_item_status(None, ItemStatus::Stopped);
            } else if self.skips_first {
                handler.set_item_status(Some(self.items[0]), ItemStatus::Skipped);
            }
        }
        if end == End::Teardown {
            self.completed("synchronize", returned);
        }
    }

    /// Waits for the completion that is due after this return. Says whether the session goes on.
    fn completed(&mut self, method: &str, returned: Outcome) -> bool {
        if returned != Outcome::OK {
            // No completion is due; one that says the same is what the vendor's own sample does.
            let early = self.desk.heard().completions.clone();
            if early.contains(&Outcome::OK) {
                self.broken(
                    Rule::CompletesOnce,
                    format!("{method} answered {returned} and completed with ok"),
                );
            }
            self.broken(Rule::CompletesOnce, format!("{method} answered {returned}"));
            return false;
        }
        if !self.desk.wait(self.patience, |heard| !heard.completions.is_empty()) {
            let rule = if self.stops { Rule::HonorsStop } else { Rule::CompletesOnce };
            self.broken(rule, format!("{method} did not complete"));
            return false;
        }
        self.desk.heard().completions.contains(&Outcome::OK)
    }

    fn check_progress(&mut self) {
        let progress = self.desk.heard().progress.clone();
        for &item in &self.items.clone() {
            if !progress.iter().any(|(asked, _)| *asked == item) {
                self.broken(Rule::ProgressOnEveryItem, format!("nothing about {item}"));
            }
        }
        if let Some((other, _)) = progress.iter().find(|(asked, _)| !self.items.contains(asked)) {
            self.broken(Rule::ProgressOnEveryItem, format!("something about {other}"));
        }
    }

    fn check_nothing_succeeded(&mut self, rule: Rule, items: &[ItemId]) {
        let progress = self.desk.heard().progress.clone();
        let succeeded = |(item, status): &&(ItemId, Option<ItemStatus>)| {
            items.contains(item) && *status == Some(ItemStatus::Succeeded)
        };
        if let Some((item, _)) = progress.iter().find(succeeded) {
            self.broken(rule, format!("{item} succeeded"));
        }
    }
}
