//! Entries that lead back into their class.

use syncmgr_model::status::ItemStatus::{Failed, Succeeded};

use crate::rig::*;

#[test]
fn w_085_to_w_089_an_entry_leads_back_and_its_retry_runs_in_the_same_instance() {
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
fn w_086_a_class_that_shows_nothing_leaves_the_results_usable() {
    let rig = Rig::new();
    let session = rig.start_by_hand("inside");
    next_settled(&session);
    session.close();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
}
