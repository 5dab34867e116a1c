//! Entries and `show_error`: C-80 to C-93.

use std::sync::{Arc, Mutex};

use syncmgr_engine::SessionReport;
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::flags::ErrorFlags;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Failed, Succeeded};
use syncmgr_testkit::{Latch, Play, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

const JUMP: Option<ErrorFlags> = Some(ErrorFlags::ENABLE_JUMP_TEXT);

/// A session of one handler that does these steps and is through.
fn report_of(steps: impl Fn(&Play) + Send + Sync + 'static) -> SessionReport {
    run(&[&Scripted::new("disk", &[A]).on_synchronize(move |play| {
        steps(play);
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    })])
}

fn log(play: &Play, text: &str, info: LogErrorInfo) {
    assert_eq!(play.callback.log_error(LogLevel::Warning, text, Some(&info)), Outcome::OK);
}

fn named(error: ErrorId) -> LogErrorInfo {
    LogErrorInfo { error: Some(error), ..LogErrorInfo::default() }
}

#[test]
fn c_080_an_entry_needs_nothing_but_level_and_text() {
    let report = report_of(|play| {
        assert_eq!(play.callback.log_error(LogLevel::Error, "bare", None), Outcome::OK);
    });
    let entry = &report.entries[0];
    assert_eq!((entry.level, entry.text.as_str()), (LogLevel::Error, "bare"));
    assert_eq!(
        (entry.handler, entry.item, entry.error, entry.can_jump),
        (Some(handler_id(0)), None, None, false)
    );
}

#[test]
fn c_081_there_are_three_levels_and_an_empty_text_is_a_text() {
    let levels = [LogLevel::Information, LogLevel::Warning, LogLevel::Error];
    for number in 0..=5 {
        let level = (1..=3).contains(&number).then(|| levels[number as usize - 1]);
        assert_eq!(LogLevel::from_number(number), level);
    }
    let report = report_of(move |play| {
        for level in levels {
            assert_eq!(play.callback.log_error(level, "", None), Outcome::OK);
        }
    });
    assert_eq!(report.entries.iter().map(|entry| entry.level).collect::<Vec<_>>(), levels);
    assert_eq!(texts(&report), ["", "", ""]);
}

#[test]
fn c_082_the_text_is_copied_before_the_call_returns() {
    let report = report_of(|play| {
        let mut text = "first".to_owned();
        play.callback.log_error(LogLevel::Error, &text, None);
        text.replace_range(.., "XXXXX");
        drop(text);
    });
    assert_eq!(texts(&report), ["first"]);
}

#[test]
fn c_083_what_an_entry_was_not_given_is_not_used() {
    let report = report_of(|play| {
        log(play, "no id", LogErrorInfo { flags: JUMP, error: None, item: Some(A) });
        log(play, "no item", LogErrorInfo { flags: JUMP, error: Some(LOST), item: None });
        log(play, "no flags", LogErrorInfo { flags: None, error: Some(LATE), item: Some(A) });
        log(play, "strange item", LogErrorInfo { item: Some(ItemId::from_u128(99)), ..named(LATE) });
        log(play, "nil id", named(ErrorId::NIL));
    });
    let seen: Vec<_> = report.entries.iter().map(|entry| (entry.error, entry.item, entry.can_jump)).collect();
    assert_eq!(
        seen,
        [
            (None, Some(A), false),
            (Some(LOST), None, true),
            (Some(LATE), Some(A), false),
            (Some(LATE), None, false),
            (None, None, false),
        ]
    );
}

#[test]
fn c_084_only_an_entry_with_flag_and_id_leads_back() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        log(play, "no id", LogErrorInfo { flags: JUMP, error: None, item: None });
        log(play, "no flag", named(LATE));
        log(play, "both", LogErrorInfo { flags: JUMP, error: Some(LOST), item: None });
        play.synchronized(Outcome::OK)
    });
    let session = engine().start(staying(&[&disk]));
    let settled = next_settled(&session);
    for entry in &settled.entries {
        session.activate(entry.number);
    }
    session.activate(77);
    disk.record().wait_for(&Recorded::ShowError(LOST));
    session.close();
    session.wait();
    assert_eq!(count(&disk.record().calls(), |call| matches!(call, Recorded::ShowError(_))), 1);
}

