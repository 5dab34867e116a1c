//! The lines of `--json`, one type each.
//!
//! Which `type` a line has is said in [`crate::control::Event`]. Members marked *absent* are left out where the default
//! holds; all others are always there, `null` where there is nothing to say.

use serde::{Deserialize, Serialize};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::{Action, ConflictKind, Side};
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;

use crate::path::PathText;
use crate::text;

mod daemon;
mod handlers;
mod past;
mod question;
mod trigger;

pub use daemon::{Begun, Changed, Daemon, Source, Topic};
pub use handlers::{Found, Handler, HandlerKind, HandlerState, Parameter, ParameterKind, Recipe};
pub use past::{LastRun, Session, Status, Trash, TrashPath, Why};
pub use question::{Choice, PropertiesClosed, Question, QuestionClosed, QuestionKind, Secret};
pub use trigger::{Connection, Hook, ItemSettings, Trigger};

/// Serde wants a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// `row`: how far an item of a running session is. Sampled, at most five a second for each row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// Its status.
    #[serde(with = "text::word")]
    pub status: ItemStatus,
    /// What its handler says it is doing.
    pub text: String,
    /// How many of `max` are done. A handler's own units; files and folders for folders.
    pub value: i64,
    /// What `value` counts up to; 0 or less: unknown.
    pub max: i64,
    /// Bytes moved so far.
    pub bytes: u64,
    /// Bytes to move in all; 0: unknown.
    pub bytes_max: u64,
}

/// `change`: a path was changed on a side, or would be in a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Where.
    #[serde(with = "text::word")]
    pub side: Side,
    /// What.
    #[serde(with = "text::word")]
    pub action: Action,
    /// Which path.
    pub path: String,
    /// Its earlier name. Absent unless it is a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whether `path` and `from` are escaped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escaped: bool,
}

impl Change {
    /// A change of `path`, which was called `from` before.
    pub fn new(item: ItemId, side: Side, action: Action, path: &[u8], from: Option<&[u8]>) -> Self {
        let (path, from, escaped) = match from {
            Some(from) => {
                let (path, from, escaped) = PathText::pair(path, from);
                (path, Some(from), escaped)
            }
            None => {
                let path = PathText::new(path);
                (path.text, None, path.escaped)
            }
        };
        Self { item, side, action, path, from, escaped }
    }
}

/// `entry`: something a handler or the manager wrote into the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the session.
    pub entry: u64,
    /// The item it is about; `null`: the handler as a whole, or the manager.
    #[serde(with = "text::optional_id")]
    pub item: Option<ItemId>,
    /// How serious it is.
    #[serde(with = "text::word")]
    pub level: LogLevel,
    /// What it says.
    pub text: String,
    /// Its identity for its handler.
    #[serde(with = "text::optional_id")]
    pub error: Option<ErrorId>,
    /// When it was written.
    #[serde(with = "text::time")]
    pub at: Timestamp,
    /// Whether it can be opened: that leads back into its handler. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub jump: bool,
    /// More text: a trace, a tool's own words. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What kind of trouble: `transient`, `permanent`, `auth` or `config`. Absent if its handler did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The handler's own code. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name of the handler that wrote it. Absent for folders and for the manager itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// `entries_deleted`: a handler took entries back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesDeleted {
    /// Their numbers.
    pub entries: Vec<u64>,
}

/// `conflict`: a path is in conflict and both sides stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// The path.
    pub path: String,
    /// How the edits exclude each other.
    #[serde(with = "text::word")]
    pub kind: ConflictKind,
    /// Since when it is known. Absent while the session runs.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "since")]
    pub since: Option<Timestamp>,
    /// Whether `path` is escaped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escaped: bool,
}

impl Conflict {
    /// The path as bytes.
    pub fn path_bytes(&self) -> Vec<u8> {
        PathText { text: self.path.clone(), escaped: self.escaped }.bytes().into_owned()
    }
}

mod since {
    use serde::{Deserialize, Deserializer, Serializer};
    use syncmgr_model::time::Timestamp;

    use crate::text::time;

