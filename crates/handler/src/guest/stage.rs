//! What the handler was asked to do, and whether it has completed it; what is kept of its items.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;

/// What the thread that makes the ten calls is woken for.
pub(super) enum Turn {
    /// A request or news of an item, as the line had it.
    Line(String),
    /// A completion was recorded.
    Completed,
    /// The manager has gone.
    Gone,
}

/// What the handler was asked to do and has not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Doing {
    Nothing,
    Preparing,
    /// Prepared, and about to be asked to synchronize: threads of the handler may go on meanwhile.
    Prepared,
    Syncing,
    ShowingError,
    ShowingProperties,
}

/// What is being done, and its completion if that has come.
#[derive(Default)]
pub(super) struct Stage {
    /// The same as in `open`, for who must not wait for a lock.
    doing: AtomicU8,
    open: Mutex<Option<Work>>,
}

#[derive(Debug)]
struct Work {
    doing: Doing,
    completed: Option<(Outcome, Vec<ItemId>)>,
}

impl Stage {
    pub(super) fn doing(&self) -> Doing {
        let all = [
            Doing::Preparing,
            Doing::Prepared,
            Doing::Syncing,
            Doing::ShowingError,
            Doing::ShowingProperties,
        ];
        let number = self.doing.load(Ordering::Acquire);
        all.into_iter().find(|doing| *doing as u8 == number).unwrap_or(Doing::Nothing)
    }

    /// Whether progress may be reported: from the beginning of the preparation to the completion of the run.
    pub(super) fn is_in_run(&self) -> bool {
        let number = self.doing.load(Ordering::Acquire);
        (Doing::Preparing as u8..=Doing::Syncing as u8).contains(&number)
    }

    /// Whether a method of the run is not completed.
    pub(super) fn is_working(&self) -> bool {
        self.is_in_run() && self.doing() != Doing::Prepared
    }

    fn open(&self) -> MutexGuard<'_, Option<Work>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, doing: Doing) {
        *self.open() = Some(Work { doing, completed: None });
        self.doing.store(doing as u8, Ordering::Release);
    }

    /// Records a completion. Says whether one was due.
    pub(super) fn complete(&self, doing: Doing, outcome: Outcome, items: &[ItemId]) -> bool {
        match &mut *self.open() {
            Some(work) if work.doing == doing && work.completed.is_none() => {
                work.completed = Some((outcome, items.to_vec()));
                true
            }
            _ => false,
        }
    }

    /// Nothing is being done any more, whether it was completed or not.
    pub(super) fn end(&self) {
        *self.open() = None;
        self.doing.store(Doing::Nothing as u8, Ordering::Release);
    }

    /// Takes the completion of what is being done, which is then over.
    pub(super) fn take_completion(&self) -> Option<(Doing, Outcome, Vec<ItemId>)> {
        let mut open = self.open();
        let doing = open.as_ref().filter(|work| work.completed.is_some()).map(|work| work.doing)?;
        let (outcome, items) = open.take()?.completed?;
        let is_prepared = doing == Doing::Preparing && outcome == Outcome::OK;
        let next = if is_prepared { Doing::Prepared } else { Doing::Nothing };
        self.doing.store(next as u8, Ordering::Release);
        Some((doing, outcome, items))
    }
}

/// What is kept of the items from run to run.
#[derive(Default)]
pub(super) struct States(Mutex<BTreeMap<ItemId, String>>);

impl States {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ItemId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, item: ItemId) -> Option<String> {
        self.lock().get(&item).cloned()
    }

    pub(super) fn set(&self, item: ItemId, state: &str) {
        self.lock().insert(item, state.to_owned());
    }
}
