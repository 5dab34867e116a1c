//! Handlers by two functions: what is there, and how one of it is synchronized.
//!
//! ```
//! use syncmgr_handler::simple::{Context, Simple, SyncError, Synchronize};
//! use syncmgr_handler::model::id::ItemId;
//! use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
//!
//! struct Greeter;
//!
//! impl Synchronize for Greeter {
//!     fn info(&self) -> HandlerInfo {
//!         HandlerInfo { name: "greeter".to_owned(), ..HandlerInfo::default() }
//!     }
//!
//!     fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
//!         Ok(vec![ItemInfo::new(ItemId::from_u128(1), "world")])
//!     }
//!
//!     fn sync(&self, _item: ItemId, ctx: &Context) -> Result<(), SyncError> {
//!         for number in 0..3 {
//!             ctx.value(number, 3)?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let factory = Simple::factory(|| Ok(Greeter));
//! # syncmgr_handler::conformance::check(&factory).unwrap();
//! ```
//!
//! Everything else happens by itself: statuses, completions (exactly once, also after a panic), entries for what went
//! wrong, and the end on a skip or a stop, which arrive as an error from [`Context::progress`] and leave by `?`. Items
//! are synchronized one after the other on a thread of the handler. Asynchronous code runs under [`block_on`].

mod block_on;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::Fact;
use syncmgr_model::flags::{ErrorFlags, HandlerFlags};
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;

use crate::{
    Completeness, Enumeration, FactSink, Handler, HandlerFactory, ModelessRequest, ParentToken, SyncCallback,
};

pub use block_on::block_on;

/// What an author writes. One value serves one session; its methods are called from threads of the handler.
pub trait Synchronize: Send + Sync + 'static {
    /// Name and flags. With [`HandlerFlags::PREVIEWS`], [`Synchronize::preview`] is called in dry runs.
    fn info(&self) -> HandlerInfo;

    /// The items, with stable ids.
    ///
    /// # Errors
    ///
    /// What to tell people; the handler then has no items in this session.
    fn items(&self) -> Result<Vec<ItemInfo>, SyncError>;

    /// Synchronizes an item.
    ///
    /// # Errors
    ///
    /// A cancellation makes the row skipped or stopped; anything else makes it failed, with an entry about it.
    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError>;

    /// Tells what [`Synchronize::sync`] would do, by facts, and does nothing.
    ///
    /// # Errors
    ///
    /// As for [`Synchronize::sync`].
    fn preview(&self, _item: ItemId, _ctx: &Context) -> Result<(), SyncError> {
        Ok(())
    }

    /// The user opened an entry that was logged with [`Context::log_with_jump`]: shows what is behind it, and answers the
    /// items to synchronize once more, if that may help now.
    ///
    /// # Errors
    ///
    /// What to tell people; nothing is tried again.
    fn show_error(&self, _error: ErrorId, _dialogs: &Dialogs<'_>) -> Result<Vec<ItemId>, SyncError> {
        Ok(Vec::new())
    }
}

/// Why work on an item has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Canceled {
    /// This item was skipped.
    Skip,
    /// Everything was stopped, or the session is over.
    Stop,
}

/// Why an item was not synchronized.
///
/// Deliberately no [`std::error::Error`], so that every error type turns into it by `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncError {
    /// The user did not want it.
    Canceled(Canceled),
    /// It failed; for people.
    Failed(String),
}

impl SyncError {
    /// A failure with a text for people.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}

impl From<Canceled> for SyncError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

impl<E: std::error::Error> From<E> for SyncError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Failed(text)
    }
}

/// What [`Synchronize::sync`] talks to while it works on an item. May be used from several threads.
pub struct Context {
    callback: Arc<dyn SyncCallback>,
    item: ItemId,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("item", &self.item).finish_non_exhaustive()
    }
}

impl Context {
    /// Reports and asks whether to go on. Call it as often as possible; it costs nanoseconds.
    ///
    /// # Errors
    ///
    /// When work on the item has to end.
    pub fn progress(&self, update: &ProgressUpdate<'_>) -> Result<(), Canceled> {
        match self.callback.progress(&self.item, update) {
            Ok(Verdict::Go | Verdict::Pause) => Ok(()),
            Ok(Verdict::Skip) => Err(Canceled::Skip),
            // A session that is over does not come back.
            Ok(Verdict::Yield | Verdict::Stop) | Err(_) => Err(Canceled::Stop),
        }
    }

    /// Reports how far it is.
    ///
    /// # Errors
    ///
    /// When work on the item has to end.
    pub fn value(&self, value: i64, max: i64) -> Result<(), Canceled> {
        self.progress(&ProgressUpdate { max: Some(max), ..ProgressUpdate::value(value) })
    }

