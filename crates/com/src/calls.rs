//! The nine calls as a class makes them, after the pointers were read: which check comes first, and which code answers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_handler::{ModelessRequest, SyncCallback};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

use crate::report::{Progress, RawLogInfo};

/// What is behind the callback object of one handler instance. References to the object may outlive the instance: once
/// [`Calls::close`] was called, every call answers [`Outcome::UNEXPECTED`] and changes nothing.
///
/// All methods may be called from any thread, also from inside a method of the handler; no lock is held while the manager is
/// called.
#[derive(Default)]
pub struct Calls {
    callback: Mutex<Option<Arc<dyn SyncCallback>>>,
    known: Mutex<Known>,
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").field("known", &self.known).finish_non_exhaustive()
    }
}

/// What has to be known besides what the manager knows.
#[derive(Debug, Default)]
struct Known {
    /// All items that were ever listed.
    listed: BTreeSet<ItemId>,
    /// The items of the run whose row is final.
    finals: BTreeSet<ItemId>,
    /// A preparation or synchronization is under way and not completed.
    is_working: bool,
    /// Properties: what became of the last `ShowProperties`.
    properties: Properties,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Properties {
    /// A completion counts.
    #[default]
    Open,
    /// A completion was told.
    Completed,
    /// `ShowProperties` failed: one completion is forgiven.
    Failed,
}

/// A structure that the handler passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed<T> {
    /// It was read.
    Read(T),
    /// The pointer was null.
    Null,
    /// Its size is smaller than that of Windows 2000 and XP.
    TooSmall,
}

impl Calls {
    fn live(&self) -> Result<Arc<dyn SyncCallback>, Outcome> {
        self.callback.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Outcome::UNEXPECTED)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // The manager's side.

    /// The handler is about to get the callback.
    pub fn open(&self, callback: Arc<dyn SyncCallback>) {
        *self.callback.lock().unwrap_or_else(PoisonError::into_inner) = Some(callback);
    }

    /// The session is over for this instance.
    pub fn close(&self) {
        // Dropped after the lock: who is called by that may call back.
        let gone = self.callback.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(gone);
    }

    /// The handler has listed items.
    pub fn listed(&self, items: impl IntoIterator<Item = ItemId>) {
        self.known().listed.extend(items);
    }

    /// `PrepareForSync` is about to be called for these items: their rows are open.
    pub fn preparing(&self, items: &[ItemId]) {
        let mut known = self.known();
        known.is_working = true;
        for item in items {
            known.finals.remove(item);
        }
    }

    /// `Synchronize` is about to be called.
    pub fn synchronizing(&self) {
        self.known().is_working = true;
    }

    /// The method that began last was not answered with `S_OK`: no completion is due.
    pub fn not_begun(&self) {
        self.known().is_working = false;
    }

    /// Whether `SetItemStatus` may still be called: for an item whose row is final, or after the completion, it may not.
    pub fn takes_status(&self, item: Option<ItemId>) -> bool {
        let known = self.known();
        known.is_working && item.is_none_or(|item| !known.finals.contains(&item))
    }

    /// `ShowProperties` is about to be called.
    pub fn showing_properties(&self) {
        self.known().properties = Properties::Open;
    }

    /// `ShowProperties` failed: a completion that comes nevertheless is taken once, and means nothing.
    pub fn properties_failed(&self) {
        let mut known = self.known();
        if known.properties == Properties::Open {
            known.properties = Properties::Failed;
        }
    }

    // The handler's side.

    /// `ShowPropertiesCompleted`.
    pub fn show_properties_completed(&self, outcome: Outcome) -> Outcome {
        let callback = match self.live() {
            Ok(callback) => callback,
            Err(outcome) => return outcome,
        };
        let before = std::mem::replace(&mut self.known().properties, Properties::Completed);
        if before == Properties::Failed {
            return Outcome::OK;
        }
        callback.show_properties_completed(outcome)
    }

    /// `PrepareForSyncCompleted`.
    pub fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome {
        self.completed(|callback| callback.prepare_for_sync_completed(outcome))
    }

    /// `SynchronizeCompleted`.
    pub fn synchronize_completed(&self, outcome: Outcome) -> Outcome {
        self.completed(|callback| callback.synchronize_completed(outcome))
    }

    fn completed(&self, tell: impl FnOnce(&dyn SyncCallback) -> Outcome) -> Outcome {
        let callback = match self.live() {
            Ok(callback) => callback,
            Err(outcome) => return outcome,
        };
        // Before it is told: the next method may begin on another thread while this one is still here.
        let before = std::mem::replace(&mut self.known().is_working, false);
        let answer = tell(&*callback);
        if answer != Outcome::OK {
            self.known().is_working = before;
        }
        answer
    }

