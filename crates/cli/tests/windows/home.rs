//! A place for one test: configuration, state and folders, away from the user's.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Home(TempDir);

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Its lines, each an object.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last line, which sums up.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let last = self.lines().pop().unwrap_or_else(|| panic!("nothing was said: {self:?}"));
        assert_eq!(last["type"], "summary", "{self:?}");
        last
    }

    #[track_caller]
    pub(crate) fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{self:?}");
        self
    }
}

impl Home {
    /// With two folders that are empty.
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for side in ["left", "right"] {
            std::fs::create_dir(home.at(side)).unwrap();
        }
        home
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        self.at(path).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).unwrap()
    }

    /// A command of the program here. It must not take anything for a terminal.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(["--config", &self.text("config.toml"), "--state-dir", &self.text("syncmgr")]);
        command.args(words).current_dir(self.at("")).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Said {
        let output = self.command(words).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
        Said { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The same, and it has to go well.
    #[track_caller]
    pub(crate) fn does(&self, words: &[&str]) -> Said {
        self.run(words).exits(0)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Where a test began one, it must not outlive it; most have none, which is a failure like any.
        let _none = self.command(&["daemon", "stop"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Waits until something holds that nothing tells of.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never happened: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
