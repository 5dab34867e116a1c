//! Handlers that keep the protocol.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use syncmgr_kit::{Language, skeleton};

use crate::{check_program, check_text, failures};

/// The example of the protocol's page: 33 lines, one line for each call.
const THIRTY_THREE_LINES: &str = include_str!("thirty-three-lines.py");

#[test]
fn the_example_of_thirty_three_lines_holds() {
    assert_eq!(THIRTY_THREE_LINES.lines().count(), 34, "33 lines and the one that names the interpreter");
    let report = check_text(THIRTY_THREE_LINES);
    assert!(report.is_good(), "{}", failures(&report));
}

#[test]
fn the_python_skeleton_holds() {
    holds(Language::Python);
}

#[test]
fn the_shell_skeleton_holds() {
    holds(Language::Shell);
}

fn holds(language: Language) {
    let folder = tempfile::tempdir().unwrap();
    let files = skeleton(language, "notes", None).unwrap();
    for file in &files {
        let path = folder.path().join(&file.path);
        fs::write(&path, &file.contents).unwrap();
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let report = check_program(&folder.path().join(&files[0].path), &folder.path().join("scratch"));
    assert!(report.is_good(), "{}", failures(&report));
    let held = report.findings.iter().filter(|f| f.verdict == syncmgr_kit::check::Verdict::Held).count();
    assert!(held >= 16, "{report:#?}");
}
