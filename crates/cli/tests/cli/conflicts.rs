//! `syncmgr conflicts`

use std::fs;
use std::os::unix::ffi::OsStrExt;

use insta::assert_snapshot;

use crate::home::Home;

/// Two folders whose files `a` and `b` both sides changed.
fn conflicting() -> Home {
    let home =
        Home::with_folders(&[("a", "left a"), ("d/b", "left b")], &[("a", "right a"), ("d/b", "right b")]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(1);
    home
}

#[test]
fn conflicts_are_held_shown_and_counted() {
    let home = conflicting();
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "right a".into()));
    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 1
    out| photos  2 conflicts  nothing changed, [time]
    out|   conflict  a: both sides made it
    out|   conflict  d/b: both sides made it
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one
    ");
    assert_snapshot!(home.run(&["conflicts"]).shown(), @r"
    exit 0
    out| photos  a    both sides made it
    out| photos  d/b  both sides made it
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one, `--all` decides all
    ");
    let ran = home.run(&["conflicts", "list", "--item", "photos", "--json"]).exit(0);
    let lines = ran.of_type("conflict");
    assert_eq!(
        (lines.len(), &lines[0]["path"], &lines[0]["kind"]),
        (2, &"a".into(), &"create-create".into())
    );
}

#[test]
fn each_decision_is_carried_out_at_once_and_leaves_the_others_open() {
    let home = conflicting();
    let _ = home.run(&["conflicts", "resolve", "a", "--keep", "left"]);
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "left a".into()));
    assert_eq!(home.read("right/d/b"), "right b");
    let ran = home.run(&["conflicts", "--json"]).exit(0);
    assert_eq!(ran.of_type("conflict").len(), 1);

    // A folder stands for what is in it.
    let _ = home.run(&["conflicts", "resolve", "d/", "--right"]);
    assert_eq!((home.read("left/d/b"), home.read("right/d/b")), ("right b".into(), "right b".into()));
    assert_snapshot!(home.run(&["conflicts"]).shown(), @r"
    exit 0
    out| no conflict is open
    ");
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn all_can_be_decided_at_once_and_both_keeps_both() {
    let home = conflicting();
    let _ = home.run(&["conflicts", "resolve", "--all", "--both"]).exit(0);
    let texts = |side: &str| {
        let mut texts: Vec<_> = fs::read_dir(home.work(side))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        texts.sort_unstable();
        texts
    };
    assert_eq!(texts("left"), ["left a", "right a"]);
    assert_eq!(texts("right"), ["left a", "right a"]);
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn a_conflict_that_went_away_by_itself_is_open_no_more() {
    let home = conflicting();
    home.write("right/a", "left a");
    home.write("right/d/b", "left b");
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).out, "");
}

#[test]
fn a_dry_run_or_a_halted_one_leaves_the_list_as_it_is() {
    let home = conflicting();
    home.write("right/a", "left a");
    home.write("right/d/b", "left b");
    let _ = home.run(&["sync", "--dry-run"]);
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).of_type("conflict").len(), 2);
}

#[test]
fn a_path_that_is_not_in_conflict_is_refused_and_so_is_no_version() {
    let home = conflicting();
    assert_snapshot!(home.run(&["conflicts", "resolve", "z", "--keep", "left"]).shown(), @r"
    exit 2
    err| error: no conflict is open at `z`
    err| hint: `syncmgr conflicts` lists those that are
    ");
    assert_snapshot!(home.run(&["conflicts", "resolve", "a"]).shown(), @r"
    exit 2
    err| error: which version stays is missing
    err| hint: add `--keep left`, `--keep right`, `--keep newer` or `--keep both`
    ");
    let _ = home.run(&["conflicts", "resolve", "a", "--left", "--right"]).exit(2);
    assert_eq!((home.read("left/a"), home.read("right/a")), ("left a".into(), "right a".into()));
}

#[test]
fn a_path_that_is_no_text_is_escaped_and_can_be_given_back() {
    let home = Home::with_folders(&[], &[]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    for side in ["left", "right"] {
        fs::write(home.work(side).join(name), side).unwrap();
    }
    let _ = home.run(&["sync", "left", "right"]).exit(1);
    let ran = home.run(&["conflicts", "--json"]).exit(0);
    let line = &ran.of_type("conflict")[0];
    assert_eq!((&line["path"], &line["escaped"]), (&"caf\\xe9".into(), &true.into()));
    let _ = home.run(&["conflicts", "resolve", "caf\\xe9", "--keep", "left"]).exit(0);
    assert_eq!(fs::read_to_string(home.work("right").join(name)).unwrap(), "left");
}

#[test]
fn one_conflict_is_shown_with_the_ways_to_decide_it() {
    assert_snapshot!(conflicting().run(&["conflicts", "show", "d/b"]).shown(), @r"
    exit 0
    out| photos  d/b
    out|   both sides made it
    out|   known since [moment]
    err| hint: `syncmgr conflicts resolve PATH --keep left|right|newer|both` decides it
    ");
}
