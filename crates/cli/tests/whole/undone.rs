//! Taking back a whole run.

use std::path::PathBuf;

use crate::edits;
use crate::portrait::{differences, portrait};
use crate::sandbox::{Exit, Sandbox};

#[test]
fn undo_restores_both_sides_to_what_they_were_before_the_run() {
    let sandbox = Sandbox::in_step();
    edits::one_percent(&sandbox.left, &sandbox.right);
    let before = [&sandbox.left, &sandbox.right].map(|root| portrait(root));
    sandbox.sync(&[]).expect(Exit::InStep);
    assert_ne!(portrait(&sandbox.right), before[1], "the run changed nothing; there is nothing to undo");

    let run = sandbox.syncmgr(&["undo", "--yes", "--json"]).expect(Exit::InStep);

    for (root, before) in [&sandbox.left, &sandbox.right].into_iter().zip(&before) {
        assert_eq!(differences(before, &portrait(root)), Vec::<PathBuf>::new(), "{run:?}");
    }
}