    /// Reports what it is doing.
    ///
    /// # Errors
    ///
    /// When work on the item has to end.
    pub fn text(&self, text: &str) -> Result<(), Canceled> {
        self.progress(&ProgressUpdate::text(text))
    }

    /// Asks whether to go on.
    ///
    /// # Errors
    ///
    /// When work on the item has to end.
    pub fn check(&self) -> Result<(), Canceled> {
        self.progress(&ProgressUpdate::POLL)
    }

    /// Adds an entry about the item to the results.
    pub fn log(&self, level: LogLevel, text: &str) {
        // Refused only on a session that is over, where nobody would read it.
        let _ = self.callback.log_error(level, text, Some(&LogErrorInfo::about(self.item)));
    }

    /// The same, and the entry leads back: who opens it has [`Synchronize::show_error`] called with `error`.
    pub fn log_with_jump(&self, level: LogLevel, text: &str, error: ErrorId) {
        let info = LogErrorInfo {
            flags: Some(ErrorFlags::ENABLE_JUMP_TEXT),
            error: Some(error),
            ..LogErrorInfo::about(self.item)
        };
        let _ = self.callback.log_error(level, text, Some(&info));
    }

    /// Reports a fact about the item, if anybody listens.
    pub fn fact(&self, fact: Fact) {
        if let Some(facts) = self.callback.facts() {
            facts.report(&self.item, fact);
        }
    }

    /// Whether [`Fact::Change`] is worth building for each path.
    pub fn wants_changes(&self) -> bool {
        self.callback.facts().is_some_and(FactSink::wants_changes)
    }

    /// Shows a dialog, if that is allowed now; `None` if not.
    pub fn ask<R>(&self, dialog: impl FnOnce() -> R) -> Option<R> {
        Dialogs(self.callback.as_ref()).ask(dialog)
    }

    /// Brings a connection up; `None` is the default one.
    ///
    /// # Errors
    ///
    /// When it cannot be had, with a text for people.
    pub fn connect(&self, name: Option<&str>) -> Result<(), SyncError> {
        match self.callback.establish_connection(name) {
            Outcome::OK => Ok(()),
            outcome => {
                self.check()?;
                let name = name.map_or("the default connection".to_owned(), |name| format!("`{name}`"));
                Err(SyncError::Failed(format!("{name} is not to be had: {outcome}")))
            }
        }
    }
}

/// Shows dialogs where that is allowed.
pub struct Dialogs<'a>(&'a dyn SyncCallback);

impl fmt::Debug for Dialogs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialogs")
    }
}

impl Dialogs<'_> {
    /// Shows a dialog, if that is allowed now; `None` if not.
    pub fn ask<R>(&self, dialog: impl FnOnce() -> R) -> Option<R> {
        if self.0.enable_modeless(ModelessRequest::Ask) != Outcome::OK {
            return None;
        }
        // Given back also when the dialog panics: others wait for it.
        let _given_back = GiveBack(self.0);
        Some(dialog())
    }
}

struct GiveBack<'a>(&'a dyn SyncCallback);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        self.0.enable_modeless(ModelessRequest::Done);
    }
}

/// A [`Handler`] made of a [`Synchronize`].
#[derive(Debug)]
pub struct Simple<S> {
    work: Arc<S>,
    callback: CallbackSlot,
    items: Vec<ItemId>,
    flags: InitializeFlags,
    /// Why there are no items, until there is a callback to tell it to.
    untold: Option<String>,
}

/// The callback while there is one; only here so that the handler can be shown.
#[derive(Default)]
struct CallbackSlot(Option<Arc<dyn SyncCallback>>);

impl fmt::Debug for CallbackSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "not set" })
    }
}

/// What a thread of the handler does with each item.
type Step<S> = fn(&S, ItemId, &Context) -> Result<(), SyncError>;
/// How it says that it is through.
type Completion = fn(&dyn SyncCallback, Outcome) -> Outcome;

impl<S: Synchronize> Simple<S> {
    /// A handler that does `work`.
    pub fn new(work: S) -> Self {
        Self {
            work: Arc::new(work),
            callback: CallbackSlot(None),
            items: Vec::new(),
            flags: InitializeFlags::new(Event::Manual, Modifiers::empty()),
            untold: None,
        }
    }

    /// A factory of handlers whose work `make` makes.
    pub fn factory(make: impl Fn() -> Result<S, String> + Send + Sync) -> impl HandlerFactory {
        move || make().map(|work| Box::new(Self::new(work)) as Box<dyn Handler>)
    }

