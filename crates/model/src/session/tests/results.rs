//! Entries: logging, deletion, activation, retry.

use super::rig::*;
use crate::entry::{EntryDetail, LogErrorInfo, LogLevel};
use crate::flags::ErrorFlags;
use crate::id::{ErrorId, ItemId};
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus::{Failed, Pending, Succeeded};

const ERROR: ErrorId = ErrorId::from_u128(0xE);

fn jump(error: ErrorId) -> LogErrorInfo {
    LogErrorInfo { flags: Some(ErrorFlags::ENABLE_JUMP_TEXT), error: Some(error), item: None }
}

/// Two handlers through with their work, an entry of the first leads back (number 1).
fn settled() -> Rig {
    let mut rig = Rig::with(by_hand(2, UNATTENDED));
    for instance in [FIRST, SECOND] {
        rig.load(instance, Default::default());
        rig.happens(Input::Chosen { instance, items: vec![A] });
    }
    rig.logs(LogLevel::Error, jump(ERROR));
    for instance in [FIRST, SECOND] {
        rig.prepares(instance);
        rig.synchronizes(instance);
    }
    assert!(rig.has(&Effect::TellSettled));
    rig.forget();
    rig
}

fn showing() -> Rig {
    let mut rig = settled();
    rig.happens(Input::EntryActivated(1));
    assert_eq!(rig.calls(), [(0, Call::ShowError(ERROR))]);
    rig
}

fn retry(rig: &mut Rig, items: &[ItemId]) -> Outcome {
    rig.calls_back(FIRST, Called::ErrorCompleted(Outcome::RETRY_SYNC, items.to_vec()))
}

#[test]
fn an_entry_about_an_unknown_item_is_about_the_handler_and_numbers_count_up() {
    let mut rig = Rig::syncing();
    for (item, kept) in [(Some(A), Some(A)), (Some(ItemId::from_u128(9)), None), (None, None)] {
        assert_eq!(rig.logs(LogLevel::Warning, LogErrorInfo { item, ..Default::default() }), Outcome::OK);
        assert_eq!(rig.machine.entries().last().unwrap().item, kept);
    }
    let numbers: Vec<_> = rig.machine.entries().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn deleting_by_id_takes_all_with_that_id_and_of_this_instance_only() {
    let mut rig = Rig::chosen(2, UNATTENDED);
    for instance in [FIRST, SECOND] {
        for _ in 0..2 {
            let (level, text) = (LogLevel::Error, "said".to_owned());
            rig.calls_back(
                instance,
                Called::Logged { level, text, info: jump(ERROR), detail: EntryDetail::default() },
            );
        }
    }
    rig.forget();
    assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(Some(ERROR))), Outcome::OK);
    assert_eq!(rig.effects, [Effect::TellEntriesDeleted(vec![1, 2])]);
    assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(Some(ERROR))), Outcome::INVALID_ARGUMENT);
    for all in [None, Some(ErrorId::NIL)] {
        assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(all)), Outcome::OK);
    }
    assert_eq!(rig.texts().len(), 2);
    assert_eq!(rig.calls_back(SECOND, Called::LogDeleted(None)), Outcome::OK);
    assert_eq!(rig.texts().len(), 0);
}

#[test]
fn the_managers_own_lines_are_never_deleted_by_a_handler() {
    let mut rig = Rig::with(by_hand(1, ATTENDED));
    rig.load(FIRST, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.prepares(FIRST);
    rig.returns(FIRST, Returned::Synchronized(Outcome::FAIL));
    assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(None)), Outcome::OK);
    assert_eq!(rig.texts(), ["`handler 0` could not synchronize: failed"]);
}

#[test]
fn only_an_entry_with_jump_text_leads_back_and_only_one_at_a_time() {
    let mut rig = settled();
    rig.logs(LogLevel::Error, LogErrorInfo { flags: None, ..jump(ERROR) });
    rig.forget();
    rig.happens(Input::EntryActivated(2));
    rig.happens(Input::EntryActivated(99));
    assert_eq!(rig.calls(), []);
    rig.happens(Input::EntryActivated(1));
    assert_eq!(rig.calls(), [(0, Call::ShowError(ERROR))]);
    rig.happens(Input::EntryActivated(1));
    assert_eq!(rig.calls(), []);
}

#[test]
fn a_failing_show_error_is_done_at_once_and_can_be_activated_again() {
    let mut rig = showing();
    rig.returns(FIRST, Returned::ErrorShown(Outcome::NOT_IMPLEMENTED));
    assert_eq!(retry(&mut rig, &[A]), Outcome::UNEXPECTED);
    rig.forget();
    rig.happens(Input::EntryActivated(1));
    assert_eq!(rig.calls(), [(0, Call::ShowError(ERROR))]);
}

#[test]
fn a_failing_show_error_beats_the_retry_it_asked_for() {
    let mut rig = showing();
    assert_eq!(retry(&mut rig, &[A]), Outcome::OK);
    rig.returns(FIRST, Returned::ErrorShown(Outcome::FAIL));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.statuses(), [Succeeded, Succeeded]);
}

