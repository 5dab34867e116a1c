//! Skip, stop, pause, and the end of patience.

use super::rig::*;
use crate::id::ItemId;
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus::{Failed, Pending, Skipped, Stopped, Succeeded};

const SKIP_A: (usize, Call) = (0, Call::SetItemStatus(Some(A)));
const STOP: (usize, Call) = (0, Call::SetItemStatus(None));

fn skip_verdict(verdict: RowVerdict) -> Effect {
    Effect::SetVerdict { instance: FIRST, row: RowIdx(0), verdict }
}

#[test]
fn a_skip_at_work_changes_the_verdict_and_is_called_once() {
    let mut rig = Rig::syncing();
    rig.happens(Input::SkipAsked(A));
    assert!(rig.has(&skip_verdict(RowVerdict::Skip)));
    assert_eq!(rig.calls(), [SKIP_A]);
    assert!(rig.notice(Some(A)));
    rig.happens(Input::SkipAsked(A));
    assert_eq!(rig.calls(), []);
    assert!(!rig.notice(Some(A)), "given already");
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert_eq!(rig.statuses(), [Skipped, Succeeded]);
}

#[test]
fn a_skip_inside_a_method_is_called_after_its_return() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.forget();
    rig.happens(Input::SkipAsked(A));
    assert_eq!(rig.calls(), []);
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    assert_eq!(rig.calls(), [SKIP_A]);
}

#[test]
fn a_skip_between_preparation_and_synchronization_waits_for_the_return_of_the_latter() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.forget();
    rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK));
    rig.happens(Input::SkipAsked(A));
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    assert_eq!(rig.calls(), [(0, Call::Synchronize)]);
    rig.returns(FIRST, Returned::Synchronized(Outcome::OK));
    assert_eq!(rig.calls(), [SKIP_A]);
}

#[test]
fn an_ordered_notice_that_finds_its_window_closed_is_owed_to_the_next_one() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    rig.forget();
    rig.happens(Input::SkipAsked(A));
    assert_eq!(rig.calls(), [SKIP_A]);
    // The completion overtakes it on its way to the handler's thread.
    rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK));
    assert!(!rig.notice(Some(A)));
    rig.forget();
    rig.returns(FIRST, Returned::Synchronized(Outcome::OK));
    assert_eq!(rig.calls(), [SKIP_A]);
    assert!(rig.notice(Some(A)));
}

#[test]
fn no_notice_is_given_for_a_final_row_or_after_the_completion() {
    let mut rig = Rig::syncing();
    rig.happens(Input::SkipAsked(A));
    rig.reports(A, Succeeded);
    assert!(!rig.notice(Some(A)));
    assert_eq!(rig.statuses()[0], Succeeded, "what the handler reports stands");
    assert!(rig.has(&skip_verdict(RowVerdict::Go)), "and later calls are answered as if nothing was");
    rig.happens(Input::SkipAsked(B));
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert!(!rig.notice(Some(B)));
    rig.forget();
    rig.happens(Input::SkipAsked(A));
    rig.happens(Input::SkipAsked(ItemId::from_u128(99)));
    assert_eq!(rig.effects, []);
}

#[test]
fn an_item_skipped_before_its_turn_takes_no_part() {
    let mut rig = Rig::chosen(2, ATTENDED);
    rig.happens(Input::SkipAsked(A));
    assert_eq!(rig.statuses(), [Pending, Pending, Skipped, Pending], "the first handler prepares already");
    rig.returns(FIRST, Returned::Prepared(Outcome::FAIL));
    assert!(rig.calls().contains(&(1, Call::PrepareForSync(vec![B]))));
}

#[test]
fn a_handler_all_of_whose_items_are_skipped_before_its_turn_does_not_get_one() {
    let mut rig = Rig::chosen(2, ATTENDED);
    rig.happens(Input::SkipAsked(A));
    rig.happens(Input::SkipAsked(B));
    rig.returns(FIRST, Returned::Prepared(Outcome::FAIL));
    assert!(
        !rig.calls().iter().any(|(instance, call)| *instance == 1 && matches!(call, Call::PrepareForSync(_)))
    );
    assert_eq!(rig.statuses(), [Skipped; 4]);
}

