//! [`Program`]: what to start, and in which surroundings.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

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

/// Where a program is: a path stays itself, a name is looked up in the PATH of `env`.
pub fn find(program: &OsStr, env: &[(OsString, OsString)]) -> Option<PathBuf> {
    if Path::new(program).components().count() > 1 || Path::new(program).is_absolute() {
        return Some(program.into());
    }
    let path = env.iter().find_map(|(name, value)| (name == "PATH").then_some(value))?;
    // A relative folder in PATH would mean another program in each working directory.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(program)).find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Variables that programs of others may see, besides those that begin with `LC_` or `XDG_`.
const PASSED_ON: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"];

/// The part of an environment that programs of others may see: where things are and which language people speak, no
/// secrets and nothing that changes how programs are loaded.
pub fn clean_environment(
    current: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    current.into_iter().filter(|(name, _)| name.to_str().is_some_and(is_passed_on)).collect()
}

fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name) || name.starts_with("LC_") || name.starts_with("XDG_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn only_harmless_variables_are_passed_on() {
        let all = env(&[
            ("PATH", "/bin"),
            ("HOME", "/home/a"),
            ("LC_TIME", "C"),
            ("XDG_RUNTIME_DIR", "/run"),
            ("LD_PRELOAD", "/tmp/x.so"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("SYNCMGR_RUN", "outer"),
        ]);
        assert_eq!(clean_environment(all.clone()), all[..4]);
    }

    #[test]
    fn a_name_is_found_on_the_path_and_only_if_it_can_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let (text, tool) = (folder.path().join("text"), folder.path().join("tool"));
        std::fs::write(&text, "x").unwrap();
        std::fs::write(&tool, "x").unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o700)).unwrap();
        let env = env(&[("PATH", &format!(".:/nowhere:{}", folder.path().display()))]);
        assert_eq!(find("tool".as_ref(), &env), Some(tool));
        assert_eq!(find("text".as_ref(), &env), None);
        assert_eq!(find("/some/where".as_ref(), &env), Some("/some/where".into()));
        assert_eq!(find("tool".as_ref(), &[]), None);
    }
}
