//! Real files, present on every machine that can build us.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

/// About how many files are taken.
const N_FILES: usize = 2_400;

/// Larger ones say nothing new and take their time.
const MAX_BYTES: u64 = 1 << 20;

/// Copies the sample into an empty folder: always the same files in the same place, with times of their own, and with
/// what documentation lacks: links, an empty folder, other modes, odd names.
pub(crate) fn fill(root: &Path) {
    let source = source();
    let files = files_below(&source);
    for (index, file) in files.iter().step_by((files.len() / N_FILES).max(1)).enumerate() {
        let target = root.join(file.strip_prefix(&source).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, &target).unwrap();
        set_mode(&target, 0o644);
        // Old, all different, with nanoseconds: a copy that loses any of it is found out.
        let age = Duration::new(1_500_000_000 + index as u64 * 61, 1 + index as u32 * 1_009);
        File::options().write(true).open(&target).unwrap().set_modified(UNIX_EPOCH + age).unwrap();
    }
    add_oddities(root);
}

/// The documentation if it is installed, else the sources of the standard library, else those of our dependencies.
fn source() -> PathBuf {
    let rustc = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = PathBuf::from(String::from_utf8(rustc.stdout).unwrap().trim());
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let candidates = [
        sysroot.join("share/doc/rust/html"),
        sysroot.join("lib/rustlib/src/rust/library"),
        cargo_home.unwrap_or(home.join(".cargo")).join("registry/src"),
    ];
    let found = candidates.iter().find(|folder| files_below(folder).len() >= N_FILES / 2);
    found
        .unwrap_or_else(|| panic!("no real files in {candidates:?}; run `rustup component add rust-docs`"))
        .clone()
}

/// The regular files below a folder, sorted by path; none if it is not there.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".syncmgr" {
                open.push(entry.path());
            } else if kind.is_file() && entry.metadata().unwrap().len() <= MAX_BYTES {
                files.push(entry.path());
            }
        }
    }
    files.sort_unstable();
    files
}

fn add_oddities(root: &Path) {
    let odd = root.join("odd things");
    fs::create_dir_all(odd.join("empty folder")).unwrap();
    fs::write(odd.join("empty file"), "").unwrap();
    fs::write(odd.join("executable"), "#!/bin/sh\n").unwrap();
    set_mode(&odd.join("executable"), 0o755);
    fs::write(odd.join("read-only"), "look, do not touch\n").unwrap();
    set_mode(&odd.join("read-only"), 0o444);
    fs::write(odd.join("größer – 大きい"), "a name beyond ASCII\n").unwrap();
    fs::write(odd.join("two\nlines"), "a name with a line break\n").unwrap();
    fs::write(odd.join(OsStr::from_bytes(b"not \xff UTF-8")), "a name that is no text\n").unwrap();
    symlink("executable", odd.join("link")).unwrap();
    symlink("../nowhere", odd.join("dangling link")).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
