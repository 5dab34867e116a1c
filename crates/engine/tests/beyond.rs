//! What the engine offers beyond the contract: handlers' own words, a grace for each, entries shown again, and sessions that
//! leave nothing behind.

mod setup;

use std::sync::Arc;
use std::time::Duration;

use setup::*;
use syncmgr_engine::{Choosing, Reopened, SessionEvent, SessionRequest};
use syncmgr_handler::Enumeration;
use syncmgr_model::event::Event;
use syncmgr_model::id::ErrorId;
use syncmgr_model::item::ItemInfo;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_testkit::{Latch, Recorded, Scripted};

const LOST: ErrorId = ErrorId::from_u128(0xE);

#[test]
fn a_handlers_own_words_stand_where_only_a_code_would() {
    let why = "the disk is full";
    let disk = || Scripted::new("disk", &[A]).because(why);
    for (disk, expected) in [
        (disk().on_initialize(|| Outcome::FAIL), "`registered as disk` refused to start: the disk is full"),
        (disk().on_enumerate(|_| Err(Outcome::FAIL)), "`disk` cannot list its items: the disk is full"),
        (disk().on_set_callback(|| Outcome::FAIL), "`disk` refused the callback: the disk is full"),
        (disk().on_prepare(|_| Outcome::FAIL), "`disk` could not prepare: the disk is full"),
        (disk().on_synchronize(|_| Outcome::FAIL), "`disk` could not synchronize: the disk is full"),
        (
            disk().without_info(Outcome::FAIL),
            "`registered as disk` cannot tell about itself: the disk is full",
        ),
    ] {
        assert_eq!(texts(&run(&[&disk])), [expected]);
    }
}

#[test]
fn an_error_in_the_middle_of_a_list_is_explained_as_well() {
    let disk = Scripted::new("disk", &[]).because("page 2 is missing").on_enumerate(|_| {
        let items = [Ok(ItemInfo::new(A, "a")), Err(Outcome::FAIL)];
        Ok(Enumeration { items: Box::new(items.into_iter()), ..Enumeration::complete([]) })
    });
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Succeeded]);
    assert_eq!(texts(&report), ["`disk` cannot list its items: page 2 is missing"]);
}

#[test]
fn a_handler_that_declines_is_listed_with_its_words_and_makes_no_entry() {
    let disk = Scripted::new("disk", &[A]).on_initialize(|| Outcome::FALSE).because("only by hand");
    let listing = engine().list(&[entry(0, "disk", Arc::new(disk.clone()))], Event::Idle).remove(0);
    assert_eq!((listing.declined.as_deref(), listing.problem), (Some("only by hand"), None));
    assert_eq!(texts(&run(&[&disk])), [""; 0]);
}

#[test]
fn each_handler_has_its_own_grace() {
    let door = Latch::new();
    let working = |name, item| {
        let door = door.clone();
        Scripted::new(name, &[item]).on_synchronize(move |play| {
            let door = door.clone();
            play.elsewhere(move |play| {
                door.wait();
                play.synchronized(Outcome::OK);
            })
        })
    };
    let (disk, mail) = (working("disk", A), working("mail", B));
    let mut request = request(&[&disk, &mail]);
    request.grace = Duration::MAX;
    request.handlers[0].grace = Some(Duration::ZERO);
    let session = engine().start(request);
    disk.record().wait_for(&Recorded::Synchronize);
    mail.record().wait_for(&Recorded::Synchronize);
    session.stop();
    let abandoned = session.events().iter().find_map(|event| match event {
        SessionEvent::Entry(entry) => Some(entry.text),
        _ => None,
    });
    assert_eq!(abandoned.as_deref(), Some("`disk` did not stop in time and was abandoned"));
    // The other one is waited for as long as it takes.
    door.open();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped, Stopped]);
    assert_eq!(report.entries.len(), 1);
}

fn reopening(disk: &Scripted) -> SessionRequest {
    SessionRequest { reopen: Some(LOST), ..request(&[disk]) }
}

#[test]
fn an_entry_of_an_earlier_session_is_shown_by_a_fresh_instance_and_nothing_else_is_done() {
    let disk = Scripted::new("disk", &[A]).on_show_error(|play, error| {
        let deleted = play.callback.delete_log_error(Some(error));
        play.callback.show_error_completed(deleted, &[]);
        Outcome::OK
    });
    let report = engine().start(reopening(&disk)).wait();
    assert_eq!(
        disk.record().calls()[2..],
        [
            Recorded::EnumSyncMgrItems,
            Recorded::SetCallback,
            Recorded::ShowError(LOST),
            Recorded::ClearCallback,
            Recorded::Dropped,
        ]
    );
    assert_eq!(report.items, []);
    assert_eq!(report.reopened, Some(Reopened { outcome: Some(Outcome::OK), is_deleted: true }));
}

