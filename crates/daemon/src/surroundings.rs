//! The rim: the only place that looks at the environment, the current directory, the clock and the machine.
//!
//! Everything further in gets plain values from here.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use syncmgr_model::time::Timestamp;
use syncmgr_store::Owner;

use crate::system::{self, CONFIG, HOME, STATE};

pub(crate) use crate::system::{began_of, boot_id, host, is_running, load_percent};

/// What a command runs in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The configuration file.
    pub config_file: PathBuf,
    /// Where state is kept.
    pub state_dir: PathBuf,
    /// The user's home, for `~`.
    pub home: Option<PathBuf>,
    /// Where the command was typed.
    pub current_dir: PathBuf,
    /// Where the user's configuration files are, of all programs.
    pub config_home: Option<PathBuf>,
    /// What was typed to get here: `--config`, `--state-dir`, with absolute paths.
    typed: Vec<String>,
}

/// Why the surroundings do not do.
#[derive(Debug, thiserror::Error)]
pub enum SurroundingsError {
    /// Nothing says where the files are.
    #[error("neither `{}` nor `{variable}` says where the {what} is", HOME)]
    NoHome {
        /// What was looked for.
        what: &'static str,
        /// The variable that would say it.
        variable: &'static str,
    },
    /// The current directory is gone.
    #[error("the current directory cannot be told")]
    NoCurrentDir(#[source] std::io::Error),
}

impl Surroundings {
    /// Looks around. `config` and `state` are what the user named instead of the platform's places.
    pub fn look(config: Option<&Path>, state: Option<&Path>) -> Result<Self, SurroundingsError> {
        let current_dir = current_dir()?;
        let home = variable(HOME).map(PathBuf::from).filter(|home| home.is_absolute());
        let place =
            |named: Option<&Path>, (variable_name, under_home): (&'static str, &str), what| match named {
                Some(path) => Ok(absolute(&current_dir, path)),
                // The platform's rule: a relative path in these variables is to be ignored.
                None => variable(variable_name)
                    .map(PathBuf::from)
                    .filter(|base| base.is_absolute())
                    .or_else(|| home.as_ref().map(|home| home.join(under_home)))
                    .map(|base| base.join("syncmgr"))
                    .ok_or(SurroundingsError::NoHome { what, variable: variable_name }),
            };
        let config_dir = |path: PathBuf| if config.is_some() { path } else { path.join("config.toml") };
        let typed = [("--config", config), ("--state-dir", state)];
        let typed = typed.into_iter().filter_map(|(flag, path)| Some((flag, absolute(&current_dir, path?))));
        let config_home = variable(CONFIG.0).map(PathBuf::from).filter(|base| base.is_absolute());
        Ok(Self {
            config_home: config_home.or_else(|| home.as_ref().map(|home| home.join(CONFIG.1))),
            typed: typed
                .flat_map(|(flag, path)| [flag.to_owned(), path.to_string_lossy().into_owned()])
                .collect(),
            config_file: place(config, CONFIG, "configuration").map(config_dir)?,
            state_dir: place(state, STATE, "state directory")?,
            home: home.clone(),
            current_dir: current_dir.clone(),
        })
    }

    /// A path as a person types it where no shell is: `~/` at its beginning is the home.
    pub(crate) fn as_typed(&self, typed: &str) -> PathBuf {
        match (typed.strip_prefix("~/"), &self.home) {
            (Some(below), Some(home)) => home.join(below),
            (None, Some(home)) if typed == "~" => home.clone(),
            _ => PathBuf::from(typed),
        }
    }

    /// Surroundings that lie in one folder, away from the user's.
    #[cfg(test)]
    pub(crate) fn below(dir: &Path) -> Self {
        Self {
            config_file: dir.join("config.toml"),
            state_dir: dir.join("state"),
            home: None,
            current_dir: dir.to_owned(),
            config_home: None,
            typed: Vec::new(),
        }
    }

    /// The arguments with which another process of this program gets into the same surroundings.
    pub fn arguments(&self) -> Vec<String> {
        self.typed.clone()
    }

    /// A path as typed, made absolute. Symlinks and `..` beyond them are left to the file system.
    pub fn resolve(&self, typed: &Path) -> PathBuf {
        absolute(&self.current_dir, typed)
    }

    /// Where the folder handler keeps its state.
    pub fn pairs_dir(&self) -> PathBuf {
        self.state_dir.join("pairs")
    }

    /// Where a program that is a handler keeps its own.
    pub fn handler_dir(&self, name: &str) -> PathBuf {
        self.state_dir.join("handlers").join(name)
    }

