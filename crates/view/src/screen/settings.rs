//! When sessions start by themselves, what is told to whom, handlers, adding items.
//!
//! Its parts are pages of their own; without one it lists them.

use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Action, Block, Cell, Paragraph, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::tables::{self, Furnished as _, column, wide};
use crate::world::Look;

mod add;
mod daemon;
mod handlers;
mod items;
mod schedules;
mod triggers;

pub(super) use add::found;
pub(super) use handlers::{actions as handler_actions, trust};

/// The parts: what they are called in a place, what people call them, what they are about.
const PARTS: [(&str, &str, &str); 9] = [
    ("logon", "Logon", "what is synchronized when you log on"),
    ("logoff", "Logoff", "what is synchronized before you log off"),
    ("idle", "On idle", "what is synchronized when nobody is there"),
    ("schedules", "Schedules", "what is synchronized at set times"),
    ("items", "Items", "when each item runs by itself, and how often it has to"),
    ("notifications", "Notifications", "who is told what happened"),
    ("handlers", "Handlers", "which programs may synchronize"),
    ("add", "Add", "folders, tools that are known, what is found on this machine"),
    ("daemon", "This machine", "whether everything is as it has to be"),
];

pub(super) fn needs(place: &Place) -> Vec<Request> {
    let subject = place.subject.as_deref().filter(|subject| !subject.is_empty());
    match place.part.as_deref().unwrap_or_default() {
        part @ ("logon" | "logoff" | "idle") => triggers::needs(part, subject),
        "schedules" => schedules::needs(subject),
        "items" => items::needs(subject),
        "handlers" => vec![Request::Handlers],
        "add" => vec![Request::Recipes, Request::Discover],
        "daemon" => vec![Request::Doctor, Request::Daemon],
        _ => Vec::new(),
    }
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let mut body = match look.part().unwrap_or_default() {
        part @ ("logon" | "logoff" | "idle") => triggers::body(look, part),
        "schedules" => schedules::body(look),
        "items" => items::body(look),
        "notifications" => notifications(),
        "handlers" => handlers::body(look),
        "add" => add::body(look),
        "daemon" => daemon::body(look),
        _ => return overview(),
    };
    if body.back.is_none() {
        body.back = Some(Place::of(Screen::Settings));
    }
    body
}

/// A part of the settings.
fn place(part: &str, subject: Option<String>) -> Place {
    Place { screen: Screen::Settings, subject, part: Some(part.to_owned()) }
}

fn overview() -> Body {
    let rows = PARTS.iter().map(|(part, label, about)| {
        let cells = vec![Cell::new(*label), Cell::toned(*about, Tone::Muted)];
        tables::row(*part, Tone::Plain, cells).opens(place(part, None))
    });
    let columns = vec![column("part", "Part", 0), wide("about", "What it is about")];
    let empty = tables::empty("", Vec::new());
    let mut body = Body::new("Settings");
    body.blocks.push(Block::Table(tables::table(
        "parts",
        "Parts of the settings",
        columns,
        rows.collect(),
        empty,
    )));
    body
}

fn notifications() -> Body {
    let mut body =
        Body::new("Notifications").headline(Tone::Plain, "Who is told what happened while nobody looked");
    let text = "On a desktop, errors, conflicts, halts and what is late are shown by themselves. A program or a web address is told, too, \
                where the configuration file has a `[[hook]]`: `docs/daemon.md` says how.";
    body.blocks.push(paragraph(Tone::Plain, text));
    body
}

/// Running text.
pub(super) fn paragraph(tone: Tone, text: &str) -> Block {
    Block::Text(Paragraph { tone, text: text.to_owned() })
}

/// A table of short rows, all of which are shown.
fn short_table(id: &str, caption: &str, rows: Vec<Row>, empty: &str, actions: Vec<Action>) -> Table {
    let columns = vec![wide("name", "Name"), column("state", "State", 0), column("about", "About", 1)];
    tables::table(id, caption, columns, rows, tables::empty(empty, actions))
}
