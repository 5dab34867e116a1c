//! restic, with repositories in folders.

use std::fs;

use syncmgr_handler::model::status::ItemStatus::{Failed, Skipped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::{Home, lives};
use crate::manager::Run;

fn home() -> Home {
    let home = Home::new();
    home.write("docs/a", "a");
    home.write("docs/b", "b");
    home.write("password", "right\n");
    let (repository, password) = (home.text("repository"), home.text("password"));
    home.run(&["restic", "init", "--repo", &repository, "--password-file", &password]);
    home
}

fn backup(home: &Home) -> Run<'_> {
    Run::builtin("restic", home)
        .with("paths", &home.text("docs"))
        .with("repository", &home.text("repository"))
        .with("password_file", &home.text("password"))
}

fn n_snapshots(home: &Home) -> usize {
    let (repository, password) = (home.text("repository"), home.text("password"));
    let line = ["restic", "snapshots", "--json", "--repo", &repository, "--password-file", &password];
    let snapshots: serde_json::Value = serde_json::from_str(home.run(&line).trim()).unwrap();
    snapshots.as_array().unwrap().len()
}

#[test]
fn a_backup_makes_a_snapshot_and_never_forgets_one_unasked() {
    let home = home();
    let report = backup(&home).run();
    let entry = &report.only().entries[0];
    assert!(
        entry.starts_with("information: snapshot `") && entry.ends_with("`: 2 new and 0 changed files"),
        "{entry}"
    );
    assert_eq!(report.only().status, Some(Succeeded));
    home.write("docs/a", "changed");
    let report = backup(&home).run();
    assert!(report.only().entries[0].ends_with("`: 0 new and 1 changed files"), "{report:?}");
    assert_eq!(n_snapshots(&home), 2);
    let report = backup(&home).with("keep", "last=1").with("prune", "yes").run();
    assert_eq!(report.only().status, Some(Succeeded), "{report:?}");
    assert_eq!(n_snapshots(&home), 1);
}

#[test]
fn a_dry_run_makes_no_snapshot() {
    let home = home();
    let entries = backup(&home).with("keep", "last=1").dry().run().only().entries.clone();
    assert!(entries[0].starts_with("information: would back up 2 new and 0 changed files ("), "{entries:?}");
    assert_eq!(entries[1], "information: would forget all snapshots but last=1");
    assert_eq!(n_snapshots(&home), 0);
}

#[test]
fn a_refused_password_and_a_missing_repository_are_told_apart() {
    let home = home();
    home.write("wrong", "wrong\n");
    let report = backup(&home).with("password_file", &home.text("wrong")).run();
    report.only().is(Failed, &["error: the password was refused; check `password_file`"]);
    let report = backup(&home).with("repository", &home.text("nothing")).run();
    report.only().is(Failed, &["error: there is no repository; create it once with `restic init`"]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let report = backup(&home).with("repository", &format!("rest:http://127.0.0.1:{port}/")).run();
    report.only().is(Failed, &["error: the repository cannot be reached: connection refused"]);
    let without = Run::builtin("restic", &home).with("paths", &home.text("docs"));
    let text = "error: it is not said where the repository is; give `repository`, or RESTIC_REPOSITORY in `environment_file`";
    without.run().only().is(Failed, &[text]);
}

#[test]
fn a_path_that_is_gone_is_a_problem_and_nothing_at_all_a_failure() {
    let home = home();
    let paths = format!("{},{}", home.text("docs"), home.text("nothing"));
    let report = backup(&home).with("paths", &paths).run();
    assert_eq!(report.only().problems, [format!("{}: it is not there", home.text("nothing"))]);
    assert_eq!(n_snapshots(&home), 1);
    let report = backup(&home).with("paths", &home.text("nothing")).run();
    assert_eq!(report.only().status, Some(Failed), "{report:?}");
    assert_eq!(n_snapshots(&home), 1);
}

#[test]
fn a_file_of_variables_is_read() {
    let home = home();
    let text = format!("export RESTIC_REPOSITORY=\"{}\"\nRESTIC_PASSWORD=right\n", home.text("repository"));
    let file = home.write(".config/restic/docs.env", text);
    let run = Run::builtin("restic", &home).with("paths", &home.text("docs"));
    let report = run.with("environment_file", file.to_str().unwrap()).run();
    assert_eq!(report.only().status, Some(Succeeded), "{report:?}");
}

#[test]
fn how_far_a_backup_is_can_be_seen_and_a_skip_ends_it() {
    let home = home();
    let report = backup(&home).run();
    assert!(!report.only().bytes.is_empty() || !report.only().texts.is_empty(), "{report:?}");
    // restic asks a program for the password, and that one never answers.
    let started = home.at("started");
    let slow = home.hanging();
    let file = home.write("slow.env", format!("RESTIC_PASSWORD_COMMAND={}\n", slow.display()));
    let report = Run::builtin("restic", &home)
        .with("paths", &home.text("docs"))
        .with("repository", &home.text("repository"))
        .with("environment_file", file.to_str().unwrap())
        .once(started.clone(), Verdict::Skip)
        .run();
    report.only().is(Skipped, &[]);
    assert!(!lives(&started));
    assert!(fs::read_dir(home.at("repository/locks")).unwrap().next().is_none(), "no lock is left behind");
}
