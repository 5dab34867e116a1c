//! Sessions with classes, and what a class has noted of the calls it got.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use syncmgr_engine::process::{Limits, ProcessFactory, ProcessSpec};
use syncmgr_engine::{
    Closing, Connector, Engine, HandlerEntry, HandlerListing, OnlineConnector, Services, Session,
    SessionEvent, SessionReport, SessionRequest, SystemClock,
};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::status::ItemStatus;

const MANUAL: InitializeFlags = InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER);
const SCHEDULED: InitializeFlags = InitializeFlags::new(Event::Schedule, Modifiers::empty());

/// The items of the classes.
pub(crate) const FIRST: ItemId = ItemId::from_u128(0x17e0_0000_5ca1_4ab1_e000_0000_0000_0001);
pub(crate) const SECOND: ItemId = ItemId::from_u128(0x17e0_0000_5ca1_4ab1_e000_0000_0000_0002);

/// What `cargo xtask windows-test` has prepared.
pub(crate) fn wine_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "the chore that prepares Wine says where")]
        let folder = std::env::var_os("SYNCMGR_WINE");
        let folder = PathBuf::from(folder.expect("run these tests with `cargo xtask windows-test`"));
        // Inside, it is on a drive.
        if cfg!(windows) { Path::new("Z:").join(folder) } else { folder }
    })
}

/// The words that start the host.
pub(crate) fn host(argument: &str) -> Vec<String> {
    wine("syncmgr-com-host.exe", &[argument])
}

/// The words that start a program: one of ours, which is a file, or one of Wine's.
#[cfg(unix)]
pub(crate) fn wine(program: &str, arguments: &[&str]) -> Vec<String> {
    let folder = wine_folder().display();
    let words = [
        "/usr/bin/env".to_owned(),
        format!("WINEPREFIX={folder}/prefix"),
        format!("HOME={folder}/home"),
        "WINEDEBUG=-all".to_owned(),
        "/usr/lib/wine/wine64".to_owned(),
        ours_or_theirs(program),
    ];
    words.into_iter().chain(arguments.iter().map(|argument| (*argument).to_owned())).collect()
}

/// The same for a manager that is itself a program of Windows.
#[cfg(windows)]
fn wine(program: &str, arguments: &[&str]) -> Vec<String> {
    let program = ours_or_theirs(program);
    [&*program].iter().chain(arguments).map(|word| (*word).to_owned()).collect()
}

fn ours_or_theirs(program: &str) -> String {
    let ours = wine_folder().join("bin").join(program);
    if ours.exists() { ours.display().to_string() } else { program.to_owned() }
}

/// The name Windows has for a file beside the programs.
pub(crate) fn windows_path(name: &str) -> String {
    let path = wine_folder().join("bin").join(name).display().to_string().replace('/', "\\");
    if cfg!(windows) { path } else { format!("Z:{path}") }
}

/// What a program says on both streams, and how it ends.
pub(crate) fn say(program: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let words = wine(program, arguments);
    #[expect(clippy::disallowed_methods, reason = "the tests start programs of Windows")]
    let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace('\r', "");
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// The classes that are registered: id, for whom, name.
pub(crate) fn registered() -> &'static [(String, String, String)] {
    static LISTED: OnceLock<Vec<(String, String, String)>> = OnceLock::new();
    LISTED.get_or_init(listed)
}

/// The same as it is now.
pub(crate) fn listed() -> Vec<(String, String, String)> {
    let parse = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap())
    };
    say("syncmgr-com-host.exe", &["list"]).0.lines().map(parse).collect()
}

/// The id of the class that is registered under a name.
pub(crate) fn class(name: &str) -> &'static str {
    let found = registered().iter().find(|(_, _, known)| known == name);
    &found.unwrap_or_else(|| panic!("no class is called `{name}`: {:?}", registered())).0
}

