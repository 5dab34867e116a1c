//! The window with the daemon as it is.

use std::cell::{Cell, RefCell};

use crate::home::Home;
use crate::pane::Pane;

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_syncmgr")
}

/// Whether a line of a screen holds both.
fn has(screen: &str, text: &str, state: &str) -> bool {
    screen.lines().any(|line| line.contains(text) && line.contains(state))
}

#[track_caller]
fn until_line(pane: &Pane<'_>, text: &str, state: &str) {
    pane.until_so(&format!("{text}: {state}"), |screen| has(screen, text, state));
}

/// Chooses the row with this text: from the top on, a row at a time. A key is pressed once what the last one did is seen; who has
/// pressed one too many begins again.
#[track_caller]
fn choose(pane: &Pane<'_>, text: &str) {
    const STEADY: usize = 4;
    const MISSED: usize = 100;
    let chosen = |screen: &str| screen.lines().find(|line| line.contains('›')).unwrap_or_default().to_owned();
    let (seen, n_looks) = (RefCell::new(String::new()), Cell::new(0));
    pane.until(text);
    pane.keys(&["Home"]);
    pane.until_so(&format!("{text} is chosen"), |screen| {
        let now = chosen(screen);
        if now.contains(text) {
            return true;
        }
        let n = if *seen.borrow() == now { n_looks.get() + 1 } else { 0 };
        seen.replace(now);
        n_looks.set(n);
        match n {
            STEADY => pane.keys(&["Down"]),
            MISSED => {
                pane.keys(&["Home"]);
                n_looks.set(0);
            }
            _ => {}
        }
        false
    });
}

#[test]
fn somebody_new_gets_along_with_the_window() {
    let home = Home::with_folders(&[("report.txt", "first\n"), ("more/photo", "1")], &[]);
    let pane = Pane::open(&home, (110, 36));
    pane.line(&format!("{} tui", program()));
    // Nobody has started a daemon: the window has one of its own, and says so.
    pane.until("a daemon was started for this window");
    pane.until("nothing to synchronize yet");
    add(&home, &pane);
    look_and_do(&home, &pane);
    skip_and_stop(&home, &pane);
    settle(&home, &pane);
    ask_why_and_schedule(&pane);
    undo(&home, &pane);

    pane.keys(&["C-c"]);
    // A page may still say that the session runs when it is over: then the window asks.
    let screen = pane.until_so("the window is gone, or asks", |screen| {
        !screen.contains("Items") || screen.contains("Stop and quit")
    });
    if screen.contains("Stop and quit") {
        pane.letters("y");
    }
    pane.check_clean();
    // The daemon has ended with its window.
    let _ = home.run(&["daemon", "status"]).exit(1);
}

fn add(home: &Home, pane: &Pane<'_>) {
    pane.letters("+");
    pane.until("Ctrl-S");
    pane.letters(home.work("left").to_str().unwrap());
    pane.keys(&["Tab"]);
    pane.letters(home.work("missing").to_str().unwrap());
    pane.keys(&["C-s"]);
    // The form stays, and says what is wrong.
    pane.until_so("it is refused", |screen| {
        screen.contains("is not there") && screen.contains("Left folder")
    });
    pane.keys(&["C-u"]);
    pane.letters(home.work("right").to_str().unwrap());
    pane.keys(&["Tab"]);
    pane.letters("papers");
    pane.keys(&["C-s"]);
    pane.until("[x] papers");
}

/// What would it do? Then it does.
fn look_and_do(home: &Home, pane: &Pane<'_>) {
    choose(pane, "papers");
    pane.letters("d");
    pane.until("Plan of papers");
    pane.until_so("each path is shown", |screen| {
        screen.contains("more/photo") && screen.contains("report.txt")
    });
    assert!(!home.work("right/report.txt").exists(), "it only looked");
    pane.letters("y");
    pane.until("Are you sure?");
    pane.letters("y");
    pane.until("All in step");
    assert_eq!(home.read("right/report.txt"), "first\n");
    assert_eq!(home.read("right/more/photo"), "1");
}

