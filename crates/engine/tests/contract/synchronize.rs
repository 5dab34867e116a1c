//! Synchronization and its completion: C-46 to C-53.

use std::sync::{Arc, Barrier};

use syncmgr_engine::SessionEvent;
use syncmgr_handler::ModelessRequest;
use syncmgr_model::entry::LogLevel;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{self, Failed, Skipped, Stopped, Succeeded};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

#[test]
fn c_046_a_completion_inside_the_call_is_accepted() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        assert_eq!(play.synchronized(Outcome::OK), Outcome::OK);
        Outcome::OK
    });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
}

#[test]
fn c_047_the_session_ends_only_when_every_handler_has_completed() {
    let door = Latch::new();
    let disk = Scripted::new("disk", &[A]);
    let mail = Scripted::new("mail", &[B]).on_synchronize(held(&door));
    let session = start(&[&disk, &mail]);
    mail.record().wait_for(&Recorded::Synchronize);
    next(&session, |event| match event {
        SessionEvent::RowFinal { item, .. } if item == A => Some(()),
        _ => None,
    });
    // The first is through, and kept: its entries could still be opened.
    assert!(!session.events().try_iter().any(|event| matches!(event, SessionEvent::Finished(_))));
    assert_eq!(disk.record().count(&Recorded::Dropped), 0);
    door.open();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
    assert_eq!(disk.record().count(&Recorded::Dropped), 1);
}

#[test]
fn c_048_a_synchronization_that_does_not_start_fails_the_rows_and_nobody_waits() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|_| Outcome::FAIL);
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Failed]);
    assert_eq!(texts(&report), ["`disk` could not synchronize: failed"]);
}

/// How an open row ends when `user` wants something and the handler completes with `outcome`.
fn open_row(outcome: Outcome, user: fn(&syncmgr_engine::Session)) -> ItemStatus {
    let door = Latch::new();
    let opened = door.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let door = opened.clone();
        play.elsewhere(move |play| {
            door.wait();
            play.synchronized(outcome);
        })
    });
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    user(&session);
    door.open();
    statuses(&session.wait())[0]
}

#[test]
fn c_049_rows_left_open_end_as_the_completion_or_the_user_says() {
    assert_eq!(open_row(Outcome::OK, |_| {}), Succeeded);
    assert_eq!(open_row(Outcome::MISSING_ITEMS, |_| {}), Succeeded);
    assert_eq!(open_row(Outcome::FAIL, |_| {}), Failed);
    for outcome in [Outcome::OK, Outcome::FAIL] {
        assert_eq!(open_row(outcome, |session| session.skip(A)), Skipped);
        assert_eq!(open_row(outcome, syncmgr_engine::Session::stop), Stopped);
        let both = |session: &syncmgr_engine::Session| {
            session.skip(A);
            session.stop();
        };
        assert_eq!(open_row(outcome, both), Skipped);
    }
}

#[test]
fn c_050_final_rows_keep_their_status_when_the_completion_is_a_failure() {
    let disk = Scripted::new("disk", &[A, B, C]).on_synchronize(|play| {
        play.status(A, Succeeded).unwrap();
        play.status(B, Skipped).unwrap();
        play.synchronized(Outcome::FAIL)
    });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded, Skipped, Failed]);
}

#[test]
fn c_051_a_second_completion_and_one_without_a_synchronization_are_unexpected() {
    let disk = Scripted::new("disk", &[A])
        .on_prepare(|play| {
            assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
            play.prepared(Outcome::OK);
            assert_eq!(play.synchronized(Outcome::OK), Outcome::UNEXPECTED);
            Outcome::OK
        })
        .on_synchronize(|play| {
            assert_eq!(play.synchronized(Outcome::OK), Outcome::OK);
            assert_eq!(play.synchronized(Outcome::FAIL), Outcome::UNEXPECTED);
            Outcome::OK
        });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
}

#[test]
fn c_052_two_handlers_work_at_the_same_time() {
    // Both have to be at work, or neither gets done.
    let meeting = Arc::new(Barrier::new(2));
    let working = |name, item| {
        let meeting = meeting.clone();
        Scripted::new(name, &[item]).on_synchronize(move |play| {
            let meeting = meeting.clone();
            play.elsewhere(move |play| {
                meeting.wait();
                play.synchronized(Outcome::OK);
            })
        })
    };
    let (disk, mail) = (working("disk", A), working("mail", B));
    assert_eq!(statuses(&run(&[&disk, &mail])), [Succeeded; 2]);
}

#[test]
fn c_053_calls_from_another_thread_return_while_a_method_runs() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        let other = play.clone();
        // Joined in here: if anything of the manager were held, this would never return.
        let calls = std::thread::spawn(move || {
            assert_eq!(other.poll(A), Ok(Verdict::Go));
            assert_eq!(other.log(LogLevel::Information, "busy", A), Outcome::OK);
            assert_eq!(other.callback.enable_modeless(ModelessRequest::Ask), Outcome::OK);
            assert_eq!(other.callback.enable_modeless(ModelessRequest::Done), Outcome::OK);
            assert_eq!(other.callback.delete_log_error(None), Outcome::OK);
            assert_eq!(other.synchronized(Outcome::OK), Outcome::OK);
        });
        if calls.join().is_ok() { Outcome::OK } else { Outcome::FAIL }
    });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
}
