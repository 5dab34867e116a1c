//! What can be wrong with the configuration file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// A line of the file and the key on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) key: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` line {}", self.path.display(), self.line)?;
        match &self.key {
            Some(key) => write!(f, ", key `{key}`"),
            None => Ok(()),
        }
    }
}

/// Why the configuration cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is there and cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// It is not TOML, or says something that makes no sense.
    #[error("{place}: {text}")]
    Wrong { place: Place, text: String, hint: Option<String> },
    /// The new text cannot be written.
    #[error("`{}` cannot be written", .path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
    /// Somebody else changed it since it was read.
    #[error("`{}` was changed by somebody else meanwhile", .path.display())]
    Changed { path: PathBuf },
}

impl ConfigError {
    pub(crate) fn wrong(path: &Path, line: usize, key: Option<&str>, text: impl Into<String>) -> Self {
        let place = Place { path: path.to_owned(), line, key: key.map(str::to_owned) };
        Self::Wrong { place, text: text.into(), hint: None }
    }

    pub(crate) fn with_hint(self, hint: Option<String>) -> Self {
        match self {
            Self::Wrong { place, text, hint: before } => Self::Wrong { place, text, hint: hint.or(before) },
            other => other,
        }
    }

    /// Whether the machine is at fault and not the one who wrote the file.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Unwritable { .. })
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Wrong { place, hint, .. } => Some(
                hint.clone()
                    .unwrap_or_else(|| format!("edit `{}` and run the command again", place.path.display())),
            ),
            Self::Unreadable { path, .. } => Some(format!(
                "check the rights of `{}`, or name another file with `--config`",
                path.display()
            )),
            Self::Unwritable { .. } => None,
            Self::Changed { .. } => Some("run the command again".to_owned()),
        }
    }
}
