//! Classes that crash, hang or keep what is not theirs: each ends alone, and nothing of it is left.

use serde_json::{Value, json};

use crate::home::Home;
use crate::rig::*;

/// What the manager does not wait for as long as it would for a class of somebody's.
const IMPATIENT: &str = "\n[handlers.hangs]\nstall_after = \"2s\"\ngrace = \"1s\"\n";

fn impatient() -> Home {
    let home = home();
    let configured = home.read("config.toml");
    home.write("config.toml", &(configured + IMPATIENT));
    home
}

/// The texts of the entries of one handler.
fn entries(lines: &[Value], from: &str) -> Vec<String> {
    let entries = of_type(lines, "entry");
    let entries = entries.iter().filter(|entry| entry["from"] == from);
    entries.map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
}

/// Runs a session to its end, beside the pair and a class that does everything right.
fn run_beside(home: &Home, sinner: &str) -> (Vec<Value>, i32) {
    let running = Running::start(home, &["sync", "docs", "workers", sinner]);
    let process = running.process();
    let (lines, said) = running.end();
    until_none_is_left(process);
    assert_eq!(home.read("right/a.txt"), "one");
    let beside = [("docs", "succeeded"), ("workers/first", "succeeded"), ("workers/second", "succeeded")];
    assert_eq!(statuses(lines.last().unwrap())[..3], expected(&beside));
    (lines, said.exit)
}

/// How the two items of the third handler ended.
fn ends(lines: &[Value]) -> Vec<String> {
    statuses(lines.last().unwrap())[3..].iter().map(|(_, status)| status.clone()).collect()
}

#[test]
fn a_class_that_crashes_fails_its_items_with_how_it_ended_and_the_others_go_on() {
    let home = home();
    let (lines, exit) = run_beside(&home, "crashes");
    assert_eq!((exit, ends(&lines)), (1, vec!["failed".to_owned(); 2]));
    let told = entries(&lines, "crashes");
    assert_eq!(told.len(), 1, "{lines:?}");
    for said in ["`crashes` ended (exit status 0xC0000005)", "the class has crashed (exception 0xC0000005)"] {
        assert!(told[0].contains(said), "{told:?}");
    }
    let plain = home.does(&["results"]).out;
    assert!(plain.contains("crashes/first   failed") && plain.contains(&told[0]), "{plain}");
    let kept = home.does(&["results", "--json"]).lines();
    assert_eq!((&kept[0]["exit"], entries(&kept, "crashes")), (&json!(1), told));
}

#[test]
fn a_class_that_hangs_is_ended_when_it_was_silent_for_too_long_and_the_others_go_on() {
    let home = impatient();
    let (lines, exit) = run_beside(&home, "hangs");
    assert_eq!((exit, ends(&lines)), (1, vec!["failed".to_owned(); 2]));
    let told = entries(&lines, "hangs");
    assert!(told.iter().any(|text| text.contains("is stalled: it has said nothing for 2s")), "{told:?}");
    assert!(told.last().unwrap().ends_with(", and was ended"), "{told:?}");
    assert!(noted(&home, "hangs").contains("hanging\n"));
}

#[test]
fn a_class_that_keeps_a_reference_is_let_go_of_and_its_results_stand() {
    let home = home();
    let (lines, exit) = run_beside(&home, "leaks");
    assert_eq!((exit, ends(&lines)), (0, vec!["succeeded".to_owned(); 2]));
    assert_eq!(entries(&lines, "leaks"), Vec::<String>::new());
    let noted = noted(&home, "leaks");
    for question in ["late progress", "late log", "late completion", "late dialog"] {
        assert!(noted.contains(&format!("{question}: 0x8000ffff\n")), "{noted}");
    }
}

#[test]
fn a_class_that_hangs_is_ended_by_a_stop_and_the_daemon_goes_on_with_the_next_session() {
    let home = impatient();
    home.write("config.toml", &home.read("config.toml").replace("2s", "1h"));
    let daemon = daemon(&home);
    let mut running = Running::start(&home, &["sync", "docs", "crashes", "hangs"]);
    running.until_row("docs", |row| row["status"] == "succeeded");
    running.until_row("crashes/second", |row| row["status"] == "failed");
    home.does(&["stop"]);
    let (lines, said) = running.end();
    assert_eq!(said.exit, 3, "{said:?} {lines:?}");
    let ended = statuses(lines.last().unwrap());
    let failed = [("docs", "succeeded"), ("crashes/first", "failed"), ("crashes/second", "failed")];
    assert_eq!(ended[..3], expected(&failed));
    assert_eq!(ended[3..], expected(&[("hangs/first", "stopped"), ("hangs/second", "stopped")]));
    until_none_is_left(daemon);
    home.does(&["sync", "docs", "workers"]);
}
