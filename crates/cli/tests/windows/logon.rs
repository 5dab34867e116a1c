//! What starts when the user logs on.

use std::os::windows::process::CommandExt as _;
use std::process::{Command, Output};

use crate::home::Home;

const KEY: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";

/// What the registry says, as a program of the system shows it.
fn registry() -> Output {
    Command::new("reg").args(["query", KEY, "/v", "syncmgr"]).output().unwrap()
}

#[test]
fn the_daemon_is_started_at_logon_until_that_is_taken_back() {
    let home = Home::new();
    let said = home.does(&["daemon", "install"]).out;
    assert!(said.contains("the daemon runs") && said.contains("at every logon"), "{said}");
    let value = String::from_utf8_lossy(&registry().stdout).into_owned();
    let line = value.lines().find_map(|line| line.split_once("REG_SZ")).unwrap().1.trim().to_owned();
    assert!(line.starts_with('"') && line.ends_with("daemon start"), "{line}");
    home.does(&["daemon", "stop"]);
    let started = Command::new("cmd").raw_arg(format!("/s /c \"{line}\"")).output().unwrap();
    assert!(started.status.success(), "{started:?}");
    assert!(home.does(&["daemon", "status"]).out.contains("running,"));
    assert!(home.does(&["daemon", "uninstall"]).out.contains("stopped, and removed"));
    assert!(!registry().status.success());
    assert!(home.does(&["daemon", "uninstall"]).out.contains("not installed"));
    assert!(!home.run(&["daemon", "status"]).out.contains("running,"));
}
