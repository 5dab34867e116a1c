//! [`Program`]: what to start, and in which surroundings.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::platform::{find_in, is_passed_on, is_same_name, with_extension};

/// The variable that every process of a run carries.
pub const MARK: &str = "SYNCMGR_RUN";

/// A program to start. Nothing of our own environment reaches it but what is in `env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments. The first is a path, or a name to look up in the PATH of `env`.
    pub argv: Vec<OsString>,
    /// The whole environment, [`MARK`] excepted.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory.
    pub directory: PathBuf,
    /// The value of [`MARK`]: has to be different for each run on this machine. Empty: no mark.
    pub mark: String,
}

impl Program {
    /// Where the program is.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        find(self.argv.first()?, &self.env)
    }
}

/// Where a program is: a path stays itself, a name is looked up in the PATH of `env`. On Windows a program is an `.exe`,
/// `.com`, `.cmd` or `.bat`, and is also found without saying so; scripts need their interpreter before them.
pub fn find(program: &OsStr, env: &[(OsString, OsString)]) -> Option<PathBuf> {
    if Path::new(program).components().count() > 1 || Path::new(program).is_absolute() {
        return Some(with_extension(Path::new(program)));
    }
    let path =
        env.iter().find_map(|(name, value)| is_same_variable(name, "PATH".as_ref()).then_some(value))?;
    // A relative folder in PATH would mean another program in each working directory.
    let mut folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.find_map(|folder| find_in(&folder, program))
}

/// The part of an environment that programs of others may see: where things are and which language people speak, no
/// secrets and nothing that changes how programs are loaded.
pub fn clean_environment(
    current: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    current.into_iter().filter(|(name, _)| name.to_str().is_some_and(is_passed_on)).collect()
}

/// Whether two names are those of the same variable: on Windows `Path` is `PATH`.
pub fn is_same_variable(one: &OsStr, other: &OsStr) -> bool {
    is_same_name(one, other)
}
