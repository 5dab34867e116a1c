//! [`Handler`]: the ten calls of `ISyncMgrSynchronize`.

use std::fmt;
use std::sync::Arc;

use syncmgr_model::event::InitializeFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;

use crate::SyncCallback;

/// An opaque token for the window a dialog belongs to. Absent is always legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParentToken(pub u64);

/// Whether an enumeration names all items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of them: what is stored about others is deleted (`S_OK`).
    Complete,
    /// Some may be missing: what is stored about them is kept (`S_SYNCMGR_MISSINGITEMS`).
    MissingItems,
}

/// What [`Handler::enum_sync_mgr_items`] yields (`ISyncMgrEnumItems`).
///
/// The manager takes items until the iterator ends, an error comes, or
/// [`MAX_ITEMS`](syncmgr_model::item::MAX_ITEMS) are reached; it never asks for it twice.
pub struct Enumeration {
    /// The items. An error ends the enumeration; what came before it counts.
    pub items: Box<dyn Iterator<Item = Result<ItemInfo, Outcome>> + Send>,
    /// Whether these are all.
    pub completeness: Completeness,
}

impl Enumeration {
    /// All items of the handler.
    pub fn complete(items: impl IntoIterator<Item = ItemInfo, IntoIter: Send + 'static>) -> Self {
        Self { items: Box::new(items.into_iter().map(Ok)), completeness: Completeness::Complete }
    }
}

impl fmt::Debug for Enumeration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enumeration").field("completeness", &self.completeness).finish_non_exhaustive()
    }
}

/// Something able to synchronize items (`ISyncMgrSynchronize`).
///
/// # For callers
///
/// Only the manager calls a handler. All calls into one instance come from one dedicated thread, never two at once,
/// and no lock of the manager is held meanwhile. The order is: `initialize`, `get_handler_info`,
/// `enum_sync_mgr_items`, `set_progress_callback(Some)`, then per run `prepare_for_sync` and `synchronize`, at the end
/// `set_progress_callback(None)` if a callback was set, and the drop.
///
/// # For implementers
///
/// One instance serves one session. `prepare_for_sync` and `synchronize` start work and return; the work runs on
/// threads of the handler and ends with the matching completion on the callback, which may come from any thread, also
/// before the method has returned. A method that does not return exactly [`Outcome::OK`] is final: no completion is
/// awaited. Long work asks for the verdict as often as possible through [`SyncCallback::progress`], at least once
/// before each new item. An instance may be dropped at any time after a stop; threads that still run must then find
/// out by `E_UNEXPECTED` from the callback.
///
/// Source for each method: the `ISyncMgrSynchronize` reference pages.
pub trait Handler: Send {
    /// Begins the life of the instance. First call, exactly once.
    ///
    /// `flags` hold for the whole life. `cookie` is present only for [`Event::Invoke`](syncmgr_model::event::Event),
    /// byte for byte as the program gave it, and only during the call. An unknown event is treated as manual.
    ///
    /// [`Outcome::OK`]: go on. [`Outcome::FALSE`]: not for this event. Anything else is a failure. After any answer but
    /// `OK` the instance is dropped without another call.
    fn initialize(&mut self, flags: InitializeFlags, cookie: Option<&[u8]>) -> Outcome;

    /// Tells name and flags. A failure does not lose the handler: the manager falls back to its registration.
    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome>;

    /// Lists the items. May be called several times on an instance; ids must be stable.
    ///
    /// On failure the handler is listed without items and what is stored about its items is kept.
    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome>;

    /// Reserved. Never called by this manager; there so that the contract is whole.
    fn get_item_object(&mut self, _item: ItemId) -> Outcome {
        Outcome::NOT_IMPLEMENTED
    }

    /// Shows the properties of an item, or of the handler itself (`None`).
    ///
    /// Called only where the matching "has properties" flag is set. A success code promises
    /// [`SyncCallback::show_properties_completed`], which may come during the call; after a failure code none is due.
    fn show_properties(&mut self, _parent: Option<ParentToken>, _item: Option<ItemId>) -> Outcome {
        Outcome::NOT_IMPLEMENTED
    }

    /// Hands over the callback (`Some`), or asks to let go of it (`None`, before the drop).
    ///
    /// The callback may be cloned and used from any thread. After `None` its calls answer `E_UNEXPECTED`. Failure of the
    /// `Some` call ends the instance.
    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome;

    /// Gets ready to synchronize exactly `items`: the selected ones, at least one, no duplicates.
    ///
    /// The place for log-on questions (through [`SyncCallback::enable_modeless`]). Returns quickly; the slice is valid
    /// during the call only. In a dry run this is where a previewing handler works out and reports its plan.
    ///
    /// [`Outcome::OK`]: [`SyncCallback::prepare_for_sync_completed`] will come or has come. [`Outcome::FALSE`]: would need
    /// a dialog but may not show one; rows become skipped. Anything else: rows fail.
    fn prepare_for_sync(&mut self, items: &[ItemId], parent: Option<ParentToken>) -> Outcome;

    /// Starts to synchronize the items of the preceding successful preparation. Exactly once for each.
    ///
    /// [`Outcome::OK`]: started; [`SyncCallback::synchronize_completed`] will come or has come. Anything else, other
    /// success codes included: not started; rows fail.
    fn synchronize(&mut self, parent: Option<ParentToken>) -> Outcome;

    /// Tells that the user skipped an item (`Some(id)`, [`ItemStatus::Skipped`]) or stopped everything
    /// (`None`, [`ItemStatus::Stopped`]); nothing else is ever sent.
    ///
    /// Comes only between the return of `prepare_for_sync` or `synchronize` and the matching completion. The answer is
    /// ignored; the same news is in every later verdict.
    fn set_item_status(&mut self, _item: Option<ItemId>, _status: ItemStatus) -> Outcome {
        Outcome::OK
    }

    /// The user activated the entry `error`, which this instance logged with jump text.
    ///
    /// Dialogs are allowed here in any session, still through [`SyncCallback::enable_modeless`]. A success code promises
    /// [`SyncCallback::show_error_completed`], which may ask for a retry; after a failure code none is due.
    fn show_error(&mut self, _parent: Option<ParentToken>, _error: ErrorId) -> Outcome {
        Outcome::NOT_IMPLEMENTED
    }

    /// Ours: says in words why the last call was not answered with [`Outcome::OK`].
    ///
    /// Asked once, right after such an answer of `initialize`, `get_handler_info`, `enum_sync_mgr_items` (its iterator
    /// included), `set_progress_callback`, `show_properties`, `prepare_for_sync`, `synchronize` and `show_error`. The text stands
    /// in the manager's own line in place of the bare code, so it completes "could not prepare: …".
    fn reason(&mut self) -> Option<String> {
        None
    }

    /// Ours: the last call before the drop, for who has to end something of its own and may fail at that.
    ///
    /// Made also where `initialize` was not answered with `OK`, and not on an instance that was abandoned or has panicked. The
    /// text, if there is one, becomes a warning and completes "did not end well: …"; what was reported before stands.
    fn release(&mut self) -> Option<String> {
        None
    }
}

/// Makes handler instances. Each session gets a fresh one.
///
/// `create` is called on the thread that will be the instance's own; the instance is used and dropped there.
pub trait HandlerFactory: Send + Sync {
    /// Makes an instance, or tells people why it cannot be made.
    fn create(&self) -> Result<Box<dyn Handler>, String>;
}

impl<F> HandlerFactory for F
where
    F: Fn() -> Result<Box<dyn Handler>, String> + Send + Sync,
{
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        self()
    }
}
