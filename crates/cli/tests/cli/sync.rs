//! `syncmgr sync`

use std::fs;

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn two_folders_named_are_in_step_afterwards_and_the_result_is_one_line() {
    let home = Home::with_folders(&[("a", "from the left")], &[("b/c", "from the right")]);
    assert_snapshot!(home.run(&["sync", "./left", "./right"]).shown(), @r"
    exit 0
    out| left ↔ right  in step  1 change → right, 2 ← left, 27 B, [time]
    ");
    assert_eq!(
        (home.read("right/a"), home.read("left/b/c")),
        ("from the left".into(), "from the right".into())
    );
    assert_snapshot!(home.run(&["sync", "./left", "./right"]).shown(), @r"
    exit 0
    out| left ↔ right  in step  nothing changed, [time]
    ");
}

#[test]
fn folders_that_are_here_need_no_slash() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["sync", "left", "right", "--quiet"]).exit(0);
    assert_eq!(home.read("right/a"), "1");
}

#[test]
fn everything_ticked_is_run_and_an_item_can_be_named() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    for folder in ["third", "fourth"] {
        fs::create_dir(home.work(folder)).unwrap();
    }
    home.write("third/b", "2");
    let _ = home.run(&["add", "folder", "left", "right", "--name", "one"]).exit(0);
    let _ = home.run(&["add", "folder", "third", "fourth", "--name", "two"]).exit(0);
    let _ = home.run(&["sync", "two", "--quiet"]).exit(0);
    assert!(!home.work("right/a").exists() && home.work("fourth/b").exists());
    let ran = home.run(&["sync"]).exit(0);
    assert!(ran.shown().contains("one  in step  1 change → right, 1 B\n"), "{}", ran.shown());
    assert!(ran.shown().contains("two  in step  nothing changed\n"), "{}", ran.shown());
    assert!(ran.shown().contains("2 items, [time]\n"), "{}", ran.shown());
}

#[test]
fn the_two_roots_of_a_configured_pair_are_that_pair() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let ran = home.run(&["sync", "./left", "./right", "--json"]).exit(0);
    assert_eq!(ran.lines().last().unwrap()["items"][0]["name"], "photos");
    assert_eq!(home.run(&["items", "--json"]).exit(0).lines().len(), 1);
}

#[test]
fn a_pair_that_is_configured_later_keeps_what_was_agreed_on() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["sync", "left", "right", "--quiet"]).exit(0);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    fs::remove_file(home.work("right/a")).unwrap();
    let _ = home.run(&["sync", "photos", "--allow", "root-emptied", "--allow", "too-many-deletions"]);
    assert!(!home.work("left/a").exists(), "a deletion is known only to those who remember");
}

#[test]
fn a_dry_run_tells_the_changes_and_makes_none() {
    let home = Home::with_folders(&[("a", "1")], &[("b", "2")]);
    assert_snapshot!(home.run(&["sync", "./left", "./right", "--dry-run"]).shown(), @r"
    exit 0
    out| left ↔ right  would change  1 change → right, 1 ← left, 2 B, [time]
    ");
    let ran = home.run(&["sync", "left", "right", "--dry-run", "--json"]).exit(0);
    let changes: Vec<_> = ran.of_type("change").iter().map(|line| line["path"].clone()).collect();
    assert_eq!(changes, ["a", "b"]);
    assert_eq!(ran.lines().last().unwrap()["dry_run"], true);
    assert!(!home.work("right/a").exists() && !home.work("left/b").exists());
}

#[test]
fn verbose_names_each_path_and_quiet_says_nothing_while_all_is_well() {
    let home = Home::with_folders(&[("a", "1")], &[("b", "2")]);
    let ran = home.run(&["sync", "left", "right", "--verbose"]).exit(0);
    assert!(
        ran.out.contains("right  create      a\n") && ran.out.contains("left   create      b\n"),
        "{}",
        ran.out
    );
    home.write("left/a", "changed");
    assert_snapshot!(home.run(&["sync", "left", "right", "--quiet"]).shown(), @"exit 0");
}

#[test]
fn the_lines_of_json_name_the_item_and_end_with_the_summary() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let ran = home.run(&["sync", "left", "right", "--json"]).exit(0);
    let lines = ran.lines();
    let summary = lines.last().unwrap();
    assert_eq!((&summary["type"], &summary["exit"]), (&"summary".into(), &0.into()));
    let item = &summary["items"][0];
    assert_eq!(
        (&item["status"], &item["changes"]["right"], &item["bytes"]),
        (&"succeeded".into(), &1.into(), &1.into())
    );
    assert!(item["halt"].is_null());
    let rows = ran.of_type("row");
    assert_eq!(
        (&rows.last().unwrap()["item"], &rows.last().unwrap()["status"]),
        (&item["item"], &"succeeded".into())
    );
    let change = &ran.of_type("change")[0];
    assert_eq!(
        (&change["side"], &change["action"], &change["path"]),
        (&"right".into(), &"create".into(), &"a".into())
    );
}

#[test]
fn a_mode_and_rules_typed_hold_for_this_run() {
    let home = Home::with_folders(&[("a", "1"), ("x.tmp", "t")], &[("b", "2")]);
    let arguments = ["sync", "left", "right", "--mode", "one-way-safe", "--ignore", "*.tmp"];
    let _ = home.run(&arguments).exit(0);
    assert!(home.work("right/a").exists() && !home.work("right/x.tmp").exists());
    assert!(!home.work("left/b").exists(), "one way only");
}

#[test]
fn checksum_finds_what_the_file_system_hides() {
    let home = Home::with_folders(&[("a", "one")], &[]);
    let _ = home.run(&["sync", "left", "right"]).exit(0);
    for durability in ["full", "batch", "none"] {
        let _ = home.run(&["sync", "left", "right", "--checksum", "--durability", durability]).exit(0);
    }
    assert_eq!(home.read("right/a"), "one");
}

#[test]
fn what_is_to_be_kept_is_typed_or_configured() {
    use std::os::unix::fs::MetadataExt as _;
    let names = |home: &Home| home.work("right/a").metadata().unwrap().nlink();
    let home = Home::with_folders(&[("a", "one")], &[]);
    fs::hard_link(home.work("left/a"), home.work("left/b")).unwrap();
    let _ = home.run(&["sync", "left", "right", "--keep", "owner,hard-links"]).exit(0);
    assert_eq!(names(&home), 2);

    let home = Home::with_folders(&[("a", "one")], &[]);
    fs::hard_link(home.work("left/a"), home.work("left/b")).unwrap();
    let _ = home.run(&["add", "folder", "left", "right", "--keep", "xattrs", "--keep", "hard-links"]).exit(0);
    let written = fs::read_to_string(home.config_file()).unwrap();
    assert!(written.contains("keep = [\"xattrs\", \"hard-links\"]"), "{written}");
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(names(&home), 2);

    let ran = home.run(&["sync", "left", "right", "--keep", "everything"]).exit(2);
    assert!(ran.err.contains("owner, xattrs, acls, hard-links"), "{}", ran.err);
}
