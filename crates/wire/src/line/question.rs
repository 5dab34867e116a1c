//! Lines by which a handler asks the user, or shows him something of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use syncmgr_model::id::{HandlerId, ItemId};

use crate::text;

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One of the choices.
    Choice,
    /// A line of text.
    Text,
    /// A line that nobody may see, and that is written down nowhere.
    Password,
}

/// `question`: a handler waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its number in the session.
    pub question: u64,
    /// The name of the handler that asks.
    pub from: String,
    /// The item it is about; `null`: the handler as a whole.
    #[serde(with = "text::optional_id")]
    pub item: Option<ItemId>,
    /// The question.
    pub text: String,
    /// More about it. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it asks for.
    pub kind: QuestionKind,
    /// What can be answered. Absent if it is no choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The answer of who just agrees: the id of a choice, or a text. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// One of the answers to choose from. Part of [`Question`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is answered.
    pub id: String,
    /// What the user sees.
    pub label: String,
}

/// `question_closed`: a question needs no answer any more: it was answered, or its session goes on without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionClosed {
    /// Its number in the session.
    pub question: u64,
}

/// `properties_closed`: what a handler showed to be set is gone; others can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertiesClosed {
    /// The handler.
    #[serde(with = "text::id")]
    pub handler: HandlerId,
    /// The item; `null`: the handler as a whole.
    #[serde(with = "text::optional_id")]
    pub item: Option<ItemId>,
}

/// What the user answered: it may be a password, and so it is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