#[test]
fn c_085_an_entry_leads_back_into_the_instance_that_logged_it() {
    let (disk, mail) = (with_jump("disk", &[A]), with_jump("mail", &[B]));
    let session = engine().start(staying(&[&disk, &mail]));
    let settled = next_settled(&session);
    let of_mail = settled.entries.iter().find(|entry| entry.handler == Some(handler_id(1))).unwrap();
    session.activate(of_mail.number);
    mail.record().wait_for(&Recorded::ShowError(LOST));
    session.close();
    session.wait();
    assert_eq!(disk.record().count(&Recorded::ShowError(LOST)), 0);
    assert_eq!(count(&mail.record().calls(), |call| matches!(call, Recorded::Initialize(..))), 1);
}

#[test]
fn c_086_an_entry_that_cannot_be_shown_leaves_the_results_as_they_were() {
    let disk = with_jump("disk", &[A]).on_show_error(|_, _| Outcome::NOT_IMPLEMENTED);
    let session = engine().start(staying(&[&disk]));
    let entry = next_settled(&session).entries[0].number;
    // No completion is awaited, so it can be tried again as soon as the call is back.
    while disk.record().count(&Recorded::ShowError(LOST)) < 2 {
        session.activate(entry);
        std::thread::yield_now();
    }
    session.close();
    let report = session.wait();
    assert_eq!(texts(&report), ["lost"]);
    assert_eq!(statuses(&report), [Succeeded]);
}

/// An entry that is shown, and completed with these words; then it is opened once more. Gives what the first completion
/// was answered: a retry it asked for would have begun before the entry could be opened again.
fn shown_twice(outcome: Outcome, items: Vec<ItemId>) -> (Outcome, Scripted) {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let told = answers.clone();
    let disk = with_jump("disk", &[A]).on_show_error(move |play, _| {
        let answer = play.callback.show_error_completed(outcome, &items);
        told.lock().unwrap().push(answer);
        Outcome::OK
    });
    let session = engine().start(staying(&[&disk]));
    let entry = next_settled(&session).entries[0].number;
    while disk.record().count(&Recorded::ShowError(LOST)) < 2 {
        session.activate(entry);
        std::thread::yield_now();
    }
    session.close();
    assert_eq!(statuses(&session.wait()), [Succeeded]);
    let first = answers.lock().unwrap()[0];
    (first, disk)
}

#[test]
fn c_087_items_of_a_completion_without_a_retry_are_not_looked_at() {
    let items = [A, ItemId::NIL, ItemId::from_u128(99)];
    for outcome in [Outcome::OK, Outcome::FALSE, Outcome::FAIL, Outcome::ENUM_ITEMS] {
        let (answer, disk) = shown_twice(outcome, items.to_vec());
        assert_eq!(answer, Outcome::OK, "{outcome}");
        assert_eq!(count(&disk.record().calls(), is_prepare), 1, "{outcome}");
    }
}

/// A handler that fails its items at first, and whose entry retries `again` of them.
fn retrying(items: &[ItemId], again: Vec<ItemId>) -> Scripted {
    let is_first = Arc::new(std::sync::atomic::AtomicBool::new(true));
    Scripted::new("disk", items)
        .on_synchronize(move |play| {
            let was_first = is_first.swap(false, std::sync::atomic::Ordering::SeqCst);
            if was_first {
                play.log_jump("lost", LOST);
            }
            play.end_all(if was_first { Failed } else { Succeeded });
            play.synchronized(Outcome::OK)
        })
        .on_show_error(move |play, _| {
            let mut items = again.clone();
            let outcome = play.callback.show_error_completed(Outcome::RETRY_SYNC, &items);
            // The manager has its own copy by now.
            items.fill(ItemId::NIL);
            drop(items);
            outcome
        })
}

fn n_synchronized(calls: &[Recorded]) -> usize {
    count(calls, |call| *call == Recorded::Synchronize)
}

