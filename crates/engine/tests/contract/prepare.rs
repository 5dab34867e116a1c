//! Preparation: C-32 to C-45.

use std::sync::{Arc, Barrier};

use syncmgr_engine::SessionRequest;
use syncmgr_handler::Completeness;
use syncmgr_model::entry::LogLevel;
use syncmgr_model::item::ItemInfo;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Failed, Skipped, Succeeded};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

#[test]
fn c_032_a_handler_without_a_chosen_item_is_let_go_of_unprepared() {
    let disk = Scripted::new("disk", &[A, B]);
    let report =
        engine().start(SessionRequest { choose: Arc::new(|_, _| false), ..request(&[&disk]) }).wait();
    assert_eq!(report.items, []);
    let calls = disk.record().calls();
    assert_eq!(count(&calls, |call| is_prepare(call) || *call == Recorded::Synchronize), 0);
    assert_eq!(calls.last(), Some(&Recorded::Dropped));
}

#[test]
fn c_033_preparation_gets_exactly_the_chosen_items_each_once() {
    let items = [A, B, A, C, B].map(|id| ItemInfo::new(id, "x")).to_vec();
    let disk = Scripted::new("disk", &[]).listing(items, Completeness::Complete);
    let choose = Arc::new(|_, item: &ItemInfo| item.id != B);
    engine().start(SessionRequest { choose, ..request(&[&disk]) }).wait();
    let calls = disk.record().calls();
    let prepared: Vec<&Recorded> = calls.iter().filter(|call| is_prepare(call)).collect();
    assert_eq!(prepared, [&Recorded::Prepare(vec![A, C])]);
}

#[test]
fn c_034_completion_before_the_return_is_acted_on_after_it_and_once() {
    let disk = Scripted::new("disk", &[A]);
    let record = disk.record();
    let disk = disk.on_prepare(move |play| {
        assert_eq!(play.prepared(Outcome::OK), Outcome::OK);
        assert_eq!(record.count(&Recorded::Synchronize), 0);
        Outcome::OK
    });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
}

/// A preparation that has returned and is completed when the door opens. That it has returned is seen by the notice of a
/// skip, which comes only then.
fn prepared_later(door: &Latch, outcome: Outcome) -> Scripted {
    let door = door.clone();
    Scripted::new("disk", &[A, B]).on_prepare(move |play| {
        let door = door.clone();
        play.elsewhere(move |play| {
            door.wait();
            play.prepared(outcome);
        })
    })
}

#[test]
fn c_035_completion_from_another_thread_after_the_return_leads_to_one_call_on_the_handlers_own() {
    let door = Latch::new();
    let disk = prepared_later(&door, Outcome::OK);
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Prepare(vec![A, B]));
    session.skip(B);
    disk.record().wait_for(&Recorded::SetItemStatus(Some(B), Skipped));
    door.open();
    session.wait();
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
    assert_eq!(disk.record().threads().len(), 1);
}

#[test]
fn c_036_without_the_completion_nothing_is_synchronized() {
    let door = Latch::new();
    let disk = prepared_later(&door, Outcome::OK);
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Prepare(vec![A, B]));
    session.skip(B);
    disk.record().wait_for(&Recorded::SetItemStatus(Some(B), Skipped));
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
    // The next notice has to go through the same thread: nothing was ordered before it.
    session.skip(A);
    disk.record().wait_for(&Recorded::SetItemStatus(Some(A), Skipped));
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
    door.open();
    session.wait();
}

#[test]
fn c_037_a_completion_with_another_success_ends_the_handler() {
    for outcome in [Outcome::FALSE, Outcome::ENUM_ITEMS] {
        let disk = Scripted::new("disk", &[A]).on_prepare(move |play| {
            play.prepared(outcome);
            Outcome::OK
        });
        assert_eq!(statuses(&run(&[&disk])), [Skipped], "{outcome}");
        let calls = disk.record().calls();
        assert!(!calls.contains(&Recorded::Synchronize));
        assert!(calls.ends_with(&[Recorded::ClearCallback, Recorded::Dropped]));
    }
}

