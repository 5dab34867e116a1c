//! Where programs are, and which variables they see.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Variables that programs of others may see, besides those that begin with `LC_` or `XDG_`.
const PASSED_ON: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"];

pub(crate) fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name) || name.starts_with("LC_") || name.starts_with("XDG_")
}

/// Whether two names are those of the same variable.
pub(crate) fn is_same_name(one: &OsStr, other: &OsStr) -> bool {
    one == other
}

/// The program with this path, as it is named.
pub(crate) fn with_extension(path: &Path) -> PathBuf {
    path.to_owned()
}

/// The program with this name in a folder.
pub(crate) fn find_in(folder: &Path, name: &OsStr) -> Option<PathBuf> {
    Some(folder.join(name)).filter(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::program::{clean_environment, find};

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    use super::*;

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
