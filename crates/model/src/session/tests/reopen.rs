//! An entry of an earlier session, shown by a fresh instance.

use super::rig::*;
use crate::flags::HandlerFlags;
use crate::id::ErrorId;
use crate::outcome::Outcome;
use crate::session::*;

const LOST: ErrorId = ErrorId::from_u128(0xE);

fn reopening() -> Rig {
    let mut rig = Rig::with(SessionSpec { reopen: Some(LOST), ..spec(1, ATTENDED) });
    rig.load(FIRST, HandlerFlags::empty());
    rig
}

#[test]
fn the_entry_is_shown_after_loading_and_nothing_else_is_done() {
    let mut rig = reopening();
    assert_eq!(rig.calls().last(), Some(&(0, Call::ShowError(LOST))));
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    assert!(!rig.machine.is_finished());
    assert_eq!(rig.calls_back(FIRST, Called::ErrorCompleted(Outcome::OK, Vec::new())), Outcome::OK);
    assert_eq!(rig.calls(), [(0, Call::ClearProgressCallback), (0, Call::Release)]);
    rig.returns(FIRST, Returned::Released);
    assert!(rig.machine.is_finished());
    let shown = Reopened { outcome: Some(Outcome::OK), is_deleted: false };
    assert_eq!(rig.machine.reopened(), Some(shown));
    assert_eq!(rig.machine.rows().count(), 0);
}

#[test]
fn an_entry_the_handler_does_not_know_ends_the_session() {
    let mut rig = reopening();
    rig.returns_because(FIRST, Returned::ErrorShown(Outcome::INVALID_ARGUMENT), "never heard of it");
    rig.returns(FIRST, Returned::Released);
    assert!(rig.machine.is_finished());
    assert_eq!(rig.machine.reopened().and_then(|shown| shown.outcome), Some(Outcome::INVALID_ARGUMENT));
    assert_eq!(rig.texts(), ["`handler 0` cannot open the entry: never heard of it"]);
}

#[test]
fn a_retry_runs_in_the_same_session_and_ends_it() {
    let mut rig = reopening();
    rig.calls_back(FIRST, Called::ErrorCompleted(Outcome::RETRY_SYNC, vec![B]));
    rig.returns(FIRST, Returned::ErrorShown(Outcome::OK));
    assert_eq!(rig.calls().last(), Some(&(0, Call::PrepareForSync(vec![B]))));
    rig.prepares(FIRST);
    rig.synchronizes(FIRST);
    rig.returns(FIRST, Returned::Released);
    assert!(rig.machine.is_finished());
    assert_eq!(rig.statuses(), [crate::status::ItemStatus::Succeeded]);
}

#[test]
fn the_entry_can_be_deleted_though_another_instance_logged_it_and_no_other_can() {
    let mut rig = reopening();
    let other = Called::LogDeleted(Some(ErrorId::from_u128(1)));
    assert_eq!(rig.calls_back(FIRST, other), Outcome::INVALID_ARGUMENT);
    assert_eq!(rig.machine.reopened().map(|shown| shown.is_deleted), Some(false));
    assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(Some(LOST))), Outcome::OK);
    assert_eq!(rig.machine.reopened().map(|shown| shown.is_deleted), Some(true));
}
