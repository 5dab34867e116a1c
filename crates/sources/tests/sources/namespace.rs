//! Running a test once more in namespaces of its own, where it may make networks, mounts and limits.

use std::process::Command;

/// Set in the process that runs the test inside.
const INSIDE: &str = "SYNCMGR_SOURCES_INSIDE";

/// Runs `body` as root of a user namespace with these further namespaces (options of `unshare`). `test` is the full name
/// of the calling test, which a process inside runs again and then gets to `body`.
pub(crate) fn inside(namespaces: &[&str], test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user"])
        .args(namespaces)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{test} failed inside:\n{out}\n{err}");
}

/// Runs a program that has to succeed; words are separated by blanks.
pub(crate) fn run(command: &str) {
    let mut words = command.split(' ');
    let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
    assert!(output.status.success(), "`{command}`: {}", String::from_utf8_lossy(&output.stderr));
}
