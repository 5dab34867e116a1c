//! Skip and stop towards the handler: C-71 to C-79.

use std::sync::mpsc;
use std::time::Duration;

use syncmgr_engine::{SessionRequest, StopNotice};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Skipped, Stopped, Succeeded};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Record, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

const fn skipped(item: syncmgr_model::id::ItemId) -> Recorded {
    Recorded::SetItemStatus(Some(item), Skipped)
}

const STOPPED: Recorded = Recorded::SetItemStatus(None, Stopped);

fn notices(record: &Record) -> usize {
    count(&record.calls(), |call| matches!(call, Recorded::SetItemStatus(..)))
}

#[test]
fn c_071_a_skip_after_the_return_is_told_once() {
    let door = Latch::new();
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(held(&door));
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.skip(A);
    session.skip(A);
    disk.record().wait_for(&skipped(A));
    session.skip(A);
    // Told in order on one thread: a second word about A would come before this one.
    session.skip(B);
    disk.record().wait_for(&skipped(B));
    door.open();
    session.wait();
    assert_eq!(notices(&disk.record()), 2);
}

#[test]
fn c_072_a_skip_while_the_method_runs_is_told_after_its_return() {
    let (inside, go_on, done) = (Latch::new(), Latch::new(), Latch::new());
    let (tell, wait, end) = (inside.clone(), go_on.clone(), held(&done));
    let disk = Scripted::new("disk", &[A, B]);
    let record = disk.record();
    let disk = disk.on_synchronize(move |play| {
        tell.open();
        wait.wait();
        sure(|| {
            assert_eq!(play.poll(A), Ok(Verdict::Skip), "the verdict is there at once");
            assert_eq!(notices(&record), 0);
        });
        end(play)
    });
    let session = start(&[&disk]);
    inside.wait();
    session.skip(A);
    go_on.open();
    disk.record().wait_for(&skipped(A));
    done.open();
    session.wait();
}

#[test]
fn c_073_a_skip_between_preparation_and_synchronization_is_told_after_the_latter_began() {
    let (prepared, go_on, done) = (Latch::new(), Latch::new(), Latch::new());
    let (tell, wait) = (prepared.clone(), go_on.clone());
    let disk = Scripted::new("disk", &[A, B])
        .on_prepare(move |play| {
            play.prepared(Outcome::OK);
            tell.open();
            wait.wait();
            Outcome::OK
        })
        .on_synchronize(held(&done));
    let session = start(&[&disk]);
    prepared.wait();
    session.skip(A);
    go_on.open();
    disk.record().wait_for(&skipped(A));
    done.open();
    session.wait();
    let calls = disk.record().calls();
    assert!(position(&calls, &skipped(A)) > position(&calls, &Recorded::Synchronize));
    assert_eq!(notices(&disk.record()), 1);
}

