//! A program of others as a handler, beside a pair of folders: the example `deeds` of the crate `handler`, which has to be built before.

use std::path::Path;

use crate::home::Home;

/// Registers the example, which does this.
fn register(home: &Home, deed: &str) {
    let ourselves = std::env::current_exe().unwrap();
    // Cargo has put it beside this program.
    let program = ourselves.parent().and_then(Path::parent).unwrap().join("examples").join("deeds.exe");
    home.does(&["handlers", "register", "deeds", "--trust", "--", program.to_str().unwrap(), deed]);
}

#[test]
fn a_program_and_a_pair_of_folders_run_in_one_session() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    register(&home, "copy");
    let summary = home.does(&["sync", "--json"]).summary();
    let items = summary["items"].as_array().unwrap();
    assert!(items.len() >= 2, "{summary}");
    assert!(items.iter().all(|item| item["status"] == "succeeded"), "{summary}");
    assert_eq!(home.read("right/a.txt"), "one");
}

#[test]
fn a_program_that_crashes_fails_with_how_it_ended_and_the_folders_go_on() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    register(&home, "crash");
    let said = home.run(&["sync", "--json"]).exits(1);
    let entries: Vec<_> = said.lines().into_iter().filter(|line| line["type"] == "entry").collect();
    assert!(
        entries.iter().any(|entry| entry["text"].as_str().unwrap().contains("exit status 7")),
        "{entries:?}"
    );
    assert_eq!(home.read("right/a.txt"), "one");
}
