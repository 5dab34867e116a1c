//! Requests about when one item runs by itself, and about holding everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
