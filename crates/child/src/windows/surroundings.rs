//! Where programs are, and which variables they see.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What can be started, in the order in which it is looked for. Whatever else PATHEXT names needs an interpreter, and which
/// one that is should be said, not guessed.
const EXTENSIONS: &[&str] = &["com", "exe", "bat", "cmd"];

/// Variables that programs of others may see, besides those that begin with `LC_`. Without the first ones the libraries of
/// the system do not load or do not find each other.
const PASSED_ON: &[&str] = &[
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATH",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "HOME",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "ALLUSERSPROFILE",
    "PUBLIC",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "USERNAME",
    "USERDOMAIN",
    "COMPUTERNAME",
    "OS",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "LANG",
];

pub(crate) fn is_passed_on(name: &str) -> bool {
    let is_of_a_kind = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("LC_"));
    is_of_a_kind || PASSED_ON.iter().any(|passed| name.eq_ignore_ascii_case(passed))
}

/// Whether two names are those of the same variable.
pub(crate) fn is_same_name(one: &OsStr, other: &OsStr) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The program with this path, which may leave out the extension.
pub(crate) fn with_extension(path: &Path) -> PathBuf {
    find_at(path).unwrap_or_else(|| path.to_owned())
}

/// The program with this name in a folder.
pub(crate) fn find_in(folder: &Path, name: &OsStr) -> Option<PathBuf> {
    find_at(&folder.join(name))
}

fn find_at(path: &Path) -> Option<PathBuf> {
    let is_complete =
        path.extension().is_some_and(|own| EXTENSIONS.iter().any(|it| own.eq_ignore_ascii_case(it)));
    if is_complete && path.is_file() {
        return Some(path.to_owned());
    }
    let with = |extension: &&str| {
        let mut name = OsString::from(path);
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    };
    EXTENSIONS.iter().map(with).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use crate::program::{clean_environment, find};

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn only_harmless_variables_are_passed_on_however_they_are_written() {
        let all = env(&[
            ("Path", r"C:\bin"),
            ("SYSTEMROOT", r"C:\windows"),
            ("LocalAppData", r"C:\users\a\local"),
            ("ProgramFiles(x86)", r"C:\Program Files (x86)"),
            ("__COMPAT_LAYER", "RunAsInvoker"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("SYNCMGR_RUN", "outer"),
        ]);
        assert_eq!(clean_environment(all.clone()), all[..4]);
    }

    #[test]
    fn a_name_is_found_on_the_path_with_and_without_its_extension_and_only_if_it_can_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["tool.exe", "tool.py", "script.cmd", "text.txt", "name.with.dots.exe", "plain"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let env = env(&[("Path", &format!(r".;C:\nowhere;{}", folder.path().display()))]);
        let found = |name: &str| find(name.as_ref(), &env);
        assert_eq!(found("tool"), Some(at("tool.exe")));
        assert_eq!(found("tool.exe"), Some(at("tool.exe")));
        assert_eq!(found("script"), Some(at("script.cmd")));
        assert_eq!(found("name.with.dots"), Some(at("name.with.dots.exe")));
        assert_eq!([found("text.txt"), found("tool.py"), found("plain")], [None, None, None]);
        assert_eq!(find(at("tool").as_os_str(), &[]), Some(at("tool.exe")), "a path, too");
        assert_eq!(find(at("text.txt").as_os_str(), &[]), Some(at("text.txt")), "as it is named");
        assert_eq!(find("tool".as_ref(), &[]), None);
    }
}
