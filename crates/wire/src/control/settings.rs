//! Requests that change the configuration: new folders, when an item runs by itself, who is told what happens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A pair of folders to configure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FolderRequest {
    /// The left root, absolute.
    pub left: String,
    /// The right root, absolute.
    pub right: String,
    /// Its name; the last component of the left root if none is given.
    #[serde(default)]
    pub name: Option<String>,
    /// Its mode.
    #[serde(default)]
    pub mode: Option<String>,
    /// Its conflict policy.
    #[serde(default)]
    pub conflict: Option<String>,
    /// Its durability.
    #[serde(default)]
    pub durability: Option<String>,
    /// Its ignore rules.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Metadata it keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Run at this interval.
    #[serde(default)]
    pub every: Option<String>,
    /// Run at the times of this cron expression.
    #[serde(default)]
    pub at: Option<String>,
    /// Run on these events.
    #[serde(default)]
    pub on: Vec<String>,
    /// It is to succeed at least this often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<String>,
    /// Conditions, as in [`ItemRequest`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, String>,
}

/// New settings of an item: when it runs by itself. What is not given stays as it is; an empty text or list takes a setting
/// away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemRequest {
    /// Its name or id.
    pub item: String,
    /// Run at this interval: `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// Run at the times of this cron expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Run on these events: `logon`, `logoff`, `idle`, `connect`, `disconnect`, `change`, `volume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<String>>,
    /// Run when these items have succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// It is to succeed at least this often: `1d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<String>,
    /// Whether moments that were missed are made up for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<bool>,
    /// Conditions, each as text: `power`, `battery`, `metered`, `network` (several with commas), `between`, `load`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, String>,
}

/// A new hook: a program or an address, one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HookRequest {
    /// What to call it; by default as its program or the machine of its address.
    #[serde(default)]
    pub name: Option<String>,
    /// The occasions: `before-session`, `after-session`, `on-error`, `on-conflict`, `on-late`, `on-halt`.
    pub on: Vec<String>,
    /// A program and its arguments, never a shell: it reads one line of JSON.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// An address that gets it as a POST request.
    #[serde(default)]
    pub url: Option<String>,
    /// Only about these items, by name; about all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// How long it may take: `30s`.
    #[serde(default)]
    pub timeout: Option<String>,
    /// Whether its program may keep a session from beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_refuse: bool,
}
