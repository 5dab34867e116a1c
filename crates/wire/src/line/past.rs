//! Lines about what was: how an item is, past sessions, what is in the trash.

use serde::{Deserialize, Serialize};
use syncmgr_model::event::Event;
use syncmgr_model::fact::Side;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;

use super::{ItemResult, is_false};
use crate::text;

/// `status`: how an item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// Whether it takes part when everything is synchronized.
    pub ticked: bool,
    /// Its last run; `null` if there was none, or none that is remembered.
    pub last: Option<LastRun>,
    /// Conflicts open now.
    pub conflicts: u64,
    /// Since when it is late: the last success is older than its freshness allows. Absent if it is not.
    #[serde(default, with = "text::optional_time", skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Timestamp>,
    /// When it next runs by itself. Absent if no moment is known.
    #[serde(default, with = "text::optional_time", skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Timestamp>,
}

/// An item's last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// The session.
    #[serde(with = "text::id")]
    pub session: SessionId,
    /// Why it ran.
    #[serde(with = "text::word")]
    pub event: Event,
    /// When it ended.
    #[serde(with = "text::time")]
    pub finished: Timestamp,
    /// What it did to the item.
    pub result: ItemResult,
}

/// `session`: a past session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session.
    #[serde(with = "text::id")]
    pub session: SessionId,
    /// Why it ran.
    #[serde(with = "text::word")]
    pub event: Event,
    /// When it began.
    #[serde(with = "text::time")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(with = "text::time")]
    pub finished: Timestamp,
    /// Its exit code.
    pub exit: u8,
    /// Whether nothing was to be changed. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Whether it was stopped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// The session it undid. Absent if none.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::optional_id")]
    pub undoes: Option<SessionId>,
    /// What became of its items.
    pub items: Vec<ItemResult>,
}

/// `trash`: what a run replaced or deleted on a side and can be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trash {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// The run.
    #[serde(with = "text::id")]
    pub session: SessionId,
    /// The side.
    #[serde(with = "text::word")]
    pub side: Side,
    /// When the run began.
    #[serde(with = "text::time")]
    pub at: Timestamp,
    /// How many paths.
    pub paths: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// `trash_path`: what became of one path in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrashPath {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// The side.
    #[serde(with = "text::word")]
    pub side: Side,
    /// The path.
    pub path: String,
    /// Whether it was brought back.
    pub restored: bool,
    /// Why not. Absent if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether `path` is escaped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escaped: bool,
}

/// `why`: what is known about an item, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// How it is.
    #[serde(flatten)]
    pub status: Status,
    /// When it is to run by itself, in the words of the configuration.
    pub schedule: Vec<String>,
    /// What is known, a sentence each.
    pub reasons: Vec<String>,
    /// The command that leads on; `null` if there is nothing to do.
    pub next: Option<String>,
}
