//! A home of its own for a binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A temporary home with the platform's usual folders, gone when dropped.
#[derive(Debug)]
pub struct Hermetic {
    dir: TempDir,
}

impl Hermetic {
    /// A fresh one.
    ///
    /// # Panics
    ///
    /// If the system has no room for it.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// A fresh one in this folder.
    ///
    /// # Panics
    ///
    /// If there is no room for it.
    #[expect(clippy::unwrap_used, reason = "a test cannot go on without it")]
    pub fn below(folder: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("syncmgr-test-").tempdir_in(folder).unwrap();
        for folder in ["home", "config", "data", "state", "cache", "runtime", "work", "tmp"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        Self { dir }
    }

    /// A path inside.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// The directory commands run in.
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// A command that sees nothing of the user's surroundings: its own home and folders, UTC, no colors, the
    /// program search path of the caller.
    #[expect(clippy::disallowed_methods, reason = "tests start binaries and need the caller's search path")]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .current_dir(self.work())
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .env("TMPDIR", self.path("tmp"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("NO_COLOR", "1");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }
}

impl Default for Hermetic {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_command_sees_its_own_home_and_nothing_of_the_caller() {
        let hermetic = Hermetic::new();
        let output = hermetic.command("/usr/bin/env").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let home = hermetic.path("home");
        assert!(text.lines().any(|line| line == format!("HOME={}", home.display())));
        assert!(!text.contains("CARGO"), "{text}");
        let path = home.parent().unwrap().to_owned();
        drop(hermetic);
        assert!(!path.exists());
    }
}
