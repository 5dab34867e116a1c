//! Handlers of other kinds in an engine: simple ones, and ones that need connections and dialogs.

mod setup;

use std::sync::{Arc, Mutex};

use setup::*;
use syncmgr_engine::{
    Closing, ConnectError, Connector, Engine, Established, Services, SessionEvent, SessionReport,
    SessionRequest,
};
use syncmgr_handler::ModelessRequest::{Ask, Done};
use syncmgr_handler::memory::MemoryHandler;
use syncmgr_handler::simple::{Context, Dialogs, Simple, SyncError, Synchronize, block_on};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::{Side, Totals};
use syncmgr_model::id::{ErrorId, ItemId, SessionId};
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Failed, Skipped, Stopped, Succeeded};
use syncmgr_model::time::Timestamp;
use syncmgr_testkit::{Latch, Recorded, Scripted};

/// A simple handler whose items end as their names say.
struct ByName {
    waiting: Latch,
}

impl Synchronize for ByName {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "by name".to_owned(), ..HandlerInfo::default() }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok(vec![ItemInfo::new(A, "fails"), ItemInfo::new(B, "panics"), ItemInfo::new(C, "waits")])
    }

    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        match item {
            A => Err("x".parse::<u8>().map(drop).map_err(SyncError::from).expect_err("no number")),
            B => panic!("lost"),
            _ => block_on(async {
                self.waiting.open();
                loop {
                    ctx.check()?;
                    std::thread::yield_now();
                }
            }),
        }
    }
}

fn run_by_name(end: impl Fn(&syncmgr_engine::Session)) -> SessionReport {
    let waiting = Latch::new();
    let told = waiting.clone();
    let factory = Simple::factory(move || Ok(ByName { waiting: told.clone() }));
    let request = SessionRequest::new(SessionId::NIL, MANUAL, vec![entry(0, "by name", Arc::new(factory))]);
    let session = engine().start(request);
    waiting.wait();
    end(&session);
    session.wait()
}

#[test]
fn a_simple_handler_tells_why_items_failed_and_ends_on_skip_and_stop() {
    // The panic is on the handler's own thread.
    std::panic::set_hook(Box::new(|_| {}));
    let skipped = run_by_name(|session| session.skip(C));
    assert_eq!(statuses(&skipped), [Failed, Failed, Skipped]);
    assert_eq!(texts(&skipped), ["invalid digit found in string", "panicked: lost"]);
    let stopped = run_by_name(syncmgr_engine::Session::stop);
    assert_eq!(statuses(&stopped), [Failed, Failed, Stopped]);
}

#[test]
fn a_dry_run_of_the_memory_handler_changes_nothing_and_a_run_does() {
    let shelves = MemoryHandler::new().with_shelf(A, "fruit", [("apple", "red"), ("pear", "green")]);
    let entry = entry(0, "memory", Arc::new(shelves.factory()));
    for (modifiers, totals, n_values) in [
        (Modifiers::DRY_RUN, Totals::default(), 0),
        (Modifiers::empty(), Totals { left_changes: 0, right_changes: 2, bytes: 8 }, 2),
    ] {
        let flags = InitializeFlags::new(Event::Manual, modifiers);
        let report = engine().start(SessionRequest::new(SessionId::NIL, flags, vec![entry.clone()])).wait();
        assert_eq!(statuses(&report), [Succeeded]);
        assert_eq!(report.items[0].totals, totals);
        assert_eq!(shelves.side(A, Side::Right).len(), n_values);
    }
}

#[test]
fn a_handler_that_cannot_list_tells_why() {
    struct Silent;
    impl Synchronize for Silent {
        fn info(&self) -> HandlerInfo {
            HandlerInfo { name: "silent".to_owned(), ..HandlerInfo::default() }
        }
        fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
            Err(SyncError::failed("the server is down"))
        }
        fn sync(&self, _item: ItemId, _ctx: &Context) -> Result<(), SyncError> {
            Ok(())
        }
    }
    let entry = entry(0, "silent", Arc::new(Simple::factory(|| Ok(Silent))));
    let report = engine().start(SessionRequest::new(SessionId::NIL, MANUAL, vec![entry.clone()])).wait();
    assert_eq!(texts(&report), ["cannot list its items: the server is down"]);
    let listings = engine().list(&[entry], Event::Manual);
    assert_eq!(listings[0].problem.as_deref(), Some("`silent` cannot list its items: failed"));
    assert!(!listings[0].complete);
}

/// Knows `office`, which it opens, and the default one, which is up. `far` never comes.
#[derive(Default)]
struct Switchboard {
    log: Mutex<Vec<String>>,
    far: Latch,
}

impl Switchboard {
    fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic while logging").clone()
    }
}

impl Connector for Switchboard {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        self.log.lock().expect("no panic while logging").push(format!("open {name:?}"));
        match name {
            None => Ok(Established::AlreadyUp),
            Some("office") => Ok(Established::Opened),
            Some("far") => {
                self.far.wait();
                Err(ConnectError::CannotConnect)
            }
            Some("moon") => Err(ConnectError::CannotConnect),
            Some(_) => Err(ConnectError::UnknownName),
        }
    }

    fn close(&self, name: Option<&str>) {
        self.log.lock().expect("no panic while logging").push(format!("close {name:?}"));
    }
}

fn connected(switchboard: &Arc<Switchboard>) -> Engine {
    let clock = || Timestamp::from_millis(1);
    Engine::new(Services { clock: Arc::new(clock), connector: switchboard.clone() })
}

