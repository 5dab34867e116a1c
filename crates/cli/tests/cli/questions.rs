//! Questions of handlers, and a running handler that is skipped or stopped.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::home::Home;
use crate::terminal::Terminal;

#[test]
fn a_password_is_asked_on_the_terminal_and_never_shown() {
    let home = Home::with_notes(&["asking"]);
    let mut terminal = Terminal::start(&home, &["sync"]);
    terminal.expect("notes asks: Password for ann?");
    terminal.expect("password (not shown): ");
    terminal.press(b"hunter2\r");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.kept("answer").unwrap(), json!({"answer": "hunter2"}));
    assert!(!screen.contains("hunter2"), "{screen}");
}

#[test]
fn a_choice_is_answered_by_its_number() {
    let home = Home::with_notes(&["choosing"]);
    let mut terminal = Terminal::start(&home, &["sync"]);
    terminal.expect("2  keep right");
    terminal.expect("number [1]: ");
    terminal.press(b"2\r");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.kept("answer").unwrap()["answer"], "r");
}

#[test]
fn an_open_question_does_not_keep_a_session_from_stopping() {
    let home = Home::with_notes(&["choosing"]);
    let mut terminal = Terminal::start(&home, &["sync"]);
    terminal.expect("number [1]: ");
    // Ctrl-C, as a terminal sends it: a signal to whoever is in the foreground.
    terminal.press(b"\x03");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(3), "{screen}");
    assert_eq!(home.kept("answer").unwrap()["reason"], "stopped");
}

#[test]
fn where_nobody_is_there_the_handler_is_told_so_at_once() {
    let home = Home::with_notes(&["asking"]);
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(home.kept("answer").unwrap(), json!({"answer": null, "reason": "unattended"}));
    assert_eq!(home.kept("initialize").unwrap()["may_bother_user"], false);
}

#[test]
fn s_skips_the_item_that_runs_and_a_skip_is_not_in_step() {
    let home = Home::with_notes(&["endless", "plain"]);
    let mut terminal = Terminal::start(&home, &["sync"]);
    terminal.expect("working");
    terminal.press(b"s");
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(1), "{screen}");
    let session = home.run(&["results", "--json"]).exit(0).of_type("session")[0].clone();
    let statuses: Vec<_> =
        session["items"].as_array().unwrap().iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, ["skipped", "succeeded"]);
}

/// Whether a process runs whose command line names a file of this home.
fn is_anybody_left(home: &Home) -> bool {
    let script = home.work("handler.py");
    let names_it = |process: std::fs::DirEntry| {
        // Others come and go; one that is gone names nothing.
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == script.as_os_str().as_encoded_bytes())
    };
    std::fs::read_dir("/proc").unwrap().map(Result::unwrap).any(names_it)
}

#[test]
fn a_second_signal_ends_at_once_and_leaves_nobody_behind() {
    let home = Home::with_notes(&["stubborn"]);
    let mut child = home.command(&["sync", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_working = |line: &Value| line["type"] == "row" && line["text"] == "working";
    assert!(lines.by_ref().any(|line| is_working(&serde_json::from_str(&line.unwrap()).unwrap())));
    assert!(is_anybody_left(&home));
    // Signals that arrive together are one, so they are sent until they have had their effect.
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), Some(3));
    assert!(!is_anybody_left(&home));
}

#[test]
fn a_signal_stops_a_handler_and_the_next_run_can_begin_at_once() {
    let home = Home::with_notes(&["endless", "plain"]);
    let mut child = home.command(&["sync", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_working = |line: &Value| line["type"] == "row" && line["text"] == "working";
    assert!(lines.by_ref().any(|line| is_working(&serde_json::from_str(&line.unwrap()).unwrap())));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let summary: Value = serde_json::from_str(&lines.last().unwrap().unwrap()).unwrap();
    assert_eq!((&summary["type"], &summary["exit"]), (&json!("summary"), &json!(3)));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let _ = home.run(&["sync", "notes/Plain"]).exit(0);
}