#[test]
fn when_all_items_are_skipped_during_preparation_nothing_is_synchronized() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.happens(Input::SkipAsked(A));
    rig.happens(Input::SkipAsked(B));
    rig.forget();
    rig.prepares(FIRST);
    assert!(!rig.calls().contains(&(0, Call::Synchronize)));
    assert_eq!(rig.statuses(), [Skipped, Skipped]);
}

#[test]
fn a_stop_at_work_is_answered_everywhere_and_noticed_once() {
    let mut rig = Rig::syncing();
    rig.happens(Input::StopAsked);
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Stopping));
    assert!(rig.has(&Effect::ArmGrace));
    assert_eq!(rig.calls(), [STOP]);
    assert!(rig.notice(None));
    rig.happens(Input::StopAsked);
    assert_eq!(rig.effects, []);
    assert!(!rig.notice(None));
    rig.happens(Input::SkipAsked(A));
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::FAIL));
    assert_eq!(rig.statuses(), [Skipped, Stopped], "a skipped row stays skipped");
    assert!(rig.machine.was_stopped());
}

#[test]
fn without_the_policy_no_stop_notice_is_given() {
    let mut rig = Rig::with(SessionSpec { stop_notice: StopNotice::Omit, ..spec(1, ATTENDED) });
    rig.load(FIRST, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.returns(FIRST, Returned::Prepared(Outcome::OK));
    rig.forget();
    rig.happens(Input::StopAsked);
    assert_eq!(rig.calls(), []);
}

#[test]
fn after_a_stop_nothing_is_prepared_or_synchronized() {
    let mut rig = Rig::chosen(3, ATTENDED);
    rig.forget();
    rig.happens(Input::StopAsked);
    assert_eq!(rig.statuses()[2..], [Stopped; 4], "those who waited are through at once");
    rig.prepares(FIRST);
    assert_eq!(rig.statuses(), [Stopped; 6]);
    let calls = rig.calls();
    assert!(!calls.iter().any(|(_, call)| matches!(call, Call::Synchronize | Call::PrepareForSync(_))));
}

#[test]
fn an_ordered_call_that_has_not_begun_when_the_stop_comes_does_not_begin() {
    for starting in [Starting::Prepare, Starting::Synchronize] {
        let mut rig = Rig::begun(1, ATTENDED);
        rig.load(FIRST, Default::default());
        rig.is_thread_busy = starting == Starting::Prepare;
        rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
        if starting == Starting::Synchronize {
            rig.returns(FIRST, Returned::Prepared(Outcome::OK));
            rig.is_thread_busy = true;
            rig.calls_back(FIRST, Called::PrepareCompleted(Outcome::OK));
        }
        for called in [Called::PrepareCompleted(Outcome::OK), Called::SynchronizeCompleted(Outcome::OK)] {
            assert_eq!(rig.calls_back(FIRST, called), Outcome::UNEXPECTED, "it has not begun");
        }
        rig.happens(Input::StopAsked);
        assert!(!rig.starts(FIRST, starting));
        assert_eq!(rig.statuses(), [Stopped]);
        rig.returns(FIRST, Returned::Released);
        assert!(rig.machine.is_finished());
    }
}

#[test]
fn a_stop_while_loading_lets_go_with_the_next_return() {
    let returns = [
        Returned::Created(Ok(())),
        Returned::Initialized(Outcome::OK),
        Returned::InfoGiven(Err(Outcome::FAIL)),
        Returned::Enumerated(listing(&[A])),
        Returned::CallbackSet(Outcome::OK),
    ];
    for n_before in 0..=returns.len() {
        let mut rig = Rig::begun(1, ATTENDED);
        returns[..n_before].iter().for_each(|returned| rig.returns(FIRST, returned.clone()));
        rig.forget();
        rig.happens(Input::StopAsked);
        if let Some(next) = returns.get(n_before) {
            assert_eq!(rig.calls(), [], "something runs on its thread");
            rig.returns(FIRST, next.clone());
        }
        let calls = rig.calls();
        assert_eq!(calls.last(), Some(&(0, Call::Release)), "after {n_before}");
        // Whoever was given the callback is asked for it back.
        assert_eq!(calls.contains(&(0, Call::ClearProgressCallback)), n_before >= 4, "after {n_before}");
        rig.returns(FIRST, Returned::Released);
        assert!(rig.machine.is_finished());
    }
}

#[test]
fn who_does_not_end_in_time_is_abandoned() {
    let mut rig = Rig::syncing();
    rig.grace_ends();
    assert_eq!(rig.effects, [], "not without a stop");
    rig.happens(Input::StopAsked);
    rig.reports(A, Failed);
    rig.forget();
    rig.grace_ends();
    assert!(rig.has(&Effect::Abandon(FIRST)));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.statuses(), [Failed, Stopped]);
    assert!(rig.machine.is_finished());
    assert_eq!(rig.reports(B, Succeeded), Outcome::UNEXPECTED);
    rig.returns(FIRST, Returned::Synchronized(Outcome::OK));
    assert_eq!(rig.effects, [], "what comes back late does not matter");
}

