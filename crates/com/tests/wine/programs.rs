//! `ISyncMgrSynchronizeInvoke`: a program starts sessions, in a daemon that is started where none runs and finds the registered classes
//! by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::rig::*;

const OK: &str = "0x00000000";
const INVALID: &str = "0x80070057";

/// What a program is answered. It prints into a file: the streams of a program of Wine are those of all it starts, also where these inherit
/// no handles, and a pipe would be open for as long as the daemon is there.
fn ask(words: &[&str]) -> String {
    let output = tempfile::NamedTempFile::new().unwrap();
    let words = wine("client.exe", words);
    #[expect(clippy::disallowed_methods, reason = "the tests start programs of Windows")]
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stderr(Stdio::null()).stdout(output.reopen().unwrap());
    assert!(command.status().unwrap().success());
    let output = fs::read_to_string(output.path()).unwrap().replace('\r', "");
    let (_, answer) = output.lines().last().unwrap().split_once(": ").unwrap();
    answer.to_owned()
}

/// The daemon of this Wine's user; told to end when dropped.
struct Daemon;

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = say("syncmgr.exe", &["daemon", "stop"]);
    }
}

/// What a class has noted in the daemon's state directory; nothing if it was never made.
fn noted(class: &str) -> String {
    let key = class.trim_matches(['{', '}']).to_lowercase();
    let path = state_dir().join("handlers").join(key).join("files/calls.txt");
    fs::read_to_string(path).unwrap_or_default()
}

fn state_dir() -> PathBuf {
    let users = fs::read_dir(wine_folder().join("prefix/drive_c/users")).unwrap();
    let of = |user: &Path| user.join("AppData/Local/syncmgr");
    let mut found = users.map(|user| of(&user.unwrap().path()));
    found.find(|dir| dir.is_dir()).expect("the daemon has a state directory")
}

fn wait_for(class: &str, is_there: impl Fn(&str) -> bool) -> String {
    loop {
        let noted = noted(class);
        if is_there(&noted) {
            return noted;
        }
        std::thread::yield_now();
    }
}

/// One test, because there is one daemon of a user.
#[test]
fn w_004_and_w_104_to_w_107_a_program_starts_one_class_with_its_cookie_and_then_all() {
    let (inside, workers) = (class("inside"), class("workers"));
    // None runs yet.
    assert_eq!(ask(&["update", inside, "6", "0001feff"]), OK);
    let _daemon = Daemon;
    let heard = wait_for(inside, |noted| noted.trim_end().ends_with("gone"));
    assert_eq!(lines(&heard, &["Initialize"]), ["Initialize 0 0x5 4 0001feff"]);
    assert_eq!(noted(workers), "");

    for (what, words) in [
        ("a class that is not registered", ["update", "{0DD00000-0000-0000-0000-000000000106}", "2", "-"]),
        ("no class", ["update", "{00000000-0000-0000-0000-000000000000}", "2", "-"]),
        ("a flag that nobody knows", ["update", inside, "1", "-"]),
        ("a size without bytes", ["update", inside, "2", "!"]),
    ] {
        assert_eq!(ask(&words), INVALID, "{what}");
    }
    assert_eq!(noted(inside), heard);

    assert_eq!(ask(&["all"]), OK);
    let heard = wait_for(workers, |noted| noted.contains("Initialize"));
    assert_eq!(lines(&heard, &["Initialize"]), ["Initialize 0 0x205 0 null"]);
}