#[test]
fn connections_are_opened_once_and_ours_are_closed_after_the_last_handler() {
    let switchboard = Arc::new(Switchboard::default());
    let watched = switchboard.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        for (name, expected) in [
            (None, Outcome::OK),
            (Some("office"), Outcome::OK),
            (Some("office"), Outcome::OK),
            (Some("moon"), Outcome::FAIL),
            (Some("nowhere"), Outcome::INVALID_ARGUMENT),
            (Some(""), Outcome::INVALID_ARGUMENT),
        ] {
            assert_eq!(play.callback.establish_connection(name), expected, "{name:?}");
        }
        assert!(!watched.log().iter().any(|line| line.starts_with("close")));
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    });
    let report = connected(&switchboard).start(request(&[&disk])).wait();
    assert_eq!(texts(&report), [""; 0]);
    assert_eq!(statuses(&report), [Succeeded]);
    let log = switchboard.log();
    assert_eq!(log.iter().filter(|line| line.contains("office")).count(), 2);
    assert_eq!(log.last().map(String::as_str), Some(r#"close Some("office")"#));
    assert!(!log.contains(&"close None".to_owned()), "it was up before");
}

#[test]
fn a_stop_ends_the_wait_for_a_connection_that_does_not_come() {
    let switchboard = Arc::new(Switchboard::default());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        play.elsewhere(|play| {
            assert_eq!(play.callback.establish_connection(Some("far")), Outcome::FAIL);
            play.synchronized(Outcome::FAIL);
        })
    });
    let session = connected(&switchboard).start(request(&[&disk]));
    while switchboard.log().is_empty() {
        std::thread::yield_now();
    }
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped]);
    switchboard.far.open();
}

#[test]
fn one_handler_at_a_time_shows_a_dialog_and_nobody_waits_for_it() {
    let (asked, refused) = (Latch::new(), Latch::new());
    let (tell, wait) = (asked.clone(), refused.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let (tell, wait) = (tell.clone(), wait.clone());
        play.elsewhere(move |play| {
            assert_eq!(play.callback.enable_modeless(Ask), Outcome::OK);
            tell.open();
            wait.wait();
            assert_eq!(play.callback.enable_modeless(Done), Outcome::OK);
            play.synchronized(Outcome::OK);
        })
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let (asked, refused) = (asked.clone(), refused.clone());
        play.elsewhere(move |play| {
            asked.wait();
            assert_eq!(play.callback.enable_modeless(Ask), Outcome::FALSE);
            refused.open();
            while play.callback.enable_modeless(Ask) != Outcome::OK {
                std::thread::yield_now();
            }
            play.synchronized(Outcome::OK);
        })
    });
    assert_eq!(statuses(&run(&[&disk, &mail])), [Succeeded, Succeeded]);
    assert_eq!(mail.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn the_scripted_handler_keeps_the_contract() {
    syncmgr_handler::conformance::check(&Scripted::new("disk", &[A, B]).on_synchronize(|play| {
        play.elsewhere(|play| {
            for &item in &play.items {
                let status = match play.poll(item) {
                    Ok(syncmgr_model::verdict::Verdict::Go) => Succeeded,
                    Ok(syncmgr_model::verdict::Verdict::Skip) => Skipped,
                    _ => Stopped,
                };
                let _ = play.status(item, status);
            }
            play.synchronized(Outcome::OK);
        })
    }))
    .expect("it behaves");
}

#[test]
fn a_simple_handler_leads_back_from_an_entry_and_tries_again() {
    /// Fails until somebody has looked at the entry.
    struct Locked(std::sync::atomic::AtomicBool);
    impl Synchronize for Locked {
        fn info(&self) -> HandlerInfo {
            HandlerInfo { name: "locked".to_owned(), ..HandlerInfo::default() }
        }
        fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
            Ok(vec![ItemInfo::new(A, "box")])
        }
        fn sync(&self, _item: ItemId, ctx: &Context) -> Result<(), SyncError> {
            if self.0.load(std::sync::atomic::Ordering::SeqCst) {
                return Ok(());
            }
            ctx.log_with_jump(LogLevel::Warning, "it is locked", ErrorId::from_u128(5));
            Err(SyncError::failed("cannot open"))
        }
        fn show_error(&self, error: ErrorId, dialogs: &Dialogs<'_>) -> Result<Vec<ItemId>, SyncError> {
            assert_eq!(error, ErrorId::from_u128(5));
            // Dialogs are allowed here even in a session that may bother nobody.
            let opened = dialogs.ask(|| true).unwrap_or_default();
            self.0.store(opened, std::sync::atomic::Ordering::SeqCst);
            Ok(vec![A])
        }
    }
    let factory = Simple::factory(|| Ok(Locked(false.into())));
    let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
    let mut request = SessionRequest::new(SessionId::NIL, flags, vec![entry(0, "locked", Arc::new(factory))]);
    request.closing = Closing::ByHand;
    let session = engine().start(request);
    let settled = || loop {
        if let SessionEvent::Settled(report) = session.events().recv().unwrap() {
            return report;
        }
    };
    let failed = settled();
    assert_eq!(statuses(&failed), [Failed]);
    let entry = failed.entries.iter().find(|entry| entry.can_jump).unwrap();
    session.activate(entry.number);
    assert_eq!(statuses(&settled()), [Succeeded]);
    session.close();
    session.wait();
}
