//! `syncmgr plan`: what a session would do, as a document.

use std::fs;

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn what_would_be_deleted_comes_first_and_nothing_is_changed() {
    let home = Home::with_folders(&[("gone", "1"), ("edited", "1"), ("both", "1"), ("same", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "papers"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    fs::remove_file(home.work("left/gone")).unwrap();
    home.write("right/edited", "22");
    home.write("left/new", "333");
    home.write("left/both", "l2");
    home.write("right/both", "r2!");
    assert_snapshot!(home.run(&["plan", "papers"]).shown(), @r"
    exit 1
    out| papers  would delete 1, replace 1, create 1, 5 B
    out|   delete 1 path on the right
    out|     gone
    out|   replace 1 path on the left
    out|     edited
    out|   create 1 path on the right
    out|     new
    out|   conflict  both: both sides changed it
    ");
    assert!(home.work("right/gone").exists() && !home.work("right/new").exists());
    let lines = home.run(&["plan", "--json"]);
    assert_eq!(lines.of_type("change").len(), 3);
    assert_eq!(lines.of_type("summary")[0]["dry_run"], true);
}

#[test]
fn a_plan_with_nothing_in_it_says_so() {
    let home = Home::with_folders(&[], &[]);
    assert_snapshot!(home.run(&["plan"]).shown(), @r"
    exit 0
    out| nothing is ticked, so nothing would be done
    ");
    let _ = home.run(&["add", "folder", "left", "right", "--name", "papers"]).exit(0);
    assert_snapshot!(home.run(&["plan"]).shown(), @r"
    exit 0
    out| papers  nothing to do
    ");
    let _ = home.run(&["plan", "nobody"]).exit(2);
}
