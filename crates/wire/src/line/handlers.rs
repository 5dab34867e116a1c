//! Lines about handlers: which there are, which could be there, and what they need to know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syncmgr_model::id::HandlerId;

use super::is_false;
use crate::text;

/// How a handler gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerKind {
    /// A part of the manager: folders.
    BuiltIn,
    /// A program that speaks the handler protocol.
    Process,
    /// An existing tool, described by a recipe.
    Recipe,
    /// A COM class that is registered in Windows, in a process of the manager's own program.
    Class,
}

/// Whether a handler takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerState {
    /// It does.
    Enabled,
    /// Nobody has said yet that its program may run.
    Untrusted,
    /// Its program is not the one that was trusted.
    Changed,
    /// Its program is not there.
    Missing,
}

/// `handler`: something able to synchronize items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// Its id.
    #[serde(with = "text::id")]
    pub handler: HandlerId,
    /// Its name, as it is typed.
    pub name: String,
    /// How it gets in.
    pub kind: HandlerKind,
    /// Whether it takes part.
    pub state: HandlerState,
    /// Whether somebody registered or configured it; if not, it lies on `PATH`.
    pub registered: bool,
    /// What people are shown: its description, or the recipe it uses.
    pub description: String,
    /// The program and its arguments; what is not UTF-8 is shown with U+FFFD. Empty where no program is started.
    pub argv: Vec<String>,
    /// Where the program is. Absent if it is missing or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The hash of what would run, in hexadecimal digits. Absent if it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Why it is not enabled, or could not be asked. Absent if it is and could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether it has properties of its own to be shown. Absent if not, or not known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub properties: bool,
}

/// `recipe`: a tool that the manager knows how to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its name.
    pub recipe: String,
    /// What it does.
    pub text: String,
    /// What it has to be told.
    pub parameters: Vec<Parameter>,
}

/// What a parameter of a recipe holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A path.
    Path,
    /// Any text.
    Text,
    /// Several texts, with commas between them.
    List,
}

/// A parameter of a recipe. Part of [`Recipe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub text: String,
    /// What it holds.
    pub kind: ParameterKind,
    /// Whether there is no recipe without it.
    pub required: bool,
    /// What holds if it is not given. Absent if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// `found`: a set-up of a tool on this machine that could be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its place in the list, from 1.
    pub number: u64,
    /// The recipe for it.
    pub recipe: String,
    /// What it would be called.
    pub name: String,
    /// The recipe's parameters.
    pub values: BTreeMap<String, String>,
    /// The file or folder that tells of it.
    pub evidence: String,
    /// What it is.
    pub text: String,
    /// The command that adds it.
    pub command: String,
    /// The name under which it is there already. Absent if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<String>,
}
