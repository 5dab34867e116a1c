//! `syncmgr conflicts edit`: both versions of a text joined by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::daemon::Daemon;
use crate::home::{Home, Ran};

/// Two folders whose file `notes` both sides changed.
fn conflicting() -> Home {
    let home = Home::with_folders(&[("notes", "one\ntwo\n")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "papers"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    home.write("left/notes", "one\nTWO\n");
    home.write("right/notes", "one\ntwo and more\n");
    let _ = home.run(&["sync"]).exit(1);
    home
}

/// Edits the conflict with an editor that runs this line of shell; the file is `$1`.
fn edit(home: &Home, script: &str) -> Ran {
    let editor = home.work("editor");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(&["conflicts", "edit", "papers", "notes"]);
    command.env("VISUAL", &editor).env("EDITOR", "false");
    home.ran(command.output().unwrap())
}

fn both(home: &Home) -> (String, String) {
    (home.read("left/notes"), home.read("right/notes"))
}

fn drafts(home: &Home) -> usize {
    let names = fs::read_dir(home.state_dir()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("merge-")).count()
}

#[test]
fn what_is_saved_becomes_the_file_on_both_sides_and_can_be_taken_back() {
    let home = conflicting();
    let ran = edit(&home, r#"cp "$1" draft; printf 'one\nTWO and more\n' > "$1""#);
    assert_snapshot!(ran.shown(), @r"
    exit 0
    out| papers  in step  1 change → right, 1 ← left, 34 B, [time]
    ");
    assert_eq!(home.read("draft"), "one\n<<<<<<< left\nTWO\n=======\ntwo and more\n>>>>>>> right\n");
    assert_eq!(both(&home), ("one\nTWO and more\n".into(), "one\nTWO and more\n".into()));
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).out, "");
    assert_eq!(drafts(&home), 0);

    let _ = home.run(&["undo", "--yes"]).exit(0);
    assert_eq!(both(&home), ("one\nTWO\n".into(), "one\ntwo and more\n".into()));
}

#[test]
fn a_text_left_as_it_was_or_with_marks_in_it_changes_nothing() {
    let home = conflicting();
    let before = both(&home);
    assert_snapshot!(edit(&home, "true").shown(), @r"
    exit 1
    err| nothing was changed: the text is as it was
    ");
    assert_eq!(drafts(&home), 0);
    let ran = edit(&home, r#"printf 'more work\n' >> "$1""#).exit(1);
    assert!(ran.err.contains("nothing was changed: the text still has marks in it"), "{}", ran.err);
    assert_eq!(drafts(&home), 1, "what somebody wrote is not thrown away");
    let ran = edit(&home, "exit 3").exit(1);
    assert!(ran.err.contains("ended with exit status: 3; nothing was changed"), "{}", ran.err);
    assert_eq!(both(&home), before);
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).of_type("conflict").len(), 1);
}

#[test]
fn a_file_that_changes_while_it_is_edited_is_left_as_it_is_and_so_is_the_other() {
    let home = conflicting();
    let ran = edit(&home, r#"printf 'joined\n' > "$1"; printf 'written meanwhile\n' > right/notes"#).exit(1);
    assert!(ran.out.contains("notes: it has changed since it was compared"), "{}", ran.out);
    assert!(ran.err.contains("what you wrote is in `"), "{}", ran.err);
    assert_eq!(both(&home), ("one\nTWO\n".into(), "written meanwhile\n".into()));
    assert_eq!(home.run(&["conflicts", "--json"]).exit(0).of_type("conflict").len(), 1);
}

#[test]
fn a_text_can_be_given_without_an_editor() {
    let home = conflicting();
    home.write("joined", "given\n");
    let _ = home.run(&["conflicts", "edit", "notes", "--from", "joined"]).exit(0);
    assert_eq!(both(&home), ("given\n".into(), "given\n".into()));
    let _ = home.run(&["conflicts", "edit", "notes", "--from", "joined"]).exit(2);
}

#[test]
fn a_daemon_compares_and_merges_as_the_command_does() {
    let home = conflicting();
    let _daemon = Daemon::start(&home);
    let lines = home.run(&["conflicts", "show", "notes", "--json"]).exit(0).lines();
    assert_eq!(lines[0]["type"], "comparison");
    home.write("joined", "given\n");
    let _ = home.run(&["conflicts", "edit", "notes", "--from", "joined"]).exit(0);
    assert_eq!(both(&home), ("given\n".into(), "given\n".into()));
}
