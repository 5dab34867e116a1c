//! Two folders, a home of their own, and the product in between.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::sample;

pub(crate) struct Sandbox {
    top: TempDir,
    pub(crate) left: PathBuf,
    pub(crate) right: PathBuf,
}

impl Sandbox {
    /// The sample on the left, nothing on the right.
    pub(crate) fn new() -> Self {
        let top = tempfile::Builder::new().prefix("syncmgr-whole-").tempdir().unwrap();
        let [left, right, home] = ["left", "right", "home"].map(|name| top.path().join(name));
        for folder in [&left, &right, &home] {
            std::fs::create_dir(folder).unwrap();
        }
        sample::fill(&left);
        Self { top, left, right }
    }

    /// As [`Sandbox::new`], and both sides in step.
    pub(crate) fn in_step() -> Self {
        let sandbox = Self::new();
        sandbox.sync(&[]).expect(Exit::InStep);
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// `syncmgr sync LEFT RIGHT --yes --json OPTION…`
    #[must_use = "how it ended is to be looked at"]
    pub(crate) fn sync(&self, options: &[&str]) -> Run {
        let mut command = self.sync_command();
        command.args(options);
        Run::from(command.output().unwrap())
    }

    /// As [`Sandbox::sync`], to be started by the caller.
    pub(crate) fn sync_command(&self) -> Command {
        let mut command = self.command();
        command.arg("sync").args([&self.left, &self.right]).args(["--yes", "--json"]);
        command
    }

    /// `syncmgr WORD…`
    #[must_use = "how it ended is to be looked at"]
    pub(crate) fn syncmgr(&self, words: &[&str]) -> Run {
        Run::from(self.command().args(words).output().unwrap())
    }

    /// The product in a home of its own: nothing of the person who tests is seen or touched.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syncmgr"));
        self.isolate(&mut command);
        command.arg("--state-dir").arg(self.path("home/state"));
        command
    }

    pub(crate) fn isolate(&self, command: &mut Command) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8").env("HOME", self.path("home"));
        for (variable, folder) in
            [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_RUNTIME_DIR", "runtime")]
        {
            command.env(variable, self.path("home").join(folder));
        }
        command.current_dir(self.top.path()).stdin(Stdio::null());
    }
}

/// The exit codes the command promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    InStep = 0,
    Unsettled = 1,
    Stopped = 3,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Run {
    code: Option<i32>,
    pub(crate) lines: Vec<Value>,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        // Commands without `--json` print other things; those lines are nobody's here.
        let lines = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code(), lines, stderr }
    }
}

impl Run {
    /// Checks how the run ended.
    #[track_caller]
    pub(crate) fn expect(self, exit: Exit) -> Self {
        assert_eq!(
            self.code,
            Some(exit as i32),
            "expected {exit:?}; it said:\n{}\n{}",
            self.tail(),
            self.stderr
        );
        self
    }

    /// The lines of one type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == kind).collect()
    }

    /// The values of `field` in the lines of one type, sorted.
    pub(crate) fn texts(&self, kind: &str, field: &str) -> Vec<String> {
        let mut texts: Vec<_> = self
            .of_type(kind)
            .iter()
            .map(|line| line[field].as_str().unwrap_or_default().to_owned())
            .collect();
        texts.sort_unstable();
        texts
    }

    /// The only item of the summary, which must be the last line.
    #[track_caller]
    pub(crate) fn item(&self) -> &Value {
        let summary = self.lines.last().expect("the run printed no line");
        assert_eq!(summary["type"], "summary", "the last line is no summary: {summary}");
        &summary["items"][0]
    }

    fn tail(&self) -> String {
        let skipped = self.lines.len().saturating_sub(20);
        self.lines[skipped..].iter().map(|line| format!("{line}\n")).collect()
    }
}
