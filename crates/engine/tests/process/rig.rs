//! Sessions of real processes: small Python programs in a temporary folder.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use syncmgr_engine::process::{Limits, ProcessFactory, ProcessSpec};
use syncmgr_engine::{
    Answers, Closing, Engine, Entry, HandlerEntry, HandlerListing, OnlineConnector, Services, Session,
    SessionEvent, SessionReport, SessionRequest, SystemClock,
};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;

const PRELUDE: &str = include_str!("prelude.py");

pub(crate) const MANUAL: InitializeFlags = InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER);
pub(crate) const SCHEDULED: InitializeFlags = InitializeFlags::new(Event::Schedule, Modifiers::empty());

/// A folder with programs in it, and an engine.
pub(crate) struct Rig {
    folder: tempfile::TempDir,
    pub(crate) engine: Engine,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let services = Services { clock: Arc::new(SystemClock), connector: Arc::new(OnlineConnector) };
        Self { folder: tempfile::tempdir().unwrap(), engine: Engine::new(services) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A handler in Python: what it does, after the prelude.
    pub(crate) fn spec(&self, name: &str, script: &str) -> ProcessSpec {
        let program = self.path().join(format!("{name}.py"));
        fs::write(&program, format!("{PRELUDE}\n{script}")).unwrap();
        let argv = ["/usr/bin/python3".into(), "-S".into(), "-E".into(), program.into()];
        let mut spec = ProcessSpec::new(name, argv.to_vec(), self.path().join("state").join(name));
        spec.environment = std::env::vars_os().collect();
        spec
    }

    /// A handler in shell.
    pub(crate) fn shell(&self, name: &str, script: &str) -> ProcessSpec {
        let argv = ["/bin/sh".into(), "-c".into(), script.into()];
        let mut spec = ProcessSpec::new(name, argv.to_vec(), self.path().join("state").join(name));
        spec.environment = std::env::vars_os().collect();
        spec
    }

    pub(crate) fn python(&self, name: &str, script: &str) -> HandlerEntry {
        entry(self.spec(name, script))
    }

    /// One that answers as it should.
    pub(crate) fn good(&self, name: &str) -> HandlerEntry {
        self.python(name, "serve()")
    }

    pub(crate) fn request(&self, handlers: Vec<HandlerEntry>) -> SessionRequest {
        SessionRequest::new(SessionId::from_u128(1), MANUAL, handlers)
    }

    pub(crate) fn start(&self, handlers: Vec<HandlerEntry>) -> Session {
        self.engine.start(self.request(handlers))
    }

    pub(crate) fn run(&self, handlers: Vec<HandlerEntry>) -> SessionReport {
        self.start(handlers).wait()
    }

    /// Runs one Python handler named `notes`.
    pub(crate) fn runs(&self, script: &str) -> SessionReport {
        self.run(vec![self.python("notes", script)])
    }

    pub(crate) fn start_by_hand(&self, handlers: Vec<HandlerEntry>) -> Session {
        let mut request = self.request(handlers);
        request.closing = Closing::ByHand;
        self.engine.start(request)
    }

    pub(crate) fn start_answering(&self, handlers: Vec<HandlerEntry>) -> Session {
        let mut request = self.request(handlers);
        request.answers = Answers::Events;
        self.engine.start(request)
    }

    pub(crate) fn list(&self, handler: HandlerEntry) -> HandlerListing {
        self.engine.list(&[handler], Event::Manual).remove(0)
    }

    /// A file in the folder of a handler.
    pub(crate) fn file(&self, handler: &str, name: &str) -> PathBuf {
        self.path().join("state").join(handler).join("files").join(name)
    }

    /// What `notes` has written down.
    pub(crate) fn noted(&self, name: &str) -> String {
        fs::read_to_string(self.file("notes", name)).unwrap_or_default()
    }

    /// Waits until `notes` has written something down.
    pub(crate) fn wait_for(&self, name: &str) -> String {
        let path = self.file("notes", name);
        wait_until(|| path.exists());
        self.noted(name)
    }

    /// Processes that were started by this rig and still live.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let needle = self.path().to_str().unwrap().as_bytes();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut left = Vec::new();
        for process in processes {
            let is_number = process.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
            let environ = fs::read(process.path().join("environ")).unwrap_or_default();
            if is_number && environ.windows(needle.len()).any(|at| at == needle) {
                left.push(fs::read_to_string(process.path().join("cmdline")).unwrap_or_default());
            }
        }
        left
    }
}

/// Waits for what another process does. There is no event to wait for; nothing depends on how long it takes.
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        std::thread::yield_now();
    }
}

pub(crate) fn entry(spec: ProcessSpec) -> HandlerEntry {
    let mut entry =
        HandlerEntry::new(spec.id(), spec.name.clone(), Arc::new(ProcessFactory::new(spec.clone())));
    entry.grace = Some(spec.grace());
    entry
}

/// Limits that a test can wait for, where the process does not have to be quick.
pub(crate) fn short() -> Limits {
    Limits {
        step: Duration::from_millis(300),
        last_read: Duration::from_millis(200),
        grace: Duration::from_millis(300),
        ..Limits::default()
    }
}

pub(crate) fn item(text: &str) -> ItemId {
    ItemId::named(HandlerId::named("notes"), text)
}

pub(crate) fn error(text: &str) -> ErrorId {
    ErrorId::named(HandlerId::named("notes"), text)
}

pub(crate) fn status(report: &SessionReport, text: &str) -> ItemStatus {
    report.items.iter().find(|row| row.item == item(text)).map(|row| row.status).expect("the item took part")
}

pub(crate) fn statuses(report: &SessionReport) -> Vec<ItemStatus> {
    report.items.iter().map(|item| item.status).collect()
}

pub(crate) fn texts(report: &SessionReport) -> Vec<&str> {
    report.entries.iter().map(|entry| entry.text.as_str()).collect()
}

pub(crate) fn find<'a>(report: &'a SessionReport, text: &str) -> &'a Entry {
    let found = report.entries.iter().find(|entry| entry.text.contains(text));
    found.unwrap_or_else(|| panic!("no entry says `{text}`: {:#?}", texts(report)))
}

pub(crate) fn next_settled(session: &Session) -> SessionReport {
    let settled = session.events().iter().find_map(|event| match event {
        SessionEvent::Settled(report) => Some(report),
        _ => None,
    });
    settled.expect("the session settles before it ends")
}
