//! The suite on a program of Windows: the example `deeds` of the crate `handler`, which has to be built before.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::ffi::OsString;
use std::path::Path;

use syncmgr_kit::{Limits, Report, Subject, check};

/// Checks the example, which does this.
fn check_deed(deed: &str) -> Report {
    let scratch = tempfile::tempdir().unwrap();
    let ourselves = std::env::current_exe().unwrap();
    // Cargo has put it beside this program.
    let program = ourselves.parent().and_then(Path::parent).unwrap().join("examples").join("deeds.exe");
    let subject = Subject {
        argv: vec![program.into_os_string(), OsString::from(deed)],
        environment: std::env::vars_os().collect(),
        scratch: scratch.path().to_owned(),
        limits: Limits::QUICK,
    };
    check(&subject, &mut |_| {})
}

fn failures(report: &Report) -> Vec<String> {
    report.failures().map(|finding| format!("{}: {:#?}", finding.claim.name, finding.verdict)).collect()
}

#[test]
fn a_handler_that_keeps_the_protocol_holds() {
    let report = check_deed("copy");
    assert!(report.is_good(), "{:#?}", failures(&report));
}

#[test]
fn a_handler_that_crashes_is_told_how_it_ended() {
    let failures = failures(&check_deed("crash"));
    assert!(failures.iter().any(|failure| failure.contains("it ended (exit code: 7)")), "{failures:#?}");
}