    /// `ShowErrorCompleted`. `items` reads the array and is called only where it means something; it gives `None` for a null
    /// pointer. Items that were never listed are dropped. A retry of nothing is refused, and what was shown is gone all the same.
    pub fn show_error_completed(
        &self,
        outcome: Outcome,
        items: impl FnOnce() -> Option<Vec<ItemId>>,
    ) -> Outcome {
        let callback = match self.live() {
            Ok(callback) => callback,
            Err(outcome) => return outcome,
        };
        if outcome != Outcome::RETRY_SYNC {
            return callback.show_error_completed(outcome, &[]);
        }
        let again = self.among_listed(items().unwrap_or_default());
        if !again.is_empty() {
            return callback.show_error_completed(outcome, &again);
        }
        match callback.show_error_completed(Outcome::OK, &[]) {
            Outcome::OK => Outcome::INVALID_ARGUMENT,
            refused => refused,
        }
    }

    /// The listed ones of these items, each once, in the order of their first mention.
    fn among_listed(&self, items: Vec<ItemId>) -> Vec<ItemId> {
        let known = self.known();
        let mut seen = BTreeSet::new();
        items.into_iter().filter(|item| known.listed.contains(item) && seen.insert(*item)).collect()
    }

    /// `EnableModeless`: whatever is not 0 asks.
    pub fn enable_modeless(&self, enable: i32) -> Outcome {
        let request = if enable == 0 { ModelessRequest::Done } else { ModelessRequest::Ask };
        self.live().map_or_else(|outcome| outcome, |callback| callback.enable_modeless(request))
    }

    /// `Progress`. `item` is `None` for a null pointer.
    pub fn progress(&self, item: Option<ItemId>, report: &Passed<Progress>) -> Outcome {
        let callback = match self.live() {
            Ok(callback) => callback,
            Err(outcome) => return outcome,
        };
        let item = item.filter(|item| !item.is_nil());
        if let (Some(item), Passed::Read(report)) = (item, report)
            && let Ok(update) = report.update()
        {
            return self.reported(&*callback, item, &update);
        }
        // The arguments are not to be used. The nil item asks about the session and touches no row: state and stop come first.
        match callback.progress(&ItemId::NIL, &ProgressUpdate::POLL) {
            Ok(Verdict::Stop) => return Outcome::CANCEL_ALL,
            Err(outcome) if outcome != Outcome::INVALID_ARGUMENT => return outcome,
            Ok(_) | Err(_) => {}
        }
        let is_unreadable = !matches!(report, Passed::Read(_));
        match item.filter(|_| is_unreadable).map(|item| self.cancel_of(&*callback, item)) {
            Some(Verdict::Skip) => Outcome::CANCEL_ITEM,
            _ => Outcome::INVALID_ARGUMENT,
        }
    }

    fn reported(&self, callback: &dyn SyncCallback, item: ItemId, update: &ProgressUpdate<'_>) -> Outcome {
        let was_final = self.known().finals.contains(&item);
        let answer = match callback.progress(&item, update) {
            // A row that is through has nothing left to cancel; a stop is for all.
            Ok(Verdict::Skip) if was_final => Outcome::OK,
            Ok(verdict) => verdict.outcome(),
            Err(outcome) => return outcome,
        };
        if update.status.is_some_and(|status| status.is_final()) {
            self.known().finals.insert(item);
        }
        answer
    }

    /// Whether the user has skipped an item, without telling anything about it.
    fn cancel_of(&self, callback: &dyn SyncCallback, item: ItemId) -> Verdict {
        if self.known().finals.contains(&item) {
            return Verdict::Go;
        }
        match callback.relay() {
            Some(relay) => relay.verdict(Some(&item)),
            None => callback.progress(&item, &ProgressUpdate::POLL).unwrap_or(Verdict::Go),
        }
    }

    /// `LogError`. `text` is `None` for a null pointer.
    pub fn log_error(&self, level: u32, text: Option<&str>, info: &Passed<RawLogInfo>) -> Outcome {
        let callback = match self.live() {
            Ok(callback) => callback,
            Err(outcome) => return outcome,
        };
        let (Some(level), Some(text)) = (LogLevel::from_number(level), text) else {
            return Outcome::INVALID_ARGUMENT;
        };
        match info {
            Passed::Null => callback.log_error(level, text, None),
            Passed::Read(info) => callback.log_error(level, text, Some(&info.given())),
            Passed::TooSmall => Outcome::INVALID_ARGUMENT,
        }
    }

    /// `DeleteLogError`. `error` is `None` for a null pointer; the nil id means all that this instance has logged.
    pub fn delete_log_error(&self, error: Option<ErrorId>) -> Outcome {
        match (self.live(), error) {
            (Err(outcome), _) => outcome,
            (Ok(_), None) => Outcome::INVALID_ARGUMENT,
            (Ok(callback), Some(error)) => callback.delete_log_error(Some(error).filter(|id| !id.is_nil())),
        }
    }

    /// `EstablishConnection`. No name means the default one. Waits for the connection.
    pub fn establish_connection(&self, name: Option<&str>) -> Outcome {
        match self.live() {
            Err(outcome) => outcome,
            Ok(_) if name.is_some_and(str::is_empty) => Outcome::INVALID_ARGUMENT,
            Ok(callback) => callback.establish_connection(name),
        }
    }
}

#[cfg(test)]
mod tests;
