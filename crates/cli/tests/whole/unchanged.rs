//! A run with nothing to do.

use std::fs;
use std::path::Path;

use crate::portrait::last_touched;
use crate::sandbox::{Exit, Sandbox};

#[test]
fn a_second_run_reports_nothing_and_writes_nothing_below_the_roots() {
    let sandbox = Sandbox::in_step();
    let before = [&sandbox.left, &sandbox.right].map(|root| last_touched(root));

    let run = sandbox.sync(&[]).expect(Exit::InStep);

    assert_eq!(run.of_type("change").len(), 0);
    let item = run.item();
    assert_eq!((&item["changes"]["left"], &item["changes"]["right"]), (&0.into(), &0.into()));
    assert_eq!(item["bytes"], 0);
    // By the kernel's own account nothing was touched.
    let after = [&sandbox.left, &sandbox.right].map(|root| last_touched(root));
    assert_eq!(before, after);
}

#[test]
fn a_second_run_makes_no_system_call_that_could_change_a_root() {
    let sandbox = Sandbox::in_step();
    let trace = sandbox.path("trace");

    let product = sandbox.sync_command();
    let mut command = sandbox.program(Path::new("strace"));
    // `-y` shows the path behind each descriptor, also for calls relative to a folder's descriptor.
    command.args(["-f", "-y", "-s", "4096", "-e", "trace=%file,%desc", "-o"]).arg(&trace);
    command.arg(product.get_program()).args(product.get_args());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let trace = fs::read_to_string(trace).unwrap();
    let below_roots = |line: &&str| mentions(line, &sandbox.left) || mentions(line, &sandbox.right);
    // The trace must have seen the run at work, or it proves nothing.
    let n_seen = trace.lines().filter(below_roots).count();
    assert!(n_seen > 1_000, "the trace has only {n_seen} lines about the roots");
    let writing: Vec<_> = trace.lines().filter(below_roots).filter(|line| could_change(line)).collect();
    assert!(
        writing.is_empty(),
        "{} calls, the first:\n{}",
        writing.len(),
        writing[..writing.len().min(10)].join("\n")
    );
}

/// Whether a call is about something below a root. What is written to another file may well name the root, so of a call
/// that writes only the descriptor counts.
fn mentions(line: &str, root: &Path) -> bool {
    let written = call(line).starts_with("write") || call(line).starts_with("pwrite");
    let place = if written { line.split(',').next().unwrap_or(line) } else { line };
    place.contains(root.to_str().unwrap())
}

/// The call without the number of its thread: `1234  openat(5</root>, "name", O_RDONLY|O_CLOEXEC) = 6</root/name>`.
fn call(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
}

/// Whether a traced call could change a file system. Opening counts only for writing or creating.
fn could_change(line: &str) -> bool {
    let call = call(line);
    let name = call.split('(').next().unwrap_or(call);
    if name.starts_with("open") {
        return ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE"]
            .iter()
            .any(|flag| call.contains(flag));
    }
    const CHANGING: &[&str] = &[
        "write",
        "pwrite",
        "creat",
        "mkdir",
        "mknod",
        "rmdir",
        "unlink",
        "rename",
        "link",
        "symlink",
        "chmod",
        "fchmod",
        "chown",
        "fchown",
        "lchown",
        "utime",
        "futimes",
        "truncate",
        "ftruncate",
        "fallocate",
        "setxattr",
        "fsetxattr",
        "lsetxattr",
        "removexattr",
        "copy_file_range",
        "sendfile",
        "splice",
        "ioctl(FICLONE",
    ];
    CHANGING.iter().any(|changing| name.starts_with(changing))
}

#[test]
fn the_reader_of_traces_tells_writing_from_reading() {
    for (line, changes) in [
        (r#"12 openat(5</l>, "a", O_RDONLY|O_CLOEXEC) = 6</l/a>"#, false),
        (r#"12 openat2(5</l>, "a", {flags=O_WRONLY|O_CREAT|O_EXCL, mode=0600}, 24) = 6</l/a>"#, true),
        (r#"12 statx(5</l>, "a", AT_SYMLINK_NOFOLLOW, STATX_ALL, {...}) = 0"#, false),
        (r#"12 renameat2(5</l>, "a", 5</l>, "b", RENAME_NOREPLACE) = 0"#, true),
        (r#"12 write(6</l/a>, "x", 1) = 1"#, true),
        (r#"12 readlinkat(5</l>, "a", "b", 4096) = 1"#, false),
        (r#"12 unlinkat(5</l>, "a", 0) = 0"#, true),
        (r#"12 utimensat(6</l/a>, NULL, [...], 0) = 0"#, true),
    ] {
        assert_eq!(could_change(line), changes, "{line}");
    }
    let root = Path::new("/l");
    assert!(mentions(r#"12 write(6</l/a>, "x", 1) = 1"#, root));
    assert!(!mentions(r#"12 pwrite64(6</state/db>, "/l", 2, 0) = 2"#, root));
}
