//! A command on a terminal of its own: a test waits for what it shows and presses keys.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::home::Home;

/// The terminal, and what was shown on it so far.
pub(crate) struct Terminal {
    master: File,
    child: Child,
    screen: String,
    /// How much of it was waited for.
    n_seen: usize,
}

impl Terminal {
    /// Starts `syncmgr` with these arguments.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let terminal = || Stdio::from(OpenOptions::new().read(true).write(true).open(&name).unwrap());
        let hermetic = home.command(arguments);
        // The terminal has to be the command's own: keys are read in the foreground only.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).arg(hermetic.get_program()).args(arguments);
        command.env_clear().current_dir(home.work("")).env("TERM", "xterm");
        command.envs(hermetic.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let child = command.stdin(terminal()).stdout(terminal()).stderr(terminal()).spawn().unwrap();
        Self { master: File::from(master), child, screen: String::new(), n_seen: 0 }
    }

    /// Waits until this is shown, after all that was waited for before.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.screen[self.n_seen..].find(text) {
                self.n_seen += at + text.len();
                return;
            }
            let n_read = self.master.read(&mut bytes).unwrap_or(0);
            assert!(n_read > 0, "it ended before it showed {text:?}:\n{}", self.screen);
            self.screen.push_str(&String::from_utf8_lossy(&bytes[..n_read]));
        }
    }

    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.master.write_all(keys).unwrap();
    }

    /// Waits for the end: the exit code, and all that was shown.
    #[must_use = "how it ended is to be looked at"]
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = Vec::new();
        // Ends with an error once the last writer is gone: that is how terminals end.
        let _ = self.master.read_to_end(&mut rest);
        self.screen.push_str(&String::from_utf8_lossy(&rest));
        (self.child.wait().unwrap().code(), self.screen)
    }
}
