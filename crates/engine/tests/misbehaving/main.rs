//! Handlers that do not keep to the protocol. Whatever one of them does: its items fail, or not, with a message that names the
//! cause; a well-behaved handler in the same session succeeds; no process is left; and the manager's memory stays small.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod kinds;
mod memory;
#[path = "../process/rig.rs"]
mod rig;

use syncmgr_engine::SessionReport;
use syncmgr_model::status::ItemStatus;

use kinds::{Kind, When};
use rig::*;

/// Runs a misbehaving handler beside a good one, and looks at what came of both.
fn check(kind: &Kind) {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", kind.script);
    spec.limits = (kind.limits)(short());
    let session = rig.start(vec![entry(spec), rig.good("other")]);
    if kind.when == When::Stopped {
        rig.wait_for("here");
        wait_until(|| n_succeeded(&session.rows(), "other") == 2);
        session.stop();
    }
    session.ignore_events();
    let report = session.wait();

    let other: Vec<_> = of("other", &report);
    assert_eq!(other, [ItemStatus::Succeeded; 2], "the other handler: {:#?}", texts(&report));
    assert_eq!(of("notes", &report), kind.ends, "{:#?}", texts(&report));
    for said in kind.says {
        find(&report, said);
    }
    assert!(rig.left_over().is_empty(), "left over: {:?}", rig.left_over());
}

fn of(handler: &str, report: &SessionReport) -> Vec<ItemStatus> {
    let id = syncmgr_model::id::HandlerId::named(handler);
    report.items.iter().filter(|item| item.handler == id).map(|item| item.status).collect()
}

fn n_succeeded(rows: &[syncmgr_engine::RowView], handler: &str) -> usize {
    let id = syncmgr_model::id::HandlerId::named(handler);
    rows.iter().filter(|row| row.handler == id && row.status == ItemStatus::Succeeded).count()
}
