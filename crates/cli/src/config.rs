//! The configuration file: one TOML file that people may edit, too.
//!
//! ```toml
//! [[folder]]
//! name = "photos"
//! left = "~/photos"
//! right = "/mnt/nas/photos"
//! mode = "two-way-safe"        # two-way-resolved, one-way-safe, one-way-replica
//! conflict = "hold"            # left, right, newer, both
//! ignore = ["*.tmp"]
//! every = "15m"                # or at = "0 2 * * *", on = ["logon", "idle"]
//! ```
//!
//! [`Config::load`] reads it and knows the line of whatever is wrong; [`edit`] changes it and keeps what people wrote. Neither
//! looks at the folders themselves.

pub(crate) mod edit;
mod error;
mod read;
mod schedule;

use std::path::{Path, PathBuf};

use syncmgr_folders::PairConfig;
use syncmgr_model::id::ItemId;

pub(crate) use error::ConfigError;
pub(crate) use schedule::Schedule;

/// The sessions of which results are kept.
pub(crate) const KEPT_SESSIONS: u32 = 1000;

/// The configuration, as far as it is written; and the text it was read from, so that an edit can tell whether somebody
/// else was faster.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    /// `None`: there is no file.
    pub(crate) text: Option<String>,
    pub(crate) folders: Vec<FolderConfig>,
    /// How many sessions' results are kept.
    pub(crate) keep_sessions: u32,
}

/// One `[[folder]]`.
#[derive(Debug, Clone)]
pub(crate) struct FolderConfig {
    pub(crate) pair: PairConfig,
    pub(crate) schedule: Schedule,
}

impl Config {
    /// Reads the file; a missing one is an empty configuration.
    pub(crate) fn load(path: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    path: path.to_owned(),
                    text: None,
                    folders: Vec::new(),
                    keep_sessions: KEPT_SESSIONS,
                });
            }
            Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        };
        Self::parse(path, text, home)
    }

    /// Reads the text of a file.
    pub(crate) fn parse(path: &Path, text: String, home: Option<&Path>) -> Result<Self, ConfigError> {
        let read = read::read(path, &text, home)?;
        Ok(Self {
            path: path.to_owned(),
            text: Some(text),
            folders: read.folders,
            keep_sessions: read.keep_sessions,
        })
    }

    /// The folder with this id.
    pub(crate) fn folder(&self, item: ItemId) -> Option<&FolderConfig> {
        self.folders.iter().find(|folder| folder.pair.id == item)
    }
}
