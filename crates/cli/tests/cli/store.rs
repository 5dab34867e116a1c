//! A store that is held, damaged, newer or nowhere: each is told with the next step.

use std::fs;

use insta::assert_snapshot;
use syncmgr_model::time::Timestamp;
use syncmgr_store::{Claim, Owner, Store};

use crate::home::Home;

/// A home with a pair in it whose store has been used.
fn used() -> Home {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["items", "tick", "photos"]).exit(0);
    home
}

#[test]
fn a_living_holder_is_named_and_nothing_is_run() {
    let home = used();
    let mut store = Store::open(&home.state_dir()).unwrap();
    // On another host nobody can see whether the process lives, so the lease is believed.
    let owner = Owner { pid: 4711, boot: "another".to_owned(), host: "another-host".to_owned() };
    let claim = Claim { owner: &owner, now: Timestamp::from_millis(i64::MAX / 2), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();
    let _ = writer.take_lease(&claim, 60_000).unwrap();
    writer.commit().unwrap();

    assert_snapshot!(home.run(&["sync"]).shown(), @r"
    exit 5
    err| error: the store is held by process `4711` on `another-host`
    err| hint: wait until the other `syncmgr` is through, then run the command again
    ");
    assert!(!home.work("right/a").exists());
    let ran = home.run(&["sync", "--json"]).exit(5);
    assert!(ran.err.contains("4711"), "{}", ran.err);
}

#[test]
fn a_session_that_cannot_be_recorded_has_run_and_says_so() {
    let home = used();
    let mut store = Store::open(&home.state_dir()).unwrap();
    let owner = Owner { pid: 4711, boot: "this".to_owned(), host: "this-host".to_owned() };
    let claim = Claim { owner: &owner, now: Timestamp::from_millis(0), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();

    let ran = home.run(&["sync", "--json"]).exit(5);
    drop(writer);
    let headline =
        "error: the session ran, and could not be recorded: the store is being written by another process";
    assert!(ran.err.starts_with(headline), "{}", ran.err);
    assert!(ran.err.contains("hint: wait until the other `syncmgr` is through"), "{}", ran.err);
    assert_eq!(ran.lines().last().unwrap()["exit"], 5);
    assert_eq!(home.read("right/a"), "1");
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn sessions_of_different_pairs_run_at_once_and_are_all_recorded() {
    let home = used();
    let mut pairs = Vec::new();
    for number in 0..6 {
        home.write(&format!("from{number}/a"), "1");
        fs::create_dir(home.work(format!("to{number}"))).unwrap();
        pairs.push((format!("./from{number}"), format!("./to{number}")));
    }
    let running: Vec<_> = pairs
        .iter()
        .map(|(left, right)| home.command(&["sync", left, right, "--quiet"]).spawn().unwrap())
        .collect();
    for mut child in running {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(home.run(&["history", "--json"]).exit(0).of_type("session").len(), 6);
}

#[test]
fn a_damaged_store_is_refused_left_alone_and_the_way_on_is_told() {
    let home = used();
    let file = home.state_dir().join("syncmgr.db");
    fs::write(&file, "no database").unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(home.state_dir().join(format!("syncmgr.db{suffix}")));
    }
    let ran = home.run(&["sync"]).exit(5);
    assert!(
        ran.err.contains("error: the store cannot be opened\n  because file is not a database"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("`syncmgr doctor --set-store-aside`"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "no database");
    assert!(!home.work("right/a").exists());
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let home = used();
    home.write("file", "");
    let ran = home.run(&["sync", "--state-dir", "file/state"]).exit(5);
    assert!(
        ran.err.contains("the state directory `[base]/work/file/state` cannot be created"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("`--state-dir`"), "{}", ran.err);
}
