//! Two folders, a home of their own, and the product in between.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use syncmgr_testkit::Hermetic;

use crate::sample;

pub(crate) struct Sandbox {
    home: Hermetic,
    pub(crate) left: PathBuf,
    pub(crate) right: PathBuf,
}

impl Sandbox {
    /// The sample on the left, nothing on the right.
    pub(crate) fn new() -> Self {
        let home = Hermetic::new();
        let [left, right] = ["left", "right"].map(|name| home.path(name));
        fs::create_dir(&left).unwrap();
        fs::create_dir(&right).unwrap();
        sample::fill(&left);
        Self { home, left, right }
    }

    /// As [`Sandbox::new`], and both sides in step. Not flushed: what is tested comes after it.
    pub(crate) fn in_step() -> Self {
        let sandbox = Self::new();
        sandbox.sync(&["--durability", "none"]).expect(Exit::InStep);
        sandbox
    }

    /// A path beside the two folders.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
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

    fn command(&self) -> Command {
        self.program(Path::new(env!("CARGO_BIN_EXE_syncmgr")))
    }

    /// Any program, in the home of this test.
    pub(crate) fn program(&self, program: &Path) -> Command {
        let mut command = self.home.command(program);
        command.stdin(Stdio::null());
        command
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
