//! Secrets that the configuration names: fetched when a handler asks for them, and never kept.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use syncmgr_engine::process::{SecretUse, Secrets};

use crate::config::SecretSource;
use crate::phrases;
use crate::surroundings;
use crate::system;

/// The secrets of one handler.
pub(super) struct ConfiguredSecrets {
    sources: BTreeMap<String, SecretSource>,
    /// Where it is written down which secret was asked for.
    log: PathBuf,
}

impl ConfiguredSecrets {
    pub(super) fn new(sources: BTreeMap<String, SecretSource>, log: PathBuf) -> Self {
        Self { sources, log }
    }
}

impl Secrets for ConfiguredSecrets {
    fn secret(&self, _handler: &str, key: &str) -> Option<String> {
        let text = match self.sources.get(key)? {
            SecretSource::File(path) => fs::read_to_string(path).ok()?,
            SecretSource::Command(argv) => printed(argv)?,
        };
        // As password managers print it: the secret on the first line, what belongs to it below.
        text.lines().next().filter(|line| !line.is_empty()).map(str::to_owned)
    }

    fn audit(&self, handler: &str, key: &str, used: SecretUse) {
        let what = match used {
            SecretUse::Given => "given",
            SecretUse::Absent => "not there",
            SecretUse::Undeclared => "not declared",
        };
        let line = format!("{} {handler} {key}: {what}\n", phrases::moment(surroundings::now()));
        let opened = system::private(fs::OpenOptions::new().create(true).append(true)).open(&self.log);
        // A log that cannot be written must not keep a backup from running.
        let _ = opened.and_then(|mut log| log.write_all(line.as_bytes()));
    }
}

/// What a command prints. It has the user's own environment, like the shell it was written for, but nobody to ask: one that
/// wants to has to bring its own window.
fn printed(argv: &[String]) -> Option<String> {
    let (program, arguments) = argv.split_first()?;
    let mut command = surroundings::program(program);
    let output = command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout).and_then(|text| String::from_utf8(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(source: SecretSource, dir: &tempfile::TempDir) -> ConfiguredSecrets {
        ConfiguredSecrets::new(BTreeMap::from([("key".to_owned(), source)]), dir.path().join("log"))
    }

    // With programs that only Unix has.
    #[cfg(unix)]
    #[test]
    fn a_secret_is_the_first_line_of_a_file_or_of_what_a_command_prints() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "hunter2\nuser: ann\n").unwrap();
        let from_file = secrets(SecretSource::File(file), &dir);
        assert_eq!(from_file.secret("notes", "key").as_deref(), Some("hunter2"));
        assert_eq!(from_file.secret("notes", "other"), None);

        let command = |argv: &[&str]| {
            let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
            secrets(SecretSource::Command(argv), &dir).secret("notes", "key")
        };
        assert_eq!(command(&["printf", "hunter2\\nmore"]).as_deref(), Some("hunter2"));
        assert_eq!(command(&["false"]), None);
        assert_eq!(command(&["true"]), None);
        assert_eq!(command(&["/nowhere/pass"]), None);
    }

    #[test]
    fn who_asked_for_what_is_written_down_and_the_secret_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "hunter2").unwrap();
        let secrets = secrets(SecretSource::File(file), &dir);
        secrets.secret("notes", "key").unwrap();
        secrets.audit("notes", "key", SecretUse::Given);
        secrets.audit("notes", "other", SecretUse::Undeclared);
        let log = fs::read_to_string(dir.path().join("log")).unwrap();
        assert_eq!(log.lines().count(), 2);
        assert!(log.contains("notes key: given") && log.contains("notes other: not declared"), "{log}");
        assert!(!log.contains("hunter2"), "{log}");
    }
}
