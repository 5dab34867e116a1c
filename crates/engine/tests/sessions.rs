//! Sessions from outside: an engine in this process, scripted handlers, and what both sides see. What the contract says in so many
//! words is tested in `contract`.

mod setup;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use setup::*;
use syncmgr_engine::{Closing, Detail, Session, SessionEvent};
use syncmgr_handler::{ModelessRequest, SyncCallback};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::{Action, ConflictKind, Fact, Side, Totals};
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus::{self, Failed, Skipped, Stopped, Succeeded, Updating};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Recorded, Scripted};

#[test]
fn a_handler_is_called_in_the_order_of_the_contract_on_one_thread_of_its_own() {
    let disk = Scripted::new("disk", &[A, B]);
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(report.entries, []);
    assert_eq!(
        disk.record().calls(),
        [
            Recorded::Initialize(MANUAL, None),
            Recorded::GetHandlerInfo,
            Recorded::EnumSyncMgrItems,
            Recorded::SetCallback,
            Recorded::Prepare(vec![A, B]),
            Recorded::Synchronize,
            Recorded::ClearCallback,
            Recorded::Dropped,
        ]
    );
    assert_eq!(disk.record().threads().len(), 1);
    assert_ne!(disk.record().threads(), [std::thread::current().id()]);
}

#[test]
fn completions_from_foreign_threads_after_the_return_end_the_session() {
    let disk = Scripted::new("disk", &[A])
        .on_prepare(|play| {
            play.elsewhere(|play| {
                play.prepared(Outcome::OK);
            })
        })
        .on_synchronize(|play| {
            play.elsewhere(|play| {
                play.end_all(Succeeded);
                play.synchronized(Outcome::OK);
            })
        });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
}

#[test]
fn what_happened_is_told_in_order_and_the_report_comes_last() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        play.log(LogLevel::Warning, "old server", A);
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    });
    let session = start(&[&disk]);
    let report = session.wait();
    let events: Vec<_> = session.events().iter().collect();
    let [SessionEvent::Row(row), SessionEvent::Entry(entry), final_row, SessionEvent::Finished(last)] =
        events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!((row.item, row.handler, row.name.as_str()), (A, handler_id(0), "item 1"));
    assert_eq!((entry.number, entry.text.as_str(), entry.item), (1, "old server", Some(A)));
    assert_eq!(*final_row, SessionEvent::RowFinal { item: A, status: Succeeded });
    assert_eq!(*last, report);
    assert_eq!(report.entries, std::slice::from_ref(entry));
}

