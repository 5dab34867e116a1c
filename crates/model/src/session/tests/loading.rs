//! From the factory to the choice.

use super::rig::*;
use crate::entry::LogLevel;
use crate::event::Modifiers;
use crate::flags::{HandlerFlags, ItemFlags};
use crate::id::ItemId;
use crate::item::{ItemInfo, MAX_ITEMS};
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus;

#[test]
fn a_session_without_handlers_is_over_at_once() {
    let rig = Rig::begun(0, ATTENDED);
    assert_eq!(rig.effects, [Effect::TellFinished]);
    assert!(rig.machine.is_finished());
}

#[test]
fn loading_goes_step_by_step_in_the_order_of_the_contract() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.load(FIRST, HandlerFlags::empty());
    assert!(rig.has(&Effect::AskChoice { instance: FIRST, items: listing(&[A, B]).items }));
    let expected = [
        Call::Create,
        Call::Initialize,
        Call::GetHandlerInfo,
        Call::EnumSyncMgrItems,
        Call::SetProgressCallback,
    ];
    assert_eq!(rig.calls(), expected.map(|call| (0, call)));
}

#[test]
fn a_handler_that_does_not_take_the_event_is_only_let_go() {
    for (outcome, n_lines) in [(Outcome::FALSE, 0), (Outcome::FAIL, 1), (Outcome(0x0004_0299), 0)] {
        let mut rig = Rig::begun(2, ATTENDED);
        rig.load(SECOND, HandlerFlags::empty());
        rig.returns(FIRST, Returned::Created(Ok(())));
        rig.forget();
        rig.returns(FIRST, Returned::Initialized(outcome));
        assert_eq!(rig.calls(), [(0, Call::Release)], "{outcome}");
        assert_eq!(rig.texts().len(), n_lines, "{outcome}");
        // The other one runs on.
        rig.happens(Input::Chosen { instance: SECOND, items: vec![A] });
        assert_eq!(rig.calls(), [(1, Call::PrepareForSync(vec![A]))]);
    }
}

#[test]
fn a_handler_that_cannot_be_made_leaves_a_line_and_nothing_to_drop() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.forget();
    rig.returns(FIRST, Returned::Created(Err("no memory".into())));
    assert_eq!(rig.texts(), ["`registered 0` cannot be started: no memory"]);
    assert!(rig.has(&Effect::TellFinished));
    assert_eq!(rig.calls(), []);
}

#[test]
fn without_information_the_registered_description_stands_in() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    rig.forget();
    rig.returns(FIRST, Returned::InfoGiven(Err(Outcome::FAIL)));
    assert_eq!(rig.machine.handler_name(FIRST), "registered 0");
    assert_eq!(rig.calls(), [(0, Call::EnumSyncMgrItems)]);
}

#[test]
fn a_nil_id_makes_no_item_and_of_equal_ids_the_first_counts() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    let mut given = listing(&[A, ItemId::NIL, B, A]);
    given.items[3].name = "again".into();
    rig.returns(FIRST, Returned::Enumerated(given));
    assert_eq!(rig.machine.items(FIRST), listing(&[A, B]).items);
}

#[test]
fn an_endless_listing_is_cut_off() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    let ids: Vec<_> = (1..=MAX_ITEMS as u128 + 5).map(ItemId::from_u128).collect();
    rig.returns(FIRST, Returned::Enumerated(listing(&ids)));
    assert_eq!(rig.machine.items(FIRST).len(), MAX_ITEMS);
}

#[test]
fn a_failed_listing_is_told_and_what_is_stored_is_kept() {
    for (end, is_complete, n_lines) in [
        (ListingEnd::Complete, true, 0),
        (ListingEnd::MissingItems, false, 0),
        (ListingEnd::Failed(Outcome::FAIL), false, 1),
    ] {
        let mut rig = Rig::begun(1, ATTENDED);
        rig.returns(FIRST, Returned::Created(Ok(())));
        rig.returns(FIRST, Returned::Initialized(Outcome::OK));
        rig.returns(FIRST, Returned::Enumerated(Listing { end, ..listing(&[A]) }));
        assert_eq!(rig.machine.is_listing_complete(FIRST), is_complete);
        assert_eq!(rig.texts().len(), n_lines, "{end:?}");
    }
}

#[test]
fn a_refused_callback_ends_the_instance_without_taking_it_back() {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    rig.returns(FIRST, Returned::Enumerated(listing(&[A])));
    rig.forget();
    rig.returns(FIRST, Returned::CallbackSet(Outcome::FAIL));
    assert_eq!(rig.texts().len(), 1);
    assert_eq!(rig.calls(), [(0, Call::Release)]);
}

#[test]
fn nothing_chosen_means_neither_preparation_nor_synchronization() {
    for items in [vec![], vec![ItemId::from_u128(99)]] {
        let mut rig = Rig::begun(1, ATTENDED);
        rig.load(FIRST, HandlerFlags::empty());
        rig.forget();
        rig.happens(Input::Chosen { instance: FIRST, items });
        assert_eq!(rig.calls(), [(0, Call::ClearProgressCallback), (0, Call::Release)]);
        assert_eq!(rig.statuses(), []);
    }
}

#[test]
fn a_settings_session_lists_and_lets_go_without_a_callback() {
    let mut rig = Rig::begun(1, Modifiers::SETTINGS);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    rig.returns(FIRST, Returned::InfoGiven(Err(Outcome::FAIL)));
    rig.returns(FIRST, Returned::Enumerated(listing(&[A])));
    let expected =
        [Call::Create, Call::Initialize, Call::GetHandlerInfo, Call::EnumSyncMgrItems, Call::Release];
    assert_eq!(rig.calls(), expected.map(|call| (0, call)));
}

