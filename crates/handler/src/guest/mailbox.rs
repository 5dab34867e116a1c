//! What the manager wants: verdicts, credit, and whether it is still there. Filled by the thread that reads the lines.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use syncmgr_model::id::ItemId;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::{ItemStatusParams, VerdictParams, Window};
use syncmgr_wire::protocol::words::ItemNews;

use super::rows::{Row, Rows};

#[derive(Default)]
pub(super) struct Mailbox {
    all: AtomicU8,
    /// How many lines are due and have no credit: who reports waits. Changed under the lock of `state`, read without.
    n_held: AtomicUsize,
    rows: OnceLock<Rows>,
    state: Mutex<State>,
    changed: Condvar,
    bell: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) window: Window,
    /// Number and length of each line that is not acknowledged.
    pub(super) under_way: VecDeque<(u64, u64)>,
    pub(super) bytes_under_way: u64,
    pub(super) seq: u64,
    /// Rows with something to write.
    pub(super) waiting: Vec<usize>,
    pub(super) is_gone: bool,
    has_left: bool,
}

impl State {
    /// Whether a line of this length may go. With nothing under way one always may.
    pub(super) fn has_credit(&self, length: u64) -> bool {
        let (messages, bytes) = (self.under_way.len() as u64, self.bytes_under_way);
        self.under_way.is_empty() || (messages < self.window.messages && bytes + length <= self.window.bytes)
    }
}

impl Mailbox {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something and tells all who wait for it.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    pub(super) fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait_until<'a>(
        &self,
        state: MutexGuard<'a, State>,
        moment: Instant,
    ) -> MutexGuard<'a, State> {
        let left = moment.saturating_duration_since(Instant::now());
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    // Rows.

    pub(super) fn rows(&self) -> Option<&Rows> {
        self.rows.get()
    }

    /// A run begins: everything is go. `all` are the items of the session; the first call fixes them.
    pub(super) fn begin(&self, all: impl IntoIterator<Item = ItemId>, items: &[ItemId]) {
        self.all.store(Verdict::Go as u8, Ordering::Release);
        self.rows.get_or_init(|| Rows::new(all)).begin(items);
    }

    /// The row of an item that takes part.
    pub(super) fn row(&self, item: &ItemId) -> Option<&Row> {
        self.rows.get()?.find(item).filter(|row| row.is_in_run())
    }

    // Verdicts.

    pub(super) fn all(&self) -> Verdict {
        Verdict::from_number(self.all.load(Ordering::Acquire))
    }

    pub(super) fn of(&self, row: &Row) -> Verdict {
        self.all().max(row.own())
    }

    /// Takes a verdict and the credit that comes with it.
    pub(super) fn take_verdict(&self, params: &VerdictParams) {
        self.change(|state| {
            while let Some(&(seq, length)) = state.under_way.front()
                && seq <= params.upto
            {
                state.under_way.pop_front();
                state.bytes_under_way -= length;
            }
        });
        self.set(&self.all, params.all.into());
        for row in self.rows.get().into_iter().flat_map(Rows::iter) {
            let own = params.items.get(&row.name).copied().unwrap_or(syncmgr_wire::protocol::Verdict::Go);
            row.set_own(after(row_verdict(row), own.into()));
        }
        self.ring();
    }

    /// The same news as in a verdict; here only what never weakens.
    pub(super) fn take_news(&self, news: &ItemStatusParams) {
        match (&news.item, news.status) {
            (None, ItemNews::Stop) => self.set(&self.all, Verdict::Stop),
            (Some(name), ItemNews::Skip) => {
                let item = name.parse::<ItemId>().ok();
                if let Some(row) = item.and_then(|item| self.rows.get()?.find(&item)) {
                    row.set_own(after(row_verdict(row), Verdict::Skip));
                }
            }
            _ => return,
        }
        self.ring();
    }

    /// Takes the answer to a progress call, which may be newer than what was told last.
    pub(super) fn take_answer(&self, row: &Row, verdict: Verdict) {
        match verdict {
            Verdict::Skip => row.set_own(after(row_verdict(row), verdict)),
            Verdict::Yield | Verdict::Stop => self.set(&self.all, verdict),
            // An answer is not a pause; and go is what was there.
            Verdict::Go | Verdict::Pause => return,
        }
        self.ring();
    }

    fn set(&self, verdict: &AtomicU8, new: Verdict) {
        let old = Verdict::from_number(verdict.load(Ordering::Acquire));
        verdict.store(after(old, new) as u8, Ordering::Release);
    }

    /// Wakes who waits for a verdict, and tells who asked to be told.
    fn ring(&self) {
        // Through the lock, so that nobody falls asleep between looking and waiting.
        self.change(|_| {});
        if let Some(bell) = &*self.bell.lock().unwrap_or_else(PoisonError::into_inner) {
            bell();
        }
    }

    pub(super) fn set_bell(&self, bell: Box<dyn Fn() + Send + Sync>) {
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(bell);
    }

    pub(super) fn is_held(&self) -> bool {
        self.n_held.load(Ordering::Acquire) != 0
    }

    /// Waits for credit for a line of this length, or until `is_needless`. Meanwhile who reports waits, too.
    pub(super) fn await_credit(
        &self,
        mut state: MutexGuard<'_, State>,
        length: u64,
        is_needless: impl Fn(&State) -> bool,
    ) {
        self.n_held.fetch_add(1, Ordering::AcqRel);
        while !state.has_credit(length) && !is_needless(&state) {
            state = self.wait(state);
        }
        self.n_held.fetch_sub(1, Ordering::AcqRel);
        drop(state);
        self.changed.notify_all();
    }

    /// Waits while the run is paused, or while the manager gives no credit.
    pub(super) fn wait_while_held(&self, row: &Row) {
        let mut state = self.state();
        while !state.is_gone {
            let verdict = self.of(row);
            if verdict > Verdict::Pause || (verdict == Verdict::Go && !self.is_held()) {
                return;
            }
            state = self.wait(state);
        }
    }

    // The end.

    pub(super) fn is_gone(&self) -> bool {
        self.state().is_gone
    }

    /// The manager has closed its end: everything stops.
    pub(super) fn set_gone(&self) {
        self.all.store(Verdict::Stop as u8, Ordering::Release);
        self.change(|state| state.is_gone = true);
        self.ring();
    }

    pub(super) fn set_left(&self) {
        self.change(|state| state.has_left = true);
    }

    pub(super) fn wait_until_gone(&self) {
        let mut state = self.state();
        while !state.is_gone {
            state = self.wait(state);
        }
    }

    /// Whether the work ended in time.
    pub(super) fn wait_until_left(&self, patience: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.state(), patience, |state| !state.has_left);
        waited.unwrap_or_else(PoisonError::into_inner).0.has_left
    }
}

fn row_verdict(row: &Row) -> Verdict {
    if row.was_skipped() { Verdict::Skip } else { row.own() }
}

/// The verdict after another one came: what ends work never weakens within a run.
fn after(old: Verdict, new: Verdict) -> Verdict {
    if old >= Verdict::Yield { old.max(new) } else { new }
}