    #[derive(Deserialize)]
    struct Time(#[serde(with = "time")] Timestamp);

    pub(super) fn serialize<S: Serializer>(
        since: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match since {
            Some(since) => time::serialize(since, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(since)| since))
    }
}

/// `problem`: a path could not be treated; the rest went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// The side, if it concerns one.
    #[serde(with = "text::optional_word")]
    pub side: Option<Side>,
    /// The path; empty: the root.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Whether `path` is escaped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escaped: bool,
}

impl Problem {
    /// A problem with a path.
    pub fn new(item: ItemId, side: Option<Side>, path: &[u8], reason: String) -> Self {
        let path = PathText::new(path);
        Self { item, side, path: path.text, reason, escaped: path.escaped }
    }
}

/// `halt`: a safety rule stopped an item; nothing was changed, and a person has to say how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// The rule, as `--allow` takes it.
    pub rule: String,
    /// What was found and the ways on.
    pub text: String,
}

/// `summary`: the last line of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The session; `null` if none was started.
    #[serde(with = "text::optional_id")]
    pub session: Option<SessionId>,
    /// The exit code.
    pub exit: u8,
    /// Whether nothing was to be changed. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Whether it was stopped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// How long it took.
    pub millis: u64,
    /// What became of each item.
    pub items: Vec<ItemResult>,
    /// What a window that shows the session does now. Absent if there was no session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// What a window that shows a session does when it is over. Part of [`Summary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// It closes by itself: there is nothing to look at.
    Closes,
    /// It stays and shows the results; minimized, it stays so.
    Stays,
    /// It stays, shows the results, and comes back if it is minimized.
    Restores,
}

/// What a session did to an item. Part of [`Summary`], [`Session`] and [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// How it ended.
    #[serde(with = "text::word")]
    pub status: ItemStatus,
    /// Paths changed on each side.
    pub changes: Changes,
    /// Bytes of content written.
    pub bytes: u64,
    /// Conflicts open afterwards.
    pub conflicts: u64,
    /// Paths that could not be treated.
    pub problems: u64,
    /// The safety rule that halted it.
    pub halt: Option<RuleAndText>,
    /// Whether an earlier run was taken back: what was in step is not any more. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undone: bool,
    /// The name of its handler, which need not count changes and bytes. Absent for folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// Numbers of changed paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// On the left.
    pub left: u64,
    /// On the right.
    pub right: u64,
}

/// A safety rule and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleAndText {
    /// The rule, as `--allow` takes it.
    pub rule: String,
    /// What was found and the ways on.
    pub text: String,
}

/// `item`: something that can be synchronized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The item.
    #[serde(with = "text::id")]
    pub item: ItemId,
    /// Its handler.
    #[serde(with = "text::id")]
    pub handler: HandlerId,
    /// Its name, as it is typed: `HANDLER/ITEM` but for folders.
    pub name: String,
    /// Whether it takes part in sessions of the kind that was asked about; by default, when everything is synchronized.
    pub ticked: bool,
    /// Whether it is there for good: configured, or listed by its handler. If not, it is a pair that was once synchronized by
    /// its paths.
    pub configured: bool,
    /// Its left root; empty where it is no pair of folders.
    pub left: String,
    /// Its right root; likewise.
    pub right: String,
    /// Its mode; likewise.
    pub mode: String,
    /// When it is to run by itself, in the words of the configuration. Absent if never.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<String>,
    /// Whether `left` and `right` are escaped. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escaped: bool,
    /// The name of its handler. Absent for folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Whether it has properties to be shown. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub properties: bool,
    /// When it was last updated, as its handler says. Absent if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "since")]
    pub last_update: Option<Timestamp>,
    /// Whether this is what its handler said last time, because it could not be asked now. Absent if not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub remembered: bool,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, and deserves a look.
    Warning,
    /// Does not work.
    Failed,
}

/// `check`: one thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub text: String,
    /// What to do about it; `null` if nothing.
    pub hint: Option<String>,
}

/// `done`: a request that has no other answer was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What was done, for people.
    pub text: String,
    /// The item it was done to. Absent if none.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::optional_id")]
    pub item: Option<ItemId>,
}
