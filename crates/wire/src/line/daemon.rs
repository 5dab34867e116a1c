//! Lines about the process that runs in the background.

use serde::{Deserialize, Serialize};
use syncmgr_model::event::Event;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;

use super::is_false;
use crate::text;

/// `daemon`: the process that runs in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    /// Its number.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    #[serde(with = "text::time")]
    pub since: Timestamp,
    /// Its configuration file.
    pub config: String,
    /// The socket it listens on.
    pub socket: String,
    /// The address it listens on besides. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Sessions that run or wait.
    pub sessions: u64,
    /// Items that run by themselves.
    pub items: u64,
    /// When it next does something by itself; `null` while nothing is due.
    #[serde(default, with = "text::optional_time")]
    pub next: Option<Timestamp>,
    /// Whether sessions are kept from starting by themselves. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub paused: bool,
    /// Until when. Absent if until somebody resumes.
    #[serde(default, with = "text::optional_time", skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// What it listens to.
    pub sources: Vec<Source>,
}

/// `begun`: a session begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The session.
    #[serde(with = "text::id")]
    pub session: SessionId,
    /// Why.
    #[serde(with = "text::word")]
    pub event: Event,
    /// The items that are known to take part. Others may come up as handlers list them.
    #[serde(with = "text::ids")]
    pub items: Vec<ItemId>,
}

/// Something that a daemon listens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What it tells of.
    pub name: String,
    /// Whether it is there.
    pub there: bool,
    /// Why it is not, or what is worth knowing. Empty if there is nothing to say.
    pub text: String,
}

/// `link`: the way in for a browser. It opens once and within five minutes, and is a secret until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The address.
    pub url: String,
}

/// `changed`: something that faces show is different now, and no other event tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What.
    pub what: Topic,
}

/// What can be different. Part of [`Changed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Which items there are, which of them take part, how they are: late, due, in conflict.
    Items,
    /// When sessions start by themselves; handlers; what is told to whom.
    Settings,
    /// Which connections are up.
    Connections,
    /// Whether sessions start by themselves at the moment; what the daemon listens to.
    Daemon,
}
