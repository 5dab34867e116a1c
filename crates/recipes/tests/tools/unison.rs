//! unison, between two folders.

use std::fs;

use syncmgr_handler::model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::{Home, lives};
use crate::manager::{Report, Run};

fn home() -> Home {
    let home = Home::new();
    for profile in ["docs", "music"] {
        let roots = ["left", "right"].map(|side| home.text(&format!("{profile}-{side}")));
        roots.iter().for_each(|root| fs::create_dir(root).unwrap());
        home.write(&format!(".unison/{profile}.prf"), format!("root = {}\nroot = {}\n", roots[0], roots[1]));
    }
    home.write("docs-left/a", "a");
    home.write("docs-right/b", "b");
    home
}

fn run(home: &Home) -> Report {
    Run::builtin("unison", home).with("profiles", "docs").run()
}

#[test]
fn every_profile_is_an_item_and_both_ways_are_synchronized() {
    let home = home();
    let report = Run::builtin("unison", &home).run();
    assert_eq!(report.names(), ["docs", "music"]);
    report.item("music").is(Succeeded, &[]);
    let docs = report.item("docs").is(Succeeded, &[]);
    assert!(docs.values.contains(&(100, 100)), "{docs:?}");
    assert_eq!((home.read("docs-right/a"), home.read("docs-left/b")), ("a".into(), "b".into()));
    run(&home).only().is(Succeeded, &[]);
}

#[test]
fn a_conflict_is_a_problem_and_both_sides_keep_theirs() {
    let home = home();
    run(&home);
    home.write("docs-left/a", "changed here");
    home.write("docs-right/a", "and there");
    home.write("docs-left/new", "new");
    let report = run(&home);
    report.only().is(Succeeded, &["warning: some paths were skipped; decide about them with `unison docs`"]);
    let problem = "a: contents changed on both sides; it stays as it is on both sides";
    assert_eq!(report.only().problems[0], problem);
    assert_eq!(
        (home.read("docs-left/a"), home.read("docs-right/a")),
        ("changed here".into(), "and there".into())
    );
    assert_eq!(home.read("docs-right/new"), "new");
}

#[test]
fn a_root_that_is_gone_changes_nothing() {
    let home = home();
    run(&home);
    fs::remove_dir_all(home.at("docs-right")).unwrap();
    let text = "error: one of the roots is empty or gone all of a sudden; nothing was changed";
    run(&home).only().is(Failed, &[text]);
    assert_eq!(home.read("docs-left/a"), "a");
}

#[test]
fn profiles_that_are_not_there_are_named() {
    let home = home();
    let report = Run::builtin("unison", &home).with("profiles", "pictures").run();
    assert_eq!(
        report.entries,
        ["error: cannot list its items: there is no `pictures`; there are `docs`, `music`"]
    );
}

#[test]
fn a_stop_reaches_it_while_the_other_side_says_nothing() {
    let home = home();
    let started = home.at("started");
    let ssh = home.hanging();
    let profile =
        format!("root = {}\nroot = ssh://far/x\nsshcmd = {}\n", home.text("docs-left"), ssh.display());
    home.write(".unison/docs.prf", profile);
    let report =
        Run::builtin("unison", &home).with("profiles", "docs").once(started.clone(), Verdict::Stop).run();
    report.only().is(Stopped, &[]);
    assert!(!lives(&started));
}
