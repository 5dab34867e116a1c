//! Programs of others that compare two sides.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What `diff` finds, line by line: names and content.
pub(crate) fn diff(left: &Path, right: &Path) -> Vec<String> {
    let mut command = Command::new("diff");
    command.args(["--recursive", "--brief", "--no-dereference", "--exclude=.syncmgr"]).args([left, right]);
    let output = command.env("LC_ALL", "C").output().unwrap();
    assert!(output.status.code() < Some(2), "diff failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// The paths that `rsync` would copy or delete to make right what left is: content by checksum, modes, times, links.
/// Folders' times are left out; see `portrait`.
pub(crate) fn rsync(left: &Path, right: &Path) -> BTreeSet<String> {
    let mut command = Command::new("rsync");
    command.args(["--archive", "--dry-run", "--checksum", "--delete", "--omit-dir-times"]);
    command.args(["--exclude=/.syncmgr", "--out-format=%n"]);
    command.arg(format!("{}/", left.display())).arg(format!("{}/", right.display()));
    let output = command.env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "rsync failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}