/// A program with arguments becomes a handler, and is trusted.
fn register(home: &Home, pane: &Pane<'_>) {
    home.write_handler();
    pane.letters("9");
    choose(pane, "Handlers");
    pane.keys(&["Enter"]);
    pane.until("Programs that know how");
    pane.letters("+");
    pane.until("Register a handler");
    pane.letters("notes");
    pane.keys(&["Tab"]);
    pane.letters("python3");
    pane.keys(&["Tab"]);
    // Its arguments are lines.
    pane.letters(home.work("handler.py").to_str().unwrap());
    pane.keys(&["Enter"]);
    pane.letters("counting");
    pane.keys(&["Enter"]);
    pane.letters("plain");
    pane.keys(&["C-s"]);
    until_line(pane, "notes", "not trusted yet");
    choose(pane, "not trusted yet");
    pane.letters("i");
    pane.until("Are you sure?");
    pane.letters("y");
    until_line(pane, "notes", "enabled");
}

/// Something that takes as long as it is let: left out, then everything is stopped.
fn skip_and_stop(home: &Home, pane: &Pane<'_>) {
    register(home, pane);
    pane.letters("1");
    pane.until("[x] notes/Counting");
    pane.letters("S");
    until_line(pane, "notes/Counting", "updating");
    moves(pane);
    // Out of sight, and back.
    pane.letters("M");
    pane.until("[x] notes/Counting");
    pane.letters("2");
    pane.until_so("its items are out of sight", |screen| {
        screen.contains("Show its items") && !has(screen, "notes/Counting", "updating")
    });
    pane.letters("M");
    until_line(pane, "notes/Counting", "updating");
    choose(pane, "notes/Counting");
    pane.letters("x");
    until_line(pane, "notes/Counting", "skipped");
    until_line(pane, "notes/Plain", "succeeded");
    pane.letters("1");
    pane.until_so("it is over", |screen| has(screen, "[x] notes/Counting", "skipped"));
    pane.letters("S");
    until_line(pane, "notes/Counting", "updating");
    pane.letters("X");
    pane.until("Stopped.");

    // It takes no part any more, and Why says so.
    pane.letters("1");
    choose(pane, "[x] notes/Counting");
    pane.keys(&["Space"]);
    pane.until("[ ] notes/Counting");
    pane.letters("w");
    pane.until("no: it is not ticked");
    pane.keys(&["Escape"]);
}

/// What it has done is seen to become more while it runs.
#[track_caller]
fn moves(pane: &Pane<'_>) {
    let text = |screen: &str| {
        let row = screen.lines().find(|line| line.contains("notes/Counting") && line.contains("updating"));
        row.and_then(|row| row.split_once("message ")).map(|(_, n)| n.split(' ').next().map(str::to_owned))
    };
    let first = RefCell::new(None);
    pane.until_so("it moves", |screen| match (text(screen), &mut *first.borrow_mut()) {
        (Some(now), Some(before)) => now != *before,
        (Some(now), none) => {
            *none = Some(now);
            false
        }
        (None, _) => false,
    });
}

fn settle(home: &Home, pane: &Pane<'_>) {
    home.write("left/report.txt", "first\nfrom the left\n");
    home.write("right/report.txt", "first\nfrom the right side\n");
    pane.until("[x] papers");
    pane.letters("S");
    pane.until("conflicts wait for you");
    pane.letters("4");
    pane.until("changed on both sides");
    choose(pane, "report.txt");
    pane.keys(&["Enter"]);
    pane.until_so("both versions are seen", |screen| {
        has(screen, "from the left", "<") && has(screen, "from the right side", ">")
    });
    pane.letters("l");
    pane.until("No conflict is open");
    assert_eq!(home.read("right/report.txt"), "first\nfrom the left\n");
}

fn ask_why_and_schedule(pane: &Pane<'_>) {
    pane.letters("1");
    choose(pane, "[x] papers");
    pane.letters("w");
    pane.until("Nothing starts it by itself");
    pane.letters("e");
    pane.until("It runs only by hand");
    pane.letters("e");
    pane.until("Again after");
    pane.letters("soon");
    pane.keys(&["C-s"]);
    pane.until_so("it is refused", |screen| screen.contains("`soon` is no interval"));
    pane.keys(&["C-u"]);
    pane.letters("6h");
    pane.keys(&["C-s"]);
    pane.until("It runs by itself");
    pane.letters("1");
    until_line(pane, "papers", "every 6h");
    until_line(pane, "papers", "in 6 hours");
}

fn undo(home: &Home, pane: &Pane<'_>) {
    pane.letters("6");
    // The newest session is the first one.
    choose(pane, "by hand");
    pane.letters("z");
    pane.until("Are you sure?");
    pane.letters("y");
    pane.until_so("it is taken back", |_| home.read("right/report.txt") == "first\nfrom the right side\n");
    // Whoever quits before asks for its end.
    pane.until("All in step");
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
