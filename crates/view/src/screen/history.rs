//! Past sessions.

use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Session;
use syncmgr_wire::page::{Action, Block, Cell, Chart, ChartPoint, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::{bytes, count, digits, duration};
use crate::moments::{ago, moment};
use crate::tables::{self, Furnished as _, column, numbers, wide};
use crate::words;
use crate::world::Look;

/// How many sessions are looked at.
const LIMIT: u32 = 200;

/// How many of them a chart shows.
const CHARTED: usize = 60;

/// Fewer are not worth one.
const LEAST_CHARTED: usize = 5;

pub(super) fn request() -> Request {
    Request::History { limit: LIMIT }
}

pub(super) fn needs() -> Vec<Request> {
    vec![request()]
}

/// Kinds of sessions: id, label.
const KINDS: [(&str, &str); 4] = [
    ("all", "All"),
    ("failed", "Not all in step"),
    ("changed", "Changed something"),
    ("by_itself", "By themselves"),
];

fn is_of(kind: &str, session: &Session) -> bool {
    match kind {
        "failed" => session.exit != 0,
        "changed" => changes(session) > 0 && !session.dry_run,
        "by_itself" => session.event != syncmgr_model::event::Event::Manual,
        _ => true,
    }
}

fn changes(session: &Session) -> u64 {
    session.items.iter().map(|item| item.changes.left + item.changes.right).sum()
}

fn moved(session: &Session) -> u64 {
    session.items.iter().map(|item| item.bytes).sum()
}

/// How a session ended, in words.
pub(super) fn outcome(session: &Session) -> (String, Tone) {
    let n_halted = session.items.iter().filter(|item| item.halt.is_some()).count() as u64;
    let n_conflicts: u64 = session.items.iter().map(|item| item.conflicts).sum();
    let n_problems: u64 = session.items.iter().map(|item| item.problems).sum();
    let failed = syncmgr_model::status::ItemStatus::Failed;
    let n_failed =
        session.items.iter().filter(|item| item.status == failed && item.halt.is_none()).count() as u64;
    let mut said = Vec::new();
    let mut tone = Tone::Good;
    for (n, text, of_it) in [
        (n_problems, count(n_problems, "problem"), Tone::Warning),
        (u64::from(session.stopped), "stopped".to_owned(), Tone::Warning),
        (n_conflicts, count(n_conflicts, "conflict"), Tone::Needs),
        (n_failed, format!("{} failed", count(n_failed, "item")), Tone::Bad),
        (n_halted, format!("{} halted", count(n_halted, "item")), Tone::Needs),
    ] {
        if n > 0 {
            said.push(text);
            tone = of_it;
        }
    }
    if session.undoes.is_some() {
        said.push("took an earlier one back".to_owned());
    }
    if session.dry_run {
        said.push("only looked".to_owned());
    }
    if said.is_empty() {
        let in_step =
            if session.exit == 0 { ("in step", Tone::Good) } else { ("not all in step", Tone::Warning) };
        return (in_step.0.to_owned(), in_step.1);
    }
    (said.join(", "), if session.exit == 0 && tone == Tone::Good { Tone::Good } else { tone })
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let only = look.subject().and_then(|subject| look.world.index.find(subject));
    let sessions: Vec<&Session> = look
        .events(&request())
        .iter()
        .filter_map(|event| match event {
            Event::Session(session) => Some(session),
            _ => None,
        })
        .filter(|session| only.is_none_or(|known| took_part(session, known.item)))
        .collect();
    let title = only.map_or_else(|| "History".to_owned(), |known| format!("History of {}", known.name));
    let mut body = Body::new(title);
    body = match sessions.first() {
        Some(last) => {
            let (word, tone) = outcome(last);
            body.headline(tone, format!("The last session ended {}: {word}", ago(look.now, last.finished)))
        }
        None => body.headline(Tone::Muted, "No session has run yet"),
    };
    let charted: Vec<&Session> =
        sessions.iter().copied().filter(|session| !session.dry_run).take(CHARTED).collect();
    // A few points are no picture, and the sessions themselves would stand below it.
    if charted.len() >= LEAST_CHARTED {
        body.blocks.extend(charts(look, &charted, only.map(|known| known.item)));
    }
    body.blocks.push(Block::Table(table(look, &sessions, only.map(|known| known.item))));
    if only.is_some() {
        body.back = Some(Place::of(Screen::Items));
        body.actions.push(act::go("all", "History of everything", Place::of(Screen::History)));
    }
    body
}

fn took_part(session: &Session, item: ItemId) -> bool {
    session.items.iter().any(|result| result.item == item)
}

/// How long sessions took, and how much they moved; the oldest first.
fn charts(look: &Look<'_>, sessions: &[&Session], only: Option<ItemId>) -> [Block; 2] {
    let chart = |caption: &str, unit: &str, value: &dyn Fn(&Session) -> u64, words: fn(u64) -> String| {
        let points = sessions.iter().rev().map(|session| {
            let value = value(session);
            let (outcome, tone) = outcome(session);
            let at = moment(look.zone, session.started);
            let label = format!("{at}: {}, {outcome}", words(value));
            let opens = Some(Place::about(Screen::Results, session.session.to_string()));
            ChartPoint { at: session.started, value, label, tone, opens }
        });
        Block::Chart(Chart { caption: caption.to_owned(), unit: unit.to_owned(), points: points.collect() })
    };
    let of_item = move |session: &Session| match only {
        Some(item) => {
            session.items.iter().filter(|result| result.item == item).map(|result| result.bytes).sum()
        }
        None => moved(session),
    };
    let took = |session: &Session| session.finished.millis_since(session.started);
    [
        chart("How long sessions took", "duration", &took, duration),
        chart("How much they copied", "bytes", &of_item, bytes),
    ]
}

fn table(look: &Look<'_>, sessions: &[&Session], only: Option<ItemId>) -> Table {
    let choices = KINDS.iter().map(|(id, label)| {
        let n = sessions.iter().filter(|session| is_of(id, session)).count() as u64;
        ((*id).to_owned(), (*label).to_owned(), n)
    });
    let filter = tables::filter(look.request, choices.collect());
    let needle = tables::needle(look.request);
    let holds = |session: &Session| {
        let has = |name: &str| needle.as_deref().is_none_or(|needle| name.to_lowercase().contains(needle));
        needle.is_none() || session.items.iter().any(|item| has(&item.name))
    };
    let shown: Vec<&&Session> =
        sessions.iter().filter(|session| is_of(&filter.chosen, session) && holds(session)).collect();
    let window = tables::positions(look.request, shown.len());
    let rows = shown[window.clone()].iter().map(|session| row(look, session, only)).collect();
    let columns = vec![
        column("at", "Began", 0),
        column("event", "Why", 2),
        wide("outcome", "How it ended"),
        numbers("items", "Items", 3),
        numbers("changes", "Changes", 1),
        numbers("bytes", "Bytes", 1),
        numbers("took", "Took", 2),
    ];
    let empty = tables::empty("No session is of this kind", Vec::new());
    let table = tables::table("sessions", "Past sessions, the newest first", columns, rows, empty);
    let mut table = tables::windowed(table, window.start, shown.len());
    table.filter = Some(filter);
    table.search = Some(tables::search(look.request, "name of an item"));
    table
}

fn row(look: &Look<'_>, session: &Session, only: Option<ItemId>) -> Row {
    let (outcome, tone) = outcome(session);
    let (mut n_changes, mut n_bytes) = (changes(session), moved(session));
    let mut detail = names(session);
    if let Some(result) = only.and_then(|item| session.items.iter().find(|result| result.item == item)) {
        n_changes = result.changes.left + result.changes.right;
        n_bytes = result.bytes;
        detail = format!(
            "it {}: {} on the left, {} on the right",
            words::result(result).0,
            count(result.changes.left, "change"),
            count(result.changes.right, "change")
        );
    }
    let cells = vec![
        Cell { at: Some(session.started), ..Cell::new(moment(look.zone, session.started)) },
        Cell::toned(words::event(session.event), Tone::Muted),
        Cell::toned(outcome, tone),
        Cell::new(digits(session.items.len() as u64)),
        Cell::new(if n_changes > 0 { digits(n_changes) } else { String::new() }),
        Cell::new(if n_bytes > 0 { bytes(n_bytes) } else { String::new() }),
        Cell::new(duration(session.finished.millis_since(session.started))),
    ];
    let place = Place::about(Screen::Results, session.session.to_string());
    let mut actions = vec![act::go("results", "Results", place.clone())];
    actions.extend(undo(look, session));
    let tone = if session.dry_run { Tone::Muted } else { Tone::Plain };
    tables::row(session.session.to_string(), tone, cells).detailed(detail).opens(place).with(actions)
}

fn names(session: &Session) -> String {
    let shown: Vec<&str> = session.items.iter().take(5).map(|item| item.name.as_str()).collect();
    match session.items.len() - shown.len() {
        0 => shown.join(", "),
        n => format!("{} and {}", shown.join(", "), count(n as u64, "more item")),
    }
}

/// Takes a session back, where it changed folders: looked at first, or at once.
pub(super) fn undo(look: &Look<'_>, session: &Session) -> Vec<Action> {
    let in_folders: u64 = session
        .items
        .iter()
        .filter(|item| item.of.is_none())
        .map(|item| item.changes.left + item.changes.right)
        .sum();
    if in_folders == 0 || session.dry_run {
        return Vec::new();
    }
    let busy = look.running().map(|_| "a session runs");
    let request = |dry_run| Request::Undo { session: session.session, dry_run };
    let text = format!(
        "Undo the session of {}? {} in folders are taken back; what it made goes to the trash.",
        moment(look.zone, session.started),
        count(in_folders, "change")
    );
    let preview =
        act::ask_and_go("undo_preview", "What would undoing do?", request(true), Place::of(Screen::Plan));
    let undo = act::ask_and_go("undo", "Undo", request(false), Place::of(Screen::Synchronizing));
    vec![preview.unless(busy), undo.confirmed(text, "Undo it").unless(busy)]
}
