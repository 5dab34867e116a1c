//! Requests about handlers and recipes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A program that becomes a handler.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// What people call it.
    pub name: String,
    /// The program, absolute or looked up on `PATH`, and its arguments; with `program`, its arguments alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// The program as a person types it; `~/` at its beginning is the home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Whether all of `argv` is escaped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escaped: bool,
    /// What people are shown while the handler itself cannot be asked; as before if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For which events its items are ticked before the user chose: `connect`, `pending_disconnect`, `idle`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Whether it may run as it is now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trust: bool,
}

/// A tool that becomes a handler by a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecipeRequest {
    /// The recipe.
    pub recipe: String,
    /// What people call it; the recipe's own name if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// An entry of a past session that is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Its number.
    pub entry: u64,
    /// The session's id or the beginning of it; the last one if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Whether somebody is there to answer questions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
}
