//! `syncmgr connections`, and what runs on them by itself.

use std::fs;

use insta::assert_snapshot;

use crate::daemon::{Daemon, until};
use crate::home::Home;

/// A connection `office` whose state is a file, which tells each step in another.
fn office(home: &Home) -> String {
    let (mark, log) = (home.work("is-up"), home.work("steps"));
    let (mark, log) = (mark.display(), log.display());
    format!(
        "[[connection]]\nname = \"office\"\n\
         up = [\"sh\", \"-c\", \"echo up >> '{log}'; touch '{mark}'\"]\n\
         down = [\"sh\", \"-c\", \"echo down >> '{log}'; rm '{mark}'\"]\n\
         probe = [\"test\", \"-e\", \"{mark}\"]\n"
    )
}

fn steps(home: &Home) -> String {
    fs::read_to_string(home.work("steps")).unwrap_or_default()
}

fn configure(home: &Home, more: &str) {
    let (left, right) = (home.work("left"), home.work("right"));
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\n\n{}\n{more}\n",
        left.display(),
        right.display(),
        office(home)
    ));
}

#[test]
fn without_a_daemon_connections_are_shown_and_not_kept() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    assert_snapshot!(home.run(&["connections"]).shown(), @r"
    exit 0
    out| no connection is configured, and nothing was chosen or set for one
    ");
    configure(&home, "");
    assert_snapshot!(home.run(&["connections"]).shown(), @r"
    exit 0
    out| office  command  down
    ");
    assert_snapshot!(home.run(&["connections", "up", "office"]).shown(), @r"
    exit 1
    err| error: no daemon is running, and without one nobody would keep the connection
    err| hint: `syncmgr daemon start` starts one; sessions open what they need by themselves
    ");
    assert_eq!(steps(&home), "");
}

#[test]
fn a_connection_is_brought_up_by_hand_kept_and_taken_down() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "");
    let _daemon = Daemon::start(&home);
    let line = home.run(&["connections", "up", "office", "--json"]).exit(0).of_type("connection").remove(0);
    assert_eq!((&line["up"], &line["users"]), (&true.into(), &1.into()), "{line}");
    assert_snapshot!(home.run(&["connections"]).shown(), @r"
    exit 0
    out| office  command  up  1 user
    ");
    let _ = home.run(&["connections", "down", "office"]).exit(0);
    assert_eq!(steps(&home), "up\ndown\n");
    assert_snapshot!(home.run(&["connections", "down", "office"]).shown(), @r"
    exit 1
    err| error: `office` was not brought up by hand
    err| hint: what a session opened goes down after it; what was up before is left alone
    ");
    assert_snapshot!(home.run(&["connections", "up", "ofice"]).shown(), @r"
    exit 2
    err| error: no connection is configured as `ofice`
    err| hint: did you mean `office`? `syncmgr connections` lists all
    ");
}

#[test]
fn a_trigger_of_a_connection_starts_when_that_comes_up() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "[[trigger]]\nfor = \"logon\"\nconnection = \"office\"\n");
    let _ = home.run(&["items", "tick", "photos", "--for", "logon", "--connection", "office"]).exit(0);
    let _daemon = Daemon::start(&home);
    let why = home.run(&["why", "photos"]).exit(0);
    assert!(why.out.contains("when the connection `office` comes up"), "{}", why.out);
    assert!(!home.work("right/a").exists());
    let _ = home.run(&["connections", "up", "office"]).exit(0);
    until("it runs", || home.work("right/a").exists());
    let why = home.run(&["why", "photos"]).exit(0);
    assert!(why.out.contains("because the connection `office` came up"), "{}", why.out);
}

#[test]
fn a_schedule_that_connects_brings_its_connection_up_first_and_takes_it_down_last() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let trigger =
        "[[trigger]]\nfor = \"schedule:nightly\"\nconnection = \"office\"\nevery = \"1s\"\nconnect = true\n";
    configure(&home, trigger);
    let marks = ["items", "tick", "photos", "--for", "schedule:nightly", "--connection", "office"];
    let _ = home.run(&marks).exit(0);
    let _daemon = Daemon::start(&home);
    until("it ran", || home.work("right/a").exists());
    until("it is down again", || steps(&home).ends_with("down\n"));
    assert!(steps(&home).starts_with("up\ndown\n"), "{}", steps(&home));
}

#[test]
fn a_connection_that_does_not_come_up_is_why_the_item_did_not_run() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let trigger =
        "[[trigger]]\nfor = \"schedule:nightly\"\nconnection = \"office\"\nevery = \"1s\"\nconnect = true\n";
    configure(&home, trigger);
    let text = fs::read_to_string(home.config_file()).unwrap();
    home.configure(&text.replace("touch", "true"));
    let marks = ["items", "tick", "photos", "--for", "schedule:nightly", "--connection", "office"];
    let _ = home.run(&marks).exit(0);
    let _daemon = Daemon::start(&home);
    until("it is told", || {
        home.run(&["why", "photos"])
            .exit(0)
            .out
            .contains("the connection `office` is not up: `sh` ran, and it is not up")
    });
    assert!(!home.work("right/a").exists());
    assert!(home.run(&["connections"]).exit(0).out.contains("it is not up"));
}
