//! Real programs that try to stay: after `kill_all` nothing of them is left.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use syncmgr_child::{Child, Program};

/// A shell script as a child, with a mark of its own.
fn spawn(mark: &str, script: &str) -> Child {
    let path: OsString = "/usr/local/bin:/usr/bin:/bin".into();
    let mark = format!("{mark}-{}", std::process::id());
    Child::spawn(&Program {
        argv: ["sh", "-c", script].map(OsString::from).to_vec(),
        env: vec![("PATH".into(), path)],
        directory: "/".into(),
        mark,
    })
    .unwrap()
}

/// The lines that a child prints, one by one.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(std::fs::File::from(child.take_stdout().unwrap())).lines().map(Result::unwrap)
}

/// Whether a process with this number lives.
fn lives(id: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn a_program_that_ends_tells_how_and_leaves_nothing() {
    let mut child = spawn("ends", "echo out; echo err >&2; exit 7");
    let (out, err) = (child.take_stdout().unwrap(), child.take_stderr().unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(7));
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7));
    assert_eq!(std::io::read_to_string(std::fs::File::from(out)).unwrap(), "out\n");
    assert_eq!(std::io::read_to_string(std::fs::File::from(err)).unwrap(), "err\n");
    let id = child.id().to_string();
    child.kill_all();
    assert!(!Path::new("/proc").join(id).exists(), "it is reaped");
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7), "and still known");
}

#[test]
fn what_left_the_session_by_a_double_fork_is_gone_and_lets_go_of_the_pipe() {
    // A process in a session of its own whose parent is gone, with our pipe open, and one more that ignores requests.
    let script = r#"(setsid sh -c 'echo $$; exec sleep 1000' &) ; (trap "" TERM INT; sh -c 'echo $$; exec sleep 1000') & exit 3"#;
    let mut child = spawn("double-fork", script);
    let mut lines = lines(&mut child);
    let ids = [lines.next().unwrap(), lines.next().unwrap()];
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(ids.iter().all(|id| lives(id)), "they outlive the program");
    child.kill_all();
    assert!(!ids.iter().any(|id| lives(id)), "{ids:?}");
    assert_eq!(lines.next(), None, "the pipe has ended");
}

#[test]
fn a_request_to_end_reaches_all_of_the_session_and_can_be_answered() {
    let script = r#"trap 'echo asked; exit 5' TERM; (trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.01; done) & echo ready; wait; while :; do sleep 0.01; done"#;
    let mut child = spawn("terminate", script);
    let mut lines = lines(&mut child);
    assert_eq!([lines.next().unwrap(), lines.next().unwrap()], ["ready", "ready"]);
    child.terminate();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!([lines.next().unwrap(), lines.next().unwrap()], ["asked", "asked"]);
}

#[test]
fn an_interrupt_ends_a_program_that_does_not_handle_it() {
    let mut child = spawn("interrupt", "echo ready; exec sleep 1000");
    assert_eq!(lines(&mut child).next().unwrap(), "ready");
    child.interrupt();
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}

#[test]
fn dropping_a_child_kills_it() {
    let mut child = spawn("drop", "echo $$; exec sleep 1000");
    let id = lines(&mut child).next().unwrap();
    assert!(lives(&id));
    drop(child);
    assert!(!lives(&id));
}

#[test]
fn a_program_that_keeps_forking_is_caught() {
    // Each link of the chain is a new process in a new session that starts the next one and ends.
    let chain = r#"echo link; setsid sh -c "$CHAIN" & exit 0"#;
    let script = format!("CHAIN='{chain}'; export CHAIN; sh -c \"$CHAIN\"; exec sleep 1000");
    let mut child = spawn("chain", &script);
    let mut lines = lines(&mut child);
    assert_eq!(lines.by_ref().take(20).count(), 20);
    child.kill_all();
    // Ends only when nobody holds the pipe any more.
    lines.for_each(drop);
}

#[test]
fn our_descriptors_and_variables_are_not_inherited() {
    let held = tempfile::tempfile().unwrap();
    let mut child = spawn("inherit", "ls -l /proc/self/fd; env");
    let out = std::io::read_to_string(std::fs::File::from(child.take_stdout().unwrap())).unwrap();
    assert!(child.wait().unwrap().success());
    let names: Vec<_> =
        out.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, name)| name).collect();
    assert!(!names.iter().any(|name| name.contains("(deleted)")), "{out}");
    assert!(names.iter().filter(|name| name.starts_with("pipe:")).count() == 3, "{out}");
    assert!(out.contains("SYNCMGR_RUN=inherit-"), "{out}");
    assert!(!out.contains("CARGO"), "{out}");
    drop(held);
}

#[test]
fn use_is_counted_while_it_runs_and_stands_still_while_it_waits() {
    let mut child = spawn("usage", "echo ready; read line; echo again; read line");
    let mut stdin = std::fs::File::from(child.take_stdin().unwrap());
    let mut out = std::fs::File::from(child.take_stdout().unwrap());
    let mut text = [0; 6];
    out.read_exact(&mut text).unwrap();
    // It may not have reached its wait for input yet: two equal looks say that it has.
    let at_rest = |child: &Child| loop {
        let first = child.usage();
        if first == child.usage() {
            return first;
        }
    };
    let before = at_rest(&child);
    assert_eq!(before.processes, 1);
    stdin.write_all(b"go\n").unwrap();
    out.read_exact(&mut text).unwrap();
    assert!(child.usage().io_bytes > before.io_bytes);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let program = Program {
        argv: vec!["syncmgr-has-no-such-program".into()],
        env: vec![("PATH".into(), "/usr/bin".into())],
        directory: "/".into(),
        mark: "none".into(),
    };
    let error = Child::spawn(&program).unwrap_err();
    assert_eq!(error.to_string(), "`syncmgr-has-no-such-program` is not on the path");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

/// A tool could not be run that was there, because a process that another thread was starting had it open.
#[test]
fn a_program_that_is_still_being_written_is_waited_for_but_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tool");
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&path).unwrap();
    file.write_all(b"#!/bin/sh\nexit 7\n").unwrap();
    let program = Program {
        argv: vec![path.into_os_string()],
        env: Vec::new(),
        directory: "/".into(),
        mark: String::new(),
    };
    let busy = Child::spawn(&program).unwrap_err();
    assert_eq!(busy.kind(), std::io::ErrorKind::ExecutableFileBusy);
    let waiting = std::thread::spawn(move || Child::spawn(&program).unwrap().wait().unwrap().code());
    std::thread::park_timeout(std::time::Duration::from_millis(100));
    drop(file);
    assert_eq!(waiting.join().unwrap(), Some(7));
}

#[test]
fn others_that_start_all_the_time_do_not_hold_up_the_end() {
    // A crowd of strangers, of another run, that is never at rest.
    let mut busy = spawn("busy", "while :; do true & true & wait; /bin/true; echo; done");
    let mut noise = lines(&mut busy);
    assert!(noise.next().is_some());
    let reader = std::thread::spawn(move || noise.for_each(drop));
    for _ in 0..20 {
        let mut child = spawn("among others", "sleep 1000 & exit 0");
        assert!(child.wait().unwrap().success());
        child.kill_all();
        assert_eq!(child.usage().processes, 0);
    }
    assert!(busy.try_wait().unwrap().is_none(), "strangers live on");
    drop(busy);
    reader.join().unwrap();
}
