//! The folder handler: pairs of folders as items of the contract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use syncmgr_handler::{Enumeration, Handler, HandlerFactory, ParentToken, SyncCallback};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::InitializeFlags;
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;

use crate::config::{PairConfig, RunOptions};
use crate::fs::FileSystem;
use crate::fs::real::RealFileSystem;
use crate::monitor::Monitor;
use crate::pair::{Goal, PairEnd, PairError, PairRun, Surroundings, Threads};

/// The folder handler's identity.
pub const HANDLER_ID: HandlerId = HandlerId::from_u128(0x2d3c_9d3e_8b0e_4a57_9c7c_6f1b_7a1e_f01d);

/// What the instances of a factory do with their pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Synchronize,
    Undo(SessionId),
}

/// Everything an instance works with; shared with its worker thread.
struct Shared<F> {
    fs: Arc<F>,
    pairs: Vec<PairConfig>,
    options: RunOptions,
    surroundings: Surroundings,
    task: Task,
}

/// Makes folder handlers for a session.
pub struct FolderHandlerFactory<F = RealFileSystem> {
    shared: Arc<Shared<F>>,
}

impl FolderHandlerFactory {
    /// Handlers that keep these pairs in step, on the file system of the machine.
    pub fn new(pairs: Vec<PairConfig>, options: RunOptions, surroundings: Surroundings) -> Self {
        Self::on(RealFileSystem, pairs, options, surroundings)
    }
}

impl<F: FileSystem> FolderHandlerFactory<F> {
    /// The same on another file system.
    pub fn on(fs: F, pairs: Vec<PairConfig>, options: RunOptions, surroundings: Surroundings) -> Self {
        let task = Task::Synchronize;
        Self { shared: Arc::new(Shared { fs: Arc::new(fs), pairs, options, surroundings, task }) }
    }
}

impl<F: FileSystem> HandlerFactory for FolderHandlerFactory<F> {
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        Ok(Box::new(FolderHandler {
            shared: Arc::clone(&self.shared),
            flags: None,
            callback: None,
            items: Vec::new(),
        }))
    }
}

/// Makes handlers that undo what a session has changed in a pair.
pub struct UndoHandlerFactory(FolderHandlerFactory);

impl UndoHandlerFactory {
    /// Handlers with the one item `pair`, whose synchronization is to undo the run of `undo`.
    pub fn new(pair: PairConfig, undo: SessionId, options: RunOptions, surroundings: Surroundings) -> Self {
        let task = Task::Undo(undo);
        let shared = Shared { fs: Arc::new(RealFileSystem), pairs: vec![pair], options, surroundings, task };
        Self(FolderHandlerFactory { shared: Arc::new(shared) })
    }
}

impl HandlerFactory for UndoHandlerFactory {
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        self.0.create()
    }
}

/// Keeps pairs of folders in step.
struct FolderHandler<F> {
    shared: Arc<Shared<F>>,
    flags: Option<InitializeFlags>,
    callback: Option<Arc<dyn SyncCallback>>,
    /// The items of the current preparation.
    items: Vec<ItemId>,
}

impl<F: FileSystem> FolderHandler<F> {
    /// Starts a thread that treats the prepared items one after the other and then completes.
    fn start(&self, goal: Goal, complete: fn(&dyn SyncCallback, Outcome) -> Outcome) -> Outcome {
        let Some(callback) = self.callback.clone() else { return Outcome::UNEXPECTED };
        let (shared, items) = (Arc::clone(&self.shared), self.items.clone());
        let work = move || {
            for item in items {
                shared.treat(item, goal, &callback);
            }
            complete(&*callback, Outcome::OK);
        };
        match std::thread::Builder::new().name("folders".to_owned()).spawn(work) {
            // The thread ends by completing; when nobody listens any more, by the next progress call.
            Ok(_detached) => Outcome::OK,
            Err(_) => Outcome::FAIL,
        }
    }
}

impl<F: FileSystem> Handler for FolderHandler<F> {
    fn initialize(&mut self, flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        self.flags = Some(flags);
        Outcome::OK
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Ok(HandlerInfo { name: "Folders".to_owned(), flags: HandlerFlags::PREVIEWS })
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        let item = |pair: &PairConfig| ItemInfo { state: pair.state, ..ItemInfo::new(pair.id, &pair.name) };
        Ok(Enumeration::complete(self.shared.pairs.iter().map(item).collect::<Vec<_>>()))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        self.callback = callback;
        Outcome::OK
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.items = items.to_vec();
        if self.flags.is_some_and(InitializeFlags::is_dry_run) {
            return self
                .start(Goal::Preview, |callback, outcome| callback.prepare_for_sync_completed(outcome));
        }
        match &self.callback {
            Some(callback) => callback.prepare_for_sync_completed(Outcome::OK),
            None => Outcome::UNEXPECTED,
        }
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.start(Goal::Sync, |callback, outcome| callback.synchronize_completed(outcome))
    }
}

impl<F: FileSystem> Shared<F> {
    /// Treats one item and closes its row.
    fn treat(&self, item: ItemId, goal: Goal, callback: &Arc<dyn SyncCallback>) {
        let monitor = Monitor::new(Arc::clone(callback), item);
        let Some(pair) = self.pairs.iter().find(|pair| pair.id == item) else { return };
        if !monitor.progress(&ProgressUpdate::POLL) {
            return self.close(&monitor, goal, stopped_status(monitor.verdict()));
        }
        let run = PairRun {
            fs: Arc::clone(&self.fs),
            pair,
            options: &self.options,
            surroundings: &self.surroundings,
            monitor: &monitor,
            threads: Threads::Several,
        };
        let treated = catch_unwind(AssertUnwindSafe(|| match self.task {
            Task::Synchronize => run.run(goal),
            Task::Undo(session) => run.undo(session, goal),
        }));
        let status = match treated {
            Ok(Ok(PairEnd::Done)) => ItemStatus::Succeeded,
            Ok(Ok(PairEnd::Halted)) => ItemStatus::Failed,
            Ok(Ok(PairEnd::Stopped)) => stopped_status(monitor.verdict()),
            Ok(Err(error)) => {
                monitor.log(LogLevel::Error, &message(&error));
                ItemStatus::Failed
            }
            Err(_panic) => {
                monitor.log(
                    LogLevel::Error,
                    "the folder engine failed in a way that should not be; nothing is lost, please report it",
                );
                ItemStatus::Failed
            }
        };
        self.close(&monitor, goal, status);
    }

    fn close(&self, monitor: &Monitor, goal: Goal, status: ItemStatus) {
        // A previewed row is closed by the manager, unless it went wrong.
        if goal == Goal::Sync || status != ItemStatus::Succeeded {
            let update = ProgressUpdate { text: Some(""), ..ProgressUpdate::status(status) };
            monitor.progress(&update);
        }
    }
}

fn stopped_status(verdict: Verdict) -> ItemStatus {
    if verdict == Verdict::Skip { ItemStatus::Skipped } else { ItemStatus::Stopped }
}

fn message(error: &PairError) -> String {
    use crate::state::StateError;
    match error {
        PairError::State(StateError::Busy(_)) => format!("{error}; wait for it, or stop it first"),
        PairError::State(_) => format!("{error}; look at `syncmgr doctor`"),
        _ => error.to_string(),
    }
}
