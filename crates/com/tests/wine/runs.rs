//! Runs: who is called when, on which thread, and what is answered.

use std::sync::Arc;

use syncmgr_engine::SessionEvent;
use syncmgr_model::status::ItemStatus::{self, Failed, Skipped, Stopped, Succeeded};

use crate::rig::*;

const OK: &str = "0x00000000";
const FALSE: &str = "0x00000001";
const INVALID: &str = "0x80070057";
const UNEXPECTED: &str = "0x8000ffff";

#[test]
fn w_021_to_w_023_and_w_034_a_whole_session_in_the_order_of_the_contract_on_one_thread() {
    let rig = Rig::new();
    let report = rig.run("inside");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    let expected = [
        "made",
        "Initialize 0 0x203 0 null",
        "GetHandlerInfo",
        "EnumSyncMgrItems",
        "SetProgressCallback given",
        "PrepareForSync 2 1 2 null 0",
        "PrepareForSync returns",
        "Synchronize null",
        "Synchronize returns",
        "SetProgressCallback null",
        "gone",
    ];
    assert_eq!(rig.noted("inside").lines().collect::<Vec<_>>(), expected);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
}

#[test]
fn w_035_and_w_070_workers_that_entered_no_apartment_report_and_complete() {
    let rig = Rig::new();
    let report = rig.run("workers");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(report.items[0].name, "first");
    let noted = rig.noted("workers");
    assert!(!noted.contains("worker") && !noted.contains("thread"), "{noted}");
    assert!(noted.ends_with("SetProgressCallback null\ngone\n"), "{noted}");
}

#[test]
fn classes_for_another_apartment_or_none_run_on_one_thread_all_the_same() {
    for name in ["of old", "any", "free"] {
        let rig = Rig::new();
        assert_eq!(statuses(&rig.run(name)), [Succeeded, Succeeded], "{name}");
        let noted = rig.noted(name);
        assert!(!noted.contains("thread") && !noted.contains("worker"), "{name}: {noted}");
    }
}

#[test]
fn w_033_only_what_was_chosen_is_prepared() {
    let rig = Rig::new();
    let mut request = rig.request(&["inside"]);
    request.choose = Arc::new(|_, item| item.id == SECOND);
    let report = rig.begin(request).wait();
    assert_eq!(statuses(&report), [Succeeded]);
    assert_eq!(lines(&rig.noted("inside"), &["PrepareForSync "])[0], "PrepareForSync 1 2 null 0");
}

/// How a class ends whose preparation goes wrong, and what is said about it.
fn prepared(name: &str) -> (Vec<ItemStatus>, Vec<String>) {
    let rig = Rig::new();
    let report = rig.run(name);
    let noted = rig.noted(name);
    assert!(!noted.contains("Synchronize"), "{noted}");
    assert!(noted.ends_with("SetProgressCallback null\ngone\n"), "{noted}");
    (statuses(&report), texts(&report).into_iter().map(str::to_owned).collect())
}

#[test]
fn w_037_to_w_042_whatever_is_not_success_twice_ends_before_synchronize_with_one_entry() {
    for (name, expected, said) in [
        ("prepared otherwise", Skipped, ""),
        ("failed, prepared", Failed, "failed"),
        ("would have to ask", Skipped, "`PrepareForSync` answered 0x00000001"),
        ("prepares not", Failed, "`PrepareForSync` answered 0x80070005"),
        ("failed twice", Failed, "`PrepareForSync` answered 0x80004005"),
        ("prepared, failed", Failed, "`PrepareForSync` answered 0x80004005"),
    ] {
        let (statuses, texts) = prepared(name);
        assert_eq!(statuses, [expected, expected], "{name}");
        assert_eq!(texts.len(), 1, "{name}: {texts:?}");
        assert!(texts[0].contains(said), "{name}: {texts:?}");
    }
}

#[test]
fn w_043_a_second_completion_is_unexpected_and_changes_nothing() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("prepares twice")), [Succeeded, Succeeded]);
    assert_eq!(rig.answer("prepares twice", "prepared again"), UNEXPECTED);
    assert_eq!(lines(&rig.noted("prepares twice"), &["Synchronize null"]).len(), 1);
}

