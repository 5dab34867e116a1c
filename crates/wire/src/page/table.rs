//! Tables of a page.

use serde::{Deserialize, Serialize};
use syncmgr_model::time::Timestamp;

use super::{Action, Empty, Place, Tone};
use crate::control::Request;
use crate::text;

/// A table.
///
/// Of a long one the page holds a window: `rows` begin at row `from` of `total`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What it is, for programs: the same on every page with this table.
    pub id: String,
    /// What it holds, for who cannot see it.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The rows of the window.
    pub rows: Vec<Row>,
    /// The number of the first of them, from 0.
    pub from: u64,
    /// How many rows there are, after filter and search.
    pub total: u64,
    /// What is shown if there are none.
    pub empty: Empty,
    /// Ways to see fewer rows by their kind. Absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The way to see those that hold a text. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is, for programs.
    pub id: String,
    /// Its heading.
    pub label: String,
    /// How its cells stand.
    #[serde(default)]
    pub align: Align,
    /// Which columns go first where there is no room for all: those with the highest number. 0 never goes.
    #[serde(default)]
    pub rank: u8,
    /// Whether it takes what room the others leave.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grows: bool,
}

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the beginning: words.
    #[default]
    Start,
    /// At the end: numbers.
    End,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which one it is: the same for as long as it is there, wherever it stands.
    pub key: String,
    /// The heading it stands below; rows of one group follow each other. Empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Its tone.
    pub tone: Tone,
    /// Its check box. Absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick: Option<Tick>,
    /// One for each column.
    pub cells: Vec<Cell>,
    /// How far it is. Absent if it has no bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<Bar>,
    /// More text, below the cells of a row that is chosen. Empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where it leads. Absent if nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Place>,
    /// What can be done with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// A check box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Whether it is ticked.
    pub on: bool,
    /// What is sent when it is ticked, or is no more.
    pub request: Box<Request>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Its tone, where it is another than the row's. Absent: the row's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<Tone>,
    /// The moment it speaks of, where it does; a face may show it exactly. Absent if it speaks of none.
    #[serde(default, with = "text::optional_time", skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Cell {
    /// Plain words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: None, at: None }
    }

    /// Words with a tone of their own.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone: Some(tone), at: None }
    }
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// So much is done.
    pub value: u64,
    /// Of so much; 0: nobody knows, and the bar only shows that something moves.
    pub max: u64,
    /// The same in words.
    pub label: String,
}

/// Ways to see fewer rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// What can be chosen; the first is all.
    pub choices: Vec<FilterChoice>,
    /// The id of what is chosen.
    pub chosen: String,
}

/// A kind of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterChoice {
    /// What it is, for programs.
    pub id: String,
    /// What people see.
    pub label: String,
    /// How many rows are of it.
    pub count: u64,
}

/// The way to find rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// What is looked for; empty: nothing.
    pub text: String,
    /// What can be found.
    pub hint: String,
}
