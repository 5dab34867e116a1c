//! The pass in which all commands work through a daemon is what it says.

use std::process::Command;

use crate::through::{ALONE, is_through_daemon};

#[test]
fn every_test_that_is_listed_as_working_alone_is_there() {
    let program = std::env::current_exe().unwrap();
    let listed = Command::new(program).args(["--list", "--format", "terse"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for (begin, why) in ALONE {
        assert!(listed.lines().any(|name| name.starts_with(begin)), "no test begins with `{begin}`");
        assert!(!why.is_empty(), "{begin}");
    }
}

#[test]
fn commands_work_through_a_daemon_exactly_in_the_pass_that_is_for_it() {
    let home = crate::home::Home::new();
    let expected = if is_through_daemon() { 0 } else { 1 };
    let _ = home.run(&["daemon", "status"]).exit(expected);
}
