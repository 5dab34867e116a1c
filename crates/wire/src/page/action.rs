//! What a person can do on a page.

use serde::{Deserialize, Serialize};

use super::Place;
use crate::control::Request;

/// A key of the keyboard: one character, lower case but where the shift key is meant.
pub type Key = char;

/// Something a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What it is, for programs: the same words wherever it appears (`sync`, `skip`, `keep_left`, …).
    pub id: String,
    /// What its button says.
    pub label: String,
    /// Its key. On a row it works while the row is chosen; one key means one thing on a page. Absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// What it does.
    pub does: Does,
    /// What is asked first. Absent: it is done at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Confirmation>,
    /// Why it cannot be done now: it is shown, and greyed. Absent: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    /// Whether it is what most people want here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Sends this. What it answers is seen in the pages that follow; a failure is shown with its hint.
    Ask(Box<Request>),
    /// Sends this, and goes there at once.
    AskAndGo(Box<Request>, Place),
    /// Goes there.
    Go(Place),
    /// Lets a person fill in a form.
    Fill(Form),
    /// Closes the face.
    Quit,
}

/// What is asked before an action is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The question, which says what will happen.
    pub text: String,
    /// What the button says that does it.
    pub yes: String,
}

/// Something to be filled in.
///
/// A face shows the fields, puts their values into `request` under their names, and sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Its heading.
    pub title: String,
    /// What it is for. Empty if the title says it.
    #[serde(default)]
    pub text: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// The request, to which the values are added: text as a string, a toggle as true or false, several and what stands on
    /// lines as a list of strings. A field that is left empty and is not required is left out; one that held something at first and was emptied
    /// is sent empty, which takes it away. A name with a `.` in it is a member of a member (`values.path`).
    pub request: serde_json::Value,
    /// What the button says that sends it.
    pub submit: String,
    /// Where the face goes once it was carried out. Absent: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Place>,
}

/// One thing to be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The member of the request.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What it holds at first; `true` for a toggle that is on; several with commas between them, a list with line breaks.
    /// Empty if nothing.
    #[serde(default)]
    pub value: String,
    /// What to write there, or an example. Empty if there is nothing to say.
    #[serde(default)]
    pub hint: String,
    /// Whether it has to be filled in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it is shown only to who asks for more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A line of text that nobody else is to see: it is not shown while it is typed.
    Secret,
    /// Several lines of text.
    Lines,
    /// Several texts, one on each line; what is sent is a list of them, and lines without anything are none.
    List,
    /// A path on this machine.
    Path,
    /// On or off.
    Toggle,
    /// One of these.
    One(Vec<FieldOption>),
    /// Any of these.
    Several(Vec<FieldOption>),
}

/// One of the values that a field can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    /// What is sent.
    pub value: String,
    /// What people see.
    pub label: String,
}
