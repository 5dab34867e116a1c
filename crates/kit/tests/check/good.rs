//! Handlers that keep the protocol.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use syncmgr_kit::check::Verdict;
use syncmgr_kit::{Language, SkeletonFile, skeleton};

use crate::{check_program, check_text, failures, install};

/// The example of the protocol's page: 33 lines, one line for each call.
pub(crate) const THIRTY_THREE_LINES: &str = include_str!("thirty-three-lines.py");

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

#[test]
fn the_rust_skeleton_builds_and_holds() {
    let scratch = tempfile::tempdir().unwrap();
    hold(&rust_skeleton(), scratch.path());
}

/// The program of the Rust skeleton: built as an author would, against these sources and with the versions they are tested
/// with. What was built stays for the next time.
pub(crate) fn rust_skeleton() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // Always the same folder, so that nothing is built again that has not changed.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-skeleton-sources");
        write_all(&skeleton(Language::Rust, "notes", Some(crates)).unwrap(), &folder);
        fs::copy(crates.with_file_name("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-skeleton");
        #[expect(clippy::disallowed_methods, reason = "Cargo is what an author would start")]
        let status = std::process::Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--offline"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &built)
            .status()
            .unwrap();
        assert!(status.success());
        built.join("debug/syncmgr-handler-notes")
    };
    BUILT.get_or_init(build).clone()
}

fn holds(language: Language) {
    let folder = tempfile::tempdir().unwrap();
    let files = skeleton(language, "notes", None).unwrap();
    write_all(&files, folder.path());
    hold(&folder.path().join(&files[0].path), &folder.path().join("scratch"));
}

pub(crate) fn write_all(files: &[SkeletonFile], folder: &Path) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match file.executable {
            true => install(&path, &file.contents),
            false => fs::write(&path, &file.contents).unwrap(),
        }
    }
}

fn hold(program: &Path, scratch: &Path) {
    let report = check_program(program, scratch);
    assert!(report.is_good(), "{}", failures(&report));
    let held = report.findings.iter().filter(|finding| finding.verdict == Verdict::Held).count();
    assert!(held >= 16, "{report:#?}");
}