#[test]
fn w_048_and_w_130_synchronize_that_does_not_answer_plain_success_has_not_begun() {
    for (name, code) in [("starts not", "0x80004005"), ("starts otherwise", "0x00000001")] {
        let report = Rig::new().run(name);
        assert_eq!(statuses(&report), [Failed, Failed], "{name}");
        assert!(
            texts(&report)[0].contains(&format!("`Synchronize` answered {code}")),
            "{:?}",
            texts(&report)
        );
    }
}

#[test]
fn w_049_open_rows_fail_with_the_completion_and_w_050_final_ones_stay() {
    let report = Rig::new().run("half way");
    assert_eq!(statuses(&report), [Succeeded, Failed]);
    assert_eq!(report.entries.len(), 1, "{:?}", texts(&report));
}

#[test]
fn w_055_w_056_and_w_071_a_skip_ends_its_item_and_a_stop_all() {
    let rig = Rig::new();
    let session = rig.start("endless");
    rig.wait_for("endless", "Synchronize returns");
    session.skip(FIRST);
    let ended = session.events().iter().any(|event| matches!(event, SessionEvent::RowFinal { .. }));
    assert!(ended);
    session.stop();
    assert_eq!(statuses(&session.wait()), [Skipped, Stopped]);
}

#[test]
fn w_071_and_w_074_to_w_076_skip_and_stop_are_told_once_by_the_status_of_an_item() {
    let rig = Rig::new();
    let session = rig.start("told");
    rig.wait_for("told", "Synchronize returns");
    session.skip(FIRST);
    rig.wait_for("told", "SetItemStatus 1 1");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Skipped, Stopped]);
    let noted = rig.noted("told");
    assert_eq!(lines(&noted, &["SetItemStatus"]), ["SetItemStatus 1 1", "SetItemStatus 0 0"]);
    assert!(!noted.contains("thread"), "{noted}");
}

#[test]
fn w_054_and_w_057_to_w_067_what_progress_answers_to_what_must_not_be_passed() {
    let rig = Rig::new();
    let report = rig.run("arguments");
    for (question, answer) in [
        ("nothing masked", OK),
        ("unknown bits", OK),
        ("unknown item", INVALID),
        ("nil item", INVALID),
        ("null item", INVALID),
        ("null structure", INVALID),
        ("small structure", INVALID),
        ("large structure", OK),
        ("unknown status", INVALID),
        ("value alone", OK),
        ("null text", OK),
        ("final, something else", OK),
        ("final, failed", OK),
    ] {
        assert_eq!(rig.answer("arguments", question), answer, "{question}");
    }
    assert_eq!(statuses(&report), [Failed, Succeeded]);
}

#[test]
fn w_051_and_w_087_completions_of_what_was_not_asked_are_unexpected() {
    let rig = Rig::new();
    rig.run("arguments");
    for question in
        ["wrong completion", "properties nobody showed", "an error nobody showed", "second completion"]
    {
        assert_eq!(rig.answer("arguments", question), UNEXPECTED, "{question}");
    }
    assert_eq!(rig.answer("arguments", "first completion"), OK);
}

#[test]
fn w_080_to_w_093_what_the_log_answers_and_takes() {
    let rig = Rig::new();
    let report = rig.run("arguments");
    for (question, answer) in [
        ("no info", OK),
        ("empty text", OK),
        ("nothing of the info", OK),
        ("level 0", INVALID),
        ("level 4", INVALID),
        ("no text", INVALID),
        ("small info", INVALID),
        ("delete unknown", INVALID),
        ("delete null", INVALID),
        ("delete known", OK),
        ("a flag and no id", OK),
    ] {
        assert_eq!(rig.answer("arguments", question), answer, "{question}");
    }
    // The last one is the manager's: the row failed, and no entry of the class says why.
    assert_eq!(texts(&report)[..4], ["without info", "", "garbage", "leads nowhere"]);
    assert!(
        report.entries.len() == 5 && texts(&report)[4].contains("did not say why"),
        "{:?}",
        texts(&report)
    );
    assert!(report.entries.iter().all(|entry| !entry.can_jump));
    assert!(report.entries[..4].iter().all(|entry| entry.item.is_none() && entry.error.is_none()));
}

