//! The statements that need two classes, or one of their own.

use std::sync::Arc;

use syncmgr_engine::{Choosing, SessionEvent};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::flags::{HandlerFlags, ItemFlags};
use syncmgr_model::id::HandlerId;
use syncmgr_model::status::ItemStatus::{Deleted, Pending, Skipped, Stopped, Succeeded};

use crate::rig::*;

const OK: &str = "0x00000000";
const FALSE: &str = "0x00000001";

#[test]
fn w_002_and_w_003_the_flags_name_one_event_and_bring_no_cookie() {
    for (event, word) in [
        (Event::Connect, 1),
        (Event::PendingDisconnect, 2),
        (Event::Manual, 3),
        (Event::Idle, 4),
        (Event::Invoke, 5),
        (Event::Schedule, 6),
    ] {
        for (modifiers, bit) in [(Modifiers::empty(), 0), (Modifiers::MAY_BOTHER_USER, 0x200)] {
            let rig = Rig::new();
            let mut request = rig.request(&["declines"]);
            request.flags = InitializeFlags::new(event, modifiers);
            rig.begin(request).wait();
            let expected = format!("Initialize 0 0x{:x} 0 null", word | bit);
            assert_eq!(lines(&rig.noted("declines"), &["Initialize"]), [expected]);
        }
    }
}

#[test]
fn w_022_a_callback_that_was_refused_is_not_taken_back() {
    let rig = Rig::new();
    let report = rig.run("refuses the callback");
    assert!(report.items.iter().all(|item| item.status != Succeeded), "{:?}", statuses(&report));
    let noted = rig.noted("refuses the callback");
    assert_eq!(lines(&noted, &["SetProgressCallback", "PrepareForSync"]), ["SetProgressCallback given"]);
    assert!(noted.ends_with("gone\n"), "{noted}");
}

#[test]
fn w_024_a_class_without_items_is_in_the_list_only_if_it_asks_to_be() {
    assert!(!Rig::new().list("empty").is_shown());
    assert!(Rig::new().list("empty, to be listed").is_shown());
}

#[test]
fn w_025_a_class_and_its_items_have_properties_where_they_declare_them() {
    let plain = Rig::new().list("inside");
    assert!(!plain.flags.contains(HandlerFlags::HAS_PROPERTIES));
    assert!(!plain.items[0].flags.contains(ItemFlags::HAS_PROPERTIES));
    let declared = Rig::new().list("properties");
    assert!(declared.flags.contains(HandlerFlags::HAS_PROPERTIES));
    assert!(declared.items[0].flags.contains(ItemFlags::HAS_PROPERTIES));
}

#[test]
fn w_031_no_other_word_lists_again() {
    for name in ["unchanged", "unchanged, retry", "unchanged, failed"] {
        let rig = Rig::new();
        let mut request = rig.request(&[name]);
        request.choosing = Choosing::ByHand;
        let session = rig.begin(request);
        let listed = |event: &SessionEvent| matches!(event, SessionEvent::Listed { .. });
        assert!(session.events().iter().any(|event| listed(&event)), "{name}");
        session.show_properties(HandlerId::named(name), None).unwrap();
        let gone = |event: SessionEvent| matches!(event, SessionEvent::PropertiesGone { .. });
        assert!(session.events().iter().any(gone), "{name}");
        session.begin().unwrap();
        assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded], "{name}");
        assert_eq!(rig.answer(name, "shown"), OK);
        assert_eq!(lines(&rig.noted(name), &["EnumSyncMgrItems"]).len(), 1, "{name}");
    }
}

#[test]
fn w_032_a_class_of_which_nothing_is_chosen_is_let_go_of_unprepared() {
    let rig = Rig::new();
    let mut request = rig.request(&["inside"]);
    request.choose = Arc::new(|_, _| false);
    assert!(rig.begin(request).wait().items.is_empty());
    let noted = rig.noted("inside");
    assert!(!noted.contains("PrepareForSync") && noted.ends_with("gone\n"), "{noted}");
}

#[test]
fn w_036_and_w_077_without_a_completion_nothing_is_synchronized_and_after_a_stop_nothing_begins() {
    let rig = Rig::new();
    let session = rig.start("prepares later");
    rig.wait_for("prepares later", "PrepareForSync returns");
    session.stop();
    rig.write("prepares later", "go");
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    let noted = rig.noted("prepares later");
    assert!(!noted.contains("Synchronize") && noted.ends_with("gone\n"), "{noted}");
}