#[test]
fn a_dry_run_leaves_out_who_cannot_preview_and_says_so() {
    let mut rig = Rig::begun(2, Modifiers::DRY_RUN);
    rig.load(FIRST, HandlerFlags::empty());
    rig.load(SECOND, HandlerFlags::PREVIEWS);
    rig.forget();
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A, B] });
    rig.happens(Input::Chosen { instance: SECOND, items: vec![A] });
    assert_eq!(rig.statuses(), [ItemStatus::Skipped, ItemStatus::Skipped, ItemStatus::Pending]);
    assert_eq!(rig.machine.entries().filter(|entry| entry.level == LogLevel::Information).count(), 2);
    let calls = [(0, Call::ClearProgressCallback), (0, Call::Release), (1, Call::PrepareForSync(vec![A]))];
    assert_eq!(rig.calls(), calls);
    rig.prepares(SECOND);
    assert_eq!(rig.statuses()[2], ItemStatus::Succeeded);
    assert!(!rig.calls().contains(&(1, Call::Synchronize)));
}

/// A loaded handler whose item A, and which itself, has properties.
fn with_properties() -> Rig {
    let mut rig = Rig::begun(1, ATTENDED);
    rig.load(FIRST, HandlerFlags::HAS_PROPERTIES);
    let with = |id, flags| ItemInfo { flags, ..ItemInfo::new(id, "x") };
    let items = vec![with(A, ItemFlags::HAS_PROPERTIES), with(B, ItemFlags::empty())];
    rig.returns(FIRST, Returned::Enumerated(Listing { items, end: ListingEnd::Complete }));
    rig.forget();
    rig
}

fn completes(rig: &mut Rig, outcome: Outcome) -> Outcome {
    rig.calls_back(FIRST, Called::PropertiesCompleted(outcome))
}

#[test]
fn properties_are_shown_only_where_they_are_declared() {
    for (item, is_shown) in [(Some(A), true), (None, true), (Some(B), false), (Some(ItemId::NIL), false)] {
        let mut rig = with_properties();
        rig.happens(Input::PropertiesAsked { instance: FIRST, item });
        assert_eq!(rig.calls() == [(0, Call::ShowProperties(item))], is_shown, "{item:?}");
    }
}

#[test]
fn after_properties_the_items_are_listed_again_only_when_told() {
    for (item, outcome, is_listed) in [
        (Some(A), Outcome::ENUM_ITEMS, true),
        (None, Outcome::ITEM_DELETED, true),
        (Some(A), Outcome::OK, false),
        (Some(A), Outcome::FALSE, false),
        (Some(A), Outcome::FAIL, false),
    ] {
        for is_early in [true, false] {
            let mut rig = with_properties();
            rig.happens(Input::PropertiesAsked { instance: FIRST, item });
            rig.forget();
            if is_early {
                assert_eq!(completes(&mut rig, outcome), Outcome::OK);
                assert_eq!(rig.calls(), [], "acted on only after the return");
            }
            rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
            if !is_early {
                assert_eq!(completes(&mut rig, outcome), Outcome::OK);
            }
            assert_eq!(rig.calls() == [(0, Call::EnumSyncMgrItems)], is_listed, "{outcome}");
            assert_eq!(completes(&mut rig, outcome), Outcome::UNEXPECTED);
        }
    }
}

#[test]
fn an_item_deleted_in_its_properties_disappears() {
    let mut rig = with_properties();
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: Some(A) });
    completes(&mut rig, Outcome::ITEM_DELETED);
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    assert_eq!(rig.machine.items(FIRST).iter().map(|item| item.id).collect::<Vec<_>>(), [B]);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A, B] });
    assert!(rig.calls().contains(&(0, Call::PrepareForSync(vec![B]))));
}

#[test]
fn while_properties_wait_for_their_completion_nothing_can_be_chosen() {
    let mut rig = with_properties();
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: Some(A) });
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::OK));
    rig.forget();
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    assert_eq!(rig.calls(), []);
    completes(&mut rig, Outcome::OK);
    rig.happens(Input::Chosen { instance: FIRST, items: vec![A] });
    assert_eq!(rig.calls(), [(0, Call::PrepareForSync(vec![A]))]);
}

#[test]
fn a_completion_after_failed_properties_is_taken_once_and_means_nothing() {
    let mut rig = with_properties();
    rig.happens(Input::PropertiesAsked { instance: FIRST, item: Some(A) });
    rig.forget();
    rig.returns(FIRST, Returned::PropertiesShown(Outcome::FAIL));
    assert_eq!(completes(&mut rig, Outcome::ENUM_ITEMS), Outcome::OK);
    assert_eq!(completes(&mut rig, Outcome::ENUM_ITEMS), Outcome::UNEXPECTED);
    assert_eq!(rig.calls(), []);
}

#[test]
fn before_the_callback_is_handed_over_every_call_is_unexpected() {
    let mut rig = Rig::begun(1, ATTENDED);
    for called in [
        Called::LogDeleted(None),
        Called::Modeless(Modeless::Done),
        Called::ConnectionAsked(None),
        Called::PrepareCompleted(Outcome::OK),
        Called::Ended { item: A, status: ItemStatus::Succeeded },
    ] {
        assert_eq!(rig.calls_back(FIRST, called), Outcome::UNEXPECTED);
    }
}
