//! The window with the daemon as it is.

use crate::home::Home;
use crate::pane::Pane;

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_syncmgr")
}

#[test]
fn somebody_new_adds_two_folders_synchronizes_them_and_takes_it_back() {
    let home = Home::with_folders(&[("a", "1"), ("b", "2")], &[]);
    let pane = Pane::open(&home, (100, 30));
    pane.line(&format!("{} tui", program()));
    // Nobody has started a daemon: the window has one of its own, and says so.
    pane.until("a daemon was started for this window");
    pane.until("nothing to synchronize yet");

    pane.letters("+");
    pane.until("Ctrl-S");
    pane.letters(home.work("left").to_str().unwrap());
    pane.keys(&["Tab"]);
    pane.letters(home.work("right").to_str().unwrap());
    pane.keys(&["C-s"]);
    pane.until_so("the pair is an item", |screen| screen.contains("› ") && screen.contains("[x] left"));

    pane.letters("s");
    pane.until("All in step");
    assert_eq!(home.read("right/b"), "2");

    pane.letters("6");
    pane.until_so("the session is in the history", |screen| screen.contains("Undo"));
    pane.keys(&["End"]);
    pane.letters("z");
    pane.until("Are you sure?");
    pane.letters("y");
    pane.until_so("it is taken back", |_| !home.work("right/b").exists());

    pane.keys(&["C-c"]);
    pane.check_clean();
    // The daemon has ended with its window.
    let _ = home.run(&["daemon", "status"]).exit(1);
}

#[test]
fn a_daemon_that_was_there_stays() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["daemon", "start"]).exit(0);
    let pane = Pane::open(&home, (80, 24));
    pane.line(&format!("{} tui settings", program()));
    let screen = pane.until("Settings");
    assert!(!screen.contains("started for this window"), "{screen}");
    pane.letters("q");
    pane.check_clean();
    let _ = home.run(&["daemon", "status"]).exit(0);
    let _ = home.run(&["daemon", "stop"]).exit(0);
}
