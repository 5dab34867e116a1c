//! What the host asks of a handler, and the answers; with what it only tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::limits::{WINDOW_BYTES, WINDOW_MESSAGES};
use super::words::{HandlerFlag, ItemFlag, ItemNews, Outcome, PropertiesChange, Reason, Verdict};

/// Params of `initialize`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InitializeParams {
    /// The versions of the protocol that the host speaks.
    pub protocol: VersionRange,
    /// Why the session runs.
    #[serde(deserialize_with = "reason")]
    pub reason: Reason,
    /// Whether questions may be asked.
    pub may_bother_user: bool,
    /// Whether nothing may be changed.
    pub dry_run: bool,
    /// Whether only the items are wanted.
    pub settings_only: bool,
    /// The user's language, such as `en` or `de_DE`.
    pub locale: String,
    /// How much numbered progress may be under way.
    pub window: Window,
    /// What the host offers.
    pub caps: Vec<String>,
    /// The handler's table of the user's file, without secrets.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// What a program passes to the handler, in base64; only with the reason `invoke`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
}

/// Words nobody knows mean manual, so that new ones are safe.
fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Reason::from_text(&text).unwrap_or(Reason::Manual))
}

/// Versions of the protocol, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionRange {
    /// The lowest.
    pub min: u32,
    /// The highest.
    pub max: u32,
}

/// How much numbered progress may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// Lines.
    pub messages: u64,
    /// Their bytes, line ends included.
    pub bytes: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self { messages: WINDOW_MESSAGES, bytes: WINDOW_BYTES }
    }
}

/// The answer to `initialize`. `declined` alone is enough to say no.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InitializeResult {
    /// The version to speak, within the host's range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<u32>,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The handler's own version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the handler offers: `skip`, `pause`, `plan`, `properties`, `show_error`, `resume_state`, `concurrent`.
    #[serde(default)]
    pub caps: Vec<String>,
    /// What the handler declares about itself; left out: `properties` if it names the cap.
    #[serde(default, deserialize_with = "known_handler_flags", skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<HandlerFlag>>,
    /// The JSON Schema of `config`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<Value>,
    /// The longest line it wants to write, in bytes with the end; up to 16 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_max: Option<u64>,
    /// Not for this event: no row, no failure.
    #[serde(default, skip_serializing_if = "is_false")]
    pub declined: bool,
    /// Why it declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Params or a result that say nothing: of `check`, `enumerate`, `shutdown`, `exit`, `items/changed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nothing {}

/// The answer to `enumerate`, and its parts in `items` notifications.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct EnumerateResult<T = Item> {
    /// The items.
    #[serde(default)]
    pub items: Vec<T>,
    /// Whether items may be missing; what is remembered about them is kept.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
}

/// An item as its handler lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// The stable id: 1 to 128 bytes; a UUID in any case is one UUID.
    pub id: String,
    /// The name to show; cut at 127 UTF-16 units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it takes part before the user has chosen.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub checked: bool,
    /// What is declared about it; words nobody knows are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "known_flags")]
    pub flags: Vec<ItemFlag>,
    /// Its last synchronization, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update: Option<String>,
    /// The name of an icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The events it takes part in unless the user says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
}

fn yes() -> bool {
    true
}

fn is_true(flag: &bool) -> bool {
    *flag
}

fn known_handler_flags<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<HandlerFlag>>, D::Error> {
    let texts = Option::<Vec<String>>::deserialize(deserializer)?;
    Ok(texts.map(|texts| texts.iter().filter_map(|text| HandlerFlag::from_text(text)).collect()))
}

fn known_flags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ItemFlag>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Ok(texts.iter().filter_map(|text| ItemFlag::from_text(text)).collect())
}

/// Params of `prepare` and `sync`: a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunParams {
    /// The run's id, the same in `prepare` and `sync`; a retry has a new one.
    pub run: String,
    /// Grows with each run: who holds a lower one has been replaced.
    pub epoch: u64,
    /// The items that take part.
    pub items: Vec<RunItem>,
}

/// An item that takes part in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunItem {
    /// Which.
    pub id: String,
    /// What the handler last gave to keep; in `sync` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// The answer to `prepare`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PrepareResult {
    /// Whether `sync` may follow; if not, the items are skipped.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub ready: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In a dry run, with the cap `plan`: what `sync` would do. More may have come in `plan` notifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<super::handler::PlanParams>,
}

impl PrepareResult {
    /// All is ready.
    pub fn ready() -> Self {
        Self { ready: true, text: None, plan: Vec::new() }
    }
}

/// The answer to `sync`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct SyncResult<T = ItemResult> {
    /// What became of the items; left out altogether: success for every open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<T>>,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemResult {
    /// Which.
    pub id: String,
    /// What.
    pub outcome: Outcome,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who asked for a cancellation: `skip` or `stop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<Stats>,
    /// Not before this moment it is due again, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// What to keep for the next run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What was done to an item, in the handler's own units. Members nobody knows are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Stats {
    /// Things that came into being.
    pub inserts: u64,
    /// Things whose content changed.
    pub updates: u64,
    /// Things that went.
    pub deletes: u64,
    /// Things left alone though they were due.
    pub skipped: u64,
    /// Bytes moved.
    pub bytes: u64,
    /// Conflicts left open.
    pub conflicts: u64,
    /// Errors by kind.
    pub errors: BTreeMap<String, u64>,
}

/// Params of `item/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ItemStatusParams {
    /// Which item; `null` is all.
    pub item: Option<String>,
    /// What is told.
    pub status: ItemNews,
}

/// Params of `verdict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerdictParams {
    /// The highest number of a progress line that was taken.
    pub upto: u64,
    /// Grows with every change of a verdict.
    #[serde(rename = "gen")]
    pub generation: u64,
    /// What holds for all items at least.
    pub all: Verdict,
    /// What holds for single items: every open one whose own verdict is not `go`.
    pub items: BTreeMap<String, Verdict>,
}

/// Params of `properties`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PropertiesParams {
    /// Of which item; left out: of the handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
}

/// The answer to `properties`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PropertiesResult {
    /// What has changed.
    #[serde(default = "nothing")]
    pub changed: PropertiesChange,
}

fn nothing() -> PropertiesChange {
    PropertiesChange::Nothing
}

/// Params of `showError`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShowErrorParams {
    /// The entry, by the name it was logged under. It may have been logged by an earlier process.
    pub log_id: String,
}

/// Params of `action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionParams {
    /// The entry the button is on.
    pub log_id: String,
    /// The button.
    pub action: String,
}

/// The answer to `showError` and `action`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShowErrorResult {
    /// Items to prepare and synchronize again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<String>,
}

/// Params of `$/cancelRequest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelParams {
    /// The host's request that is called off; it is still answered.
    pub id: u64,
}
