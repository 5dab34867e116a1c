//! Something to begin with: complete small handlers, one for each [`Language`].
//!
//! Each works as it is, passes the suite, and is written to be changed by somebody who has never seen the protocol.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The language of a skeleton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// One file of Python without dependencies.
    Python,
    /// A Cargo project on `syncmgr-handler`.
    Rust,
    /// One file of POSIX shell.
    Shell,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Python, Self::Rust, Self::Shell];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Shell => "shell",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.as_str() == word).ok_or(UnknownLanguage)
    }
}

/// A word that names no language of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLanguage;

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are skeletons in `python`, `rust` and `shell`")
    }
}

impl std::error::Error for UnknownLanguage {}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkeletonFile {
    /// Where, below the folder of the handler.
    pub path: PathBuf,
    /// What is in it.
    pub contents: String,
    /// Whether it can be run.
    pub executable: bool,
}

/// A name that cannot be the name of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName(String);

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` cannot be the name of a handler: use up to {NAME_MAX} small letters, digits and hyphens, a letter first",
            self.0
        )
    }
}

impl std::error::Error for BadName {}

/// The longest name of a handler that is shown whole.
const NAME_MAX: usize = 31;
/// What stands for the name in the templates.
const NAME: &str = "HANDLER_NAME";
/// What stands for the folder of our crates.
const CRATES: &str = "SYNCMGR_CRATES";
/// A guess that the skeleton asks to be corrected: beside the new project.
const CRATES_BESIDE: &str = "../syncmgr/crates";

/// The files of a handler. `crates` is the folder `crates` of a checkout of the manager's sources, which the skeleton in
/// Rust is built against; without it the skeleton says where to write it.
///
/// # Errors
///
/// When the name cannot be one.
pub fn skeleton(language: Language, name: &str, crates: Option<&Path>) -> Result<Vec<SkeletonFile>, BadName> {
    if !is_name(name) {
        return Err(BadName(name.to_owned()));
    }
    let crates = crates.map_or(CRATES_BESIDE.into(), |path| path.to_string_lossy());
    let file = |path: &str, template: &str, executable: bool| SkeletonFile {
        path: PathBuf::from(path),
        contents: template.replace(NAME, name).replace(CRATES, &crates),
        executable,
    };
    let program = format!("syncmgr-handler-{name}");
    Ok(match language {
        Language::Python => vec![file(&program, include_str!("skeleton/python.py"), true)],
        Language::Shell => vec![file(&program, include_str!("skeleton/shell.sh"), true)],
        Language::Rust => vec![
            file("Cargo.toml", include_str!("skeleton/Cargo.toml.template"), false),
            file("src/main.rs", include_str!("skeleton/main.rs.template"), false),
            file(".gitignore", "/target\n", false),
        ],
    })
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    name.len() <= NAME_MAX
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_that_could_be_no_program_and_no_crate() {
        for name in ["", "Notes", "2notes", "my notes", "a/b", "-x", &"n".repeat(32)] {
            assert_eq!(skeleton(Language::Python, name, None), Err(BadName(name.to_owned())));
        }
        for name in ["notes", "my-notes-2", &"n".repeat(31)] {
            assert!(skeleton(Language::Python, name, None).is_ok(), "{name}");
        }
    }

    #[test]
    fn no_placeholder_is_left_and_every_language_reads_back() {
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
            for file in skeleton(language, "notes", Some(Path::new("/src/syncmgr/crates"))).unwrap() {
                assert!(!file.contents.contains(NAME) && !file.contents.contains(CRATES), "{file:?}");
            }
        }
    }
}