    /// Where handlers of recipes keep theirs.
    pub fn recipes_dir(&self) -> PathBuf {
        self.state_dir.join("recipes")
    }

    /// What belongs to a running daemon; nobody else may look into it.
    pub fn run_dir(&self) -> PathBuf {
        self.state_dir.join("run")
    }

    /// What whoever comes over the network has to know.
    pub fn token_file(&self) -> PathBuf {
        self.run_dir().join("token")
    }

    /// Where the daemon listens.
    pub fn socket(&self) -> PathBuf {
        self.run_dir().join("control.sock")
    }

    /// What only one daemon can hold.
    pub fn daemon_lock(&self) -> PathBuf {
        self.state_dir.join("daemon.lock")
    }

    /// Where it is written down which handler asked for which secret.
    pub fn secrets_log(&self) -> PathBuf {
        self.state_dir.join("secrets.log")
    }
}

/// Joins and drops what says nothing: `.` and doubled or closing slashes. `..` stays: after a symlink it is not the
/// component before it.
fn absolute(base: &Path, path: &Path) -> PathBuf {
    base.join(path).components().filter(|component| *component != Component::CurDir).collect()
}

/// This process, for the store's lease.
pub fn this_process() -> Owner {
    Owner { pid: std::process::id(), boot: boot_id(), host: host() }
}

/// Whether this process has started one that is to outlive it.
static LEAVES_ONE: AtomicBool = AtomicBool::new(false);

/// Says that a program which this process has started is to go on without it.
pub(crate) fn leave_one_running() {
    LEAVES_ONE.store(true, Ordering::Relaxed);
}

/// Keeps what this process was started with, such as its standard output, from programs that it starts without giving it to them. To be
/// called first.
pub fn keep_to_ourselves() {
    system::keep_to_ourselves();
}

/// Waits until no program is left that this process has started; not for long, because the user waits, too.
pub fn wait_for_programs() {
    if !LEAVES_ONE.load(Ordering::Relaxed) {
        system::wait_for_programs();
    }
}

/// The present moment.
pub fn now() -> Timestamp {
    use syncmgr_engine::{Clock, SystemClock};
    SystemClock.now()
}

/// All variables of the environment, for programs that are given a part of it.
pub fn environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

/// Where programs are looked for.
pub fn search_path() -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    // An empty part means the current directory, from which nothing is ever started by name.
    std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect()
}

/// A program by its name, as it would be started.
pub fn find_program(name: &str) -> Option<PathBuf> {
    find_program_os(name.as_ref())
}

/// A program by its name, as it would be started.
pub fn find_program_os(name: &std::ffi::OsStr) -> Option<PathBuf> {
    let places = search_path().into_iter().flat_map(|dir| system::programs_of(&dir, name.as_ref()));
    places.into_iter().find(|path| system::is_program(path))
}

/// The user's language, as in `de`.
pub fn locale() -> String {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable);
    let locale = locale.and_then(|locale| locale.into_string().ok()).unwrap_or_default();
    let language: String = locale.chars().take_while(char::is_ascii_alphabetic).collect();
    // `C` and `POSIX` are no languages.
    if (2..=3).contains(&language.len()) { language.to_lowercase() } else { "en".to_owned() }
}

/// Says something that nobody waits for: into the journal, or the log of a daemon without one.
pub(crate) fn log(text: &str) {
    // Control characters from outside would garble it.
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // With nobody to hear it there is nothing left to do about that.
    let _unheard = writeln!(std::io::stderr(), "{} {plain}", crate::phrases::moment(now()));
}

/// A program by its path, to be started in the user's environment.
#[expect(clippy::disallowed_methods, reason = "the rim is where programs are started for the user himself")]
pub(crate) fn program_at(path: &Path) -> std::process::Command {
    std::process::Command::new(path)
}

/// A program of the user's own choice, to be started in the user's environment.
#[expect(clippy::disallowed_methods, reason = "the rim is where programs are started for the user himself")]
pub fn program(name: &str) -> std::process::Command {
    std::process::Command::new(name)
}

#[expect(clippy::disallowed_methods, reason = "the rim is where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the rim is where the current directory is read")]
fn current_dir() -> Result<PathBuf, SurroundingsError> {
    std::env::current_dir().map_err(SurroundingsError::NoCurrentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_becomes_absolute_and_keeps_its_parent_steps() {
        for (typed, expected) in [
            ("a", "/base/a"),
            ("./a/.", "/base/a"),
            ("a//b/", "/base/a/b"),
            ("../a", "/base/../a"),
            ("/x", "/x"),
        ] {
            assert_eq!(absolute(Path::new("/base"), Path::new(typed)), Path::new(expected), "{typed}");
        }
    }
}