#[test]
fn a_skipped_item_is_told_by_verdict_and_by_call_and_the_others_go_on() {
    let told = Latch::new();
    let seen = told.clone();
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(move |play| {
        let seen = seen.clone();
        play.elsewhere(move |play| {
            assert_eq!(play.until_told(A), Ok(Verdict::Skip));
            assert_eq!(play.poll(A), Ok(Verdict::Skip));
            assert_eq!(play.poll(B), Ok(Verdict::Go));
            seen.wait();
            play.status(A, Skipped).unwrap();
            assert_eq!(play.poll(A), Ok(Verdict::Go));
            play.status(B, Succeeded).unwrap();
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.skip(A);
    session.skip(A);
    disk.record().wait_for(&Recorded::SetItemStatus(Some(A), Skipped));
    told.open();
    let report = session.wait();
    assert_eq!(statuses(&report), [Skipped, Succeeded]);
    assert!(!report.stopped);
    assert_eq!(disk.record().count(&Recorded::SetItemStatus(Some(A), Skipped)), 1);
}

#[test]
fn while_paused_a_progress_call_waits_until_resume() {
    let entered = Latch::new();
    let enter = entered.clone();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let told = answers.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let (enter, told) = (enter.clone(), told.clone());
        play.elsewhere(move |play| {
            play.status(A, Updating).unwrap();
            enter.wait();
            let answer = play.poll(A);
            told.lock().unwrap().push(answer);
            play.end_all(Succeeded);
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    wait_for_status(&session, A, Updating);
    session.pause();
    assert_eq!(session.rows()[0].status, ItemStatus::Paused);
    entered.open();
    // It cannot be seen to wait; that it has not been answered is what can be claimed.
    assert_eq!(*answers.lock().unwrap(), []);
    session.resume();
    assert_eq!(statuses(&session.wait()), [Succeeded]);
    assert_eq!(*answers.lock().unwrap(), [Ok(Verdict::Go)]);
}

#[test]
fn a_pause_ends_for_an_item_that_is_skipped_and_for_all_on_stop() {
    for (end, expected) in [(Session::stop as fn(&Session), Verdict::Stop), (|s| s.skip(A), Verdict::Skip)] {
        let paused = Latch::new();
        let wait = paused.clone();
        let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
            let wait = wait.clone();
            play.elsewhere(move |play| {
                wait.wait();
                assert_eq!(play.poll(A), Ok(expected));
                play.synchronized(Outcome::OK);
            })
        });
        let session = start(&[&disk]);
        disk.record().wait_for(&Recorded::Synchronize);
        session.pause();
        paused.open();
        end(&session);
        let status = if expected == Verdict::Stop { Stopped } else { Skipped };
        assert_eq!(statuses(&session.wait()), [status]);
    }
}

#[test]
fn a_panic_fails_the_items_of_its_handler_and_nothing_else() {
    quiet_panics();
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(|play| {
        play.status(A, Succeeded).unwrap();
        panic!("out of luck")
    });
    let mail = Scripted::new("mail", &[C]);
    let report = run(&[&disk, &mail]);
    assert_eq!(statuses(&report), [Succeeded, Failed, Succeeded]);
    assert_eq!(texts(&report), ["`disk` panicked in `synchronize`: out of luck"]);
    assert_eq!(disk.record().calls().last(), Some(&Recorded::Dropped));
}

#[test]
fn a_handler_that_cannot_be_made_leaves_a_line_and_the_others_run() {
    let mail = Scripted::new("mail", &[C]);
    let mut request = request(&[&mail]);
    request.handlers.insert(0, entry(7, "disk", Arc::new(|| Err("no such device".to_owned()))));
    let report = engine().start(request).wait();
    assert_eq!(texts(&report), ["`disk` cannot be started: no such device"]);
    assert_eq!(statuses(&report), [Succeeded]);
}

#[test]
fn a_panic_anywhere_else_in_a_handlers_life_is_survived_too() {
    quiet_panics();
    let disk = Scripted::new("disk", &[A]).on_initialize(|| panic!("early"));
    let mail = Scripted::new("mail", &[B]).on_prepare(|_| panic!("later"));
    let mut request = request(&[&disk, &mail]);
    request.handlers.push(entry(2, "made by nobody", Arc::new(|| panic!("at once"))));
    let mut lines = engine().start(request).wait();
    lines.entries.sort_by(|one, other| one.text.cmp(&other.text));
    let expected = [
        "`made by nobody` panicked in `create`: at once",
        "`mail` panicked in `prepare_for_sync`: later",
        "`registered as disk` panicked in `initialize`: early",
    ];
    assert_eq!(texts(&lines), expected);
    assert_eq!(statuses(&lines), [Failed]);
}

#[test]
fn a_handler_that_does_not_stop_is_abandoned_and_its_callback_is_dead() {
    let (release, finished) = (Latch::new(), Latch::new());
    let (hold, tell) = (release.clone(), finished.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        hold.wait();
        assert_eq!(play.poll(A), Err(Outcome::UNEXPECTED));
        assert_eq!(play.log(LogLevel::Error, "too late", A), Outcome::UNEXPECTED);
        assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
        tell.open();
        Outcome::OK
    });
    let mut request = request(&[&disk]);
    request.grace = Duration::ZERO;
    let session = engine().start(request);
    disk.record().wait_for(&Recorded::Synchronize);
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped]);
    assert_eq!(texts(&report), ["`disk` did not stop in time and was abandoned"]);
    assert_eq!(disk.record().count(&Recorded::Dropped), 0);
    drop(session);
    release.open();
    finished.wait();
    // Let go of by its thread, without another call.
    disk.record().wait_for(&Recorded::Dropped);
    assert_eq!(disk.record().count(&Recorded::ClearCallback), 0);
}

#[test]
fn a_callback_that_outlives_its_session_answers_unexpected_to_everything() {
    let leaked = Arc::new(Mutex::new(None));
    let leak = leaked.clone();
    let disk = Scripted::new("disk", &[A]).on_prepare(move |play| {
        *leak.lock().unwrap() = Some(play.callback.clone());
        play.prepared(Outcome::OK)
    });
    let session = start(&[&disk]);
    session.wait();
    for keep in [true, false] {
        let callback = leaked.lock().unwrap().clone().unwrap();
        expect_dead(callback.as_ref());
        if !keep {
            drop(session);
            expect_dead(callback.as_ref());
            break;
        }
    }
}

fn expect_dead(callback: &dyn SyncCallback) {
    assert_eq!(callback.progress(&A, &ProgressUpdate::POLL), Err(Outcome::UNEXPECTED));
    for answer in [
        callback.prepare_for_sync_completed(Outcome::OK),
        callback.synchronize_completed(Outcome::OK),
        callback.show_properties_completed(Outcome::OK),
        callback.show_error_completed(Outcome::OK, &[]),
        callback.enable_modeless(ModelessRequest::Ask),
        callback.enable_modeless(ModelessRequest::Done),
        callback.log_error(LogLevel::Error, "late", None),
        callback.delete_log_error(None),
        callback.establish_connection(None),
    ] {
        assert_eq!(answer, Outcome::UNEXPECTED);
    }
}

#[test]
fn an_entry_leads_back_into_its_handler_and_a_retry_runs_on_the_same_instance() {
    let error = ErrorId::from_u128(5);
    let disk = Scripted::new("disk", &[A, B])
        .on_synchronize(move |play| {
            if play.items == [B] {
                play.end_all(Succeeded);
            } else {
                play.log_jump("password wrong", error);
                play.end_all(Failed);
            }
            play.synchronized(Outcome::OK)
        })
        .on_show_error(|play, _| {
            play.elsewhere(|play| {
                play.callback.show_error_completed(Outcome::RETRY_SYNC, &[B, B, ItemId::from_u128(99)]);
            })
        });
    let mut request = request(&[&disk]);
    request.closing = Closing::ByHand;
    let session = engine().start(request);
    let settled = next_settled(&session);
    assert_eq!(statuses(&settled), [Failed, Failed]);
    let jump = settled.entries.iter().find(|entry| entry.can_jump).unwrap();
    session.activate(jump.number);
    assert_eq!(statuses(&next_settled(&session)), [Failed, Succeeded]);
    session.close();
    assert_eq!(statuses(&session.wait()), [Failed, Succeeded]);
    let calls = disk.record().calls();
    assert_eq!(calls.iter().filter(|call| matches!(call, Recorded::Initialize(..))).count(), 1);
    assert_eq!(disk.record().count(&Recorded::Prepare(vec![B])), 1);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 2);
}

