//! `syncmgr undo`

use insta::assert_snapshot;

use crate::home::Home;

/// Two folders in step, and then a run that changed both sides.
fn changed() -> Home {
    let home = Home::with_folders(&[("a", "1"), ("b", "1"), ("c", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    home.write("left/a", "2 from the left");
    home.write("right/b", "2 from the right");
    home.write("left/new", "made on the left");
    let _ = home.run(&["sync"]).exit(0);
    home
}

#[test]
fn what_a_run_did_is_put_back_on_both_sides() {
    let home = changed();
    let ran = home.run(&["undo", "--yes"]).exit(0);
    assert!(ran.err.contains("photos  2 changes → right, 1 ← left"), "{}", ran.err);
    assert_eq!((home.read("right/a"), home.read("left/b")), ("1".into(), "1".into()));
    assert!(!home.work("right/new").exists());
    // What people did themselves is theirs.
    assert_eq!(
        (home.read("left/a"), home.read("left/new")),
        ("2 from the left".into(), "made on the left".into())
    );
}

#[test]
fn an_undo_is_a_session_and_is_passed_over_by_the_next_one() {
    let home = changed();
    let _ = home.run(&["undo", "--yes"]).exit(0);
    let ran = home.run(&["history", "--json"]).exit(0);
    let sessions = ran.of_type("session");
    assert_eq!(sessions[0]["undoes"], sessions[1]["session"]);
    // The next one back is the first run, which made everything on the right.
    let _ = home.run(&["undo", "--yes"]);
    let sessions = home.run(&["history", "--json"]).exit(0).of_type("session");
    assert_eq!(sessions[0]["undoes"], sessions[3]["session"]);
}

#[test]
fn a_dry_run_shows_what_would_be_put_back_and_changes_nothing() {
    let home = changed();
    let ran = home.run(&["undo", "--dry-run", "--json"]).exit(0);
    let mut changes: Vec<_> = ran.of_type("change").iter().map(|change| change["path"].to_string()).collect();
    changes.sort();
    assert_eq!(changes, [r#""a""#, r#""b""#, r#""new""#]);
    assert_eq!(
        (home.read("right/a"), home.read("left/b")),
        ("2 from the left".into(), "2 from the right".into())
    );
    let sessions = home.run(&["history", "--json"]).exit(0).of_type("session");
    assert!(sessions.iter().all(|session| session["undoes"].is_null()), "{sessions:?}");
    let ran = home.run(&["undo", "--yes"]).exit(0);
    assert!(ran.err.contains("2 changes → right, 1 ← left"), "{}", ran.err);
}

#[test]
fn what_was_edited_since_is_a_conflict() {
    let home = changed();
    home.write("right/a", "edited since");
    let ran = home.run(&["undo", "--yes", "--json"]).exit(1);
    assert_eq!(ran.of_type("conflict")[0]["path"], "a");
    assert_eq!(home.read("right/a"), "edited since");
    assert_eq!(home.read("left/b"), "1");
}

#[test]
fn without_anybody_to_ask_a_yes_is_needed() {
    let home = changed();
    assert_snapshot!(home.run(&["undo"]).shown(), @r"
    exit 2
    err| undo the session of [moment]
    err|   photos  2 changes → right, 1 ← left, 47 B
    err| error: this needs a yes, and there is nobody to ask
    err| hint: add `--yes`
    ");
    assert_eq!(home.read("right/a"), "2 from the left");
}

#[test]
fn with_nothing_done_there_is_nothing_to_undo() {
    let home = Home::with_folders(&[], &[]);
    assert_snapshot!(home.run(&["undo", "--yes"]).shown(), @r"
    exit 2
    err| error: there is nothing to undo
    err| hint: `syncmgr history` lists the sessions
    ");
    let _ = home.run(&["sync", "left", "right"]).exit(0);
    let _ = home.run(&["undo", "--yes"]).exit(2);
    let ran = home.run(&["undo", "ffffffff", "--yes"]).exit(2);
    assert!(ran.err.contains("no session begins with `ffffffff`"), "{}", ran.err);
}