#[test]
fn w_044_where_the_user_may_be_bothered_classes_prepare_one_after_the_other_and_elsewhere_together() {
    let rig = Rig::new();
    let session = rig.begin(rig.request(&["prepares later", "inside"]));
    rig.wait_for("prepares later", "PrepareForSync returns");
    assert!(!rig.noted("inside").contains("PrepareForSync"));
    rig.write("prepares later", "go");
    assert_eq!(statuses(&session.wait()), [Succeeded; 4]);

    let rig = Rig::new();
    let mut request = rig.request(&["prepares later", "inside"]);
    request.flags = InitializeFlags::new(Event::Schedule, Modifiers::empty());
    let session = rig.begin(request);
    rig.wait_for("inside", "PrepareForSync returns");
    rig.wait_for("prepares later", "PrepareForSync returns");
    assert!(!rig.noted("prepares later").contains("Synchronize"));
    rig.write("prepares later", "go");
    assert_eq!(statuses(&session.wait()), [Succeeded; 4]);
}

#[test]
fn w_047_and_w_052_classes_work_at_the_same_time_and_the_session_ends_with_the_last() {
    let rig = Rig::new();
    let session = rig.begin(rig.request(&["shows a dialog", "inside"]));
    rig.wait_for("shows a dialog", "a dialog: 0x00000000");
    rig.wait_for("inside", "Synchronize returns");
    assert!(!rig.noted("inside").contains("gone"), "it stays as long as the session");
    rig.write("shows a dialog", "go");
    assert_eq!(statuses(&session.wait()), [Succeeded; 4]);
}

#[test]
fn w_058_who_only_asks_changes_nothing_of_its_row() {
    let rig = Rig::new();
    let session = rig.start("only asks");
    rig.wait_for("only asks", "waiting");
    assert_eq!(session.rows()[0].status, Pending);
    session.skip(FIRST);
    rig.wait_for("only asks", "SetItemStatus 1 1");
    rig.write("only asks", "go");
    assert_eq!(statuses(&session.wait()), [Skipped, Succeeded]);
    assert_eq!(rig.answer("only asks", "asked for the last time"), "0x00040203");
    assert_eq!(rig.answer("only asks", "asked"), OK);
    assert_eq!(rig.answer("only asks", "asked again"), OK);
}

#[test]
fn w_069_progress_is_taken_where_nobody_may_be_bothered() {
    let rig = Rig::new();
    let report = rig.run_unattended("workers");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(lines(&rig.noted("workers"), &["Initialize"]), ["Initialize 0 0x6 0 null"]);
}

#[test]
fn w_073_a_skip_after_the_preparation_is_told_when_synchronize_has_returned() {
    let rig = Rig::new();
    let session = rig.start("prepares slowly");
    rig.wait_for("prepares slowly", "prepared");
    session.skip(FIRST);
    rig.write("prepares slowly", "go");
    rig.wait_for("prepares slowly", "SetItemStatus 1 1");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Skipped, Stopped]);
    let order = ["Synchronize null", "Synchronize returns", "SetItemStatus 1 1", "SetItemStatus 0 0"];
    assert_eq!(lines(&rig.noted("prepares slowly"), &["Synchronize", "SetItemStatus"]), order);
}

#[test]
fn w_079_what_a_class_answers_to_a_notice_changes_nothing() {
    let rig = Rig::new();
    let session = rig.start("deaf");
    rig.wait_for("deaf", "Synchronize returns");
    session.skip(FIRST);
    rig.wait_for("deaf", "SetItemStatus 1 1");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Skipped, Stopped]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
}

#[test]
fn w_092_deleting_all_takes_all_of_this_class_and_nothing_is_fine_too() {
    let rig = Rig::new();
    let report = rig.begin(rig.request(&["waits", "deletes all"])).wait();
    assert_eq!(texts(&report), ["from a worker"]);
    assert_eq!(rig.answer("deletes all", "all"), OK);
    assert_eq!(rig.answer("deletes all", "none"), OK);
}

#[test]
fn w_096_while_one_class_shows_a_dialog_others_are_refused_at_once() {
    let rig = Rig::new();
    let session = rig.begin(rig.request(&["shows a dialog", "wants a dialog"]));
    rig.wait_for("shows a dialog", "a dialog: 0x00000000");
    rig.wait_for("wants a dialog", "Synchronize returns");
    rig.write("wants a dialog", "go");
    rig.wait_for("wants a dialog", "done without: 0x00000000");
    rig.write("shows a dialog", "go");
    rig.wait_for("shows a dialog", "gone: 0x00000000");
    rig.write("wants a dialog", "again");
    assert_eq!(statuses(&session.wait()), [Succeeded; 4]);
    assert_eq!(rig.answer("wants a dialog", "while another one has it"), FALSE);
    assert_eq!(rig.answer("wants a dialog", "after that"), OK);
}

#[test]
fn w_098_after_a_stop_no_dialog_is_granted() {
    let rig = Rig::new();
    let session = rig.start("asks late");
    rig.wait_for("asks late", "working");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    assert_eq!(rig.answer("asks late", "a dialog after the stop"), FALSE);
}

#[test]
fn w_125_a_row_that_is_deleted_is_final() {
    assert_eq!(statuses(&Rig::new().run("deletes")), [Deleted, Succeeded]);
}