#[test]
fn c_074_nothing_is_told_after_the_completion_or_about_a_final_row() {
    let (completed, go_on) = (Latch::new(), Latch::new());
    let (tell, wait) = (completed.clone(), go_on.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        play.synchronized(Outcome::OK);
        tell.open();
        wait.wait();
        Outcome::OK
    });
    let session = start(&[&disk]);
    completed.wait();
    session.skip(A);
    go_on.open();
    session.wait();
    assert_eq!(notices(&disk.record()), 0);

    let (reported, done) = (Latch::new(), Latch::new());
    let (tell, wait) = (reported.clone(), done.clone());
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(move |play| {
        let (tell, wait) = (tell.clone(), wait.clone());
        play.elsewhere(move |play| {
            play.status(A, Succeeded).unwrap();
            tell.open();
            wait.wait();
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    reported.wait();
    session.skip(A);
    session.skip(B);
    // Told in order on one thread: had there been anything about A, it would have come before.
    disk.record().wait_for(&skipped(B));
    done.open();
    assert_eq!(statuses(&session.wait()), [Succeeded, Skipped]);
    assert_eq!(notices(&disk.record()), 1);
}

#[test]
fn c_075_nothing_is_told_but_a_skipped_item_and_the_stop() {
    let door = Latch::new();
    let disk = Scripted::new("disk", &[A, B, C]).on_synchronize(held(&door));
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.pause();
    session.resume();
    session.skip(A);
    disk.record().wait_for(&skipped(A));
    session.stop();
    disk.record().wait_for(&STOPPED);
    session.skip(B);
    door.open();
    session.wait();
    let calls = disk.record().calls();
    let told: Vec<&Recorded> =
        calls.iter().filter(|call| matches!(call, Recorded::SetItemStatus(..))).collect();
    assert!(
        told.iter()
            .all(|&call| *call == STOPPED || matches!(call, Recorded::SetItemStatus(Some(_), Skipped)))
    );
    assert_eq!(told[..2], [&skipped(A), &STOPPED]);
}

#[test]
fn c_076_a_stop_is_told_once_and_not_at_all_with_the_policy_off() {
    for (stop_notice, n_told) in [(StopNotice::Send, 1), (StopNotice::Omit, 0)] {
        let door = Latch::new();
        let disk = Scripted::new("disk", &[A]).on_synchronize(held(&door));
        let session = engine().start(SessionRequest { stop_notice, ..request(&[&disk]) });
        disk.record().wait_for(&Recorded::Synchronize);
        session.stop();
        session.stop();
        if stop_notice == StopNotice::Send {
            disk.record().wait_for(&STOPPED);
        }
        session.stop();
        // Told in order on one thread: another word about the stop would come before this one.
        session.skip(A);
        disk.record().wait_for(&skipped(A));
        door.open();
        session.wait();
        assert_eq!(disk.record().count(&STOPPED), n_told, "{stop_notice:?}");
    }
}

#[test]
fn c_077_after_a_stop_no_preparation_and_no_synchronization_begins() {
    let (inside, go_on) = (Latch::new(), Latch::new());
    let (tell, wait) = (inside.clone(), go_on.clone());
    let disk = Scripted::new("disk", &[A]).on_prepare(move |play| {
        tell.open();
        wait.wait();
        play.prepared(Outcome::OK);
        Outcome::OK
    });
    let mail = Scripted::new("mail", &[B]);
    let session = start(&[&disk, &mail]);
    inside.wait();
    session.stop();
    go_on.open();
    assert!(session.wait().items.iter().all(|item| item.status == Stopped));
    assert_eq!(disk.record().count(&Recorded::Synchronize), 0);
    assert_eq!(count(&mail.record().calls(), is_prepare), 0);
}

#[test]
fn c_078_who_does_not_end_after_a_stop_is_abandoned_and_finds_its_callback_dead() {
    let (door, (tell, told)) = (Latch::new(), mpsc::channel());
    let wait = door.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let (wait, tell) = (wait.clone(), tell.clone());
        play.elsewhere(move |play| {
            wait.wait();
            let progress = play.poll(A).err();
            let calls = [
                play.synchronized(Outcome::OK),
                play.log(LogLevel::Error, "late", A),
                play.callback.enable_modeless(syncmgr_handler::ModelessRequest::Ask),
                play.callback.establish_connection(None),
            ];
            tell.send((progress, calls)).unwrap();
        })
    });
    let session = engine().start(SessionRequest { grace: Duration::ZERO, ..request(&[&disk]) });
    disk.record().wait_for(&Recorded::Synchronize);
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped]);
    assert_eq!(texts(&report), ["`disk` did not stop in time and was abandoned"]);
    door.open();
    assert_eq!(told.recv().unwrap(), (Some(Outcome::UNEXPECTED), [Outcome::UNEXPECTED; 4]));
}

#[test]
fn c_079_what_a_handler_answers_to_a_notice_changes_nothing() {
    let door = Latch::new();
    let disk = Scripted::new("disk", &[A, B])
        .on_set_item_status(|| Outcome::FAIL)
        .because("not interested")
        .on_synchronize(held(&door));
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.skip(A);
    disk.record().wait_for(&skipped(A));
    door.open();
    let report = session.wait();
    assert_eq!(report.items[1].status, Succeeded);
    assert_eq!(texts(&report), [""; 0]);
    assert_eq!(notices(&disk.record()), 1);
}
