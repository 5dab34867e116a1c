//! The tutorial's handlers, as somebody who follows it has them in the end.

use std::fs;
use std::path::Path;

use syncmgr_kit::{Language, Subject, check, skeleton};
use tempfile::TempDir;

use crate::{LIMITS, failures, install};

const TUTORIAL: &str = include_str!("../../../../docs/tutorial.md");

/// The blocks of Python, in their order.
fn blocks() -> Vec<&'static str> {
    TUTORIAL.split("```python\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

pub(crate) fn home_with_notes() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for (folder, note) in [("recipes", "bread.md"), ("recipes", "soup.md"), ("travel", "lisbon.md")] {
        fs::create_dir_all(home.path().join("Notes").join(folder)).unwrap();
        fs::write(home.path().join("Notes").join(folder).join(note), note).unwrap();
    }
    home
}

/// Checks a program in a home with notes, and says how the copy of one of them reads afterwards.
fn holds_and_copies(program: &str) {
    let home = home_with_notes();
    let path = home.path().join("handler");
    install(&path, program);
    let subject = Subject {
        argv: vec![path.into()],
        environment: vec![
            ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
            ("HOME".into(), home.path().into()),
        ],
        scratch: home.path().join("scratch"),
        limits: LIMITS,
    };
    let report = check(&subject, &mut |_| {});
    assert!(report.is_good(), "{}", failures(&report));
    let copy = fs::read_to_string(home.path().join("Notes-copy/recipes/soup.md")).unwrap();
    assert_eq!(copy, "soup.md");
}

#[test]
fn the_skeleton_with_the_tutorials_two_functions_holds_and_copies_notes() {
    let skeleton = skeleton(Language::Python, "notes", None).unwrap().remove(0).contents;
    let is_mark = |line: &&str| line.starts_with("# ----");
    let marks: Vec<_> = skeleton.lines().filter(is_mark).collect();
    let [first, second] = marks[..] else { panic!("two lines of dashes: {marks:?}") };
    let (before, rest) = skeleton.split_once(first).unwrap();
    let (_, after) = rest.split_once(second).unwrap();
    holds_and_copies(&format!("{before}{first}\n\n{}\n\n{second}{after}", blocks()[0]));
}

#[test]
fn the_tutorials_handler_with_the_package_holds_and_copies_notes() {
    holds_and_copies(&with_package());
}

/// The shorter handler, where the package is not installed.
pub(crate) fn with_package() -> String {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/python/src");
    let with_package = format!("import os\nimport sys\n\nsys.path.insert(0, {package:?})\n");
    blocks()[1].replacen("import os\n", &with_package, 1)
}
