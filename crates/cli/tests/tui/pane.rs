//! [`Pane`]: a terminal with a shell in it, as large as a test wants it.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::home::Home;

/// Far more than anything here takes; a test that needs all of it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal of its own: a server of `tmux` that nobody else knows, with its own configuration.
pub(crate) struct Pane<'a> {
    home: &'a Home,
    socket: PathBuf,
    server: Pid,
}

impl<'a> Pane<'a> {
    pub(crate) fn open(home: &'a Home, (width, height): (u16, u16)) -> Self {
        let config = home.work("tmux.conf");
        let text = "set -g status off\nset -s escape-time 0\nset -g default-terminal tmux-256color\n\
                    set -g default-command 'exec sh'\n";
        fs::write(&config, text).unwrap();
        let socket = home.work("tmux.sock");
        let mut command = home.program("tmux");
        command.arg("-S").arg(&socket).arg("-f").arg(&config);
        command.args(["new-session", "-d", "-x", &width.to_string(), "-y", &height.to_string()]);
        command
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("PS1", "ready> ")
            .env("SHELL", "/bin/sh");
        // No bus of the machine: what is there or not must not matter to a daemon that is started here.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
        let started = command.output().unwrap();
        assert!(started.status.success(), "{started:?}");
        let mut pane = Self { home, socket, server: Pid::INIT };
        let number = pane.tmux(&["display-message", "-p", "#{pid}"]);
        let number: i32 = String::from_utf8_lossy(&number.stdout).trim().parse().unwrap();
        pane.server = Pid::from_raw(number).unwrap();
        pane.until("ready>");
        pane
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = self.home.program("tmux");
        command.arg("-S").arg(&self.socket).args(arguments).env("LC_ALL", "C.UTF-8");
        command.output().unwrap()
    }

    /// Types a line into the shell.
    pub(crate) fn line(&self, text: &str) {
        self.letters(text);
        self.keys(&["Enter"]);
    }

    pub(crate) fn letters(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses keys by the names that `tmux` has for them.
    pub(crate) fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.tmux(&["send-keys", key]);
        }
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8(self.tmux(&["capture-pane", "-p"]).stdout).unwrap()
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn until(&self, text: &str) -> String {
        self.until_so(text, |screen| screen.contains(text))
    }

    #[track_caller]
    pub(crate) fn until_so(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let limit = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < limit, "never: {what}\n{screen}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// The process that the shell has started and that has the terminal.
    pub(crate) fn program(&self) -> Pid {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let shell = String::from_utf8_lossy(&shell.stdout).trim().to_owned();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        Pid::from_raw(children.split_whitespace().next().unwrap().parse().unwrap()).unwrap()
    }

    /// The shell is there again, what it shows is what it showed, and the terminal is as terminals are.
    #[track_caller]
    pub(crate) fn check_clean(&self) {
        self.until_so("the shell is back", |screen| {
            screen.trim_end().ends_with("ready>") && !screen.contains("Items")
        });
        self.line("stty -a | tr ' ;' '\\n\\n' | grep -xE '.?(icanon|echo|isig)' | tr '\\n' ' '; echo END");
        self.until("isig icanon echo END");
        let modes = self.tmux(&[
            "display-message",
            "-p",
            "#{alternate_on} #{mouse_any_flag} #{bracket_paste_flag} #{cursor_flag}",
        ]);
        let modes = String::from_utf8_lossy(&modes.stdout).trim().to_owned();
        // Older ones do not know all of them, and leave those empty.
        let words: Vec<&str> = modes.split(' ').collect();
        assert_eq!((words[0], words[1]), ("0", "0"), "{modes}");
        assert_eq!(words.last(), Some(&"1"), "the cursor is seen: {modes}");
    }
}

impl Drop for Pane<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
        let limit = Instant::now() + PATIENCE;
        while test_kill_process(self.server).is_ok() {
            if Instant::now() > limit {
                let _gone = kill_process(self.server, Signal::KILL);
                return;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}