#[test]
fn c_088_a_retry_prepares_and_synchronizes_on_the_same_instance_after_the_call() {
    let disk = retrying(&[A, B], vec![B]);
    let record = disk.record();
    let disk = disk.on_show_error(move |play, _| {
        sure(|| {
            assert_eq!(play.callback.show_error_completed(Outcome::RETRY_SYNC, &[B]), Outcome::OK);
            assert_eq!(count(&record.calls(), is_prepare), 1, "not inside the callback");
        });
        Outcome::OK
    });
    let session = engine().start(staying(&[&disk]));
    let first = next_settled(&session);
    assert_eq!(statuses(&first), [Failed, Failed]);
    session.activate(first.entries[0].number);
    let row = next(&session, |event| match event {
        syncmgr_engine::SessionEvent::Row(row) => Some(row.item),
        _ => None,
    });
    assert_eq!(row, B, "its row is pending again");
    assert_eq!(statuses(&next_settled(&session)), [Failed, Succeeded]);
    session.close();
    session.wait();
    let calls = disk.record().calls();
    let again = [Recorded::ShowError(LOST), Recorded::Prepare(vec![B]), Recorded::Synchronize];
    assert!(calls.windows(3).any(|three| three == again), "{calls:?}");
    assert_eq!(count(&calls, |call| matches!(call, Recorded::Initialize(..))), 1);
    assert_eq!(disk.record().threads().len(), 1);
}

#[test]
fn c_089_the_items_of_a_retry_are_copied_duplicates_and_strangers_dropped() {
    let disk = retrying(&[A, B, C], vec![C, A, C, ItemId::from_u128(99), A]);
    let report = shown(&disk, |calls| n_synchronized(calls) == 2);
    assert_eq!(disk.record().count(&Recorded::Prepare(vec![C, A])), 1);
    assert_eq!(statuses(&report)[1], Failed);
}

#[test]
fn c_090_a_retry_of_nothing_is_refused_and_another_entry_can_be_opened() {
    for none in [vec![], vec![ItemId::from_u128(99), ItemId::NIL]] {
        let (answer, disk) = shown_twice(Outcome::RETRY_SYNC, none);
        assert_eq!(answer, Outcome::INVALID_ARGUMENT);
        assert_eq!(count(&disk.record().calls(), is_prepare), 1);
    }
}

/// What two handlers leave in the results: each logs twice as LOST and once as LATE; then the second deletes.
fn after_deleting(error: Option<ErrorId>, expected: Outcome) -> Vec<(usize, String)> {
    let logged = Latch::new();
    let logging = |play: &Play| {
        log(play, "lost 1", named(LOST));
        log(play, "late", named(LATE));
        log(play, "lost 2", named(LOST));
        log(play, "plain", LogErrorInfo::default());
    };
    let tell = logged.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        logging(play);
        tell.open();
        play.synchronized(Outcome::OK)
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let logged = logged.clone();
        play.elsewhere(move |play| {
            logged.wait();
            logging(play);
            assert_eq!(play.callback.delete_log_error(error), expected);
            play.synchronized(Outcome::OK);
        })
    });
    let of = |entry: &syncmgr_engine::Entry| usize::from(entry.handler == Some(handler_id(1)));
    run(&[&disk, &mail]).entries.iter().map(|entry| (of(entry), entry.text.clone())).collect()
}

const LOGGED: [&str; 4] = ["lost 1", "late", "lost 2", "plain"];

fn left(of_second: &[&str]) -> Vec<(usize, String)> {
    let first = LOGGED.iter().map(|text| (0, (*text).to_owned()));
    first.chain(of_second.iter().map(|text| (1, (*text).to_owned()))).collect()
}

#[test]
fn c_091_deleting_an_id_takes_all_entries_with_it_and_none_of_another_handler() {
    assert_eq!(after_deleting(Some(LOST), Outcome::OK), left(&["late", "plain"]));
}

#[test]
fn c_092_deleting_all_takes_all_of_this_handler_and_nothing_is_fine_too() {
    assert_eq!(after_deleting(None, Outcome::OK), left(&[]));
    assert_eq!(after_deleting(Some(ErrorId::NIL), Outcome::OK), left(&[]));
    let report = report_of(|play| {
        assert_eq!(play.callback.delete_log_error(None), Outcome::OK);
    });
    assert_eq!(report.entries, []);
}

#[test]
fn c_093_deleting_an_unknown_id_is_refused_and_deletes_nothing() {
    let unknown = ErrorId::from_u128(0xDEAD);
    assert_eq!(after_deleting(Some(unknown), Outcome::INVALID_ARGUMENT), left(&LOGGED));
}
