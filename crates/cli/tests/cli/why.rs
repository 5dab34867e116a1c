//! `syncmgr why`

use std::fs;

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn what_is_known_is_told_with_the_next_step() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos", "--every", "15m"]).exit(0);
    assert_snapshot!(home.run(&["why", "photos"]).shown(), @r"
    exit 0
    out| photos
    out|   it has not run yet
    out|   it is to run every 15m
    err| hint: `syncmgr sync photos`
    ");
    let _ = home.run(&["sync"]).exit(0);
    fs::rename(home.work("right"), home.work("away")).unwrap();
    let _ = home.run(&["sync"]).exit(4);
    let ran = home.run(&["why", "photos"]).exit(0);
    assert!(ran.out.contains("the last run was halted by `root-missing`"), "{}", ran.out);
    let ran = home.run(&["why", "photos", "--json"]).exit(0);
    assert_eq!(ran.of_type("why")[0]["last"]["result"]["halt"]["rule"], "root-missing");
    let _ = home.run(&["why", "nobody"]).exit(2);
}