#[test]
fn c_038_a_completion_with_a_failure_fails_the_rows() {
    let disk = Scripted::new("disk", &[A, B]).on_prepare(|play| {
        play.prepared(Outcome::FAIL);
        Outcome::OK
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Failed, Failed]);
    assert_eq!(texts(&report), ["`disk` could not prepare: failed"]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
}

#[test]
fn c_039_a_preparation_that_would_have_to_ask_skips_the_rows_and_nobody_waits() {
    let disk = Scripted::new("disk", &[A]).on_prepare(|_| Outcome::FALSE);
    let report = engine().start(unattended(&[&disk])).wait();
    assert_eq!(statuses(&report), [Skipped]);
    let levels: Vec<LogLevel> = report.entries.iter().map(|entry| entry.level).collect();
    assert_eq!(levels, [LogLevel::Warning]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
}

#[test]
fn c_040_a_preparation_that_fails_without_a_completion_fails_the_rows_and_nobody_waits() {
    let disk = Scripted::new("disk", &[A]).on_prepare(|_| Outcome::FAIL);
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Failed]);
    assert_eq!(texts(&report), ["`disk` could not prepare: failed"]);
}

#[test]
fn c_041_a_failure_told_by_completion_and_return_is_one_failure() {
    let disk = Scripted::new("disk", &[A]).on_prepare(|play| {
        assert_eq!(play.prepared(Outcome::FAIL), Outcome::OK);
        Outcome::FAIL
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Failed]);
    assert_eq!(texts(&report), ["`disk` could not prepare: failed"]);

    let telling = Scripted::new("disk", &[A]).on_prepare(|play| {
        play.log(LogLevel::Error, "wrong password", A);
        play.prepared(Outcome::FAIL);
        Outcome::FAIL
    });
    assert_eq!(texts(&run(&[&telling])), ["wrong password"], "it has said so itself");
}

#[test]
fn c_042_the_methods_own_failure_beats_an_earlier_success() {
    let disk = Scripted::new("disk", &[A]).on_prepare(|play| {
        play.prepared(Outcome::OK);
        Outcome::FAIL
    });
    assert_eq!(statuses(&run(&[&disk])), [Failed]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
}

#[test]
fn c_043_a_second_completion_is_unexpected_and_changes_nothing() {
    let disk = Scripted::new("disk", &[A])
        .on_prepare(|play| {
            assert_eq!(play.prepared(Outcome::OK), Outcome::OK);
            assert_eq!(play.prepared(Outcome::FAIL), Outcome::UNEXPECTED);
            Outcome::OK
        })
        .on_synchronize(|play| {
            assert_eq!(play.prepared(Outcome::OK), Outcome::UNEXPECTED);
            play.end_all(Succeeded);
            play.synchronized(Outcome::OK)
        });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn c_044_where_the_user_may_be_bothered_one_handler_prepares_at_a_time_and_elsewhere_they_overlap() {
    let alone = Alone::default();
    let preparing = |name, item| {
        let alone = alone.clone();
        Scripted::new(name, &[item]).on_prepare(move |play| {
            let alone = alone.clone();
            alone.enter();
            play.elsewhere(move |play| {
                // Time for another one to come in, if it were let in.
                for _ in 0..100 {
                    std::thread::yield_now();
                }
                alone.leave();
                play.prepared(Outcome::OK);
            })
        })
    };
    let handlers = [preparing("disk", A), preparing("mail", B), preparing("notes", C)];
    assert_eq!(statuses(&run(&handlers.each_ref())), [Succeeded; 3]);

    // Both have to be inside, or neither gets out.
    let meeting = Arc::new(Barrier::new(2));
    let meeting_in = |name, item| {
        let meeting = meeting.clone();
        Scripted::new(name, &[item]).on_prepare(move |play| {
            meeting.wait();
            play.prepared(Outcome::OK);
            Outcome::OK
        })
    };
    let (disk, mail) = (meeting_in("disk", A), meeting_in("mail", B));
    assert_eq!(statuses(&engine().start(unattended(&[&disk, &mail])).wait()), [Succeeded; 2]);
}

#[test]
fn c_045_progress_in_preparation_counts_and_can_end_a_row() {
    let disk = Scripted::new("disk", &[A, B]).on_prepare(|play| {
        assert_eq!(play.status(B, Failed), Ok(Verdict::Go));
        play.log(LogLevel::Error, "no such box", B);
        play.prepared(Outcome::OK);
        Outcome::OK
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Succeeded, Failed]);
    assert_eq!(texts(&report), ["no such box"]);
}
