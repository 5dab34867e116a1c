//! How a class ends that does not as it should, and that nobody else ends with it.

use syncmgr_model::status::ItemStatus::{Failed, Stopped, Succeeded};

use crate::rig::*;

#[test]
fn a_class_that_crashes_in_a_worker_fails_its_items_and_no_other() {
    let rig = Rig::new();
    let report = rig.begin(rig.request(&["crashes", "workers"])).wait();
    assert_eq!(statuses(&report), [Failed, Failed, Succeeded, Succeeded]);
    assert_eq!(report.entries.len(), 1, "{:?}", texts(&report));
    let text = texts(&report)[0];
    assert!(
        text.contains("crashes") && text.contains("the class has crashed (exception 0xC0000005)"),
        "{text}"
    );
}

#[test]
fn w_078_a_class_that_hangs_is_ended_after_a_stop() {
    let rig = Rig::new();
    let mut spec = rig.spec("hangs");
    impatient(&mut spec);
    let mut request = rig.request(&[]);
    request.handlers = vec![entry(spec), rig.handler("inside")];
    let session = rig.begin(request);
    rig.wait_for("hangs", "hanging");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report)[..2], [Stopped, Stopped]);
}

#[test]
fn a_class_that_hangs_at_the_end_keeps_its_results() {
    let rig = Rig::new();
    let mut spec = rig.spec("hangs at the end");
    impatient(&mut spec);
    let mut request = rig.request(&[]);
    request.handlers = vec![entry(spec)];
    assert_eq!(statuses(&rig.begin(request).wait()), [Succeeded, Succeeded]);
    assert!(rig.noted("hangs at the end").contains("hanging\n"));
}

#[test]
fn w_066_a_reference_that_was_kept_leads_nowhere_when_the_session_is_over() {
    let rig = Rig::new();
    let report = rig.run("leaks");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    for question in ["late progress", "late log", "late completion", "late dialog"] {
        assert_eq!(rig.answer("leaks", question), "0x8000ffff", "{question}");
    }
}