#[test]
fn w_122_the_callback_has_one_identity_and_no_interface_but_its_own() {
    let rig = Rig::new();
    rig.run("arguments");
    assert_eq!(rig.answer("arguments", "its own interface"), OK);
    assert_eq!(rig.answer("arguments", "identity"), "one");
    assert_eq!(rig.answer("arguments", "another interface"), "0x80004002");
    assert!(rig.noted("arguments").contains("another interface is null\n"));
}

#[test]
fn w_094_and_w_097_who_may_bother_the_user_may_show_dialogs() {
    let rig = Rig::new();
    rig.run("dialogs");
    for question in
        ["prepare asks", "prepare asks again", "prepare is done again", "one too many", "a worker asks"]
    {
        assert_eq!(rig.answer("dialogs", question), OK, "{question}");
    }
}

#[test]
fn w_095_where_nobody_may_be_bothered_there_are_no_dialogs() {
    let rig = Rig::new();
    rig.run_unattended("dialogs");
    assert_eq!(lines(&rig.noted("dialogs"), &["Initialize"]), ["Initialize 0 0x6 0 null"]);
    assert_eq!(rig.answer("dialogs", "prepare asks"), FALSE);
    assert_eq!(rig.answer("dialogs", "a worker asks"), FALSE);
    assert_eq!(rig.answer("dialogs", "one too many"), OK);
}

#[test]
fn w_099_and_w_103_connections_by_no_name_an_empty_one_and_an_unknown_one() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("connections")), [Succeeded, Succeeded]);
    // The connector of this test says what the machine says: on line or not.
    let online = rig.answer("connections", "no name");
    assert!([OK, "0x80004005"].contains(&online.as_str()), "{online}");
    assert_eq!(rig.answer("connections", "reserved argument"), online);
    assert_eq!(rig.answer("connections", "empty name"), INVALID);
    assert_eq!(rig.answer("connections", "unknown name"), INVALID);
}

#[test]
fn what_a_class_prints_is_not_between_the_lines_and_what_it_reads_is_empty() {
    let rig = Rig::new();
    let report = rig.run("prints");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    assert_eq!(rig.answer("prints", "read"), "-1");
}

#[test]
fn messages_of_windows_arrive_between_the_calls_on_the_same_thread() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("window")), [Succeeded, Succeeded]);
    let noted = rig.noted("window");
    assert_eq!(rig.answer("window", "a window"), "yes");
    let order = lines(&noted, &["Synchronize returns", "the timer"]);
    assert_eq!(order, ["Synchronize returns", "the timer"]);
}

#[test]
fn w_046_and_w_053_calls_of_another_thread_return_while_synchronize_waits_for_them() {
    let rig = Rig::new();
    let report = rig.run("waits");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(texts(&report), ["from a worker"]);
    assert_eq!(rig.answer("waits", "completed"), OK);
}

#[test]
fn w_072_a_skip_while_synchronize_runs_is_told_after_it_has_returned() {
    let rig = Rig::new();
    let session = rig.start("slow");
    rig.wait_for("slow", "Synchronize null");
    session.skip(FIRST);
    rig.write("slow", "go");
    rig.wait_for("slow", "SetItemStatus 1 1");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Skipped, Stopped]);
    let order = ["Synchronize null", "Synchronize returns", "SetItemStatus 1 1", "SetItemStatus 0 0"];
    assert_eq!(lines(&rig.noted("slow"), &["Synchronize", "SetItemStatus"]), order);
}

#[test]
fn w_045_progress_in_preparation_can_end_a_row() {
    let rig = Rig::new();
    let report = rig.run("early");
    assert_eq!(rig.answer("early", "progress in prepare"), OK);
    assert_eq!(statuses(&report), [Failed, Succeeded]);
    assert_eq!(texts(&report)[0], "is not there any more");
}

#[test]
fn w_068_eight_threads_at_once_lose_no_end() {
    assert_eq!(statuses(&Rig::new().run("eight")), [Succeeded, Skipped]);
}
