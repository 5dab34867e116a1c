//! `enable_modeless` and `establish_connection`.

use super::rig::*;
use crate::entry::{LogErrorInfo, LogLevel};
use crate::flags::ErrorFlags;
use crate::id::ErrorId;
use crate::outcome::Outcome;
use crate::session::Modeless::{Ask, Done};
use crate::session::*;

/// Two handlers at work at once.
fn two_at_work() -> Rig {
    let mut rig = Rig::chosen(2, ATTENDED);
    rig.prepares(FIRST);
    rig.returns(FIRST, Returned::Synchronized(Outcome::OK));
    rig.forget();
    rig
}

#[test]
fn one_instance_at_a_time_may_show_dialogs_and_grants_are_counted() {
    let mut rig = two_at_work();
    assert_eq!(rig.asks(FIRST, Ask), Outcome::OK);
    assert_eq!(rig.asks(FIRST, Ask), Outcome::OK);
    assert_eq!(rig.asks(SECOND, Ask), Outcome::FALSE);
    assert_eq!(rig.asks(SECOND, Done), Outcome::OK, "harmless");
    assert_eq!(rig.asks(FIRST, Done), Outcome::OK);
    assert_eq!(rig.asks(SECOND, Ask), Outcome::FALSE, "one is still up");
    assert_eq!(rig.asks(FIRST, Done), Outcome::OK);
    assert_eq!(rig.asks(FIRST, Done), Outcome::OK, "surplus");
    assert_eq!(rig.asks(SECOND, Ask), Outcome::OK);
}

#[test]
fn a_grant_ends_with_the_work_and_none_is_given_after_a_stop() {
    let mut rig = two_at_work();
    assert_eq!(rig.asks(FIRST, Ask), Outcome::OK);
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert_eq!(rig.asks(FIRST, Ask), Outcome::FALSE, "outside its work");
    assert_eq!(rig.asks(SECOND, Ask), Outcome::OK);
    rig.happens(Input::StopAsked);
    assert_eq!(rig.asks(SECOND, Ask), Outcome::FALSE);
}

#[test]
fn unattended_only_what_the_user_opened_himself_may_ask() {
    let mut rig = Rig::with(by_hand(1, UNATTENDED));
    rig.load(FIRST, Default::default());
    assert_eq!(rig.asks(FIRST, Ask), Outcome::FALSE);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    assert_eq!(rig.asks(FIRST, Ask), Outcome::FALSE);
    let flags = Some(ErrorFlags::ENABLE_JUMP_TEXT);
    rig.logs(LogLevel::Error, LogErrorInfo { flags, error: Some(ErrorId::from_u128(1)), item: None });
    rig.prepares(FIRST);
    assert_eq!(rig.asks(FIRST, Ask), Outcome::FALSE);
    rig.synchronizes(FIRST);
    rig.happens(Input::EntryActivated(1));
    assert_eq!(rig.asks(FIRST, Ask), Outcome::OK);
}

fn asks_connection(rig: &mut Rig, instance: InstanceIdx, name: Option<&str>) -> Answer {
    let called = Called::ConnectionAsked(name.map(str::to_owned));
    rig.happens(Input::Called { instance, called })
}

fn tried(rig: &mut Rig, name: Option<&str>, result: Connecting) -> Outcome {
    let name = name.map(str::to_owned);
    rig.happens(Input::ConnectionTried { instance: FIRST, name, result }).outcome()
}

fn close(name: Option<&str>) -> Effect {
    Effect::CloseConnection(name.map(str::to_owned))
}

#[test]
fn connections_stay_until_all_are_through_and_only_ours_are_closed() {
    let mut rig = two_at_work();
    assert_eq!(asks_connection(&mut rig, FIRST, None), Answer::Connect);
    assert_eq!(tried(&mut rig, None, Connecting::Opened), Outcome::OK);
    assert_eq!(asks_connection(&mut rig, SECOND, None), Answer::Outcome(Outcome::OK), "up already");
    assert_eq!(asks_connection(&mut rig, FIRST, Some("office")), Answer::Connect);
    assert_eq!(tried(&mut rig, Some("office"), Connecting::Opened), Outcome::OK);
    assert_eq!(asks_connection(&mut rig, FIRST, Some("lan")), Answer::Connect);
    assert_eq!(tried(&mut rig, Some("lan"), Connecting::AlreadyUp), Outcome::OK);
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert!(!rig.effects.iter().any(|effect| matches!(effect, Effect::CloseConnection(_))));
    rig.prepares(SECOND);
    rig.synchronizes(SECOND);
    assert!(rig.has(&close(None)) && rig.has(&close(Some("office"))) && !rig.has(&close(Some("lan"))));
}

#[test]
fn a_connection_that_is_not_to_be_had_has_its_answer() {
    let mut rig = Rig::syncing();
    assert_eq!(asks_connection(&mut rig, FIRST, Some("")), Answer::Outcome(Outcome::INVALID_ARGUMENT));
    assert_eq!(tried(&mut rig, Some("x"), Connecting::UnknownName), Outcome::INVALID_ARGUMENT);
    assert_eq!(tried(&mut rig, None, Connecting::Failed), Outcome::FAIL);
    rig.happens(Input::StopAsked);
    assert_eq!(asks_connection(&mut rig, FIRST, None), Answer::Outcome(Outcome::FAIL));
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    assert_eq!(asks_connection(&mut rig, FIRST, None), Answer::Outcome(Outcome::UNEXPECTED));
}

#[test]
fn a_connection_that_comes_too_late_is_closed_again() {
    let mut rig = Rig::syncing();
    assert_eq!(asks_connection(&mut rig, FIRST, None), Answer::Connect);
    rig.happens(Input::StopAsked);
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    rig.forget();
    assert_eq!(tried(&mut rig, None, Connecting::Opened), Outcome::FAIL);
    assert_eq!(rig.effects, [close(None)]);
}

#[test]
fn a_stop_ends_the_wait_for_a_connection_of_what_is_being_shown() {
    let mut rig = two_at_work();
    let flags = Some(ErrorFlags::ENABLE_JUMP_TEXT);
    rig.logs(LogLevel::Error, LogErrorInfo { flags, error: Some(ErrorId::from_u128(1)), item: None });
    rig.calls_back(FIRST, Called::SynchronizeCompleted(Outcome::OK));
    rig.happens(Input::EntryActivated(1));
    assert_eq!(asks_connection(&mut rig, FIRST, None), Answer::Connect);
    rig.forget();
    rig.happens(Input::StopAsked);
    // Told again that its phase is closed, whoever waits looks up.
    assert_eq!(rig.last_phase(FIRST), Some(Phase::Closed));
}
