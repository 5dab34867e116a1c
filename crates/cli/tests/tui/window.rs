//! What somebody sees and presses.

use rustix::process::{Signal, kill_process};

use crate::canned::Canned;
use crate::home::Home;
use crate::pane::Pane;

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_syncmgr")
}

#[test]
fn items_are_seen_ticked_synchronized_skipped_and_stopped() {
    let home = Home::new();
    let manager = Canned::start(&home);
    let pane = Pane::open(&home, (80, 24));
    pane.line(&format!("{} tui", program()));
    let screen = pane.until("[ ] music");
    assert!(screen.contains("✓ all in step") && screen.contains("[x] photos"), "{screen}");

    pane.keys(&["Down", "Space"]);
    pane.until("[x] music");
    assert_eq!(manager.ticked(), [true, true]);

    pane.letters("S");
    pane.until("updating");
    // What comes next is meant for the page that has just come.
    pane.keys(&["Down"]);
    pane.letters("x");
    let screen = pane.until("skipped");
    assert!(screen.contains("updating"), "only one of them is: {screen}");

    pane.letters("X");
    pane.until("stopped");

    pane.resize(60, 18);
    pane.until_so("it fits into the smallest window", |screen| {
        screen.lines().count() <= 18 && screen.contains("stopped") && screen.contains("q quit")
    });
    pane.resize(40, 10);
    pane.until("a little more room");
    pane.resize(80, 24);
    pane.until("stopped");

    pane.keys(&["C-c"]);
    pane.check_clean();
}

#[test]
fn a_manager_that_goes_away_is_waited_for() {
    let home = Home::new();
    let mut manager = Canned::start(&home);
    let pane = Pane::open(&home, (80, 24));
    pane.line(&format!("{} tui", program()));
    pane.until("photos");
    manager.stop();
    pane.keys(&["2"]);
    pane.until("connection lost, trying again");
    manager.start_again(&home);
    pane.until_so("it is there again", |screen| !screen.contains("connection lost"));
    pane.letters("q");
    pane.check_clean();
}

#[test]
fn signals_and_suspension_leave_the_terminal_as_it_was() {
    let home = Home::new();
    let _manager = Canned::start(&home);
    let pane = Pane::open(&home, (80, 24));
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        pane.line(&format!("clear; {} tui", program()));
        pane.until("photos");
        kill_process(pane.program(), signal).unwrap();
        pane.check_clean();
    }
    pane.line(&format!("clear; set -m; {} tui", program()));
    pane.until("photos");
    pane.keys(&["C-z"]);
    pane.until_so("the shell is back", |screen| screen.contains("ready>") && !screen.contains("photos"));
    pane.line("clear; fg");
    pane.until("photos");
    pane.letters("q");
    pane.check_clean();
}

#[test]
fn a_terminal_of_ascii_without_colors_gets_neither() {
    let home = Home::new();
    let _manager = Canned::start(&home);
    let pane = Pane::open(&home, (80, 24));
    pane.line(&format!("NO_COLOR=1 LC_ALL=C {} tui synchronizing", program()));
    let screen = pane.until("nothing runs");
    assert!(screen.is_ascii(), "{screen}");
    pane.letters("q");
    pane.check_clean();
}

#[test]
fn what_is_no_terminal_is_told_what_to_do() {
    let home = Home::new();
    let ran = home.run(&["tui"]).exit(2);
    assert!(ran.err.contains("this is no terminal") && ran.err.contains("syncmgr status"), "{}", ran.err);
    let ran = home.run(&["tui", "--json"]).exit(2);
    assert!(ran.err.contains("cannot be printed as JSON"), "{}", ran.err);
}
