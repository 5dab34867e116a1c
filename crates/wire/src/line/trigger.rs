//! Lines about when sessions start by themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syncmgr_model::id::ItemId;

use super::is_false;
use crate::text;

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

/// `connection`: a network connection that is configured, or that something was chosen or set for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub connection: String,
    /// How it is brought up: `network`, `command`, `mount`, `reach`. Absent if nothing is configured that could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it is up. Absent if nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// How many sessions use it, or hands hold it. Absent if none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub users: u64,
    /// What is worth knowing: why it did not come up. Absent if nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Serde wants a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_none(users: &u64) -> bool {
    *users == 0
}

/// `item_settings`: when an item runs by itself, in the words of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemSettings {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// Whether they can be changed: it is written in the configuration.
    pub configured: bool,
    /// The interval. Empty if there is none.
    pub every: String,
    /// A cron expression. Empty if there is none.
    pub at: String,
    /// The events.
    pub on: Vec<String>,
    /// The items after which it runs.
    pub after: Vec<String>,
    /// How often it is to succeed at least. Empty if that was not said.
    pub fresh: String,
    /// Whether moments that were missed are made up for.
    pub catch_up: bool,
    /// Conditions, as [`crate::control::ItemRequest`] takes them.
    pub when: BTreeMap<String, String>,
}

/// `hook`: who is told what happens. What may be secret is not in it: of a program its arguments, of an address everything
/// after the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// What it is: `desktop`, `program` or `url`.
    pub kind: String,
    /// The program, or where the address leads: `https://example.org/…`. Empty for the desktop.
    pub calls: String,
    /// The occasions.
    pub on: Vec<String>,
    /// Only about these items; about all if there are none.
    pub items: Vec<String>,
    /// Whether it may keep a session from beginning. Absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_refuse: bool,
    /// Whether it is told.
    pub enabled: bool,
}
