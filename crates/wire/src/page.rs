//! What a face shows: a [`Page`] for each [`Screen`], ready to be drawn.
//!
//! A page says everything that a person sees and can do there: words, rows, states, actions. Faces only draw it, each in its
//! way, so that none can have a function that another lacks. A face asks for the page it shows with a [`PageRequest`], draws
//! the [`Page`] that answers, sends the requests of the actions that a person chooses, and asks again when it hears an event
//! that may have changed what it shows.
//!
//! Texts come from strangers in part (names, paths, words of tools): they are plain text, never markup, and a face shows
//! control characters as something harmless.

use serde::{Deserialize, Serialize};
use syncmgr_model::time::Timestamp;

use crate::line::Question;
use crate::text;

mod action;
mod block;
mod table;

pub use action::{Action, Confirmation, Does, Field, FieldKind, FieldOption, Form, Key};
pub use block::{
    Block, Chart, ChartPoint, Comparison, DiffLine, DiffMark, Draft, Empty, Fact, Facts, Paragraph, Version,
};
pub use table::{Align, Bar, Cell, Column, Filter, FilterChoice, Row, Search, Table, Tick};

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// What can be synchronized, and what of it takes part.
    Items,
    /// The session that runs, or the one that ended last.
    Synchronizing,
    /// What a session wrote down. About a session; without a subject, the last one.
    Results,
    /// Open conflicts. About an item if there is a subject.
    Conflicts,
    /// One conflict, both versions beside each other. About `ITEM/PATH`: the item's id, then the path as
    /// [`crate::line::Conflict`] writes it, `?escaped` behind it where it is escaped.
    Conflict,
    /// What a run would do. About an item.
    Plan,
    /// Past sessions.
    History,
    /// When sessions start by themselves, what is told to whom, handlers, adding items.
    Settings,
    /// Why an item is as it is. About an item.
    Why,
    /// Network connections.
    Connections,
    /// What handlers want to know.
    Questions,
    /// What was replaced or deleted and can be brought back.
    Trash,
}

impl Screen {
    /// All of them, as a face lists them.
    pub const ALL: [Self; 12] = [
        Self::Items,
        Self::Synchronizing,
        Self::Results,
        Self::Conflicts,
        Self::Conflict,
        Self::Plan,
        Self::History,
        Self::Settings,
        Self::Why,
        Self::Connections,
        Self::Questions,
        Self::Trash,
    ];
}

/// Somewhere a face can be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The screen.
    pub screen: Screen,
    /// What it is about, where it is about something: an item's or session's id, a name. Absent if about nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Which part of the screen, where it has parts. Absent: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

impl Place {
    /// The whole of a screen.
    pub fn of(screen: Screen) -> Self {
        Self { screen, subject: None, part: None }
    }

    /// A screen about something.
    pub fn about(screen: Screen, subject: impl Into<String>) -> Self {
        Self { screen, subject: Some(subject.into()), part: None }
    }
}

/// Which page a face wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// Of each table that is long, only rows from this one on.
    #[serde(default)]
    pub from: u64,
    /// And at most this many; 200 if it is not said, never more than 1,000.
    #[serde(default = "default_count")]
    pub count: u64,
    /// Only rows of this kind: an id of [`FilterChoice`]. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Only rows that hold this text. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

fn default_count() -> u64 {
    200
}

impl PageRequest {
    /// The beginning of everything that is at this place.
    pub fn new(place: Place) -> Self {
        Self { place, from: 0, count: default_count(), filter: None, search: None }
    }
}

/// How serious something is, or how good. Drawn as a colour and as a sign; the words say it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing is said.
    Plain,
    /// Of less weight than the rest.
    Muted,
    /// As it should be.
    Good,
    /// At work.
    Busy,
    /// Deserves a look.
    Warning,
    /// Went wrong.
    Bad,
    /// Waits for a person.
    Needs,
}

/// How everything is, in one word: the icon of a face and the title of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Nothing is there to be synchronized yet.
    Empty,
    /// All in step.
    InStep,
    /// A session runs.
    Running,
    /// Something is late.
    Late,
    /// Something failed or waits for a person.
    NeedsYou,
}

/// `page`: what a face shows of one screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where this is.
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// How it is, in one sentence; empty if there is nothing to say.
    pub headline: String,
    /// The headline's tone.
    pub tone: Tone,
    /// How everything is.
    pub mood: Mood,
    /// The mood in words, for the title of the window: "running: photos", "all in step".
    pub mood_text: String,
    /// Ways to the other screens. The same on every page but for their badges.
    pub tabs: Vec<Tab>,
    /// What a person should know first, wherever they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What is shown, from the top to the bottom.
    pub blocks: Vec<Block>,
    /// What can be done here, the most important first. Each has a button and, where it has one, a key.
    pub actions: Vec<Action>,
    /// Questions that wait for an answer, shown above everything, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The way back from a page about one thing. Absent on screens that are tabs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Place>,
    /// When it was made: times in its texts are told from this moment.
    #[serde(with = "text::time")]
    pub at: Timestamp,
    /// Whether what it shows moves by itself, so that it is worth asking again twice a second while it is looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moves: bool,
}

/// A way to a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// Where it leads.
    pub screen: Screen,
    /// What it is called.
    pub label: String,
    /// Its key: a digit.
    pub key: Key,
    /// How many things wait there; 0: nothing is shown.
    #[serde(default)]
    pub badge: u64,
    /// The badge's tone.
    pub tone: Tone,
    /// Whether the page belongs to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
}

/// Something a person should know, with ways to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its tone.
    pub tone: Tone,
    /// What it is.
    pub text: String,
    /// Ways to mend it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}
