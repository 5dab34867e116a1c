//! Classes that do what they should, beside a pair of folders.

use serde_json::{Value, json};

use crate::rig::*;

#[test]
fn classes_are_found_where_they_are_registered_and_need_no_trust() {
    let home = home();
    let listed = home.does(&["handlers", "--json"]).lines();
    let workers = listed.iter().find(|line| line["name"] == "workers").unwrap();
    assert_eq!((&workers["state"], &workers["registered"]), (&json!("enabled"), &json!(true)));
    assert_eq!(workers["kind"], "class");
    let plain = home.does(&["handlers"]).out;
    let line = plain.lines().find(|line| line.starts_with("workers ")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words, ["workers", "enabled", "class", "{7E57C1A5-0C0D-4E5E-9A00-000000000001}"]);
    let refused = home.run(&["handlers", "trust", "workers"]).exits(2);
    assert!(refused.err.contains("is a COM class"), "{refused:?}");

    let items = home.does(&["items", "--json"]).lines();
    let named =
        |name: &str| items.iter().find(|line| line["type"] == "item" && line["name"] == name).unwrap();
    let (pair, item) = (named("docs"), named("workers/first"));
    assert_eq!((&pair["ticked"], &item["ticked"]), (&json!(true), &json!(true)));
    // As those of a program: what a pair has besides is empty.
    assert_eq!((&item["left"], &item["mode"], &item["of"]), (&json!(""), &json!(""), &json!("workers")));
    assert_eq!(form(item), form(pair));
    assert_eq!(item["handler"], workers["handler"]);
}

#[test]
fn whoever_cannot_list_says_why_and_the_others_are_listed() {
    let home = home();
    let said = home.does(&["items"]);
    for line in ["[x]  docs", "[x]  workers/first", "[x]  inside/second"] {
        assert!(said.out.contains(line), "{said:?}");
    }
    for hint in ["hint: `declines`: takes no part in this event", "hint: `refuses` refused to start"] {
        assert!(said.err.contains(hint), "{said:?}");
    }
}

#[test]
fn classes_and_a_pair_run_in_one_session_and_what_is_told_has_one_form() {
    let home = home();
    let (lines, said) = Running::start(&home, &["sync", "docs", "workers", "inside"]).end();
    assert_eq!(said.exit, 0, "{said:?} {lines:?}");
    assert_eq!(home.read("right/a.txt"), "one");
    let summary = lines.last().unwrap();
    let items = [
        ("docs", "succeeded"),
        ("workers/first", "succeeded"),
        ("workers/second", "succeeded"),
        ("inside/first", "succeeded"),
        ("inside/second", "succeeded"),
    ];
    assert_eq!(statuses(summary), expected(&items));
    let all = summary["items"].as_array().unwrap();
    assert_eq!(form(&all[1]), form(&all[0]));
    assert_eq!(all[1]["of"], "workers");
    let rows = of_type(&lines, "row");
    let row = |name: &str| rows.iter().rfind(|row| row["name"] == name).unwrap();
    assert_eq!(form(row("workers/first")), form(row("docs")));
    // It ends at one less than the maximum, and says nothing more.
    let workers = row("workers/first");
    assert_eq!(
        (&workers["text"], &workers["value"], &workers["max"]),
        (&json!("step 99"), &json!(99), &json!(100))
    );
    assert_eq!(workers["status"], "succeeded");

    let results = home.does(&["results", "--json"]).lines();
    assert_eq!((&results[0]["type"], &results[0]["exit"]), (&json!("session"), &json!(0)));
    assert_eq!(results[0]["items"], summary["items"]);
    let plain = home.does(&["results"]).out;
    assert!(plain.contains("workers/first   in step"), "{plain}");
    assert_eq!(home.does(&["history", "--json"]).lines().len(), 1, "all of it was one session");
}

#[test]
fn rows_of_two_classes_whose_items_have_the_same_ids_are_told_once() {
    let home = home();
    let (lines, said) = Running::start(&home, &["sync", "workers", "inside"]).end();
    assert_eq!(said.exit, 0, "{said:?} {lines:?}");
    let rows = of_type(&lines, "row");
    for (at, row) in rows.iter().enumerate() {
        let before = rows[..at].iter().rfind(|before| before["name"] == row["name"]);
        assert_ne!(before, Some(row), "{rows:?}");
    }
}

#[test]
fn one_item_of_a_class_is_skipped_while_the_others_go_on_until_a_stop() {
    let home = home();
    let daemon = daemon(&home);
    let mut running = Running::start(&home, &["sync", "docs", "endless"]);
    for name in ["endless/first", "endless/second"] {
        running.until_row(name, |row| row["status"] == "updating");
    }
    assert_eq!(n_classes_of(daemon), 1, "it has a process");
    home.does(&["skip", "endless/first"]);
    running.until_row("endless/first", |row| row["status"] == "skipped");
    let value = |row: &Value| row["value"].as_u64().unwrap();
    let then = running.until_row("endless/second", |_| true);
    running.until_row("endless/second", |row| row["status"] == "updating" && value(row) > value(&then));

    home.does(&["stop"]);
    let (lines, said) = running.end();
    assert_eq!(said.exit, 3, "{said:?} {lines:?}");
    let summary = lines.last().unwrap();
    let items = [("docs", "succeeded"), ("endless/first", "skipped"), ("endless/second", "stopped")];
    assert_eq!(statuses(summary), expected(&items));
    assert_eq!(home.read("right/a.txt"), "one");
    until_none_is_left(daemon);
    let plain = home.does(&["results"]).out;
    assert!(
        plain.contains("endless/first   skipped") && plain.contains("endless/second  stopped"),
        "{plain}"
    );
}

#[test]
fn a_skipped_item_alone_leaves_the_session_unfinished() {
    let home = home();
    let _daemon = daemon(&home);
    let mut running = Running::start(&home, &["sync", "docs", "told"]);
    // It is asleep until it is told.
    running.until_row("docs", |row| row["status"] == "succeeded");
    home.does(&["skip", "told/first"]);
    running.until_row("told/first", |row| row["status"] == "skipped");
    home.does(&["skip", "told/second"]);
    let (lines, said) = running.end();
    assert_eq!(said.exit, 1, "{said:?} {lines:?}");
    let items = [("docs", "succeeded"), ("told/first", "skipped"), ("told/second", "skipped")];
    assert_eq!(statuses(lines.last().unwrap()), expected(&items));
    let noted = noted(&home, "told");
    let told: Vec<_> = noted.lines().filter(|line| line.starts_with("SetItemStatus")).collect();
    assert_eq!(told, ["SetItemStatus 1 1", "SetItemStatus 2 1"]);
}

#[test]
fn without_a_daemon_there_is_nothing_to_skip_or_stop() {
    let home = home();
    for words in [&["skip", "workers/first"][..], &["stop"]] {
        let said = home.run(words).exits(1);
        assert!(said.err.contains("no daemon is running"), "{said:?}");
    }
}
