//! A handler that does what a test says.
//!
//! Without a script it behaves: preparation and synchronization complete at once, and each item succeeds. A test
//! replaces single methods by closures, which get a [`Play`] with the steps a handler can take. What it was called with
//! is in its [`Record`].

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use syncmgr_handler::{Completeness, Enumeration, Handler, HandlerFactory, ParentToken, SyncCallback};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::event::InitializeFlags;
use syncmgr_model::fact::Fact;
use syncmgr_model::flags::{ErrorFlags, HandlerFlags, ItemFlags};
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;

/// A call a handler got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// `initialize`, with flags and cookie.
    Initialize(InitializeFlags, Option<Vec<u8>>),
    /// `get_handler_info`.
    GetHandlerInfo,
    /// `enum_sync_mgr_items`.
    EnumSyncMgrItems,
    /// `set_progress_callback(Some)`.
    SetCallback,
    /// `set_progress_callback(None)`.
    ClearCallback,
    /// `get_item_object`, which no manager calls.
    GetItemObject(ItemId),
    /// `show_properties`.
    ShowProperties(Option<ItemId>),
    /// `prepare_for_sync`.
    Prepare(Vec<ItemId>),
    /// `synchronize`.
    Synchronize,
    /// `set_item_status`.
    SetItemStatus(Option<ItemId>, ItemStatus),
    /// `show_error`.
    ShowError(ErrorId),
    /// The drop.
    Dropped,
}

/// The calls so far with their threads, and a bell for new ones.
type Calls = (Mutex<Vec<(ThreadId, Recorded)>>, Condvar);

/// The calls all instances of a [`Scripted`] got, in order. Clones are the same record.
#[derive(Debug, Clone, Default)]
pub struct Record {
    calls: Arc<Calls>,
}

impl Record {
    /// All calls so far.
    pub fn calls(&self) -> Vec<Recorded> {
        self.lock().iter().map(|(_, call)| call.clone()).collect()
    }

    /// The threads calls came from, each once.
    pub fn threads(&self) -> Vec<ThreadId> {
        let mut threads = Vec::new();
        for (thread, _) in self.lock().iter() {
            if !threads.contains(thread) {
                threads.push(*thread);
            }
        }
        threads
    }

    /// How many calls equal this one.
    pub fn count(&self, call: &Recorded) -> usize {
        self.lock().iter().filter(|(_, other)| other == call).count()
    }

    /// Waits until a call equal to this one has come.
    pub fn wait_for(&self, call: &Recorded) {
        let calls = self.lock();
        let is_missing =
            |calls: &mut Vec<(ThreadId, Recorded)>| !calls.iter().any(|(_, other)| other == call);
        drop(self.calls.1.wait_while(calls, is_missing));
    }

    /// Waits until the calls so far are as `is_right` wants them.
    pub fn wait_until(&self, is_right: impl Fn(&[Recorded]) -> bool) {
        let plain = |calls: &[(ThreadId, Recorded)]| -> Vec<Recorded> {
            calls.iter().map(|(_, call)| call.clone()).collect()
        };
        let calls = self.lock();
        drop(self.calls.1.wait_while(calls, |calls| !is_right(&plain(calls))));
    }

