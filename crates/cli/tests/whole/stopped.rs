//! Stopping in the middle.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::judges;
use crate::portrait::portrait;
use crate::sandbox::{Exit, Sandbox};

#[test]
fn a_stopped_run_leaves_only_whole_files_and_the_next_one_completes() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.sync_command().stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    // The first change is done and the run has thousands before it. It cannot get far ahead of us: nobody reads on, and
    // it tells each change.
    let mut line = String::new();
    while !line.contains(r#""type":"change""#) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the run ended before it changed anything");
    }

    let pid = child.id().to_string();
    assert!(Command::new("sh").args(["-c", "kill -INT \"$1\"", "sh", &pid]).status().unwrap().success());
    stdout.read_to_string(&mut line).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(Exit::Stopped as i32), "{line}");

    let left = portrait(&sandbox.left);
    let right = portrait(&sandbox.right);
    assert!(!right.is_empty() && right.len() < left.len(), "{} of {} were there", right.len(), left.len());
    for (path, thing) in &right {
        assert_eq!(left.get(path), Some(thing), "{} is not whole", path.display());
    }

    sandbox.sync(&[]).expect(Exit::InStep);
    assert_eq!(judges::diff(&sandbox.left, &sandbox.right), Vec::<String>::new());
    assert_eq!(judges::rsync(&sandbox.left, &sandbox.right), BTreeSet::new());
}
