//! [`SyncCallback`]: the nine calls of `ISyncMgrSynchronizeCallback`.

use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

use crate::relay::Relay;

/// What [`SyncCallback::enable_modeless`] is called for. The contract passes TRUE and FALSE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelessRequest {
    /// May I show a dialog? (TRUE)
    Ask,
    /// My dialog is gone. (FALSE)
    Done,
}

/// What the manager hands a handler: status, progress, errors, dialogs, connections, completions.
///
/// # For callers (handlers)
///
/// Every method may be called from any thread, at any time, also from inside a handler method; none of them blocks,
/// except [`progress`](Self::progress) while the session is paused and
/// [`establish_connection`](Self::establish_connection) while it connects. Everything passed is copied before the call
/// returns. On a session that is over, every method answers [`Outcome::UNEXPECTED`] and changes nothing; that is how a
/// left-over thread learns that it is alone. A call that answers a failure has changed nothing.
///
/// # For implementers (managers)
///
/// Hold no lock while calling a handler: completions arrive inside the calls they complete. A completion is recorded and
/// acted on after the handler's method returned; the method's own failure beats an early completion.
///
/// Source for each method: the `ISyncMgrSynchronizeCallback` reference pages; rulings where they are silent stand
/// and are tested in `syncmgr_model::session`.
pub trait SyncCallback: Send + Sync {
    /// The properties shown by [`Handler::show_properties`](crate::Handler::show_properties) are gone.
    ///
    /// [`Outcome::ENUM_ITEMS`] and [`Outcome::ITEM_DELETED`] make the manager look at the items again; all other values
    /// are ignored. Answers `OK`, or `UNEXPECTED` if none were being shown.
    fn show_properties_completed(&self, outcome: Outcome) -> Outcome;

    /// Preparation is over. Exactly [`Outcome::OK`] leads to `synchronize`; anything else, other success codes included,
    /// ends the run of this handler. Answers `OK`, or `UNEXPECTED` if no preparation is open.
    fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome;

    /// Synchronization is over. Rows still open become succeeded or failed by `outcome`, or skipped or stopped if the user
    /// asked for that. Answers `OK`, or `UNEXPECTED` if no synchronization is open.
    fn synchronize_completed(&self, outcome: Outcome) -> Outcome;

    /// What [`Handler::show_error`](crate::Handler::show_error) showed is gone. [`Outcome::RETRY_SYNC`] with at least one
    /// known item prepares and synchronizes those again, on this instance, after `show_error` has returned; `items` is
    /// looked at only then. Answers `OK`; `INVALID_ARGUMENT` for a retry of nothing; `UNEXPECTED` if nothing was shown.
    fn show_error_completed(&self, outcome: Outcome, items: &[ItemId]) -> Outcome;

    /// Asks to show a dialog, or tells that it is gone.
    ///
    /// To [`ModelessRequest::Ask`]: `OK` go ahead, `FALSE` do not: the user may not be bothered, another handler's dialog is
    /// up, or everything was stopped. Never waits. Grants nest and each needs its `Done`; a surplus `Done` is harmless.
    fn enable_modeless(&self, request: ModelessRequest) -> Outcome;

    /// Reports on an item and learns whether to go on. The heart of the contract: call it as often as possible.
    ///
    /// Allowed from the start of `prepare_for_sync` to `synchronize_completed`. Costs a few nanoseconds without text.
    ///
    /// # Errors
    ///
    /// [`Outcome::UNEXPECTED`] outside that time or on a session that is over; [`Outcome::INVALID_ARGUMENT`] for an item that
    /// is not part of the run. A stop is answered before either argument is looked at.
    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome>;

    /// Adds an entry to the results. Does not change the status of any row. Allowed from
    /// `set_progress_callback(Some)` to `set_progress_callback(None)`.
    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome;

    /// Removes the entries this instance logged under `error`, or all it has logged (`None`). An unknown id is an
    /// [`Outcome::INVALID_ARGUMENT`]; removing all of nothing is fine.
    fn delete_log_error(&self, error: Option<ErrorId>) -> Outcome;

    /// Brings a connection up and waits for it; `None` means the default one. It stays until all handlers of the session
    /// are through. `FAIL` if it cannot be had or the session was stopped, `INVALID_ARGUMENT` for an unknown or empty
    /// name.
    fn establish_connection(&self, name: Option<&str>) -> Outcome;

    /// Ours: where facts go, if anybody listens. The contract is whole without; a manager that cannot take facts
    /// leaves the default.
    fn facts(&self) -> Option<&dyn FactSink> {
        None
    }

    /// Ours: for handlers that pass the calls on and cannot be held inside one. A manager without it leaves the default.
    fn relay(&self) -> Option<&dyn Relay> {
        None
    }
}

/// Takes the facts of a run. Obtained from [`SyncCallback::facts`]; the same threading rules hold.
pub trait FactSink: Send + Sync {
    /// Whether [`Fact::Change`] is worth building for each path. The other kinds always are.
    fn wants_changes(&self) -> bool;

    /// Takes a fact about an item. May block while the reader is behind, so that nothing is lost and nothing piles up;
    /// returns at once after a stop. Facts about items that are not part of the run, or on a session that is over, are
    /// ignored.
    fn report(&self, item: &ItemId, fact: Fact);
}