#[test]
fn a_dry_run_prepares_previewing_handlers_and_synchronizes_nobody() {
    let disk = Scripted::new("disk", &[A]).flags(HandlerFlags::PREVIEWS);
    let mail = Scripted::new("mail", &[B]);
    let mut request = request(&[&disk, &mail]);
    request.flags.modifiers |= Modifiers::DRY_RUN;
    let report = engine().start(request).wait();
    assert!(report.dry_run);
    assert_eq!(statuses(&report), [Succeeded, Skipped]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
    assert!(!mail.record().calls().iter().any(|call| matches!(call, Recorded::Prepare(_))));
    assert_eq!(texts(&report), ["cannot be previewed: `mail` tells only what it has done"]);
}

#[test]
fn two_sessions_at_once_do_not_see_each_other() {
    let hold = Latch::new();
    let wait = hold.clone();
    let slow = Scripted::new("slow", &[A]).on_synchronize(move |play| {
        let wait = wait.clone();
        play.elsewhere(move |play| {
            wait.wait();
            assert_eq!(play.poll(A), Ok(Verdict::Go));
            play.synchronized(Outcome::OK);
        })
    });
    let engine = engine();
    let first = engine.start(request(&[&slow]));
    slow.record().wait_for(&Recorded::Synchronize);
    // The same item id in another session.
    let quick = Scripted::new("quick", &[A]);
    let second = engine.start(request(&[&quick]));
    second.skip(B);
    assert_eq!(statuses(&second.wait()), [Succeeded]);
    second.stop();
    hold.open();
    assert_eq!(statuses(&first.wait()), [Succeeded]);
}

#[test]
fn facts_are_counted_and_streamed_in_order_before_the_final_row() {
    let conflict = Fact::Conflict { path: b"a.txt".to_vec(), kind: ConflictKind::EditEdit };
    let problem = Fact::Problem { side: Some(Side::Left), path: b"b".to_vec(), reason: "locked".into() };
    let totals = Totals { left_changes: 1, right_changes: 2, bytes: 3 };
    let facts = [conflict, problem.clone(), problem, Fact::Totals(totals)];
    let told = facts.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        for fact in &told {
            play.fact(A, fact.clone());
        }
        // Not wanted in a summary, and about an item that takes no part.
        play.fact(A, change(1));
        play.fact(B, told[0].clone());
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    });
    let session = start(&[&disk]);
    let report = session.wait();
    let item = &report.items[0];
    assert_eq!((item.totals, item.problems, item.conflicts.len()), (totals, 2, 1));
    let events: Vec<_> = session.events().iter().skip(1).collect();
    let expected = facts.map(|fact| SessionEvent::Fact { item: A, fact });
    assert_eq!(events[..4], expected);
    assert_eq!(events[4], SessionEvent::RowFinal { item: A, status: Succeeded });
}