#[test]
fn a_handler_that_hangs_in_its_drop_is_abandoned_after_a_stop() {
    let mut rig = Rig::syncing();
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    rig.happens(Input::StopAsked);
    assert!(rig.has(&Effect::ArmGrace));
    assert!(!rig.machine.is_finished());
    rig.grace_ends();
    assert!(rig.machine.is_finished());
    assert_eq!(rig.statuses(), [Succeeded, Succeeded]);
    assert!(!rig.machine.was_stopped(), "the work was done");
}

#[test]
fn while_held_nothing_starts_and_all_starts_on_resume() {
    let mut rig = Rig::begun(2, UNATTENDED);
    rig.load(FIRST, Default::default());
    rig.load(SECOND, Default::default());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.forget();
    rig.happens(Input::PauseAsked);
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Paused));
    rig.happens(Input::Chosen { instance: SECOND, items: vec![B] });
    rig.prepares(FIRST);
    assert_eq!(rig.calls(), []);
    rig.happens(Input::ResumeAsked);
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Open));
    assert_eq!(rig.calls(), [(0, Call::Synchronize), (1, Call::PrepareForSync(vec![B]))]);
}

#[test]
fn a_stop_ends_a_pause() {
    let mut rig = Rig::syncing();
    rig.happens(Input::PauseAsked);
    rig.happens(Input::StopAsked);
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Stopping));
    rig.happens(Input::ResumeAsked);
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Stopping));
}

#[test]
fn when_all_items_are_skipped_while_everything_is_held_nothing_is_synchronized_on_resume() {
    let mut rig = Rig::chosen(1, ATTENDED);
    rig.happens(Input::PauseAsked);
    rig.prepares(FIRST);
    rig.happens(Input::SkipAsked(A));
    rig.happens(Input::SkipAsked(B));
    rig.forget();
    rig.happens(Input::ResumeAsked);
    assert!(!rig.calls().contains(&(0, Call::Synchronize)));
    assert_eq!(rig.statuses(), [Skipped, Skipped]);
}

#[test]
fn an_abandoned_handler_that_comes_back_while_loading_is_not_called_on() {
    let mut rig = Rig::begun(2, ATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.happens(Input::StopAsked);
    rig.grace_ends();
    rig.forget();
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    rig.returns(FIRST, Returned::Panicked { method: "initialize", text: "oh".into() });
    assert_eq!(rig.effects, []);
}

#[test]
fn letting_go_after_a_stop_has_its_own_grace_time() {
    let mut rig = Rig::syncing();
    rig.happens(Input::StopAsked);
    rig.forget();
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert!(rig.has(&Effect::ArmGrace));
    rig.grace_ends();
    assert!(rig.machine.is_finished());
}
