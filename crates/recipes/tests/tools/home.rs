//! A home directory of a test's own, and programs run in it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use syncmgr_recipes::Surroundings;
use tempfile::TempDir;

pub(crate) struct Home {
    root: TempDir,
    /// More variables for recipes.
    pub(crate) variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "state"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root, variables: Vec::new() }
    }

    /// A path in the home directory.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        let home = self.root.path().join("home");
        if path.is_empty() { home } else { home.join(path) }
    }

    /// The same as text.
    pub(crate) fn text(&self, path: &str) -> String {
        self.at(path).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// An executable script.
    pub(crate) fn script(&self, path: &str, content: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(path, format!("#!/bin/sh\n{content}"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// A program that writes its number to the file `started` and then says nothing for ever.
    pub(crate) fn hanging(&self) -> PathBuf {
        let started = self.at("started").display().to_string();
        self.script(
            "hanging",
            &format!("echo $$ > {started}.part; mv {started}.part {started}; exec sleep 1000\n"),
        )
    }

    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        #[allow(clippy::disallowed_methods, reason = "tests find the tools where they are")]
        let mut path = std::env::var_os("PATH").unwrap();
        // Servers are the administrator's, and not on everybody's path.
        path.push(":/usr/sbin");
        let mut all =
            vec![("PATH".into(), path), ("HOME".into(), self.at("").into()), ("USER".into(), "a".into())];
        all.extend(self.variables.iter().map(|(name, value)| (name.into(), value.into())));
        all
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings {
            environment: self.environment(),
            state_dir: self.root.path().join("state"),
            home: self.at(""),
        }
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        #[allow(clippy::disallowed_methods, reason = "tests prepare their peers with the tools themselves")]
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.at(""));
        command
    }

    /// Runs a program that has to succeed; returns what it printed.
    pub(crate) fn run(&self, line: &[&str]) -> String {
        let output = self.try_run(line);
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line:?}: {text}");
        text
    }

    pub(crate) fn try_run(&self, line: &[&str]) -> Output {
        self.command(line[0]).args(&line[1..]).output().unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }
}

/// Whether the process lives whose number a script wrote to a file.
pub(crate) fn lives(file: &Path) -> bool {
    let id = fs::read_to_string(file).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
