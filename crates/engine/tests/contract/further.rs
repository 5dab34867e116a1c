//! Further cases: C-121 to C-130 without C-127.

use std::sync::{Arc, Mutex};

use syncmgr_engine::SessionRequest;
use syncmgr_handler::{Completeness, Enumeration, Handler, ParentToken, SyncCallback};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags};
use syncmgr_model::flags::{HandlerFlags, ItemFlags, RegisterFlags};
use syncmgr_model::id::{ErrorId, ItemId, SessionId};
use syncmgr_model::invoke::Invocation;
use syncmgr_model::item::{CheckState, HandlerInfo, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus::{Deleted, Failed, Succeeded, Updating};
use syncmgr_model::tick::{Forgotten, Gone, initial_check};
use syncmgr_model::trigger::{Settings, Trigger};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

#[test]
fn c_121_what_a_program_asks_for_takes_its_check_marks_from_that_list_and_leaves_the_users() {
    let unchecked = ItemInfo { state: CheckState::Unchecked, ..ItemInfo::new(B, "b") };
    let disk =
        Scripted::new("disk", &[]).listing(vec![ItemInfo::new(A, "a"), unchecked], Completeness::Complete);
    let trigger = Trigger::Invoke(Invocation::update_items(0x2, handler_id(0), None, |_| true).unwrap());
    assert_eq!(trigger.tick_key(None), None, "nothing is read or stored under any key");
    let mut entries = vec![entry(0, "disk", Arc::new(disk.clone()))];
    entries[0].remembered = vec![A, C];
    let mut request = SessionRequest::of_trigger(SessionId::NIL, &trigger, entries);
    request.choose = Arc::new(move |_, item: &ItemInfo| {
        // The user has it the other way round.
        let stored = Some(item.id == B);
        let check = initial_check(trigger.basis(Settings::Saved), RegisterFlags::all(), stored, item.state);
        check == CheckState::Checked
    });
    let report = engine().start(request).wait();
    assert_eq!(report.event, Event::Invoke);
    assert_eq!(report.items.iter().map(|item| item.item).collect::<Vec<_>>(), [A]);
    assert_eq!(report.forget, [], "not even about what was not listed");
}

#[test]
fn c_122_every_copy_of_the_callback_speaks_for_the_same_instance() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        let copy: Arc<dyn SyncCallback> = play.callback.clone();
        assert!(Arc::ptr_eq(&copy, &play.callback));
        play.log_jump("lost", LOST);
        assert_eq!(copy.delete_log_error(Some(LOST)), Outcome::OK);
        assert_eq!(copy.progress(&A, &ProgressUpdate::POLL), Ok(Verdict::Go));
        copy.synchronize_completed(Outcome::OK);
        assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
        Outcome::OK
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Succeeded]);
    assert_eq!(report.entries, []);
}

#[test]
fn c_123_a_text_that_is_given_and_empty_clears_the_rows_text() {
    let (reported, door) = (Latch::new(), Latch::new());
    let (tell, wait) = (reported.clone(), door.clone());
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(move |play| {
        for item in [A, B] {
            play.callback.progress(&item, &ProgressUpdate::text("counting")).unwrap();
        }
        play.callback.progress(&A, &ProgressUpdate::text("")).unwrap();
        tell.open();
        wait.wait();
        play.synchronized(Outcome::OK)
    });
    let session = start(&[&disk]);
    reported.wait();
    let texts: Vec<String> = session.rows().into_iter().map(|row| row.text).collect();
    assert_eq!(texts, ["", "counting"]);
    door.open();
    session.wait();
}

#[test]
fn c_124_what_is_stored_about_a_temporary_item_goes_with_the_session() {
    let temporary = ItemInfo { flags: ItemFlags::TEMPORARY, ..ItemInfo::new(A, "a") };
    for completeness in [Completeness::Complete, Completeness::MissingItems] {
        let items = vec![temporary.clone(), ItemInfo::new(B, "b")];
        let disk = Scripted::new("disk", &[]).listing(items, completeness);
        let mut request = request(&[&disk]);
        request.handlers[0].remembered = vec![A, B];
        let report = engine().start(request).wait();
        let gone = Forgotten { handler: handler_id(0), item: A, why: Gone::Temporary };
        assert_eq!(report.forget, [gone], "{completeness:?}");
    }
}

#[test]
fn c_125_a_deleted_item_is_through_and_what_is_stored_about_it_goes() {
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(|play| {
        assert_eq!(play.status(A, Deleted), Ok(Verdict::Go));
        assert_eq!(play.status(A, Updating), Ok(Verdict::Go));
        play.synchronized(Outcome::OK)
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Deleted, Succeeded]);
    assert_eq!(report.forget, [Forgotten { handler: handler_id(0), item: A, why: Gone::Deleted }]);
}

