//! Classes as others wrote them, with habits that are not ours.

use syncmgr_model::status::ItemStatus::{Failed, Stopped, Succeeded};

use crate::rig::*;

const OK: &str = "0x00000000";
const NO_INTERFACE: &str = "0x80004002";

#[test]
fn a_worker_that_only_posts_messages_has_the_window_make_the_calls() {
    let rig = Rig::new();
    let report = rig.run("posts");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(rig.answer("posts", "sent"), "5");
    assert_eq!(rig.answer("posts", "completed"), OK);
}

#[test]
fn messages_without_an_end_do_not_keep_a_class_from_being_told() {
    let rig = Rig::new();
    let session = rig.start("reposts");
    rig.wait_for("reposts", "Synchronize returns");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    assert_eq!(lines(&rig.noted("reposts"), &["SetItemStatus"]), ["SetItemStatus 0 0"]);
}

#[test]
fn workers_in_any_apartment_take_the_callback_out_of_the_global_table() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("table")), [Succeeded, Succeeded]);
    assert_eq!(rig.answer("table", "laid"), OK);
    for apartment in ["ffff", "2", "0"] {
        assert_eq!(rig.answer("table", &format!("taken in {apartment}")), OK);
        assert_eq!(rig.answer("table", &format!("told in {apartment}")), OK);
    }
}

#[test]
fn the_callback_can_be_asked_for_what_it_is() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("curious")), [Succeeded, Succeeded]);
    assert_eq!(rig.answer("curious", "IUnknown"), OK);
    assert_eq!(rig.answer("curious", "IMarshal"), OK);
    assert_eq!(rig.answer("curious", "IClientSecurity"), NO_INTERFACE);
    assert_eq!(rig.answer("curious", "ISyncMgrSynchronizeInvoke"), NO_INTERFACE);
    assert!(rig.noted("curious").contains("its own is the same\n"));
}

#[test]
fn a_class_that_takes_no_reference_to_the_callback_or_gives_back_too_many_does_no_harm() {
    let rig = Rig::new();
    let report = rig.run("borrows");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    assert!(rig.noted("borrows").ends_with("SetProgressCallback null\ngone\n"));
}

#[test]
fn exceptions_that_a_class_takes_care_of_are_its_own_business() {
    let rig = Rig::new();
    let report = rig.run("raises");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    let noted = rig.noted("raises");
    assert_eq!(lines(&noted, &["bad pointer"]), ["bad pointer: 1", "bad pointer: 1"]);
    assert_eq!(lines(&noted, &["caught"]).len(), 2);
}

#[test]
fn what_a_class_throws_and_nobody_catches_ends_it_and_no_other() {
    // In a worker it is the runtime of the class that ends the process.
    for (name, said) in [("throws", "it threw an exception"), ("throws in a worker", "ended (exit status 3)")]
    {
        let rig = Rig::new();
        let report = rig.begin(rig.request(&[name, "inside"])).wait();
        assert_eq!(statuses(&report), [Failed, Failed, Succeeded, Succeeded], "{name}");
        assert_eq!(report.entries.len(), 1, "{name}: {:?}", texts(&report));
        assert!(texts(&report)[0].contains(said), "{name}: {:?}", texts(&report));
    }
}

#[test]
fn a_class_that_ends_the_process_fails_what_it_has_not_done() {
    let rig = Rig::new();
    let report = rig.begin(rig.request(&["exits", "inside"])).wait();
    assert_eq!(statuses(&report), [Succeeded, Failed, Succeeded, Succeeded]);
    assert!(texts(&report)[0].contains("ended (exit status 0)"), "{:?}", texts(&report));
}

#[test]
fn a_crash_is_told_also_by_a_class_that_looks_at_crashes_itself() {
    let report = Rig::new().run("has a filter");
    assert_eq!(statuses(&report), [Failed, Failed]);
    let text = texts(&report)[0];
    assert!(text.contains("the class has crashed (exception 0xC0000005)"), "{text}");
}

#[test]
fn a_worker_that_goes_on_when_it_is_prepared_is_heard_until_it_is_asked_to() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("goes on")), [Succeeded, Succeeded]);
    assert_eq!(rig.answer("goes on", "meanwhile"), OK);
}

#[test]
fn a_thread_and_a_reference_that_stay_keep_nobody() {
    let rig = Rig::new();
    let report = rig.run("stays");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    assert!(rig.noted("stays").ends_with("SetProgressCallback null\n"));
}

#[test]
fn texts_of_any_length_are_taken_and_cut() {
    let rig = Rig::new();
    let report = rig.run("wordy");
    assert_eq!(statuses(&report), [Succeeded, Succeeded], "{:?}", texts(&report));
    assert_eq!(rig.answer("wordy", "log"), OK);
    assert_eq!(rig.answer("wordy", "progress"), OK);
    assert_eq!(texts(&report)[0].len(), 4096);
}

#[test]
fn a_class_may_run_a_loop_of_its_own_inside_of_a_call() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.run("own loop")), [Succeeded, Succeeded]);
    assert!(rig.noted("own loop").contains("the timer\nSynchronize returns\n"));
}

#[test]
fn a_class_is_reached_through_a_proxy_by_its_own_workers() {
    let rig = Rig::new();
    let report = rig.run("proxies");
    assert_eq!(statuses(&report), [Succeeded, Succeeded], "{:?}", texts(&report));
    assert_eq!(rig.answer("proxies", "proxy"), OK);
    assert_eq!(rig.answer("proxies", "through it"), NO_INTERFACE);
    assert!(rig.noted("proxies").contains("asked on its own thread\n"));
}

#[test]
fn a_class_is_made_once_and_the_last_reference_is_given_back() {
    for name in ["counts", "counts, both", "counts, free"] {
        let rig = Rig::new();
        assert_eq!(statuses(&rig.run(name)), [Succeeded, Succeeded], "{name}");
        assert_eq!(rig.answer(name, "references"), "1", "{name}");
        assert_eq!(lines(&rig.noted(name), &["made", "gone"]), ["made", "gone"], "{name}");
    }
}
