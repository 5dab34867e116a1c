//! Pairs of folders.

use serde_json::json;

use crate::home::Home;

#[test]
fn two_folders_are_brought_in_step_and_a_second_run_changes_nothing() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.write("left/inner/Übersicht.txt", "two");
    let (left, right) = (home.text("left"), home.text("right"));
    let first = home.does(&["sync", &left, &right, "--json"]).summary();
    assert_eq!(first["items"][0]["changes"], json!({ "left": 0, "right": 3 }));
    assert_eq!(first["items"][0]["status"], "succeeded");
    assert_eq!(home.read("right/inner/Übersicht.txt"), "two");
    let second = home.does(&["sync", &left, &right, "--json"]).summary();
    assert_eq!(second["items"][0]["changes"], json!({ "left": 0, "right": 0 }));
}

#[test]
fn paths_are_told_with_slashes_as_on_every_system() {
    let home = Home::new();
    home.write("left/inner/a.txt", "one");
    let said = home.does(&["sync", &home.text("left"), &home.text("right"), "--json"]);
    let changes: Vec<_> = said.lines().into_iter().filter(|line| line["type"] == "change").collect();
    assert!(changes.iter().any(|change| change["path"] == "inner/a.txt"), "{changes:?}");
}

#[test]
fn a_conflict_is_held_shown_and_settled_and_a_run_is_taken_back() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    home.does(&["sync"]);
    home.write("left/a.txt", "left");
    home.write("right/a.txt", "right side");
    home.run(&["sync"]).exits(1);
    let conflicts = home.run(&["conflicts", "--json"]).lines();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!((&conflicts[0]["path"], &conflicts[0]["type"]), (&json!("a.txt"), &json!("conflict")));
    home.does(&["conflicts", "resolve", "a.txt", "--keep", "left"]);
    assert_eq!(home.read("right/a.txt"), "left");
    home.does(&["undo", "--yes"]);
    assert_eq!(home.read("right/a.txt"), "right side");
}

#[test]
fn a_missing_root_halts_and_deletes_nothing() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    home.does(&["sync"]);
    std::fs::rename(home.at("left"), home.at("away")).unwrap();
    let halted = home.run(&["sync", "--json"]).exits(4).summary();
    assert_eq!(halted["items"][0]["halt"]["rule"], "root-missing", "{halted}");
    assert_eq!(home.read("right/a.txt"), "one");
}

#[test]
fn wrong_usage_is_told_with_the_next_step() {
    let home = Home::new();
    let said = home.run(&["sync", "nothing of that name"]).exits(2);
    assert!(said.err.contains("hint: "), "{said:?}");
    home.run(&["frobnicate"]).exits(2);
}

#[test]
fn help_and_completions_are_there() {
    let home = Home::new();
    assert!(home.does(&["--help"]).out.contains("Usage: syncmgr"));
    assert!(home.does(&["doctor"]).out.contains("store"));
}