    fn add(&self, call: Recorded) {
        self.lock().push((thread::current().id(), call));
        self.calls.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(ThreadId, Recorded)>> {
        self.calls.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The steps a scripted handler can take. Clones act for the same instance, from any thread.
#[derive(Clone)]
pub struct Play {
    /// The callback of the instance.
    pub callback: Arc<dyn SyncCallback>,
    /// The items of the current preparation.
    pub items: Vec<ItemId>,
}

impl fmt::Debug for Play {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Play").field("items", &self.items).finish_non_exhaustive()
    }
}

impl Play {
    /// Does the rest on a foreign thread, while or after the method returns.
    pub fn elsewhere(&self, rest: impl FnOnce(&Self) + Send + 'static) -> Outcome {
        let play = self.clone();
        drop(thread::spawn(move || {
            // An assertion that fails out here would be lost, and the session would wait for ever.
            if catch_unwind(AssertUnwindSafe(|| rest(&play))).is_err() {
                std::process::abort();
            }
        }));
        Outcome::OK
    }

    /// Completes the preparation.
    pub fn prepared(&self, outcome: Outcome) -> Outcome {
        self.callback.prepare_for_sync_completed(outcome)
    }

    /// Completes the synchronization.
    pub fn synchronized(&self, outcome: Outcome) -> Outcome {
        self.callback.synchronize_completed(outcome)
    }

    /// Reports a status.
    pub fn status(&self, item: ItemId, status: ItemStatus) -> Result<Verdict, Outcome> {
        self.callback.progress(&item, &ProgressUpdate::status(status))
    }

    /// Asks for the verdict.
    pub fn poll(&self, item: ItemId) -> Result<Verdict, Outcome> {
        self.callback.progress(&item, &ProgressUpdate::POLL)
    }

    /// Asks until the answer is another than go.
    pub fn until_told(&self, item: ItemId) -> Result<Verdict, Outcome> {
        loop {
            let answer = self.poll(item);
            if answer != Ok(Verdict::Go) {
                return answer;
            }
            thread::yield_now();
        }
    }

    /// Gives all items of the preparation a status.
    pub fn end_all(&self, status: ItemStatus) {
        for &item in &self.items {
            let _ = self.status(item, status);
        }
    }

    /// Reports a fact.
    pub fn fact(&self, item: ItemId, fact: Fact) {
        if let Some(facts) = self.callback.facts() {
            facts.report(&item, fact);
        }
    }

    /// Logs an entry about an item.
    pub fn log(&self, level: LogLevel, text: &str, item: ItemId) -> Outcome {
        self.callback.log_error(level, text, Some(&LogErrorInfo::about(item)))
    }

    /// Logs an error that leads back into the handler.
    pub fn log_jump(&self, text: &str, error: ErrorId) -> Outcome {
        let info = LogErrorInfo { flags: Some(ErrorFlags::ENABLE_JUMP_TEXT), error: Some(error), item: None };
        self.callback.log_error(LogLevel::Error, text, Some(&info))
    }
}

type Method = Arc<dyn Fn(&Play) -> Outcome + Send + Sync>;
type PropertiesMethod = Arc<dyn Fn(&Play, Option<ItemId>) -> Outcome + Send + Sync>;
type Enumerating = Arc<dyn Fn(usize) -> Result<Enumeration, Outcome> + Send + Sync>;
type ErrorMethod = Arc<dyn Fn(&Play, ErrorId) -> Outcome + Send + Sync>;
type Before = Arc<dyn Fn() -> Outcome + Send + Sync>;

/// A handler by script, and the factory of its instances. Clones share script and record.
#[derive(Clone)]
pub struct Scripted {
    name: String,
    info: Result<HandlerInfo, Outcome>,
    items: Vec<ItemInfo>,
    completeness: Completeness,
    initialize: Before,
    enumerate: Option<Enumerating>,
    set_callback: Before,
    show_properties: PropertiesMethod,
    set_item_status: Before,
    reason: Option<String>,
    prepare: Method,
    synchronize: Method,
    show_error: ErrorMethod,
    record: Record,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Scripted {
    /// A handler that behaves, with these items.
    pub fn new(name: &str, items: &[ItemId]) -> Self {
        let items = items.iter().zip(1..);
        Self {
            name: name.to_owned(),
            info: Ok(HandlerInfo { name: name.to_owned(), flags: HandlerFlags::empty() }),
            items: items.map(|(&id, number)| ItemInfo::new(id, format!("item {number}"))).collect(),
            completeness: Completeness::Complete,
            initialize: Arc::new(|| Outcome::OK),
            enumerate: None,
            set_callback: Arc::new(|| Outcome::OK),
            show_properties: Arc::new(|play, _| play.callback.show_properties_completed(Outcome::OK)),
            set_item_status: Arc::new(|| Outcome::OK),
            reason: None,
            prepare: Arc::new(|play| {
                play.prepared(Outcome::OK);
                Outcome::OK
            }),
            synchronize: Arc::new(|play| {
                play.end_all(ItemStatus::Succeeded);
                play.synchronized(Outcome::OK);
                Outcome::OK
            }),
            show_error: Arc::new(|play, _| play.callback.show_error_completed(Outcome::OK, &[])),
            record: Record::default(),
        }
    }

    /// The name it was made with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Declares flags.
    #[must_use]
    pub fn flags(mut self, flags: HandlerFlags) -> Self {
        if let Ok(info) = &mut self.info {
            info.flags = flags;
        }
        self
    }

    /// Lists exactly these items.
    #[must_use]
    pub fn listing(mut self, items: Vec<ItemInfo>, completeness: Completeness) -> Self {
        self.items = items;
        self.completeness = completeness;
        self
    }

    /// Declares flags for each of its items.
    #[must_use]
    pub fn item_flags(mut self, flags: ItemFlags) -> Self {
        self.items.iter_mut().for_each(|item| item.flags = flags);
        self
    }

    /// Tells another name than the one it was made with.
    #[must_use]
    pub fn calls_itself(mut self, name: &str) -> Self {
        if let Ok(info) = &mut self.info {
            info.name = name.to_owned();
        }
        self
    }

    /// Gives this reason for every answer that is not OK.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Replaces `enum_sync_mgr_items`; the script is told how often the instance was asked before.
    #[must_use]
    pub fn on_enumerate(
        mut self,
        script: impl Fn(usize) -> Result<Enumeration, Outcome> + Send + Sync + 'static,
    ) -> Self {
        self.enumerate = Some(Arc::new(script));
        self
    }

    /// Replaces the answer to `set_progress_callback(Some)`.
    #[must_use]
    pub fn on_set_callback(mut self, script: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        self.set_callback = Arc::new(script);
        self
    }

    /// Replaces `show_properties`.
    #[must_use]
    pub fn on_show_properties(
        mut self,
        script: impl Fn(&Play, Option<ItemId>) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        self.show_properties = Arc::new(script);
        self
    }

    /// Replaces the answer to `set_item_status`.
    #[must_use]
    pub fn on_set_item_status(mut self, script: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        self.set_item_status = Arc::new(script);
        self
    }

    /// Fails to tell about itself.
    #[must_use]
    pub fn without_info(mut self, outcome: Outcome) -> Self {
        self.info = Err(outcome);
        self
    }

    /// Replaces `initialize`.
    #[must_use]
    pub fn on_initialize(mut self, script: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        self.initialize = Arc::new(script);
        self
    }

    /// Replaces `prepare_for_sync`.
    #[must_use]
    pub fn on_prepare(mut self, script: impl Fn(&Play) -> Outcome + Send + Sync + 'static) -> Self {
        self.prepare = Arc::new(script);
        self
    }

    /// Replaces `synchronize`.
    #[must_use]
    pub fn on_synchronize(mut self, script: impl Fn(&Play) -> Outcome + Send + Sync + 'static) -> Self {
        self.synchronize = Arc::new(script);
        self
    }

    /// Replaces `show_error`.
    #[must_use]
    pub fn on_show_error(
        mut self,
        script: impl Fn(&Play, ErrorId) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        self.show_error = Arc::new(script);
        self
    }

    /// What its instances were called with.
    pub fn record(&self) -> Record {
        self.record.clone()
    }
}

impl HandlerFactory for Scripted {
    fn create(&self) -> Result<Box<dyn Handler>, String> {
        Ok(Box::new(Instance { script: self.clone(), callback: None, items: Vec::new(), n_enumerated: 0 }))
    }
}

struct Instance {
    script: Scripted,
    callback: Option<Arc<dyn SyncCallback>>,
    items: Vec<ItemId>,
    n_enumerated: usize,
}

impl Instance {
    fn record(&self, call: Recorded) {
        self.script.record.add(call);
    }

    fn play(&self, method: impl FnOnce(&Play) -> Outcome) -> Outcome {
        match &self.callback {
            Some(callback) => method(&Play { callback: callback.clone(), items: self.items.clone() }),
            None => Outcome::UNEXPECTED,
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.record(Recorded::Dropped);
    }
}

impl Handler for Instance {
    fn initialize(&mut self, flags: InitializeFlags, cookie: Option<&[u8]>) -> Outcome {
        self.record(Recorded::Initialize(flags, cookie.map(<[u8]>::to_vec)));
        (self.script.initialize)()
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        self.record(Recorded::GetHandlerInfo);
        self.script.info.clone()
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        self.record(Recorded::EnumSyncMgrItems);
        if let Some(script) = &self.script.enumerate {
            self.n_enumerated += 1;
            return script(self.n_enumerated - 1);
        }
        let enumeration = Enumeration::complete(self.script.items.clone());
        Ok(Enumeration { completeness: self.script.completeness, ..enumeration })
    }

    fn show_properties(&mut self, _parent: Option<ParentToken>, item: Option<ItemId>) -> Outcome {
        self.record(Recorded::ShowProperties(item));
        let method = self.script.show_properties.clone();
        self.play(|play| method(play, item))
    }

    fn get_item_object(&mut self, item: ItemId) -> Outcome {
        self.record(Recorded::GetItemObject(item));
        Outcome::NOT_IMPLEMENTED
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        let call = if callback.is_some() { Recorded::SetCallback } else { Recorded::ClearCallback };
        let answer = if callback.is_some() { (self.script.set_callback)() } else { Outcome::OK };
        self.record(call);
        self.callback = callback;
        answer
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.record(Recorded::Prepare(items.to_vec()));
        self.items = items.to_vec();
        let method = self.script.prepare.clone();
        self.play(|play| method(play))
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.record(Recorded::Synchronize);
        let method = self.script.synchronize.clone();
        self.play(|play| method(play))
    }

    fn set_item_status(&mut self, item: Option<ItemId>, status: ItemStatus) -> Outcome {
        self.record(Recorded::SetItemStatus(item, status));
        (self.script.set_item_status)()
    }

    fn show_error(&mut self, _parent: Option<ParentToken>, error: ErrorId) -> Outcome {
        self.record(Recorded::ShowError(error));
        let method = self.script.show_error.clone();
        self.play(|play| method(play, error))
    }

    fn reason(&mut self) -> Option<String> {
        self.script.reason.clone()
    }
}
