//! The choice by hand: lists, check marks, properties, and the two ways out.

use super::rig::*;
use crate::flags::{HandlerFlags, ItemFlags};
use crate::id::ItemId;
use crate::item::CheckState;
use crate::outcome::Outcome;
use crate::session::*;

const REFUSED: fn(Refusal) -> Answer = Answer::Refused;
const GRANTED: Answer = Answer::Outcome(Outcome::OK);

/// Handlers that have listed A and B, with A proposed.
fn choosing(n_handlers: u128) -> Rig {
    let mut rig = Rig::with(SessionSpec { choosing: Choosing::ByHand, ..spec(n_handlers, ATTENDED) });
    for idx in (0..).take(n_handlers as usize).map(InstanceIdx) {
        rig.load(idx, HandlerFlags::HAS_PROPERTIES);
        rig.happens(Input::Chosen { instance: idx, items: vec![A] });
    }
    rig
}

fn mark(rig: &mut Rig, instance: InstanceIdx, item: ItemId, check: CheckState) -> Answer {
    rig.happens(Input::Marked { instance, item, check })
}

#[test]
fn nothing_is_prepared_before_the_user_begins_and_then_what_is_checked() {
    let mut rig = choosing(1);
    assert!(rig.has(&Effect::TellListing(FIRST)));
    assert_eq!(rig.machine.checked(FIRST), [A]);
    assert_eq!(mark(&mut rig, FIRST, B, CheckState::Checked), GRANTED);
    assert_eq!(mark(&mut rig, FIRST, A, CheckState::Unchecked), GRANTED);
    rig.forget();
    assert_eq!(rig.happens(Input::BeginAsked), GRANTED);
    assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![B]))]);
    assert_eq!(mark(&mut rig, FIRST, A, CheckState::Checked), REFUSED(Refusal::NotChoosing));
    assert_eq!(rig.happens(Input::BeginAsked), REFUSED(Refusal::NotChoosing));
}

#[test]
fn with_nothing_checked_there_is_nothing_to_begin() {
    let mut rig = choosing(1);
    assert_eq!(
        mark(&mut rig, FIRST, ItemId::from_u128(99), CheckState::Checked),
        REFUSED(Refusal::NotListed)
    );
    mark(&mut rig, FIRST, A, CheckState::Unchecked);
    assert_eq!(rig.happens(Input::BeginAsked), REFUSED(Refusal::NothingChecked));
}

#[test]
fn closing_the_list_lets_go_of_everybody_and_nothing_was_begun() {
    let mut rig = choosing(1);
    rig.forget();
    rig.happens(Input::CloseAsked);
    assert_eq!(rig.calls(), [(0, Call::ClearProgressCallback), (0, Call::Release)]);
    rig.returns(FIRST, Returned::Released);
    assert!(rig.machine.is_finished());
    assert!(!rig.machine.is_begun());
    assert_eq!(rig.machine.rows().count(), 0);
}

#[test]
fn a_handler_that_lists_only_after_the_user_began_is_let_go_of() {
    let mut rig = Rig::with(SessionSpec { choosing: Choosing::ByHand, ..spec(2, ATTENDED) });
    rig.load(FIRST, HandlerFlags::empty());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    rig.happens(Input::BeginAsked);
    rig.forget();
    rig.load(SECOND, HandlerFlags::empty());
    assert_eq!(rig.calls().last(), Some(&(1, Call::Release)));
}

#[test]
fn while_properties_are_shown_nothing_begins_and_a_handler_that_never_closes_them_is_left_out() {
    let mut rig = choosing(2);
    let asked = Input::PropertiesAsked { instance: FIRST, item: None };
    assert_eq!(rig.happens(asked.clone()), GRANTED);
    assert_eq!(rig.happens(asked.clone()), REFUSED(Refusal::PropertiesOpen));
    assert_eq!(rig.happens(Input::BeginAsked), REFUSED(Refusal::PropertiesOpen));
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    assert_eq!(rig.happens(asked), REFUSED(Refusal::PropertiesOpen));
    rig.forget();
    assert_eq!(rig.happens(Input::BeginAsked), GRANTED);
    let calls = rig.calls();
    assert!(calls.contains(&(0, Call::Release)), "{calls:?}");
    assert!(calls.contains(&(1, Call::PrepareForSync(vec![A]))), "{calls:?}");
    assert_eq!(rig.texts(), ["`handler 0` never closed its properties and was left out"]);
}

#[test]
fn a_new_list_keeps_the_marks_of_what_is_still_there() {
    let mut rig = choosing(1);
    mark(&mut rig, FIRST, A, CheckState::Unchecked);
    mark(&mut rig, FIRST, B, CheckState::Checked);
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: None });
    rig.calls_back(FIRST, Called::PropertiesCompleted(Outcome::ENUM_ITEMS));
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    let new = ItemId::from_u128(0xC);
    rig.returns(FIRST, Returned::Enumerated(listing(&[new, B])));
    rig.happens(Input::Chosen { instance: FIRST, items: vec![new] });
    assert_eq!(rig.machine.checked(FIRST), [new, B]);
    let ticks: Vec<_> = rig.machine.ticks().iter().map(|tick| (tick.item, tick.ticked)).collect();
    assert_eq!(ticks, [(new, true), (B, true)]);
}

#[test]
fn properties_need_their_flag() {
    let mut rig = Rig::with(SessionSpec { choosing: Choosing::ByHand, ..spec(1, ATTENDED) });
    rig.load(FIRST, HandlerFlags::empty());
    rig.happens(Input::Chosen { instance: FIRST, items: vec![] });
    for item in [None, Some(A)] {
        let asked = Input::PropertiesAsked { instance: FIRST, item };
        assert_eq!(rig.happens(asked), REFUSED(Refusal::NoProperties));
    }
    rig.happens(Input::CloseAsked);
    let asked = Input::PropertiesAsked { instance: FIRST, item: None };
    assert_eq!(rig.happens(asked), REFUSED(Refusal::NotChoosing));
}

#[test]
fn an_item_deleted_in_its_properties_is_forgotten_and_so_is_what_a_whole_list_lacks() {
    use crate::tick::Gone;
    let mut rig = Rig::with(SessionSpec { choosing: Choosing::ByHand, ..spec(1, ATTENDED) });
    rig.load_with(FIRST, HandlerFlags::empty(), ItemFlags::HAS_PROPERTIES);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    let gone = ItemId::from_u128(0xD);
    let forgotten = |rig: &Rig| -> Vec<_> {
        rig.machine.forgotten(FIRST, &[A, gone]).iter().map(|gone| (gone.item, gone.why)).collect()
    };
    assert_eq!(forgotten(&rig), [(gone, Gone::NotListed)]);
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: Some(A) });
    rig.calls_back(FIRST, Called::PropertiesCompleted(Outcome::ITEM_DELETED));
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    assert_eq!(forgotten(&rig), [(A, Gone::Deleted), (gone, Gone::NotListed)]);
    assert_eq!(rig.machine.items(FIRST).len(), 1);
}

#[test]
fn a_new_list_that_comes_after_the_user_closed_brings_nobody_back() {
    let mut rig = choosing(1);
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: None });
    rig.calls_back(FIRST, Called::PropertiesCompleted(Outcome::ENUM_ITEMS));
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    rig.happens(Input::CloseAsked);
    rig.forget();
    rig.returns(FIRST, Returned::Enumerated(listing(&[A])));
    assert_eq!(rig.calls(), []);
    assert_eq!(rig.calls_back(FIRST, Called::LogDeleted(None)), Outcome::UNEXPECTED);
}