#[test]
fn an_entry_that_is_shown_again_can_be_retried() {
    let disk = Scripted::new("disk", &[A, B]).on_show_error(|play, _| {
        play.callback.show_error_completed(Outcome::RETRY_SYNC, &[B]);
        Outcome::OK
    });
    let report = engine().start(SessionRequest { choosing: Choosing::ByHand, ..reopening(&disk) }).wait();
    assert_eq!(
        report.items.iter().map(|item| (item.item, item.status)).collect::<Vec<_>>(),
        [(B, Succeeded)]
    );
    assert!(report.begun);
}

#[test]
fn an_entry_the_handler_does_not_know_any_more_says_so() {
    let unknown = Scripted::new("disk", &[A])
        .on_show_error(|_, _| Outcome::INVALID_ARGUMENT)
        .because("that was long ago");
    let report = engine().start(reopening(&unknown)).wait();
    assert_eq!(report.reopened.and_then(|shown| shown.outcome), Some(Outcome::INVALID_ARGUMENT));
    assert_eq!(texts(&report), ["`disk` cannot open the entry: that was long ago"]);

    let gone = Scripted::new("disk", &[A]).on_initialize(|| Outcome::FAIL);
    let report = engine().start(reopening(&gone)).wait();
    assert_eq!(report.reopened, Some(Reopened::default()), "never asked");
}

#[test]
fn a_list_that_is_closed_leaves_a_report_that_nothing_was_begun() {
    let disk = Scripted::new("disk", &[A]);
    let session = engine().start(SessionRequest { choosing: Choosing::ByHand, ..request(&[&disk]) });
    let is_listed = |event| matches!(event, SessionEvent::Listed { .. });
    assert!(session.events().iter().any(is_listed));
    session.close();
    let report = session.wait();
    assert!(!report.begun);
    assert_eq!(report.items, []);
    assert_eq!(disk.record().calls().last(), Some(&Recorded::Dropped));
}

#[test]
fn all_handlers_are_heard_of_before_the_user_chooses_also_those_without_a_list() {
    let handlers = [
        Scripted::new("disk", &[A]),
        Scripted::new("mail", &[B]).on_initialize(|| Outcome::FALSE),
        Scripted::new("notes", &[C]).on_initialize(|| Outcome::FAIL),
        Scripted::new("photos", &[]).on_set_callback(|| Outcome::FAIL),
    ];
    let session =
        engine().start(SessionRequest { choosing: Choosing::ByHand, ..request(&handlers.each_ref()) });
    let mut heard: Vec<_> = session
        .events()
        .iter()
        .filter_map(|event| match event {
            SessionEvent::Listed { listing, checked } => Some((listing.handler, checked)),
            _ => None,
        })
        .take(handlers.len())
        .collect();
    heard.sort_by_key(|(handler, _)| *handler);
    let expected = [vec![A], vec![], vec![], vec![]];
    assert_eq!(heard, (0..4).map(handler_id).zip(expected).collect::<Vec<_>>());
    session.close();
    session.wait();
}

#[test]
fn a_handler_that_lists_slowly_keeps_no_other_list_back_and_is_left_out_if_the_user_begins() {
    let door = Latch::new();
    let wait = door.clone();
    let slow = Scripted::new("slow", &[]).on_enumerate(move |_| {
        wait.wait();
        Ok(Enumeration::complete([ItemInfo::new(B, "b")]))
    });
    let disk = Scripted::new("disk", &[A]);
    let session = engine().start(SessionRequest { choosing: Choosing::ByHand, ..request(&[&slow, &disk]) });
    let first = session.events().iter().find_map(|event| match event {
        SessionEvent::Listed { listing, .. } => Some(listing.name),
        _ => None,
    });
    assert_eq!(first.as_deref(), Some("disk"));
    session.begin().unwrap();
    door.open();
    let report = session.wait();
    assert_eq!(report.items.iter().map(|item| item.item).collect::<Vec<_>>(), [A]);
    assert_eq!(slow.record().calls().last(), Some(&Recorded::Dropped));
}

#[test]
fn a_wrong_row_says_why_only_once() {
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(|_| Outcome::FAIL).because("no route");
    let report = run(&[&disk]);
    assert_eq!(statuses(&report), [Failed, Failed]);
    assert_eq!(report.entries.len(), 1);
}
