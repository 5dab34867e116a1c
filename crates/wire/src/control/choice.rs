//! Requests about what takes part when: check marks, triggers.

use serde::{Deserialize, Serialize};

use crate::line;

/// Which check marks: each purpose, on each connection, has its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// What for: `manual`, `logon`, `logoff`, `idle` or `schedule:NAME`; manual if it is not said.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// On which network connection; manual sessions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

/// A choice about items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRequest {
    /// Their names or ids.
    pub items: Vec<String>,
    /// Whether they take part.
    pub ticked: bool,
    /// In which sessions.
    #[serde(flatten)]
    pub marks: Marks,
}

/// New settings of a trigger; what is not given stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TriggerRequest {
    /// Which: `logon`, `logoff`, `idle` or `schedule:NAME`.
    #[serde(rename = "for")]
    pub purpose: String,
    /// On which connection; each that has no settings of its own if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<bool>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_battery: Option<bool>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// As in [`line::Trigger`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<bool>,
}

/// The user's answer to a question of a handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRequest {
    /// The question's number.
    pub question: u64,
    /// The id of a choice, or a text; `null`: the question was closed without an answer.
    pub answer: Option<line::Secret>,
}
