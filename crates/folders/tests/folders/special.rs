//! Pipes, sockets and devices: told, never opened, and no reason for anything else to wait.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_handler::model::fact::Side::Left;
use syncmgr_handler::model::verdict::Verdict;

use crate::harness::{Pair, read};

/// A pipe that nobody writes to: whoever opens it to read waits for ever.
fn make_pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

/// The one device that everybody may make: it has no driver.
fn make_device(path: &Path) {
    mknodat(CWD, path, FileType::CharacterDevice, Mode::from_raw_mode(0o600), 0).unwrap();
}

#[test]
fn pipes_sockets_and_devices_are_told_and_never_opened() {
    let pair = Pair::synced(&[("d/f", "1"), ("was-a-file", "2")]);
    make_pipe(&pair.left("d/pipe"));
    make_device(&pair.right("device"));
    let _socket = UnixListener::bind(pair.left("socket")).unwrap();
    fs::remove_file(pair.left("was-a-file")).unwrap();
    make_pipe(&pair.left("was-a-file"));
    pair.write(Left, &[("d/new", "3"), ("z", "4")]);
    let hook = |call: Call, name: &[u8]| {
        let is_special = [&b"pipe"[..], b"device", b"socket", b"was-a-file"].contains(&name);
        assert!(!is_special || matches!(call, Call::Stat), "{call:?} of {}", name.escape_ascii());
        Ok(())
    };
    for changes in [&["R create d/new", "R create z"][..], &[]] {
        let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
        let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
        assert_eq!(report.changes, changes);
        let told = |path: &str| format!("{path}: neither a file, a folder nor a link; left alone");
        assert_eq!(report.problems, ["d/pipe", "device", "socket", "was-a-file"].map(told));
    }
    assert_eq!((read(pair.right("z")), read(pair.right("was-a-file"))), ("4".into(), "2".into()));
    assert!(pair.left("was-a-file").metadata().unwrap().file_type().is_fifo());
}

#[test]
fn a_file_that_becomes_a_pipe_before_it_is_copied_does_not_hold_the_run() {
    let pair = Arc::new(Pair::default());
    pair.write(Left, &[("a", "1"), ("b", "2")]);
    let meddler = Arc::clone(&pair);
    let hook = move |call: Call, name: &[u8]| {
        if call == Call::OpenFile && name == b"a" {
            fs::remove_file(meddler.left("a")).unwrap();
            make_pipe(&meddler.left("a"));
        }
        Ok(())
    };
    let faulty = FaultyFileSystem::new(RealFileSystem, Arc::new(hook));
    let report = pair.sync_on(faulty, pair.options(), Arc::new(|_| Verdict::Go));
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(read(pair.right("b")), "2");
    assert!(!pair.right("a").exists());
}
