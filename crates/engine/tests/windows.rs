//! Handlers that are programs of Windows: the example `deeds` of the crate `handler`, which has to be built before.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use syncmgr_engine::process::{Fingerprint, Limits, ProcessFactory, ProcessSpec, Trust};
use syncmgr_engine::{
    Engine, HandlerEntry, OnlineConnector, Services, Session, SessionReport, SessionRequest, SystemClock,
};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::status::ItemStatus::{self, Failed, Skipped, Stopped, Succeeded};

const MANUAL: InitializeFlags = InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER);

struct Rig {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Rig {
    fn new() -> Self {
        let services = Services { clock: Arc::new(SystemClock), connector: Arc::new(OnlineConnector) };
        Self { folder: tempfile::tempdir().unwrap(), engine: Engine::new(services) }
    }

    fn spec(&self, words: &[&str]) -> ProcessSpec {
        let mut argv = vec![program().into_os_string()];
        argv.extend(words.iter().map(Into::into));
        let mut spec = ProcessSpec::new("deeds", argv, self.folder.path().join("state"));
        spec.environment = std::env::vars_os().collect();
        spec
    }

    fn start(&self, spec: ProcessSpec) -> Session {
        self.engine.start(SessionRequest::new(SessionId::from_u128(1), MANUAL, vec![entry(spec)]))
    }

    fn run(&self, words: &[&str]) -> SessionReport {
        self.start(self.spec(words)).wait()
    }
}

/// The example, beside which Cargo has put this program.
fn program() -> PathBuf {
    let ourselves = std::env::current_exe().unwrap();
    let built = ourselves.parent().and_then(std::path::Path::parent).unwrap();
    built.join("examples").join("deeds.exe")
}

fn entry(spec: ProcessSpec) -> HandlerEntry {
    let mut entry =
        HandlerEntry::new(spec.id(), spec.name.clone(), Arc::new(ProcessFactory::new(spec.clone())));
    entry.grace = Some(spec.grace());
    entry
}

/// Waits until an item is being worked on, and tells which one that is.
fn wait_for(session: &Session, name: &str) -> ItemId {
    loop {
        let at = format!("at {name}");
        if let Some(row) = session.rows().into_iter().find(|row| row.text == at) {
            return row.item;
        }
        std::thread::yield_now();
    }
}

fn statuses(report: &SessionReport) -> Vec<ItemStatus> {
    report.items.iter().map(|item| item.status).collect()
}

/// Asserts that an entry says this.
fn assert_said(report: &SessionReport, text: &str) {
    let texts: Vec<_> = report.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert!(texts.iter().any(|it| it.contains(text)), "no entry says `{text}`: {texts:#?}");
}

#[test]
fn items_are_listed() {
    let rig = Rig::new();
    let listing = rig.engine.list(&[entry(rig.spec(&["copy"]))], Event::Manual).remove(0);
    assert_eq!(listing.problem, None);
    let names: Vec<_> = listing.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn a_session_runs_to_its_end_and_nothing_is_wrong() {
    let rig = Rig::new();
    let session = rig.start(rig.spec(&["copy"]));
    let report = session.wait();
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:#?}", report.entries);
    assert!(session.rows().iter().all(|row| (row.value, row.max) == (100, 100)), "{:#?}", session.rows());
}

#[test]
fn a_skip_reaches_its_item_and_a_stop_the_others() {
    let rig = Rig::new();
    let session = rig.start(rig.spec(&["work"]));
    let first = wait_for(&session, "first");
    session.skip(first);
    wait_for(&session, "second");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Skipped, Stopped]);
    assert!(report.entries.is_empty(), "{:#?}", report.entries);
}

#[test]
fn a_crash_fails_what_was_open_and_says_what_it_said_last() {
    let rig = Rig::new();
    let report = rig.run(&["crash"]);
    assert_eq!(statuses(&report), [Failed, Failed]);
    assert_said(&report, "ended (exit status 7) before it answered `sync`; its last words: it was the disk");
}

#[test]
fn who_does_not_stop_within_its_grace_is_ended() {
    let rig = Rig::new();
    let mut spec = rig.spec(&["hang"]);
    spec.limits = Limits {
        step: Duration::from_millis(300),
        last_read: Duration::from_millis(200),
        grace: Duration::from_millis(300),
        ..Limits::default()
    };
    let session = rig.start(spec);
    wait_for(&session, "first");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped, Stopped]);
    assert_said(&report, "`deeds` did not stop within 300ms and was ended");
}

#[test]
fn what_a_handler_leaves_behind_goes_with_it() {
    let rig = Rig::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let session = rig.start(rig.spec(&["leave", &port]));
    let mut lifelines: Vec<_> = (0..2).map(|_| listener.accept().unwrap().0).collect();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
    for lifeline in &mut lifelines {
        let mut signs = Vec::new();
        // An end, or that it is broken: nobody is there.
        let _ = lifeline.read_to_end(&mut signs);
    }
}

#[test]
fn a_handler_that_talks_a_lot_is_not_held_up() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run(&["talk"])), [Succeeded, Succeeded]);
}

#[test]
fn a_session_can_follow_at_once() {
    let rig = Rig::new();
    // Whatever stayed of the one before would hold its folder.
    for _ in 0..10 {
        assert_eq!(statuses(&rig.run(&["copy"])), [Succeeded, Succeeded]);
    }
}

#[test]
fn a_program_that_has_changed_is_not_started() {
    let rig = Rig::new();
    let mut spec = rig.spec(&["copy"]);
    let fingerprint = Fingerprint::of(&spec.argv, &spec.environment).unwrap();
    spec.trusted = Trust::Fingerprint(fingerprint.clone());
    assert_eq!(statuses(&rig.start(spec.clone()).wait()), [Succeeded, Succeeded]);
    spec.trusted = Trust::Fingerprint(Fingerprint { hash: [0; 32], ..fingerprint });
    let report = rig.start(spec).wait();
    assert_said(&report, "it has changed since it was trusted");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let rig = Rig::new();
    let mut spec = rig.spec(&[]);
    spec.argv = vec!["syncmgr-has-no-such-program".into()];
    assert_said(&rig.start(spec).wait(), "`syncmgr-has-no-such-program` is not on the path");
}
