//! Preparation, synchronization, completions, and what rows become.

use super::rig::*;
use crate::entry::{LogErrorInfo, LogLevel};
use crate::event::Modifiers;
use crate::flags::ErrorFlags;
use crate::id::{ErrorId, ItemId};
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus::{self, Failed, Pending, Skipped, Succeeded, Updating};

const ODD: Outcome = Outcome(0x0004_0299);

/// The two orders in which a method can return and its completion can come.
const ORDERS: [&str; 2] = ["completion first", "return first"];

fn finish_preparation(rig: &mut Rig, order: &str, returned: Outcome, completed: Outcome) {
    if order == ORDERS[0] {
        assert_eq!(rig.calls_back(FIRST, Called::PrepareCompleted(completed)), Outcome::OK);
        rig.returns(FIRST, Returned::Prepared(returned));
    } else {
        rig.returns(FIRST, Returned::Prepared(returned));
        rig.calls_back(FIRST, Called::PrepareCompleted(completed));
    }
}

#[test]
fn synchronize_follows_only_when_preparation_returned_and_completed_exactly_ok() {
    let ok = Outcome::OK;
    for (returned, completed, status) in [
        (ok, ok, None),
        (ok, Outcome::FALSE, Some(Skipped)),
        (ok, ODD, Some(Skipped)),
        (ok, Outcome::FAIL, Some(Failed)),
        (Outcome::FALSE, ok, Some(Skipped)),
        (ODD, ok, Some(Skipped)),
        (Outcome::FAIL, ok, Some(Failed)),
        (Outcome::FAIL, Outcome::FAIL, Some(Failed)),
    ] {
        for order in ORDERS {
            let mut rig = Rig::chosen(1, ATTENDED);
            rig.forget();
            finish_preparation(&mut rig, order, returned, completed);
            let claim = format!("returned {returned}, completed {completed}, {order}");
            match status {
                None => assert_eq!(rig.calls(), [(0, Call::Synchronize)], "{claim}"),
                Some(status) => {
                    assert_eq!(rig.statuses(), [status, status], "{claim}");
                    assert_eq!(rig.texts().len(), 1, "one line: {claim}");
                    assert_eq!(
                        rig.calls(),
                        [(0, Call::ClearProgressCallback), (0, Call::Release)],
                        "{claim}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_preparation_that_has_only_returned_or_only_completed_is_not_over() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.forget();
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    assert_eq!(rig.calls(), []);
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.forget();
    rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK)), Outcome::UNEXPECTED);
}

#[test]
fn the_manager_is_silent_about_a_failure_the_handler_has_told_itself() {
    for (level, n_lines) in [(LogLevel::Error, 1), (LogLevel::Warning, 2), (LogLevel::Information, 2)] {
        let mut rig = Rig::chosen(1, ATTENDED);
        rig.logs(level, LogErrorInfo::default());
        rig.returns(FIRST, Returned::Prepared(Outcome::FAIL));
        assert_eq!(rig.texts().len(), n_lines, "{level}");
    }
}

#[test]
fn a_later_word_does_not_take_an_error_back() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.logs(LogLevel::Error, LogErrorInfo::default());
    rig.logs(LogLevel::Information, LogErrorInfo::default());
    rig.returns(FIRST, Returned::Prepared(Outcome::FAIL));
    assert_eq!(rig.texts().len(), 2);
}

#[test]
fn a_handler_that_failed_to_prepare_stays_only_for_an_entry_that_leads_back() {
    let jump = LogErrorInfo {
        flags: Some(ErrorFlags::ENABLE_JUMP_TEXT),
        error: Some(ErrorId::from_u128(1)),
        item: None,
    };
    let mut rig = Rig::with(by_hand(1, ATTENDED));
    rig.load(FIRST, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.logs(LogLevel::Error, jump);
    rig.forget();
    rig.returns(FIRST, Returned::Prepared(Outcome::FAIL));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.logs(LogLevel::Error, jump), Outcome::OK);
    rig.happens(Input::CloseAsked);
    assert_eq!(rig.calls(), [(0, Call::ClearProgressCallback), (0, Call::Release)]);
}

#[test]
fn where_the_user_may_be_bothered_one_handler_prepares_at_a_time_in_order() {
    let mut rig = Rig::begun(3, ATTENDED);
    let third = InstanceIdx(2);
    // Loaded in the wrong order.
    for instance in [third, SECOND, FIRST] {
        rig.load(instance, Default::default());
        rig.forget();
        rig.happens(Input::Chosen { instance, items: vec![A] });
    }
    assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![A]))]);
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    assert_eq!(rig.calls(), []);
    rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK));
    // Working phases overlap with the next preparation.
    assert_eq!(rig.calls(), [(0, Call::Synchronize), (1, Call::PrepareForSync(vec![A]))]);
    rig.returns(SECOND, Returned::Prepared(Outcome::FAIL));
    assert_eq!(rig.calls().last(), Some(&(2, Call::PrepareForSync(vec![A]))));
}

#[test]
fn unattended_preparations_overlap() {
    let mut rig = Rig::chosen(2, UNATTENDED);
    let prepare = Call::PrepareForSync(vec![A, B]);
    let calls = rig.calls();
    assert!(calls.contains(&(0, prepare.clone())) && calls.contains(&(1, prepare)));
}

