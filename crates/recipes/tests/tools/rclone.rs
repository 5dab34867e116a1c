//! rclone, with remotes that are folders of this machine.

use std::fs;

use syncmgr_handler::model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::Home;
use crate::manager::{Report, Run};

/// A folder `left`, and a remote `far` that is the folder `right`.
fn home() -> Home {
    let home = Home::new();
    home.write("left/a", "a");
    home.write("left/inner/b", "b");
    home.write("right/old", "only here");
    let config = format!("[far]\ntype = alias\nremote = {}\n", home.text("right"));
    home.write(".config/rclone/rclone.conf", config);
    home
}

fn with<'a>(home: &'a Home, mode: &str) -> Run<'a> {
    Run::builtin("rclone", home).with("left", &home.text("left")).with("right", "far:").with("mode", mode)
}

fn run(home: &Home, mode: &str) -> Report {
    with(home, mode).run()
}

#[test]
fn a_copy_adds_and_a_sync_also_deletes() {
    let home = home();
    let report = run(&home, "copy");
    report.only().is(Succeeded, &[]);
    assert!(report.only().values.contains(&(2, 2)), "{report:?}");
    assert_eq!((home.read("right/inner/b"), home.read("right/old")), ("b".into(), "only here".into()));
    run(&home, "copy").only().is(Succeeded, &[]);
    run(&home, "sync").only().is(Succeeded, &[]);
    assert!(!home.at("right/old").exists());
}

#[test]
fn a_sync_that_would_delete_too_much_is_ended() {
    let home = home();
    home.write("right/older", "x");
    let report = with(&home, "sync").with("max_delete", "1").run();
    assert_eq!(report.only().status, Some(Failed), "{report:?}");
    let entries = &report.only().entries;
    let text = "error: the run would have deleted more than 1 files and was ended; raise `max_delete` if that is right";
    assert!(entries.iter().any(|entry| entry == text), "{entries:?}");
}

#[test]
fn a_dry_run_names_what_would_change() {
    let home = home();
    let mut entries = with(&home, "sync").dry().run().only().entries.clone();
    entries.sort();
    let expected = ["would copy `a`", "would copy `inner/b`", "would delete `old`"];
    assert_eq!(entries, expected.map(|text| format!("information: {text}")));
    assert!(home.at("right/old").exists() && !home.at("right/a").exists());
}

#[test]
fn both_ways_begin_with_a_run_by_hand_and_keep_both_versions_of_a_conflict() {
    let home = home();
    let text = format!(
        "error: bisync has no listing of an earlier run to compare with; look at both sides, then run `rclone bisync {0} far: --resync` once by hand (left wins where both differ)",
        home.text("left")
    );
    run(&home, "bisync").only().is(Failed, &[&text]);
    home.run(&["rclone", "bisync", &home.text("left"), "far:", "--resync"]);
    home.write("left/a", "changed here");
    home.write("right/a", "and there too");
    home.write("right/new", "new");
    let report = run(&home, "bisync");
    assert_eq!(report.only().status, Some(Succeeded), "{report:?}");
    let entry = &report.only().entries[0];
    assert!(entry.starts_with("warning: `a` was changed on both sides; both versions are kept"), "{entry}");
    assert_eq!(home.read("left/new"), "new");
    let kept = fs::read_dir(home.at("left")).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> =
        kept.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(kept.contains(&"changed here".into()) && kept.contains(&"and there too".into()), "{kept:?}");
}

#[test]
fn what_is_not_there_is_named() {
    let home = home();
    let report = with(&home, "sync").with("right", "nowhere:x").run();
    let text = "error: there is no remote `nowhere` in rclone's configuration; see `rclone listremotes`";
    report.only().is(Failed, &[text]);
    let report = with(&home, "sync").with("left", &home.text("nothing")).run();
    let text = format!("error: `{}` is not there; nothing was changed", home.text("nothing"));
    report.only().is(Failed, &[&text]);
    assert!(home.at("right/old").exists());
}

#[test]
fn a_remote_that_does_not_answer_is_out_of_reach() {
    let home = home();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!("[far]\ntype = webdav\nurl = http://127.0.0.1:{port}\nvendor = other\n");
    home.write(".config/rclone/rclone.conf", config);
    let report = run(&home, "copy");
    let entries = &report.only().entries;
    assert!(
        entries.contains(&"error: the remote cannot be reached: connection refused".into()),
        "{entries:?}"
    );
}

#[test]
fn a_stop_ends_a_long_copy_and_the_next_run_completes_it() {
    let mut home = home();
    fs::write(home.at("left/large"), vec![7; 20_000_000]).unwrap();
    home.variables.push(("RCLONE_BWLIMIT".into(), "1M".into()));
    let judge = |update: &syncmgr_handler::model::progress::ProgressUpdate<'_>| {
        if update.bytes_max.is_some_and(|bytes| bytes > 0) { Verdict::Stop } else { Verdict::Go }
    };
    with(&home, "copy").judged(judge).run().only().is(Stopped, &[]);
    // Older versions leave the beginning of the file; the next run makes it good.
    home.variables.clear();
    run(&home, "copy").only().is(Succeeded, &[]);
    assert!(fs::read(home.at("right/large")).unwrap() == vec![7; 20_000_000]);
}
