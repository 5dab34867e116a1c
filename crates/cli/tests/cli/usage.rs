//! What is typed wrongly.

use insta::assert_snapshot;

use crate::home::Home;

#[test]
fn an_unknown_flag_is_named_and_the_near_one_offered() {
    let ran = Home::new().run(&["sync", "--dryrun"]).exit(2);
    assert!(
        ran.err.contains("unexpected argument '--dryrun'") && ran.err.contains("'--dry-run'"),
        "{}",
        ran.err
    );
    assert_eq!(ran.out, "");
}

#[test]
fn an_unknown_word_is_answered_with_the_known_ones() {
    let ran = Home::new().run(&["sync", "a/", "b/", "--mode", "sideways"]).exit(2);
    assert!(
        ran.err.contains("one of two-way-safe, two-way-resolved, one-way-safe, one-way-replica"),
        "{}",
        ran.err
    );
    let ran = Home::new().run(&["sync", "--allow", "everything"]).exit(2);
    assert!(ran.err.contains("root-missing"), "{}", ran.err);
}

#[test]
fn an_item_nobody_knows_is_answered_with_the_nearest() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    assert_snapshot!(home.run(&["sync", "fotos"]).shown(), @r"
    exit 2
    err| error: no item is called `fotos`
    err| hint: did you mean `photos`? `syncmgr items` lists all
    ");
}

#[test]
fn one_path_alone_is_answered_with_what_is_missing() {
    assert_snapshot!(Home::new().run(&["sync", "./photos"]).shown(), @r"
    exit 2
    err| error: `./photos` is a path, and paths come in pairs
    err| hint: `syncmgr sync LEFT RIGHT` synchronizes two folders; write `./NAME` for one that is not there yet
    ");
}

#[test]
fn help_and_version_need_no_surroundings() {
    let home = Home::new();
    for flag in ["--help", "--version"] {
        let output = home.command(&[flag]).env_clear().output().unwrap();
        let ran = home.ran(output).exit(0);
        assert!(ran.out.contains("syncmgr"), "{}", ran.out);
    }
}

#[test]
fn without_a_home_it_says_what_is_missing() {
    let home = Home::new();
    let output = home.command(&["items"]).env_clear().output().unwrap();
    let ran = home.ran(output).exit(5);
    assert!(ran.err.contains("neither `HOME` nor `XDG_CONFIG_HOME`"), "{}", ran.err);
}

#[test]
fn nothing_configured_is_no_error_and_shows_how_to_begin() {
    let home = Home::new();
    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 0
    out| nothing to synchronize yet
    out| 
    out|   syncmgr sync LEFT RIGHT          two folders, now
    out|   syncmgr add folder LEFT RIGHT    a pair that `syncmgr sync` runs from now on
    out|   syncmgr discover                 what else on this machine could be kept in step
    ");
    let ran = home.run(&["sync", "--json"]).exit(0);
    assert_eq!(ran.out, "{\"type\":\"summary\",\"session\":null,\"exit\":0,\"millis\":0,\"items\":[]}\n");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right"]).exit(0);
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let output = home.command(&["items"]).stdout(write).output().unwrap();
    let ran = home.ran(output).exit(0);
    assert_eq!(ran.err, "");
}

#[test]
fn a_full_standard_output_is_a_failure() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right"]).exit(0);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = home.command(&["items"]).stdout(full).output().unwrap();
    let ran = home.ran(output).exit(5);
    assert!(ran.err.contains("standard output cannot be written"), "{}", ran.err);
}
