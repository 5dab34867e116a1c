//! The suite, tried on handlers that keep the protocol and on handlers that break it, each in one way.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

mod bad;
mod good;
mod together;
mod tutorial;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use syncmgr_kit::check::Claim;
use syncmgr_kit::{Limits, Report, Subject, check, check_some};

/// As quick as it can be on a busy machine. Only what never comes takes this long.
const LIMITS: Limits = Limits {
    patience: Duration::from_secs(6),
    exit: Duration::from_secs(3),
    pause: Duration::from_millis(300),
    kills: 3,
    total: Duration::from_secs(300),
};

/// Checks a program.
fn check_program(program: &Path, scratch: &Path) -> Report {
    check(&subject(program, scratch), &mut |_| {})
}

fn subject(program: &Path, scratch: &Path) -> Subject {
    Subject {
        argv: vec![program.into()],
        environment: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        scratch: scratch.to_owned(),
        limits: LIMITS,
    }
}

/// Writes a program, by a program: what this process had open for writing could not be started while another thread is about
/// to start something, which has a copy of all descriptors for a moment.
fn install(path: &Path, text: &str) {
    #[expect(clippy::disallowed_methods, reason = "see above")]
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    install.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(install.wait().unwrap().success());
}

/// Checks a handler given as its text.
fn check_text(text: &str) -> Report {
    check_text_for(text, &|_| true)
}

/// Checks it for some claims, and what they need.
fn check_text_for(text: &str, is_wanted: &dyn Fn(&Claim) -> bool) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("handler");
    install(&program, text);
    check_some(&subject(&program, &folder.path().join("scratch")), is_wanted, &mut |_| {})
}

/// What failed, for people.
fn failures(report: &Report) -> String {
    report.failures().map(|finding| format!("{}: {:#?}\n", finding.claim.name, finding.verdict)).collect()
}