#[test]
fn nothing_else_is_shown_meanwhile_and_its_dialogs_end_with_it() {
    let mut rig = settled();
    let (level, text) = (LogLevel::Error, "said".to_owned());
    rig.calls_back(SECOND, Called::Logged { level, text, info: jump(ERROR), detail: EntryDetail::default() });
    rig.happens(Input::EntryActivated(1));
    rig.forget();
    rig.happens(Input::EntryActivated(2));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.asks(FIRST, Modeless::Ask), Outcome::OK);
    rig.calls_back(FIRST, Called::ErrorCompleted(Outcome::OK, vec![]));
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    rig.happens(Input::EntryActivated(2));
    assert_eq!(rig.calls(), [(1, Call::ShowError(ERROR))]);
    assert_eq!(rig.asks(SECOND, Modeless::Ask), Outcome::OK);
}

#[test]
fn a_retry_prepares_the_known_items_once_each_after_show_error_has_returned() {
    for is_early in [true, false] {
        let mut rig = showing();
        if !is_early {
            rig.returns(FIRST, Returned::ErrorShown(Outcome::FALSE));
        }
        // B was not chosen before.
        assert_eq!(retry(&mut rig, &[B, A, ItemId::from_u128(9), B]), Outcome::OK);
        if is_early {
            assert_eq!(rig.calls(), []);
            rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
        }
        assert_eq!(rig.statuses(), [Pending, Pending, Succeeded]);
        assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![B, A]))]);
        rig.prepares(FIRST);
        rig.reports(B, Failed);
        rig.synchronizes(FIRST);
        assert_eq!(rig.statuses(), [Succeeded, Failed, Succeeded]);
        assert!(rig.has(&Effect::TellSettled));
    }
}

#[test]
fn a_retry_of_nothing_is_refused_and_still_completes() {
    for items in [vec![], vec![ItemId::from_u128(9)]] {
        let mut rig = showing();
        rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
        assert_eq!(retry(&mut rig, &items), Outcome::INVALID_ARGUMENT);
        rig.forget();
        rig.happens(Input::EntryActivated(1));
        assert_eq!(rig.calls(), [(0, Call::ShowError(ERROR))]);
    }
}

#[test]
fn a_second_completion_of_show_error_is_unexpected() {
    let mut rig = showing();
    assert_eq!(rig.calls_back(FIRST, Called::ErrorCompleted(Outcome::OK, vec![])), Outcome::OK);
    assert_eq!(retry(&mut rig, &[A]), Outcome::UNEXPECTED);
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    assert_eq!(rig.calls(), []);
}

#[test]
fn where_the_user_may_be_bothered_a_retry_waits_for_the_preparation_of_another() {
    let mut rig = Rig::with(by_hand(2, ATTENDED));
    for instance in [FIRST, SECOND] {
        rig.load(instance, Default::default());
        rig.happens(Input::Chosen { instance, items: vec![A] });
    }
    for instance in [FIRST, SECOND] {
        let (level, text) = (LogLevel::Error, "said".to_owned());
        rig.calls_back(
            instance,
            Called::Logged { level, text, info: jump(ERROR), detail: EntryDetail::default() },
        );
        rig.prepares(instance);
        rig.synchronizes(instance);
    }
    for (number, instance) in [(2, SECOND), (1, FIRST)] {
        rig.forget();
        rig.happens(Input::EntryActivated(number));
        rig.calls_back(instance, Called::ErrorCompleted(Outcome::RETRY_SYNC, vec![A]));
        rig.returns(instance, Returned::ErrorShown(Outcome::OK));
    }
    assert_eq!(rig.calls(), [(0, Call::ShowError(ERROR))], "the second handler prepares");
    rig.prepares(SECOND);
    assert!(rig.calls().contains(&(0, Call::PrepareForSync(vec![A]))));
}

#[test]
fn a_stop_holds_for_its_run_and_not_for_a_retry() {
    let mut rig = Rig::with(by_hand(1, ATTENDED));
    rig.load(FIRST, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.logs(LogLevel::Error, jump(ERROR));
    rig.prepares(FIRST);
    rig.happens(Input::StopAsked);
    rig.synchronizes(FIRST);
    rig.happens(Input::EntryActivated(1));
    retry(&mut rig, &[A]);
    rig.forget();
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Open));
    assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![A]))]);
}

#[test]
fn a_hold_that_nobody_lifted_does_not_hold_a_retry() {
    let mut rig = Rig::with(by_hand(1, ATTENDED));
    rig.load(FIRST, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.logs(LogLevel::Error, jump(ERROR));
    rig.prepares(FIRST);
    rig.happens(Input::PauseAsked);
    rig.synchronizes(FIRST);
    rig.happens(Input::EntryActivated(1));
    retry(&mut rig, &[A]);
    rig.forget();
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![A]))]);
}

#[test]
fn closing_does_not_wait_for_what_is_shown() {
    let mut rig = showing();
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    rig.happens(Input::CloseAsked);
    assert_eq!(rig.calls().iter().filter(|(_, call)| *call == Call::Release).count(), 2);
    rig.returns(FIRST, Returned::Released);
    rig.returns(SECOND, Returned::Released);
    assert!(rig.machine.is_finished());
}
