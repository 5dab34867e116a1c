//! The first run of a pair.

use std::collections::BTreeSet;

use crate::judges;
use crate::portrait::{differences, portrait};
use crate::sandbox::{Exit, Sandbox};

#[test]
fn the_first_run_makes_the_empty_side_equal_in_content_mode_and_time() {
    let sandbox = Sandbox::new();
    let before = portrait(&sandbox.left);

    let run = sandbox.sync(&[]).expect(Exit::InStep);

    assert_eq!(judges::diff(&sandbox.left, &sandbox.right), Vec::<String>::new());
    assert_eq!(judges::rsync(&sandbox.left, &sandbox.right), BTreeSet::new());
    assert_eq!(differences(&before, &portrait(&sandbox.left)), Vec::<std::path::PathBuf>::new());
    assert_eq!(differences(&before, &portrait(&sandbox.right)), Vec::<std::path::PathBuf>::new());
    let item = run.item();
    assert_eq!(item["changes"]["left"], 0);
    assert_eq!(item["changes"]["right"], before.len());
    assert_eq!((&item["conflicts"], &item["problems"]), (&0.into(), &0.into()));
}

#[test]
fn a_dry_run_names_what_would_be_done_and_does_nothing() {
    let sandbox = Sandbox::new();
    let n_things = portrait(&sandbox.left).len();

    let run = sandbox.sync(&["--dry-run"]);

    assert_eq!(run.of_type("change").len(), n_things);
    assert_eq!(portrait(&sandbox.right).len(), 0);
    assert!(!sandbox.left.join(".syncmgr").exists() && !sandbox.right.join(".syncmgr").exists());
}
