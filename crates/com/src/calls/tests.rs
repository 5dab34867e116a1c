//! What a class is answered, by a manager that notes what reaches it.

use std::sync::Mutex;

use syncmgr_model::entry::LogErrorInfo;
use syncmgr_model::status::ItemStatus;

use super::*;

const A: ItemId = ItemId::from_u128(0xA);
const B: ItemId = ItemId::from_u128(0xB);

/// Knows one item, [`A`], and says what the test wants.
struct Manager {
    verdict: Verdict,
    /// The answer to everything that is no progress; progress is refused with it, too, unless it is OK.
    answer: Outcome,
    heard: Mutex<Vec<String>>,
}

impl Manager {
    fn note(&self, text: String) -> Outcome {
        self.heard.lock().unwrap().push(text);
        self.answer
    }
}

impl SyncCallback for Manager {
    fn show_properties_completed(&self, outcome: Outcome) -> Outcome {
        self.note(format!("properties {outcome}"))
    }

    fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome {
        self.note(format!("prepared {outcome}"))
    }

    fn synchronize_completed(&self, outcome: Outcome) -> Outcome {
        self.note(format!("synchronized {outcome}"))
    }

    fn show_error_completed(&self, outcome: Outcome, items: &[ItemId]) -> Outcome {
        let items: Vec<_> = items.iter().map(|item| item.uuid().as_u128()).collect();
        self.note(format!("shown {outcome} {items:?}"))
    }

    fn enable_modeless(&self, request: ModelessRequest) -> Outcome {
        self.note(format!("modeless {request:?}"))
    }

    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        if self.answer != Outcome::OK {
            return Err(self.answer);
        }
        match self.verdict {
            Verdict::Stop if *item != A => return Ok(Verdict::Stop),
            _ if *item != A => return Err(Outcome::INVALID_ARGUMENT),
            _ => {}
        }
        self.note(format!("progress {:?} {:?}", update.status, update.text));
        Ok(self.verdict)
    }

    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome {
        self.note(format!("log {level} `{text}` {}", info.is_some()))
    }

    fn delete_log_error(&self, error: Option<ErrorId>) -> Outcome {
        self.note(format!("delete {}", error.map_or(0, |error| error.uuid().as_u128())))
    }

    fn establish_connection(&self, name: Option<&str>) -> Outcome {
        self.note(format!("connect {name:?}"))
    }
}

fn with(verdict: Verdict, answer: Outcome) -> (Calls, Arc<Manager>) {
    let manager = Arc::new(Manager { verdict, answer, heard: Mutex::default() });
    let calls = Calls::default();
    calls.open(manager.clone());
    calls.listed([A, B]);
    calls.preparing(&[A]);
    (calls, manager)
}

fn heard(manager: &Manager) -> Vec<String> {
    std::mem::take(&mut manager.heard.lock().unwrap())
}

fn text(text: &str) -> Passed<Progress> {
    Passed::Read(Progress { text: Some(text.to_owned()), ..Progress::default() })
}

fn status(number: u32) -> Passed<Progress> {
    Passed::Read(Progress { status: Some(number), text: Some("x".to_owned()), ..Progress::default() })
}

#[test]
fn what_may_be_answered_to_progress_by_verdict_and_arguments() {
    use Verdict::{Go, Skip, Stop};
    let none = ItemId::NIL;
    for (verdict, item, report, expected) in [
        (Go, Some(A), text("x"), Outcome::OK),
        (Skip, Some(A), text("x"), Outcome::CANCEL_ITEM),
        (Stop, Some(A), text("x"), Outcome::CANCEL_ALL),
        (Verdict::Yield, Some(A), text("x"), Outcome::CANCEL_ALL),
        // Items that are not part of the run.
        (Go, Some(B), text("x"), Outcome::INVALID_ARGUMENT),
        (Go, Some(none), text("x"), Outcome::INVALID_ARGUMENT),
        (Go, None, text("x"), Outcome::INVALID_ARGUMENT),
        (Stop, Some(B), text("x"), Outcome::CANCEL_ALL),
        (Stop, None, text("x"), Outcome::CANCEL_ALL),
        // Structures that cannot be read: the skip of the item is told first.
        (Go, Some(A), Passed::Null, Outcome::INVALID_ARGUMENT),
        (Go, Some(A), Passed::TooSmall, Outcome::INVALID_ARGUMENT),
        (Skip, Some(A), Passed::Null, Outcome::CANCEL_ITEM),
        (Skip, Some(A), Passed::TooSmall, Outcome::CANCEL_ITEM),
        (Stop, Some(A), Passed::Null, Outcome::CANCEL_ALL),
        (Skip, Some(B), Passed::Null, Outcome::INVALID_ARGUMENT),
        // A status nobody knows.
        (Go, Some(A), status(9), Outcome::INVALID_ARGUMENT),
        (Skip, Some(A), status(9), Outcome::INVALID_ARGUMENT),
        (Stop, Some(A), status(9), Outcome::CANCEL_ALL),
    ] {
        let (calls, _manager) = with(verdict, Outcome::OK);
        assert_eq!(calls.progress(item, &report), expected, "{verdict:?} {item:?} {report:?}");
    }
}

