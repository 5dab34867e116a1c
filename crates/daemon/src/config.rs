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
//! keep = ["owner", "xattrs"]   # acls, hard-links
//! every = "15m"                # or at = "0 2 * * *", on = ["logon", "idle"]
//! ```
//!
//! An item may also say `fresh = "1d"` (it is late when its last success is older), `after = ["other item"]`, `catch_up = false`, and
//! under which conditions it runs by itself: `when = { power = "mains", battery = 30, metered = false, network = ["home"],
//! between = "22:00-06:00", load = 2 }`.
//!
//! Besides there are `[[recipe]]` (tools as handlers), `[handlers.NAME]` (what programs of others are told) and `[[trigger]]`
//! (when sessions start by themselves), each in a module of its own.
//!
//! [`Config::load`] reads it and knows the line of whatever is wrong; [`edit`] changes it and keeps what people wrote. Neither
//! looks at the folders themselves.

mod connection;
pub(crate) mod edit;
mod error;
mod handlers;
mod hook;
mod read;
mod recipe;
mod schedule;
mod section;
mod trigger;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use syncmgr_folders::{PairConfig, item_id_for_roots};
use syncmgr_model::id::ItemId;
use syncmgr_model::tick::TickKey;

pub(crate) use connection::{ConnectionConfig, ConnectionKind, Probe};
pub(crate) use error::ConfigError;
pub(crate) use handlers::{HandlerConfig, SecretSource};
pub(crate) use hook::{HookCall, HookConfig};
pub(crate) use read::check_name;
pub(crate) use recipe::RecipeConfig;
pub(crate) use schedule::{Conditions, Schedule, interval};
pub(crate) use trigger::TriggerConfig;

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
    /// What each folder's places were when it was read: an item without an id of its own is known by them, and links in
    /// them may lead elsewhere later.
    places: Vec<ItemId>,
    pub(crate) recipes: Vec<RecipeConfig>,
    pub(crate) handlers: Vec<HandlerConfig>,
    pub(crate) triggers: Vec<TriggerConfig>,
    pub(crate) connections: Vec<ConnectionConfig>,
    pub(crate) hooks: Vec<HookConfig>,
    /// Where the daemon listens besides its socket.
    pub(crate) listen: Option<SocketAddr>,
    /// Whether the daemon shows notifications.
    pub(crate) desktop: bool,
    /// How many sessions' results are kept.
    pub(crate) keep_sessions: u32,
}

/// One `[[folder]]`.
#[derive(Debug, Clone)]
pub(crate) struct FolderConfig {
    pub(crate) pair: PairConfig,
    pub(crate) schedule: Schedule,
}

impl FolderConfig {
    fn place(&self) -> ItemId {
        item_id_for_roots(&self.pair.left, &self.pair.right)
    }
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
                    places: Vec::new(),
                    recipes: Vec::new(),
                    handlers: Vec::new(),
                    triggers: Vec::new(),
                    connections: Vec::new(),
                    hooks: Vec::new(),
                    listen: None,
                    desktop: true,
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
            places: read.folders.iter().map(FolderConfig::place).collect(),
            folders: read.folders,
            recipes: read.recipes,
            handlers: read.handlers,
            triggers: read.triggers,
            connections: read.connections,
            hooks: read.hooks,
            listen: read.daemon.listen,
            desktop: read.daemon.desktop,
            keep_sessions: read.keep_sessions,
        })
    }

    /// Whether the file still says what was read, and means the same places.
    pub(crate) fn is_as_written(&self) -> bool {
        let is_same_text = match std::fs::read_to_string(&self.path) {
            Ok(text) => self.text.as_ref() == Some(&text),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound && self.text.is_none(),
        };
        is_same_text && self.folders.iter().map(FolderConfig::place).eq(self.places.iter().copied())
    }

    /// The folder with this id.
    pub(crate) fn folder(&self, item: ItemId) -> Option<&FolderConfig> {
        self.folders.iter().find(|folder| folder.pair.id == item)
    }

    /// What is written about a handler; nothing is as good as an empty table.
    pub(crate) fn handler(&self, name: &str) -> HandlerConfig {
        let written = self.handlers.iter().find(|handler| handler.name == name);
        written.cloned().unwrap_or_default()
    }

    /// The trigger for a purpose on a connection.
    pub(crate) fn trigger(&self, key: &TickKey) -> Option<&TriggerConfig> {
        self.triggers.iter().find(|trigger| trigger.key == *key)
    }
}
