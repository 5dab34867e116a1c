//! Edits on both sides, and conflicts from their making to their end.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::sandbox::{Exit, Sandbox};
use crate::{edits, judges, sample};

#[test]
fn edits_on_both_sides_meet_and_both_are_equal_again() {
    let sandbox = Sandbox::in_step();
    edits::one_percent(&sandbox.left, &sandbox.right);
    assert!(judges::diff(&sandbox.left, &sandbox.right).len() > 20, "the edits made no difference");

    let run = sandbox.sync(&[]).expect(Exit::InStep);

    assert_eq!(judges::diff(&sandbox.left, &sandbox.right), Vec::<String>::new());
    assert_eq!(judges::rsync(&sandbox.left, &sandbox.right), BTreeSet::new());
    let item = run.item();
    assert!(
        item["changes"]["left"].as_u64() > Some(0) && item["changes"]["right"].as_u64() > Some(0),
        "{item}"
    );
    sandbox.sync(&[]).expect(Exit::InStep);
}

#[test]
fn conflicts_are_held_listed_and_resolved_from_the_command_line() {
    let sandbox = Sandbox::in_step();
    edits::one_percent(&sandbox.left, &sandbox.right);
    let conflicts = make_conflicts(&sandbox);

    let run = sandbox.sync(&[]).expect(Exit::Unsettled);

    assert_eq!(run.texts("conflict", "path"), conflicts);
    let differing: BTreeSet<String> = conflicts.iter().cloned().collect();
    assert_eq!(judges::rsync(&sandbox.left, &sandbox.right), differing, "only conflicts may differ");
    let listed = sandbox.syncmgr(&["conflicts", "--json"]).expect(Exit::InStep);
    assert_eq!(listed.texts("conflict", "path"), conflicts);

    resolve(&sandbox, &conflicts[0], "left");
    resolve(&sandbox, &conflicts[1], "right");
    assert_eq!(
        fs::read_to_string(sandbox.right.join(&conflicts[0])).unwrap(),
        side_text("left", &conflicts[0])
    );
    assert_eq!(
        fs::read_to_string(sandbox.left.join(&conflicts[1])).unwrap(),
        side_text("right", &conflicts[1])
    );
    resolve(&sandbox, &conflicts[2], "both");

    assert_eq!(judges::diff(&sandbox.left, &sandbox.right), Vec::<String>::new());
    let both: BTreeSet<String> = texts_beside(&sandbox.left.join(&conflicts[2]));
    assert!(both.contains(&side_text("left", &conflicts[2])), "{both:?}");
    assert!(both.contains(&side_text("right", &conflicts[2])), "{both:?}");
    let run = sandbox.sync(&[]).expect(Exit::InStep);
    assert_eq!(run.of_type("conflict").len(), 0);
    assert_eq!(sandbox.syncmgr(&["conflicts", "--json"]).expect(Exit::InStep).of_type("conflict").len(), 0);
}

/// Three paths that both sides give a content of their own; the last one is new. Sorted.
fn make_conflicts(sandbox: &Sandbox) -> Vec<String> {
    let files = sample::files_below(&sandbox.left);
    let on_both = files.iter().map(|file| relative(&sandbox.left, file));
    let on_both = on_both.filter(|path| sandbox.right.join(path).is_file() && !path.starts_with("odd"));
    let mut paths: Vec<String> = on_both.step_by(701).take(2).collect();
    paths.push("zz new on both sides".to_owned());
    for path in &paths {
        for (side, root) in [("left", &sandbox.left), ("right", &sandbox.right)] {
            fs::write(root.join(path), side_text(side, path)).unwrap();
        }
    }
    paths.sort_unstable();
    paths
}

fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap().to_string_lossy().into_owned()
}

fn side_text(side: &str, path: &str) -> String {
    format!("the {side} version of {path}\n")
}

fn resolve(sandbox: &Sandbox, path: &str, keep: &str) {
    let run = sandbox.syncmgr(&["conflicts", "resolve", path, "--keep", keep, "--json"]).expect(Exit::InStep);
    assert_eq!(run.item()["problems"], 0, "{:?}", run.lines);
}

/// The texts of all files in the folder of `file` whose name begins as its name does.
fn texts_beside(file: &Path) -> BTreeSet<String> {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let folder = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    folder
        .filter(|path| path.is_file() && path.file_name().unwrap().to_string_lossy().starts_with(stem))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}
