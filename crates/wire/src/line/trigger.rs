//! Lines about when sessions start by themselves.

use serde::{Deserialize, Serialize};

use super::is_false;

/// `trigger`: when a session starts by itself, on a connection or on any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// What for: `logon`, `logoff`, `idle` or `schedule:NAME`.
    #[serde(rename = "for")]
    pub purpose: String,
    /// The network connection it holds for; `null`: each that has no settings of its own.
    pub connection: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether the user is asked before anything starts. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ask: bool,
    /// For `idle`: how long nobody has to be there. Absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// For `idle`: how often again while nobody is there. Absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// For `idle`: whether also on battery power. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_battery: bool,
    /// For a schedule: the interval. Absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// For a schedule: a cron expression. Absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// For a schedule: whether the connection is brought up first and taken down last. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub connect: bool,
}

/// `connection`: a network connection that something was chosen or set for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub connection: String,
}