#[test]
fn open_rows_take_what_synchronization_came_to_and_final_ones_stay() {
    let ok = Outcome::OK;
    for (returned, completed, status, n_lines) in [
        (ok, ok, Succeeded, 0),
        (ok, Outcome::FALSE, Succeeded, 0),
        (ok, Outcome::FAIL, Failed, 1),
        (Outcome::FAIL, ok, Failed, 1),
        (Outcome::FALSE, ok, Failed, 1),
    ] {
        for order in ORDERS {
            let mut rig = Rig::chosen(1, ATTENDED);
            rig.prepares(FIRST);
            assert_eq!(rig.reports(B, Skipped), Outcome::OK);
            if order == ORDERS[0] {
                let called = Called::SynchronizeCompleted(completed);
                assert_eq!(rig.calls_back(FIRST, called.clone()), Outcome::OK);
                assert_eq!(rig.last_phase(FIRST), Some(Phase::Closed), "no progress after the completion");
                assert_eq!(rig.calls_back(FIRST, called), Outcome::UNEXPECTED);
                assert_eq!(rig.statuses(), [Pending, Skipped]);
                rig.returns(FIRST, Returned::Synchronized(returned));
            } else {
                rig.returns(FIRST, Returned::Synchronized(returned));
                rig.calls_back(FIRST, Called::SynchronizeCompleted(completed));
            }
            let claim = format!("returned {returned}, completed {completed}, {order}");
            assert_eq!(rig.statuses(), [status, Skipped], "{claim}");
            assert_eq!(rig.texts().len(), n_lines, "{claim}");
        }
    }
}

#[test]
fn the_session_ends_only_when_every_handler_has_completed_and_is_dropped() {
    let mut rig = Rig::chosen(2, UNATTENDED);
    for instance in [FIRST, SECOND] {
        rig.prepares(instance);
        assert!(!rig.calls().contains(&(0, Call::Release)));
        rig.synchronizes(instance);
    }
    let calls = rig.calls();
    assert!(calls.contains(&(0, Call::Release)) && calls.contains(&(1, Call::Release)));
    rig.returns(SECOND, Returned::Released);
    assert!(!rig.machine.is_finished());
    rig.returns(FIRST, Returned::Released);
    assert_eq!(rig.effects, [Effect::TellFinished]);
}

#[test]
fn rows_are_reported_only_while_their_run_is_open() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.load(FIRST, Default::default());
    assert_eq!(rig.reports(A, Succeeded), Outcome::UNEXPECTED);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    assert_eq!(rig.reports(B, Succeeded), Outcome::INVALID_ARGUMENT);
    assert_eq!(rig.reports(ItemId::NIL, Succeeded), Outcome::INVALID_ARGUMENT);
    // During preparation a row can already become final.
    assert_eq!(rig.reports(A, Failed), Outcome::OK);
    rig.forget();
    rig.prepares(FIRST);
    assert_eq!(rig.calls(), [(0, Call::Synchronize)], "the handler decides what to do about its rows");
    rig.synchronizes(FIRST);
    assert_eq!(rig.reports(A, Succeeded), Outcome::UNEXPECTED);
}

#[test]
fn a_final_row_is_left_for_failed_only() {
    for first in ItemStatus::ALL.into_iter().filter(|status| status.is_final()) {
        for second in ItemStatus::ALL {
            let mut rig = Rig::syncing();
            rig.reports(A, first);
            assert_eq!(rig.reports(A, second), Outcome::OK);
            let expected = if second == Failed { Failed } else { first };
            assert_eq!(rig.statuses()[0], expected, "{first} then {second}");
        }
    }
    let mut rig = Rig::syncing();
    assert_eq!(rig.reports(A, Updating), Outcome::OK);
    assert_eq!(rig.statuses()[0], Pending, "open statuses are not the machine's");
}

#[test]
fn a_failed_row_without_a_word_gets_a_line() {
    let mut rig = Rig::syncing();
    rig.reports(A, Failed);
    rig.reports(B, Failed);
    rig.logs(LogLevel::Information, LogErrorInfo::about(B));
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert_eq!(rig.texts(), ["said", "failed, and `handler 0` did not say why"]);
    let mut rig = Rig::syncing();
    rig.reports(A, Failed);
    rig.calls_back(FIRST, Called::Halted(A));
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert_eq!(rig.texts(), [""; 0]);
}

#[test]
fn a_panic_fails_what_is_open_and_the_instance_is_dropped_without_another_call() {
    let panicked = || Returned::Panicked { method: "synchronize", text: "oh".into() };
    let mut rig = Rig::syncing();
    rig.reports(A, Succeeded);
    rig.returns(FIRST, panicked());
    assert_eq!(rig.statuses(), [Succeeded, Failed]);
    assert_eq!(rig.texts(), ["`handler 0` panicked in `synchronize`: oh"]);
    assert_eq!(rig.calls(), [(0, Call::Release)]);
    assert_eq!(rig.reports(B, Succeeded), Outcome::UNEXPECTED);
    rig.returns(FIRST, panicked());
    rig.returns(FIRST, Returned::Released);
    assert!(rig.machine.is_finished());
}

#[test]
fn a_dry_run_ends_after_preparation_with_success() {
    let mut rig = Rig::begun(1, Modifiers::DRY_RUN);
    rig.load(FIRST, crate::flags::HandlerFlags::PREVIEWS);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A, B] });
    rig.reports(A, Failed);
    rig.forget();
    rig.prepares(FIRST);
    assert_eq!(rig.statuses(), [Failed, Succeeded]);
    assert!(!rig.calls().contains(&(0, Call::Synchronize)));
}
