//! `syncmgr trash`

use insta::assert_snapshot;

use crate::home::Home;

/// A pair whose right side has an old version of `a` and the deleted `b` in its trash.
fn filled() -> Home {
    let home = Home::with_folders(&[("a", "old"), ("b", "gone"), ("c", "1"), ("d", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    home.write("left/a", "new");
    std::fs::remove_file(home.work("left/b")).unwrap();
    let _ = home.run(&["sync"]).exit(0);
    home
}

#[test]
fn what_a_run_replaced_and_deleted_is_listed() {
    assert_snapshot!(filled().run(&["trash"]).shown(), @r"
    exit 0
    out| photos  right  [moment]  2 paths  7 B  [id]
    ");
    assert_snapshot!(Home::new().run(&["trash"]).shown(), @r"
    exit 0
    out| the trash is empty
    ");
}

#[test]
fn what_was_deleted_comes_back_and_nothing_is_written_over() {
    let home = filled();
    let ran = home.run(&["trash", "restore", "b"]).exit(0);
    assert!(ran.out.contains("restored  right  b"), "{}", ran.out);
    assert_eq!(home.read("right/b"), "gone");
    let ran = home.run(&["trash", "restore", "a", "--json"]).exit(1);
    assert_eq!(ran.of_type("trash_path")[0]["restored"], false);
    assert_eq!(home.read("right/a"), "new");
}

#[test]
fn emptying_needs_a_yes_and_leaves_nothing() {
    let home = filled();
    let _ = home.run(&["trash", "empty"]).exit(2);
    assert_eq!(home.run(&["trash", "--json"]).exit(0).of_type("trash").len(), 1);
    let _ = home.run(&["trash", "empty", "--yes"]).exit(0);
    assert_eq!(home.run(&["trash", "--json"]).exit(0).out, "");
    assert_eq!(home.read("right/a"), "new");
}