#[test]
fn nothing_of_a_report_with_an_unknown_status_arrives() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    calls.progress(Some(A), &status(9));
    assert!(heard(&manager).is_empty());
}

#[test]
fn outside_of_a_run_progress_is_unexpected_whatever_the_arguments() {
    for (item, report) in
        [(Some(A), text("x")), (None, text("x")), (Some(A), Passed::Null), (Some(A), status(9))]
    {
        let (calls, _manager) = with(Verdict::Go, Outcome::UNEXPECTED);
        assert_eq!(calls.progress(item, &report), Outcome::UNEXPECTED, "{item:?} {report:?}");
    }
}

#[test]
fn a_cancel_of_an_item_is_told_until_its_row_is_final_and_a_stop_always() {
    let (calls, _manager) = with(Verdict::Skip, Outcome::OK);
    assert_eq!(calls.progress(Some(A), &text("x")), Outcome::CANCEL_ITEM);
    assert_eq!(calls.progress(Some(A), &text("x")), Outcome::CANCEL_ITEM);
    assert_eq!(calls.progress(Some(A), &status(ItemStatus::Skipped.number())), Outcome::CANCEL_ITEM);
    assert_eq!(calls.progress(Some(A), &text("x")), Outcome::OK);
    assert_eq!(calls.progress(Some(A), &Passed::Null), Outcome::INVALID_ARGUMENT);
    let (calls, _manager) = with(Verdict::Stop, Outcome::OK);
    calls.progress(Some(A), &status(ItemStatus::Stopped.number()));
    assert_eq!(calls.progress(Some(A), &text("x")), Outcome::CANCEL_ALL);
}

#[test]
fn on_a_session_that_is_over_every_call_is_unexpected_and_arrives_nowhere() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    calls.close();
    let answers = [
        calls.show_properties_completed(Outcome::OK),
        calls.prepare_for_sync_completed(Outcome::OK),
        calls.synchronize_completed(Outcome::OK),
        calls.show_error_completed(Outcome::RETRY_SYNC, || panic!("not to be read")),
        calls.enable_modeless(1),
        calls.enable_modeless(0),
        calls.progress(Some(A), &text("x")),
        calls.progress(None, &Passed::Null),
        calls.log_error(0, None, &Passed::TooSmall),
        calls.delete_log_error(None),
        calls.establish_connection(Some("")),
    ];
    assert_eq!(answers, [Outcome::UNEXPECTED; 11]);
    assert!(heard(&manager).is_empty());
}

#[test]
fn an_entry_needs_a_level_a_text_and_a_structure_of_full_size_or_none() {
    let raw = RawLogInfo { mask: 0, flags: 0, error: ErrorId::NIL, item: ItemId::NIL };
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    for (level, text, info, expected) in [
        (3, Some("x"), Passed::Null, Outcome::OK),
        (1, Some(""), Passed::Read(raw), Outcome::OK),
        (0, Some("x"), Passed::Null, Outcome::INVALID_ARGUMENT),
        (4, Some("x"), Passed::Null, Outcome::INVALID_ARGUMENT),
        (2, None, Passed::Null, Outcome::INVALID_ARGUMENT),
        (2, Some("x"), Passed::TooSmall, Outcome::INVALID_ARGUMENT),
    ] {
        assert_eq!(calls.log_error(level, text, &info), expected, "{level} {text:?} {info:?}");
    }
    assert_eq!(heard(&manager), ["log error `x` false", "log information `` true"]);
}

