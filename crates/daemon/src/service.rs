//! How the system starts the daemon by itself: the files for it, as text, and putting them in place.
//!
//! The unit of systemd and the line for the registry of Windows are in use and tested. The agent of launchd is written from its
//! documentation and has not been tried.

use std::path::PathBuf;

/// What a service starts: the program with the arguments that lead to the same configuration and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCommand {
    /// The program, absolute.
    pub program: PathBuf,
    /// What goes before `daemon run`: `--config`, `--state-dir`, where they are not the usual ones.
    pub arguments: Vec<String>,
}

/// The key of the user's registry on Windows whose values are what starts at logon, and the name of ours.
pub(crate) const AT_LOGON: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
/// See [`AT_LOGON`].
pub(crate) const AT_LOGON_NAME: &str = "syncmgr";

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

    /// The command line that the user's registry has on Windows for what starts at logon. It is of a command that ends at once, so that no console stays open.
    pub fn windows_line(&self) -> String {
        let program = format!("\"{}\"", self.program.display());
        let arguments = self.arguments.iter().map(|word| windows_word(word));
        let start = ["daemon", "start"].into_iter().map(str::to_owned);
        std::iter::once(program).chain(arguments).chain(start).collect::<Vec<_>>().join(" ")
    }

    /// The command that writes it.
    pub fn windows_command(&self) -> String {
        let line = windows_word(&self.windows_line());
        format!("reg add HKCU\\{AT_LOGON} /v {AT_LOGON_NAME} /t REG_SZ /d {line} /f\r\n")
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

/// A word of a command line of Windows: in quotes where it needs some, as its programs take their lines apart.
fn windows_word(word: &str) -> String {
    let is_plain = !word.is_empty() && !word.contains([' ', '\t', '"']);
    if is_plain {
        return word.to_owned();
    }
    let mut quoted = String::from('"');
    let mut n_backslashes = 0;
    for c in word.chars() {
        // Backslashes are themselves but before a quote.
        let n_more = if c == '"' { n_backslashes + 1 } else { 0 };
        quoted.extend(std::iter::repeat_n('\\', n_more));
        quoted.push(c);
        n_backslashes = if c == '\\' { n_backslashes + 1 } else { 0 };
    }
    quoted.extend(std::iter::repeat_n('\\', n_backslashes));
    quoted.push('"');
    quoted
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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
    fn a_line_for_windows_is_taken_apart_into_what_was_meant() {
        let command = ServiceCommand {
            program: r"C:\Our Tools\syncmgr.exe".into(),
            arguments: vec!["--config".to_owned(), r"D:\a b\".to_owned(), r#"\"x"#.to_owned()],
        };
        assert_eq!(
            command.windows_line(),
            r#""C:\Our Tools\syncmgr.exe" --config "D:\a b\\" "\\\"x" daemon start"#
        );
        let command = ServiceCommand { program: r"C:\a b.exe".into(), arguments: Vec::new() };
        let written = command.windows_command();
        assert!(written.ends_with("/d \"\\\"C:\\a b.exe\\\" daemon start\" /f\r\n"), "{written}");
    }
}