fn change(number: u32) -> Fact {
    let path = number.to_string().into_bytes();
    Fact::Change { side: Side::Left, action: Action::Create, path, from: None }
}

#[test]
fn a_halt_explains_a_failed_row_and_without_any_word_the_manager_adds_a_line() {
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(|play| {
        let halt = Fact::Halt { rule: "root-missing".into(), text: "the folder is gone".into() };
        play.fact(A, halt);
        play.end_all(Failed);
        play.synchronized(Outcome::OK)
    });
    let report = run(&[&disk]);
    assert_eq!(report.items[0].halt.as_ref().unwrap().rule, "root-missing");
    assert_eq!(report.items[1].halt, None);
    assert_eq!(texts(&report), ["failed, and `disk` did not say why"]);
    assert_eq!(report.entries[0].item, Some(B));
}

const MANY: u32 = 20_000;

fn flooding() -> Scripted {
    Scripted::new("disk", &[A]).on_synchronize(|play| {
        play.elsewhere(|play| {
            assert!(play.callback.facts().is_some_and(|facts| facts.wants_changes()));
            for number in 0..MANY {
                play.fact(A, change(number));
            }
            play.synchronized(Outcome::OK);
        })
    })
}

#[test]
fn a_slow_reader_loses_no_fact() {
    let mut request = request(&[&flooding()]);
    request.detail = Detail::Changes;
    let session = engine().start(request);
    let facts = session.events().iter().filter_map(|event| match event {
        SessionEvent::Fact { fact, .. } => Some(fact),
        _ => None,
    });
    assert!(facts.eq((0..MANY).map(change)));
}

#[test]
fn nobody_who_reads_is_waited_for_after_a_stop_or_when_events_are_ignored_or_dropped() {
    let disk = flooding();
    let mut request = request(&[&disk]);
    request.detail = Detail::Changes;
    let session = engine().start(request.clone());
    disk.record().wait_for(&Recorded::Synchronize);
    session.stop();
    assert!(session.wait().stopped);

    let session = engine().start(request.clone());
    session.ignore_events();
    assert_eq!(statuses(&session.wait()), [Succeeded]);

    let disk = flooding();
    request.handlers[0].factory = Arc::new(disk.clone());
    drop(engine().start(request));
    disk.record().wait_for(&Recorded::Dropped);
}

#[test]
fn misplaced_completions_and_progress_are_unexpected() {
    let disk = Scripted::new("disk", &[A, B])
        .on_prepare(|play| {
            assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
            assert_eq!(play.prepared(Outcome::OK), Outcome::OK);
            assert_eq!(play.prepared(Outcome::OK), Outcome::UNEXPECTED);
            Outcome::OK
        })
        .on_synchronize(|play| {
            assert_eq!(play.poll(B), Err(Outcome::INVALID_ARGUMENT));
            assert_eq!(play.poll(ItemId::NIL), Err(Outcome::INVALID_ARGUMENT));
            assert_eq!(play.synchronized(Outcome::OK), Outcome::OK);
            assert_eq!(play.poll(A), Err(Outcome::UNEXPECTED));
            assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
            Outcome::OK
        });
    let mut request = request(&[&disk]);
    request.choose = Arc::new(|_, item| item.id == A);
    let report = engine().start(request).wait();
    assert_eq!(texts(&report), [""; 0]);
    assert_eq!(statuses(&report), [Succeeded]);
}

#[test]
fn listing_asks_for_name_and_items_and_lets_go() {
    let disk = Scripted::new("disk", &[A]);
    let mail = Scripted::new("mail", &[B]).without_info(Outcome::FAIL);
    let request = request(&[&disk, &mail]);
    let listings = engine().list(&request.handlers, Event::Manual);
    let settings = InitializeFlags::new(Event::Manual, Modifiers::SETTINGS);
    assert_eq!(
        disk.record().calls(),
        [
            Recorded::Initialize(settings, None),
            Recorded::GetHandlerInfo,
            Recorded::EnumSyncMgrItems,
            Recorded::Dropped
        ]
    );
    assert_eq!(
        listings.iter().map(|listing| listing.name.as_str()).collect::<Vec<_>>(),
        ["disk", "registered as mail"]
    );
    assert_eq!(listings[0].items[0].id, A);
    assert!(listings[0].complete);
}