/// A folder in which handlers keep their files, and an engine.
pub(crate) struct Rig {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::connecting(Arc::new(OnlineConnector))
    }

    /// With connections of the test's.
    pub(crate) fn connecting(connector: Arc<dyn Connector>) -> Self {
        let services = Services { clock: Arc::new(SystemClock), connector };
        Self { folder: tempfile::tempdir().unwrap(), engine: Engine::new(services) }
    }

    pub(crate) fn spec(&self, name: &str) -> ProcessSpec {
        let argv = host(class(name)).into_iter().map(Into::into).collect();
        let mut spec = ProcessSpec::new(name, argv, self.folder.path().join(name));
        // On the other side of Wine it is of no use to programs.
        if cfg!(windows) {
            spec.environment = std::env::vars_os().collect();
        }
        // Wine starts and ends processes slowly on a machine that does much else.
        spec.limits.initialize = Duration::from_secs(120);
        spec.limits.step = Duration::from_secs(60);
        spec
    }

    pub(crate) fn handler(&self, name: &str) -> HandlerEntry {
        entry(self.spec(name))
    }

    pub(crate) fn request(&self, names: &[&str]) -> SessionRequest {
        let handlers = names.iter().map(|name| self.handler(name)).collect();
        SessionRequest::new(SessionId::from_u128(1), MANUAL, handlers)
    }

    pub(crate) fn begin(&self, request: SessionRequest) -> Session {
        self.engine.start(request)
    }

    pub(crate) fn start(&self, name: &str) -> Session {
        self.begin(self.request(&[name]))
    }

    pub(crate) fn run(&self, name: &str) -> SessionReport {
        self.start(name).wait()
    }

    /// A session in which nobody may be bothered.
    pub(crate) fn run_unattended(&self, name: &str) -> SessionReport {
        let request = SessionRequest::new(SessionId::from_u128(1), SCHEDULED, vec![self.handler(name)]);
        self.begin(request).wait()
    }

    /// A session that stays until it is closed, so that its entries can be opened.
    pub(crate) fn start_by_hand(&self, name: &str) -> Session {
        let mut request = self.request(&[name]);
        request.closing = Closing::ByHand;
        self.begin(request)
    }

    pub(crate) fn list(&self, name: &str) -> HandlerListing {
        self.engine.list(&[self.handler(name)], Event::Manual).remove(0)
    }

    /// The calls a class has noted, one on a line.
    pub(crate) fn noted(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name).join("files/calls.txt")).unwrap_or_default()
    }

    /// Makes a file in the folder of a class.
    pub(crate) fn write(&self, name: &str, file: &str) {
        fs::write(self.folder.path().join(name).join("files").join(file), "").unwrap();
    }

    /// What a class has noted about one of its questions.
    pub(crate) fn answer(&self, name: &str, question: &str) -> String {
        let noted = self.noted(name);
        let answer = noted.lines().find_map(|line| line.strip_prefix(question)?.strip_prefix(": "));
        answer.unwrap_or_else(|| panic!("`{question}` was not noted:\n{noted}")).to_owned()
    }

    /// Waits until a class has noted a line.
    pub(crate) fn wait_for(&self, name: &str, line: &str) {
        while !self.noted(name).lines().any(|noted| noted == line) {
            std::thread::yield_now();
        }
    }
}

pub(crate) fn entry(spec: ProcessSpec) -> HandlerEntry {
    let mut entry =
        HandlerEntry::new(spec.id(), spec.name.clone(), Arc::new(ProcessFactory::new(spec.clone())));
    entry.grace = Some(spec.grace());
    entry
}

/// Limits for a process that is to be given up soon.
pub(crate) fn impatient(spec: &mut ProcessSpec) {
    spec.limits = Limits {
        step: Duration::from_millis(500),
        grace: Duration::from_millis(500),
        initialize: spec.limits.initialize,
        ..Limits::default()
    };
}

pub(crate) fn statuses(report: &SessionReport) -> Vec<ItemStatus> {
    report.items.iter().map(|item| item.status).collect()
}

pub(crate) fn texts(report: &SessionReport) -> Vec<&str> {
    report.entries.iter().map(|entry| entry.text.as_str()).collect()
}

pub(crate) fn next_settled(session: &Session) -> SessionReport {
    let settled = session.events().iter().find_map(|event| match event {
        SessionEvent::Settled(report) => Some(report),
        _ => None,
    });
    settled.expect("the session settles before it ends")
}

/// The lines of notes that begin with one of these words, in their order.
pub(crate) fn lines<'a>(noted: &'a str, words: &[&str]) -> Vec<&'a str> {
    noted.lines().filter(|line| words.iter().any(|word| line.starts_with(word))).collect()
}
