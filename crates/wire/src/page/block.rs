//! Parts of a page.

use serde::{Deserialize, Serialize};
use syncmgr_model::time::Timestamp;

use super::{Action, Bar, Place, Table, Tone};
use crate::text;

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading(String),
    /// Running text.
    Text(Paragraph),
    /// Names and what they are.
    Facts(Facts),
    /// How far everything is.
    Bar(Bar),
    /// A table.
    Table(Table),
    /// Two or three versions of one thing.
    Comparison(Comparison),
    /// Numbers over time.
    Chart(Chart),
    /// There is nothing; and what to do about it.
    Empty(Empty),
}

/// Running text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// Its tone.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

/// Names and what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// One after the other.
    pub facts: Vec<Fact>,
}

/// A name and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// What it is.
    pub text: String,
    /// Its tone.
    pub tone: Tone,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// There is nothing; and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Empty {
    /// What is not there.
    pub text: String,
    /// Ways on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// Two versions of one thing beside each other, and what both come from where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The left one, the right one; then what both last agreed on where something is known of it.
    pub versions: Vec<Version>,
    /// What differs, line by line. Empty if it is no text, is too large, or a version is not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<DiffLine>,
    /// Why there are no lines or not all of them, or what they do not show. Empty if nothing is missed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// What was looked at, to be given back with a merge that rests on it: it is another text when a side has changed. Empty
    /// where nothing can be merged.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen: String,
    /// Both versions as one text, to be edited. Only where it was asked for, and both are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
}

/// Two versions of a text as one, with marks around what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// What the lines begin with that are marks; no line of either version does. A text that still has such lines is not
    /// ready.
    pub marks: Vec<String>,
}

impl Draft {
    /// Whether a text still has lines that are marks.
    pub fn is_open(&self, text: &str) -> bool {
        text.lines().any(|line| self.marks.iter().any(|mark| line.starts_with(mark.as_str())))
    }
}

/// One version of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Which: `left`, `right` or `baseline`.
    pub side: String,
    /// Its heading.
    pub label: String,
    /// What it is: "file", "folder", "link to …", "gone".
    pub kind: String,
    /// Its size in bytes. Absent if it has none or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// When it was changed last. Absent if nobody knows.
    #[serde(default, with = "text::optional_time", skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Size and time in words.
    pub text: String,
    /// Whether it is the newer one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub newer: bool,
    /// The path of the control API where the picture can be fetched, if it is one that a browser shows. Absent if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// Where it stands.
    pub mark: DiffMark,
    /// Its number on the left, from 1. Absent if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// Its number on the right, from 1. Absent if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u64>,
    /// What it says, without its end.
    pub text: String,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffMark {
    /// On both sides.
    Both,
    /// On the left alone.
    Left,
    /// On the right alone.
    Right,
    /// Lines of both that are left out here.
    Skipped,
}

/// Numbers over time, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// What it shows.
    pub caption: String,
    /// What is high: `duration` or `bytes`.
    pub unit: String,
    /// The points.
    pub points: Vec<ChartPoint>,
}

/// A point of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartPoint {
    /// When.
    #[serde(with = "text::time")]
    pub at: Timestamp,
    /// How much: milliseconds or bytes.
    pub value: u64,
    /// The same in words, with the moment.
    pub label: String,
    /// Its tone.
    pub tone: Tone,
    /// Where it leads. Absent if nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Place>,
}