#[test]
fn c_126_while_one_entry_is_shown_activating_another_calls_nothing() {
    let door = Latch::new();
    let wait = door.clone();
    let disk = Scripted::new("disk", &[A])
        .on_synchronize(|play| {
            play.log_jump("lost", LOST);
            play.log_jump("late", LATE);
            play.synchronized(Outcome::OK)
        })
        .on_show_error(move |play, _| {
            let wait = wait.clone();
            play.elsewhere(move |play| {
                wait.wait();
                play.callback.show_error_completed(Outcome::OK, &[]);
            })
        });
    let mail = with_jump("mail", &[B]);
    let session = engine().start(staying(&[&disk, &mail]));
    let entries = next_settled(&session).entries;
    let number = |handler: usize, error| {
        let is_meant = |entry: &&syncmgr_engine::Entry| {
            entry.handler == Some(handler_id(handler)) && entry.error == Some(error)
        };
        entries.iter().find(is_meant).expect("it was logged").number
    };
    session.activate(number(0, LOST));
    disk.record().wait_for(&Recorded::ShowError(LOST));
    session.activate(number(0, LATE));
    session.activate(number(0, LOST));
    session.activate(number(1, LOST));
    door.open();
    // Once it is gone, the other can be opened.
    while disk.record().count(&Recorded::ShowError(LATE)) == 0 {
        session.activate(number(0, LATE));
        std::thread::yield_now();
    }
    session.close();
    session.wait();
    assert_eq!(mail.record().count(&Recorded::ShowError(LOST)), 0, "nor one of another handler");
    assert_eq!(disk.record().count(&Recorded::ShowError(LOST)), 1);
    assert_eq!(disk.record().count(&Recorded::ShowError(LATE)), 1);
}

/// Methods with the parents they were given.
type Seen = Arc<Mutex<Vec<(&'static str, Option<ParentToken>)>>>;

/// Keeps the parents it is given.
struct Parents {
    seen: Seen,
    callback: Option<Arc<dyn SyncCallback>>,
}

impl Parents {
    fn saw(&self, method: &'static str, parent: Option<ParentToken>) -> Arc<dyn SyncCallback> {
        self.seen.lock().unwrap().push((method, parent));
        self.callback.clone().expect("it comes before")
    }
}

impl Handler for Parents {
    fn initialize(&mut self, _flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        Outcome::OK
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Ok(HandlerInfo { name: "parents".to_owned(), flags: HandlerFlags::HAS_PROPERTIES })
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        Ok(Enumeration::complete([ItemInfo::new(A, "a")]))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        self.callback = callback;
        Outcome::OK
    }

    fn show_properties(&mut self, parent: Option<ParentToken>, _item: Option<ItemId>) -> Outcome {
        self.saw("properties", parent).show_properties_completed(Outcome::OK)
    }

    fn prepare_for_sync(&mut self, _items: &[ItemId], parent: Option<ParentToken>) -> Outcome {
        self.saw("prepare", parent).prepare_for_sync_completed(Outcome::OK)
    }

    fn synchronize(&mut self, parent: Option<ParentToken>) -> Outcome {
        let callback = self.saw("synchronize", parent);
        let info = syncmgr_model::entry::LogErrorInfo {
            flags: Some(syncmgr_model::flags::ErrorFlags::ENABLE_JUMP_TEXT),
            error: Some(LOST),
            item: None,
        };
        callback.log_error(LogLevel::Error, "lost", Some(&info));
        callback.synchronize_completed(Outcome::OK)
    }

    fn show_error(&mut self, parent: Option<ParentToken>, _error: ErrorId) -> Outcome {
        self.saw("error", parent).show_error_completed(Outcome::OK, &[])
    }
}

#[test]
fn c_128_all_four_calls_that_could_show_something_do_without_a_parent() {
    let seen = Seen::default();
    let kept = seen.clone();
    let factory = move || Ok(Box::new(Parents { seen: kept.clone(), callback: None }) as Box<dyn Handler>);
    let mut request =
        SessionRequest::new(SessionId::NIL, MANUAL, vec![entry(0, "parents", Arc::new(factory))]);
    request.choosing = syncmgr_engine::Choosing::ByHand;
    request.closing = syncmgr_engine::Closing::ByHand;
    let session = engine().start(request);
    next_list(&session);
    session.show_properties(handler_id(0), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    session.activate(next_settled(&session).entries[0].number);
    while seen.lock().unwrap().len() < 4 {
        std::thread::yield_now();
    }
    session.close();
    assert_eq!(statuses(&session.wait()), [Succeeded]);
    let methods = ["properties", "prepare", "synchronize", "error"].map(|method| (method, None));
    assert_eq!(*seen.lock().unwrap(), methods);
}

#[test]
fn c_129_each_successful_preparation_is_followed_by_one_synchronization() {
    let disk = with_jump("disk", &[A]).on_show_error(|play, _| {
        play.callback.show_error_completed(Outcome::RETRY_SYNC, &play.items);
        Outcome::OK
    });
    let session = engine().start(staying(&[&disk]));
    for _ in 0..3 {
        session.activate(next_settled(&session).entries[0].number);
    }
    next_settled(&session);
    session.close();
    session.wait();
    let calls = disk.record().calls();
    let runs: Vec<&Recorded> =
        calls.iter().filter(|call| is_prepare(call) || **call == Recorded::Synchronize).collect();
    let one = [Recorded::Prepare(vec![A]), Recorded::Synchronize];
    assert_eq!(runs.len(), 8);
    assert!(runs.chunks(2).all(|run| run == [&one[0], &one[1]]), "{runs:?}");
}

#[test]
fn c_130_any_success_but_ok_from_synchronize_means_not_started() {
    for outcome in [Outcome::FALSE, Outcome::RETRY_SYNC, Outcome(0x0004_0299)] {
        // Without a completion, and with an early one that the return overrules.
        for completes in [false, true] {
            let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
                if completes {
                    play.synchronized(Outcome::OK);
                }
                outcome
            });
            assert_eq!(statuses(&run(&[&disk])), [Failed], "{outcome} {completes}");
        }
    }
}
