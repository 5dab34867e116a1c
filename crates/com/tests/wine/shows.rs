//! Entries that lead back into their class.

use syncmgr_engine::{Choosing, Session, SessionEvent};
use syncmgr_model::id::HandlerId;
use syncmgr_model::status::ItemStatus::{Failed, Succeeded};

use crate::rig::*;

#[test]
fn w_082_w_085_w_088_and_w_089_an_entry_leads_back_and_its_retry_runs_in_the_same_instance() {
    let rig = Rig::new();
    let session = rig.start_by_hand("retries");
    let settled = next_settled(&session);
    assert_eq!(statuses(&settled), [Failed, Succeeded]);
    // Copied before the class wrote over it.
    assert_eq!(texts(&settled), ["the server did not answer"]);
    assert_eq!((settled.entries[0].item, settled.entries[0].can_jump), (Some(FIRST), true));
    session.activate(settled.entries[0].number);
    let again = next_settled(&session);
    session.close();
    session.wait();
    assert_eq!(statuses(&again), [Succeeded, Succeeded]);
    let noted = rig.noted("retries");
    assert_eq!(lines(&noted, &["made", "gone"]), ["made", "gone"]);
    let calls = lines(&noted, &["ShowError", "PrepareForSync ", "Synchronize null"]);
    let calls: Vec<_> = calls.into_iter().filter(|line| !line.ends_with("returns")).collect();
    let expected = [
        "PrepareForSync 2 1 2 null 0",
        "Synchronize null",
        "ShowError null 1",
        "PrepareForSync 1 1 null 0",
        "Synchronize null",
    ];
    assert_eq!(calls, expected);
    for question in ["log", "a dialog in ShowError", "delete", "retry"] {
        assert_eq!(rig.answer("retries", question), "0x00000000", "{question}");
    }
}

#[test]
fn w_090_a_retry_of_nothing_is_refused_and_what_was_shown_is_gone() {
    let rig = Rig::new();
    let session = rig.start_by_hand("retries nothing");
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    rig.wait_for("retries nothing", "retry of nothing: 0x80070057");
    rig.wait_for("retries nothing", "once more: 0x8000ffff");
    session.close();
    session.wait();
    assert_eq!(lines(&rig.noted("retries nothing"), &["PrepareForSync 2"]).len(), 1);
}

#[test]
fn w_086_an_entry_that_cannot_be_shown_leaves_the_results_usable() {
    let rig = Rig::new();
    let session = rig.start_by_hand("shows nothing");
    let settled = next_settled(&session);
    assert!(settled.entries[0].can_jump);
    // Until the first one is over, another one is not begun.
    let n_shown = || lines(&rig.noted("shows nothing"), &["ShowError null 1"]).len();
    while n_shown() < 2 {
        session.activate(settled.entries[0].number);
        std::thread::yield_now();
    }
    session.close();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
}

fn choosing(rig: &Rig) -> Session {
    let mut request = rig.request(&["properties"]);
    request.choosing = Choosing::ByHand;
    rig.begin(request)
}

/// The names of the items at the next listing.
fn next_list(session: &Session) -> Vec<String> {
    let listed = session.events().iter().find_map(|event| match event {
        SessionEvent::Listed { listing, .. } => {
            Some(listing.items.into_iter().map(|item| item.name).collect())
        }
        _ => None,
    });
    listed.expect("the handler lists its items")
}

#[test]
fn w_027_and_w_029_changed_items_are_listed_again_when_a_worker_says_so() {
    let rig = Rig::new();
    let session = choosing(&rig);
    assert_eq!(next_list(&session), ["first", "second"]);
    session.show_properties(HandlerId::named("properties"), Some(FIRST)).unwrap();
    assert_eq!(next_list(&session), ["first", "second", "third"]);
    session.close();
    session.wait();
    let noted = rig.noted("properties");
    assert_eq!(lines(&noted, &["ShowProperties"]), ["ShowProperties null 1"]);
    assert_eq!(lines(&noted, &["SetProgressCallback"])[0], "SetProgressCallback given");
}

#[test]
fn w_026_and_w_030_a_deleted_item_is_gone_when_it_is_said_inside_the_call() {
    let rig = Rig::new();
    let session = choosing(&rig);
    next_list(&session);
    session.show_properties(HandlerId::named("properties"), Some(SECOND)).unwrap();
    assert_eq!(next_list(&session), ["first"]);
    session.close();
    session.wait();
    assert_eq!(rig.answer("properties", "inside"), "0x00000000");
}

#[test]
fn w_028_properties_that_fail_leave_the_choice_usable_and_a_completion_is_forgiven() {
    let rig = Rig::new();
    let session = choosing(&rig);
    next_list(&session);
    session.show_properties(HandlerId::named("properties"), None).unwrap();
    rig.wait_for("properties", "though it failed: 0x00000000");
    assert!(session.events().iter().any(|event| matches!(event, SessionEvent::PropertiesGone { .. })));
    session.begin().unwrap();
    let report = session.wait();
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(lines(&rig.noted("properties"), &["ShowProperties"]), ["ShowProperties null 0"]);
}
