//! A home for one test, and what a command said in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use syncmgr_testkit::Hermetic;

use crate::through::{HomeDaemon, is_through_daemon};

pub(crate) struct Home {
    // Before its folders: it ends while they are still there.
    daemon: Option<HomeDaemon>,
    hermetic: Hermetic,
}

impl Home {
    /// An empty one. In the pass for that, a daemon works in it from the beginning.
    pub(crate) fn new() -> Self {
        let hermetic = Hermetic::new();
        let program = || hermetic.command(env!("CARGO_BIN_EXE_syncmgr"));
        let daemon = is_through_daemon().then(|| HomeDaemon::start(&hermetic, program()));
        Self { daemon, hermetic }
    }

    /// A home with two folders, `left` and `right`, in the directory commands run in.
    pub(crate) fn with_folders(left: &[(&str, &str)], right: &[(&str, &str)]) -> Self {
        let home = Self::new();
        for (name, files) in [("left", left), ("right", right)] {
            fs::create_dir(home.work(name)).unwrap();
            for (path, text) in files {
                home.write(&format!("{name}/{path}"), text);
            }
        }
        home
    }

    /// A path in the directory commands run in.
    pub(crate) fn work(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.hermetic.work().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.work(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.work(relative)).unwrap()
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.hermetic.path("config/syncmgr/config.toml")
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.hermetic.path("state/syncmgr")
    }

    pub(crate) fn configure(&self, text: &str) {
        fs::create_dir_all(self.config_file().parent().unwrap()).unwrap();
        fs::write(self.config_file(), text).unwrap();
    }

    /// The command, to be run by the caller.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(arguments);
        command
    }

    /// Another program, started in this home.
    pub(crate) fn program(&self, program: &str) -> Command {
        self.hermetic.command(program)
    }

    #[must_use = "how it ended is to be looked at"]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    /// What a command said, with this home's own path taken out of it.
    pub(crate) fn ran(&self, output: Output) -> Ran {
        let base = self.hermetic.path("");
        let base = base.to_str().unwrap().trim_end_matches('/');
        let neutral = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(base, "[base]");
        Ran { code: output.status.code(), out: neutral(output.stdout), err: neutral(output.stderr) }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A test that failed half-way has not ended what it started: a daemon of its own would stay for ever.
        if std::thread::panicking() && self.daemon.is_none() {
            let _none = self.command(&["daemon", "stop"]).output();
        }
    }
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exit(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "it said\n{}{}", self.out, self.err);
        self
    }

    /// The lines of `--json`.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines of one type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["type"] == kind).collect()
    }

    /// Exit code and both streams, with ids, times and durations taken out.
    pub(crate) fn shown(&self) -> String {
        let mut shown = format!("exit {}\n", self.code.unwrap_or(-1));
        for (name, text) in [("out", &self.out), ("err", &self.err)] {
            for line in text.lines() {
                shown.push_str(&format!("{name}| {}\n", timeless(line)));
            }
        }
        shown
    }
}

/// A line without what differs from run to run.
pub(crate) fn timeless(line: &str) -> String {
    let line = replace_shape(line, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "[id]");
    let line = replace_shape(&line, "9999-99-99 99:99:99", "[moment]");
    replace_shape(&line, "9.9 s", "[time]")
}

/// Replaces what has the given shape: `x` is a hexadecimal digit, `9` a decimal one, anything else itself.
fn replace_shape(line: &str, shape: &str, by: &str) -> String {
    let fits = |text: &str| {
        let mut shape = shape.chars();
        text.chars().zip(&mut shape).all(|(c, s)| match s {
            'x' => c.is_ascii_hexdigit(),
            '9' => c.is_ascii_digit(),
            other => c == other,
        }) && shape.next().is_none()
    };
    let mut replaced = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if fits(rest) {
            replaced.push_str(by);
            rest = &rest[shape.len()..];
        } else {
            replaced.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    replaced
}
