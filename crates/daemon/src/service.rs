//! How the system starts the daemon by itself: the files for it, as text, and putting them in place.
//!
//! The unit of systemd is in use and tested. Those of launchd and of Windows are written from their documentation and have
//! not been tried.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a service starts: the program with the arguments that lead to the same configuration and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCommand {
    /// The program, absolute.
    pub program: PathBuf,
    /// What goes before `daemon run`: `--config`, `--state-dir`, where they are not the usual ones.
    pub arguments: Vec<String>,
}

/// The name of the unit.
pub const UNIT: &str = "syncmgr.service";

impl ServiceCommand {
    /// The user unit of systemd.
    ///
    /// It counts as started when the daemon says it is ready, and is started again when the daemon falls silent for longer
    /// than the watchdog allows. Stopping leaves it time to end sessions in order.
    pub fn systemd_unit(&self) -> String {
        let command = self.words().map(|word| systemd_word(&word)).collect::<Vec<_>>().join(" ");
        format!(
            "[Unit]\n\
             Description=Keeps your things in step\n\
             Documentation=man:syncmgr(1)\n\
             StartLimitIntervalSec=300\n\
             StartLimitBurst=5\n\
             \n\
             [Service]\n\
             Type=notify\n\
             ExecStart={command}\n\
             Restart=on-failure\n\
             RestartSec=5\n\
             WatchdogSec=15min\n\
             TimeoutStopSec=90\n\
             KillMode=mixed\n\
             \n\
             [Install]\n\
             WantedBy=default.target\n"
        )
    }

    /// The agent of launchd, for macOS. Untested.
    pub fn launchd_agent(&self) -> String {
        let words: String =
            self.words().map(|word| format!("    <string>{}</string>\n", xml(&word))).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <plist version=\"1.0\">\n\
             <dict>\n\
             \x20 <key>Label</key>\n  <string>syncmgr</string>\n\
             \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
             \x20 <key>RunAtLoad</key>\n  <true/>\n\
             \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
             \x20 <key>ExitTimeOut</key>\n  <integer>90</integer>\n\
             </dict>\n\
             </plist>\n"
        )
    }

    /// The commands that make it a task at logon on Windows. Untested.
    pub fn windows_task(&self) -> String {
        let program = self.program.display();
        let arguments = self.words().skip(1).collect::<Vec<_>>().join(" ");
        format!("schtasks /Create /TN syncmgr /SC ONLOGON /TR \"\\\"{program}\\\" {arguments}\"\r\n")
    }

    fn words(&self) -> impl Iterator<Item = String> {
        let program = self.program.to_string_lossy().into_owned();
        let run = ["daemon", "run"].into_iter().map(str::to_owned);
        std::iter::once(program).chain(self.arguments.clone()).chain(run)
    }
}

/// A word of a command line of systemd: in quotes, with what it would expand taken literally.
fn systemd_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=+:,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let escaped = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%")
        .replace('$', "$$")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Where the unit lies, below the folder of the user's configuration.
pub(crate) fn unit_file(config_home: &Path) -> PathBuf {
    config_home.join("systemd/user").join(UNIT)
}

/// Writes a file of the service, whole or not at all.
pub(crate) fn put_in_place(file: &Path, text: &str) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir)?;
    let new = dir.join(format!(".{UNIT}.new"));
    fs::write(&new, text)?;
    fs::rename(&new, file)
}

/// Removes a file of the service. Returns whether it was there.
pub(crate) fn take_away(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> ServiceCommand {
        ServiceCommand {
            program: "/opt/our tools/syncmgr".into(),
            arguments: vec!["--config".to_owned(), "/home/a/100%/c.toml".to_owned()],
        }
    }

    #[test]
    fn a_unit_starts_exactly_what_was_meant() {
        let unit = command().systemd_unit();
        assert!(
            unit.contains(
                "\nExecStart=\"/opt/our tools/syncmgr\" --config \"/home/a/100%%/c.toml\" daemon run\n"
            ),
            "{unit}"
        );
        assert!(unit.contains("\nType=notify\n") && unit.contains("\nWatchdogSec="));
    }

    #[test]
    fn an_agent_of_launchd_has_each_word_by_itself() {
        let agent =
            ServiceCommand { program: "/opt/a&b/syncmgr".into(), arguments: Vec::new() }.launchd_agent();
        assert!(
            agent.contains("    <string>/opt/a&amp;b/syncmgr</string>\n    <string>daemon</string>\n"),
            "{agent}"
        );
    }

    #[test]
    fn a_unit_is_taken_away_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = unit_file(dir.path());
        put_in_place(&file, &command().systemd_unit()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), command().systemd_unit());
        assert!(take_away(&file).unwrap());
        assert!(!take_away(&file).unwrap());
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
    }
}