    /// Works on all items on a thread of its own and completes.
    fn start(&self, step: Step<S>, is_last_word: Final, completion: Completion) -> Outcome {
        let Some(callback) = self.callback.0.clone() else { return Outcome::UNEXPECTED };
        let (work, items) = (self.work.clone(), self.items.clone());
        let all = move || {
            for item in items {
                let ctx = Context { callback: callback.clone(), item };
                if one(work.as_ref(), &ctx, step, is_last_word) == Err(Canceled::Stop) {
                    break;
                }
            }
            completion(callback.as_ref(), Outcome::OK);
        };
        match thread::Builder::new().name("simple".into()).spawn(all) {
            Ok(_ends_by_itself) => Outcome::OK,
            Err(_) => Outcome::OUT_OF_MEMORY,
        }
    }
}

/// Whether work that went well closes the row: a preview leaves that to the manager.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Final {
    Yes,
    No,
}

/// Works on one item and reports what came of it.
fn one<S: Synchronize>(work: &S, ctx: &Context, step: Step<S>, is_final: Final) -> Result<(), Canceled> {
    let begin = || ctx.progress(&ProgressUpdate::status(ItemStatus::Updating));
    let result = begin().map_err(SyncError::from).and_then(|()| {
        catch_unwind(AssertUnwindSafe(|| step(work, ctx.item, ctx)))
            .unwrap_or_else(|panic| Err(SyncError::Failed(format!("panicked: {}", panic_text(&*panic)))))
    });
    let status = match &result {
        Ok(()) if is_final == Final::No => return Ok(()),
        Ok(()) => ItemStatus::Succeeded,
        Err(SyncError::Canceled(Canceled::Skip)) => ItemStatus::Skipped,
        Err(SyncError::Canceled(Canceled::Stop)) => ItemStatus::Stopped,
        Err(SyncError::Failed(text)) => {
            ctx.log(LogLevel::Error, text);
            ItemStatus::Failed
        }
    };
    let told = ctx.progress(&ProgressUpdate::status(status));
    match result {
        Err(SyncError::Canceled(canceled)) => Err(canceled),
        // The answer to the last word may be the first news of a stop.
        _ => told,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

impl<S: Synchronize> Handler for Simple<S> {
    fn initialize(&mut self, flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        self.flags = flags;
        Outcome::OK
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Ok(self.work.info())
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        match self.work.items() {
            Ok(items) => Ok(Enumeration::complete(items)),
            // A session that is only about the list gets no callback.
            Err(SyncError::Failed(text)) if !self.flags.modifiers.contains(Modifiers::SETTINGS) => {
                self.untold = Some(text);
                let nothing = Enumeration::complete([]);
                Ok(Enumeration { completeness: Completeness::MissingItems, ..nothing })
            }
            Err(_) => Err(Outcome::FAIL),
        }
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        if let (Some(callback), Some(text)) = (&callback, self.untold.take()) {
            callback.log_error(LogLevel::Error, &format!("cannot list its items: {text}"), None);
        }
        self.callback.0 = callback;
        Outcome::OK
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.items = items.to_vec();
        let previews = self.flags.is_dry_run() && self.work.info().flags.contains(HandlerFlags::PREVIEWS);
        if previews {
            return self.start(S::preview, Final::No, |callback, outcome| {
                callback.prepare_for_sync_completed(outcome)
            });
        }
        match &self.callback.0 {
            Some(callback) => callback.prepare_for_sync_completed(Outcome::OK),
            None => Outcome::UNEXPECTED,
        }
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.start(S::sync, Final::Yes, |callback, outcome| callback.synchronize_completed(outcome))
    }

    fn show_error(&mut self, _parent: Option<ParentToken>, error: ErrorId) -> Outcome {
        let Some(callback) = self.callback.0.clone() else { return Outcome::UNEXPECTED };
        let work = self.work.clone();
        let show = move || show_error(work.as_ref(), callback.as_ref(), error);
        match thread::Builder::new().name("simple".into()).spawn(show) {
            Ok(_ends_by_itself) => Outcome::OK,
            Err(_) => Outcome::OUT_OF_MEMORY,
        }
    }
}

fn show_error<S: Synchronize>(work: &S, callback: &dyn SyncCallback, error: ErrorId) {
    let shown = catch_unwind(AssertUnwindSafe(|| work.show_error(error, &Dialogs(callback))))
        .unwrap_or_else(|panic| Err(SyncError::Failed(format!("panicked: {}", panic_text(&*panic)))));
    match shown {
        Ok(items) if !items.is_empty() => callback.show_error_completed(Outcome::RETRY_SYNC, &items),
        Ok(_) | Err(SyncError::Canceled(_)) => callback.show_error_completed(Outcome::OK, &[]),
        Err(SyncError::Failed(text)) => {
            callback.log_error(LogLevel::Error, &text, None);
            callback.show_error_completed(Outcome::FAIL, &[])
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_causes() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the port is no number")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = SyncError::from(Outer("x".parse::<u8>().unwrap_err()));
        assert_eq!(error, SyncError::failed("the port is no number: invalid digit found in string"));
    }
}