#[test]
fn the_nil_id_deletes_all_entries_and_a_null_pointer_none() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    assert_eq!(calls.delete_log_error(None), Outcome::INVALID_ARGUMENT);
    assert_eq!(calls.delete_log_error(Some(ErrorId::NIL)), Outcome::OK);
    assert_eq!(calls.delete_log_error(Some(ErrorId::from_u128(7))), Outcome::OK);
    assert_eq!(heard(&manager), ["delete 0", "delete 7"]);
}

#[test]
fn no_name_is_the_default_connection_and_an_empty_name_none() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    assert_eq!(calls.establish_connection(None), Outcome::OK);
    assert_eq!(calls.establish_connection(Some("")), Outcome::INVALID_ARGUMENT);
    assert_eq!(calls.establish_connection(Some("office")), Outcome::OK);
    assert_eq!(heard(&manager), ["connect None", r#"connect Some("office")"#]);
}

#[test]
fn whatever_is_not_zero_asks_for_a_dialog() {
    let (calls, manager) = with(Verdict::Go, Outcome::FALSE);
    assert_eq!([1, -1, 0].map(|enable| calls.enable_modeless(enable)), [Outcome::FALSE; 3]);
    assert_eq!(heard(&manager), ["modeless Ask", "modeless Ask", "modeless Done"]);
}

#[test]
fn without_a_retry_the_array_is_not_looked_at() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    assert_eq!(calls.show_error_completed(Outcome::OK, || panic!("not to be read")), Outcome::OK);
    assert_eq!(heard(&manager), ["shown ok []"]);
}

#[test]
fn a_retry_names_each_listed_item_once_in_the_order_given() {
    let (calls, manager) = with(Verdict::Go, Outcome::OK);
    let items = || Some(vec![B, ItemId::from_u128(99), A, B]);
    assert_eq!(calls.show_error_completed(Outcome::RETRY_SYNC, items), Outcome::OK);
    assert_eq!(heard(&manager), ["shown retry sync [11, 10]"]);
}

#[test]
fn a_retry_of_nothing_is_refused_and_what_was_shown_is_gone() {
    let given = [None, Some(Vec::new()), Some(vec![ItemId::from_u128(99)])];
    for items in given {
        let (calls, manager) = with(Verdict::Go, Outcome::OK);
        let answer = calls.show_error_completed(Outcome::RETRY_SYNC, || items);
        assert_eq!(answer, Outcome::INVALID_ARGUMENT);
        assert_eq!(heard(&manager), ["shown ok []"]);
    }
    let (calls, _manager) = with(Verdict::Go, Outcome::UNEXPECTED);
    assert_eq!(calls.show_error_completed(Outcome::RETRY_SYNC, || None), Outcome::UNEXPECTED);
}

#[test]
fn after_a_completion_and_for_a_final_row_no_status_is_set() {
    let (calls, _manager) = with(Verdict::Go, Outcome::OK);
    assert!(calls.takes_status(Some(A)) && calls.takes_status(None));
    calls.progress(Some(A), &status(ItemStatus::Succeeded.number()));
    assert!(!calls.takes_status(Some(A)) && calls.takes_status(Some(B)) && calls.takes_status(None));
    calls.prepare_for_sync_completed(Outcome::OK);
    assert!(!calls.takes_status(None));
    calls.synchronizing();
    assert!(calls.takes_status(None));
    calls.not_begun();
    assert!(!calls.takes_status(None));
    // A retry opens the row again.
    calls.preparing(&[A]);
    assert!(calls.takes_status(Some(A)));
}

#[test]
fn a_completion_that_was_refused_leaves_the_window_open() {
    let (calls, _manager) = with(Verdict::Go, Outcome::UNEXPECTED);
    assert_eq!(calls.synchronize_completed(Outcome::OK), Outcome::UNEXPECTED);
    assert!(calls.takes_status(None));
}

#[test]
fn properties_that_failed_may_be_completed_once_and_it_means_nothing() {
    let (calls, manager) = with(Verdict::Go, Outcome::UNEXPECTED);
    calls.showing_properties();
    calls.properties_failed();
    assert_eq!(calls.show_properties_completed(Outcome::ENUM_ITEMS), Outcome::OK);
    assert!(heard(&manager).is_empty());
    assert_eq!(calls.show_properties_completed(Outcome::OK), Outcome::UNEXPECTED);
    // Completed inside the call that then failed: that was it.
    calls.showing_properties();
    calls.show_properties_completed(Outcome::OK);
    calls.properties_failed();
    assert_eq!(calls.show_properties_completed(Outcome::OK), Outcome::UNEXPECTED);
}
