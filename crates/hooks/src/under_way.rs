//! [`UnderWay`]: what was accepted and is not over, at any moment.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::occasion::Occasion;

/// A delivery that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The hook's name.
    pub hook: String,
    /// What the notice is about.
    pub occasion: Occasion,
    /// How far it is.
    pub stage: Stage,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It waits its turn.
    Queued,
    /// The program runs, or the request is under way.
    Running,
    /// It failed and waits for its next attempt.
    Waiting,
}

/// The deliveries that are not over, and whether the worker still is there.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    rows: Mutex<Rows>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Rows {
    last: u64,
    under_way: BTreeMap<u64, UnderWay>,
    is_worker_gone: bool,
}

impl Ledger {
    /// Enters a delivery, and returns its number.
    pub(crate) fn enter(&self, under_way: UnderWay) -> u64 {
        let mut rows = self.rows();
        rows.last += 1;
        let number = rows.last;
        rows.under_way.insert(number, under_way);
        number
    }

    pub(crate) fn stage(&self, number: u64, stage: Stage) {
        if let Some(row) = self.rows().under_way.get_mut(&number) {
            row.stage = stage;
        }
    }

    pub(crate) fn over(&self, number: u64) {
        self.rows().under_way.remove(&number);
        self.changed.notify_all();
    }

    pub(crate) fn worker_gone(&self) {
        self.rows().is_worker_gone = true;
        self.changed.notify_all();
    }

    /// Waits until nothing is under way and the worker has gone, at most for `patience`; tells what is left.
    pub(crate) fn wait(&self, patience: Duration) -> Vec<UnderWay> {
        let is_busy = |rows: &mut Rows| !rows.under_way.is_empty() || !rows.is_worker_gone;
        let waited = self.changed.wait_timeout_while(self.rows(), patience, is_busy);
        let (rows, _) = waited.unwrap_or_else(PoisonError::into_inner);
        rows.under_way.values().cloned().collect()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Each change is complete in itself, so what a panic leaves behind is whole.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
