//! A Wine of our own: its registry, its server and its programs live in a temporary folder and go with it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::process;

/// What starts a program of Windows.
pub(super) const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";

pub(super) struct Wine {
    folder: tempfile::TempDir,
    server: Child,
    /// Runs as long as this: while one does, Wine's services stay and belong to none of the processes that tests end.
    held: Option<Child>,
}

impl Wine {
    pub(super) fn begin() -> Result<Self, Failure> {
        let doing = |cause| Failure::while_doing("make a folder for Wine", cause);
        let folder = tempfile::Builder::new().prefix("syncmgr-wine-").tempdir().map_err(doing)?;
        for name in ["prefix", "home", "bin"] {
            std::fs::create_dir(folder.path().join(name)).map_err(doing)?;
        }
        // In the foreground it is our child, and it stays until it is told to go.
        let mut server = command(folder.path(), SERVER, &["--foreground", "--persistent"]);
        let server = server.spawn().map_err(|cause| Failure::while_doing("start Wine's server", cause))?;
        let mut wine = Self { folder, server, held: None };
        wine.run(&["wineboot", "--init"])?;
        // Windows that nobody sees can be made without a display: classes have some.
        wine.run(&["reg", "add", r"HKCU\Software\Wine\Drivers", "/v", "Graphics", "/d", "null", "/f"])?;
        let mut hold = wine.command(&["cmd.exe"]);
        hold.stdin(Stdio::piped()).stdout(Stdio::null());
        wine.held = Some(hold.spawn().map_err(|cause| Failure::while_doing("start Wine", cause))?);
        Ok(wine)
    }

    /// The folder with `prefix`, `home` and `bin`.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn bin(&self, name: &str) -> PathBuf {
        self.folder().join("bin").join(name)
    }

    /// Puts a program where the tests find it, under this name.
    pub(super) fn install(&self, program: &Path, name: &str) -> Result<(), Failure> {
        let copied = std::fs::copy(program, self.bin(name));
        copied.map(drop).map_err(|cause| Failure::while_doing(format!("copy `{}`", program.display()), cause))
    }

    /// Registers a library as its installer would.
    pub(super) fn register(&self, library: &str) -> Result<(), Failure> {
        let path = format!("Z:{}", self.bin(library).display()).replace('/', "\\");
        self.run(&["regsvr32", "/s", &path])
    }

    /// Has what a command starts run here.
    pub(super) fn surround(&self, command: &mut Command) {
        surround(self.folder(), command);
    }

    fn run(&self, words: &[&str]) -> Result<(), Failure> {
        process::run(self.command(words))
    }

    fn command(&self, words: &[&str]) -> Command {
        command(self.folder(), WINE, words)
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // The end of its input; then everything of this prefix, and nothing of another.
        drop(self.held.as_mut().and_then(|held| held.stdin.take()));
        let _ = command(self.folder.path(), SERVER, &["--kill"]).status();
        if let Some(held) = &mut self.held {
            let _ = held.wait();
        }
        let _ = self.server.wait();
    }
}

/// A command of this Wine, which shows no windows and keeps its messages to itself.
fn command(folder: &Path, program: &str, words: &[&str]) -> Command {
    let mut command = process::command(program, words);
    surround(folder, &mut command);
    command.env("HOME", folder.join("home"));
    command
}

fn surround(folder: &Path, command: &mut Command) {
    command.env("WINEPREFIX", folder.join("prefix")).env("WINEDEBUG", "-all");
    // Neither .NET nor a browser, for which Wine would ask; no entries in menus.
    command.env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=d");
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
}
