//! What a session wrote down.

use syncmgr_model::entry::LogLevel;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_wire::control::{Event, OpenRequest, Request};
use syncmgr_wire::line;
use syncmgr_wire::page::{Block, Cell, Fact, Facts, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::act;
use crate::amounts::{bytes, count, digits, duration};
use crate::frame;
use crate::moments::{moment, time_of_day};
use crate::session::{Live, is_unfinished};
use crate::tables::{self, Furnished as _, column, wide};
use crate::words;
use crate::world::{Look, World};

/// What is written down, the most serious first: id, label.
const KINDS: [(&str, &str); 6] = [
    ("all", "All"),
    ("halt", "Halts"),
    ("error", "Errors"),
    ("problem", "Problems"),
    ("warning", "Warnings"),
    ("information", "Information"),
];

/// One thing that was written down.
enum Written<'a> {
    Halt(&'a line::Halt),
    Entry(&'a line::Entry),
    Problem(usize, &'a line::Problem),
}

impl Written<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Halt(_) => "halt",
            Self::Problem(..) => "problem",
            Self::Entry(entry) => entry.level.as_str(),
        }
    }
}

/// A session and what it wrote down: while it runs from what was heard, afterwards from the store.
struct Session<'a> {
    id: Option<SessionId>,
    written: Vec<Written<'a>>,
    is_running: bool,
}

fn request(place: &Place) -> Request {
    Request::Results { session: place.subject.clone() }
}

pub(super) fn needs(world: &World, place: &Place) -> Vec<Request> {
    let is_live = world.live.as_ref().is_some_and(|live| is_about(place, live) && !live.is_over());
    if is_live { Vec::new() } else { vec![request(place)] }
}

fn is_about(place: &Place, live: &Live) -> bool {
    place.subject.as_ref().is_none_or(|subject| subject.is_empty() || *subject == live.session.to_string())
}

pub(super) fn body(look: &Look<'_>) -> Body {
    if let Some(live) = look.running().filter(|live| is_about(&look.request.place, live)) {
        return of_running(look, live);
    }
    let request = request(&look.request.place);
    let events = look.events(&request);
    let past = events.iter().find_map(|event| match event {
        Event::Session(session) => Some(session),
        _ => None,
    });
    let Some(past) = past else { return none(look, &request) };
    let mut written: Vec<Written<'_>> = Vec::new();
    let mut n_problems = 0;
    for event in events {
        match event {
            Event::Halt(halt) => written.push(Written::Halt(halt)),
            Event::Entry(entry) => written.push(Written::Entry(entry)),
            Event::Problem(problem) => {
                written.push(Written::Problem(n_problems, problem));
                n_problems += 1;
            }
            _ => {}
        }
    }
    let session = Session { id: Some(past.session), written, is_running: false };
    let (outcome, tone) = super::history::outcome(past);
    let at = moment(look.zone, past.started);
    let mut body = Body::new(format!("Results of {at}")).headline(tone, outcome);
    body.blocks.push(facts(look, past));
    body.blocks.push(Block::Table(table(look, &session)));
    body.blocks.push(Block::Heading("Items".to_owned()));
    body.blocks.push(Block::Table(items(past)));
    let failed: Vec<ItemId> =
        past.items.iter().filter(|item| is_unfinished(item.status)).map(|item| item.item).collect();
    body.actions.push(super::synchronizing::retry(&failed));
    body.actions.push(act::go("history", "Other sessions", Place::of(Screen::History)));
    body.actions.extend(super::history::undo(look, past));
    if look.subject().is_some() {
        body.back = Some(Place::of(Screen::History));
    }
    body
}

fn of_running(look: &Look<'_>, live: &Live) -> Body {
    let mut body = Body::new("Results so far").headline(Tone::Busy, "The session still runs");
    body.blocks.push(Block::Table(table(look, &session_of(live))));
    body.actions = vec![
        act::go("synchronizing", "How far it is", Place::of(Screen::Synchronizing)),
        act::ask("stop", "Stop", Request::Stop),
        act::go("history", "Other sessions", Place::of(Screen::History)),
    ];
    body.moves = true;
    body
}

fn session_of(live: &Live) -> Session<'_> {
    let halts = live.halts.iter().map(Written::Halt);
    let entries = live.entries.iter().map(Written::Entry);
    let problems =
        live.problems.iter().enumerate().map(|(number, problem)| Written::Problem(number, problem));
    let written = halts.chain(entries).chain(problems).collect();
    Session { id: Some(live.session), written, is_running: !live.is_over() }
}

/// What a session that just ended wrote down, for the page on which it was followed.
pub(super) fn entries_block(look: &Look<'_>, live: &Live) -> Vec<Block> {
    let session = session_of(live);
    if session.written.is_empty() {
        return Vec::new();
    }
    // The window of the page is for its items: of these, only the beginning is shown.
    let mut all = look.request.clone();
    (all.from, all.count, all.filter, all.search) = (0, 50, None, None);
    let mut table = table(&Look { request: &all, ..*look }, &session);
    (table.filter, table.search) = (None, None);
    table.rows.iter_mut().for_each(|row| row.key.insert_str(0, "result:"));
    vec![Block::Heading("Results".to_owned()), Block::Table(table)]
}

fn none(look: &Look<'_>, request: &Request) -> Body {
    let mut body = Body::new("Results");
    let text = match look.world.answers.trouble(request) {
        // A store without sessions answers so, and it is nothing to be troubled about.
        Some(trouble) => trouble.headline.clone(),
        None => "nothing is known of this session".to_owned(),
    };
    body = body.headline(Tone::Muted, text);
    body.actions = vec![
        act::go("history", "Other sessions", Place::of(Screen::History)),
        act::go("items", "Items", Place::of(Screen::Items)),
    ];
    body
}

fn facts(look: &Look<'_>, past: &line::Session) -> Block {
    let fact = |name: &str, text: String| Fact {
        name: name.to_owned(),
        text,
        tone: Tone::Plain,
        actions: Vec::new(),
    };
    let mut facts = vec![
        fact("Why", words::event(past.event).to_owned()),
        fact("Began", moment(look.zone, past.started)),
        fact("Took", duration(past.finished.millis_since(past.started))),
    ];
    let changes: u64 = past.items.iter().map(|item| item.changes.left + item.changes.right).sum();
    let moved: u64 = past.items.iter().map(|item| item.bytes).sum();
    let would = if past.dry_run { "Would change" } else { "Changed" };
    facts.push(fact(would, format!("{}, {}", count(changes, "path"), bytes(moved))));
    if let Some(undone) = past.undoes {
        let open = act::go("results", "See it", Place::about(Screen::Results, undone.to_string()));
        facts.push(Fact { actions: vec![open], ..fact("Took back", "an earlier session".to_owned()) });
    }
    Block::Facts(Facts { facts })
}

fn table(look: &Look<'_>, session: &Session<'_>) -> Table {
    let n_of =
        |id: &str| session.written.iter().filter(|written| id == "all" || written.kind() == id).count();
    let choices =
        KINDS.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned(), n_of(id) as u64)).collect();
    let filter = tables::filter(look.request, choices);
    let needle = tables::needle(look.request);
    let of_kind =
        session.written.iter().filter(|written| filter.chosen == "all" || written.kind() == filter.chosen);
    let found: Vec<&Written<'_>> = match &needle {
        None => of_kind.collect(),
        // What is looked for may be in any text that is shown.
        Some(needle) => of_kind.filter(|written| holds(&row(look, session, written), needle)).collect(),
    };
    let window = tables::positions(look.request, found.len());
    let total = found.len();
    let rows = found[window.clone()].iter().map(|written| row(look, session, written)).collect();
    let columns = vec![
        column("level", "Level", 0),
        column("item", "Item", 1),
        wide("text", "What"),
        column("at", "When", 2),
    ];
    let empty = match (session.written.is_empty(), session.is_running) {
        (true, true) => "Nothing was written down so far",
        (true, false) => "Nothing was written down",
        (false, _) => "Nothing of this kind",
    };
    let table = tables::table("entries", "Entries", columns, rows, tables::empty(empty, Vec::new()));
    let mut table = tables::windowed(table, window.start, total);
    table.filter = Some(filter);
    table.search = Some(tables::search(look.request, "text, item or path"));
    table
}

fn holds(row: &Row, needle: &str) -> bool {
    let mut texts = row.cells.iter().map(|cell| &cell.text).chain([&row.detail]);
    texts.any(|text| text.to_lowercase().contains(needle))
}

fn row(look: &Look<'_>, session: &Session<'_>, written: &Written<'_>) -> Row {
    let name = |item| frame::name_in(look, item);
    match written {
        Written::Halt(halt) => {
            let actions = look.world.index.get(halt.item).map(super::items::ways_on).unwrap_or_default();
            let cells = vec![
                Cell::toned("halt", Tone::Needs),
                Cell::new(name(halt.item)),
                Cell::new(&halt.text),
                Cell::new(""),
            ];
            tables::row(format!("halt:{}", halt.item), Tone::Needs, cells)
                .detailed(format!("the safety rule `{}`; nothing was changed", halt.rule))
                .with(actions)
        }
        Written::Problem(number, problem) => {
            let path = if problem.path.is_empty() { "the whole folder" } else { &problem.path };
            let side = problem.side.map(|side| format!(" ({side})")).unwrap_or_default();
            let cells = vec![
                Cell::toned("problem", Tone::Warning),
                Cell::new(name(problem.item)),
                Cell::new(format!("{path}{side}: {}", problem.reason)),
                Cell::new(""),
            ];
            tables::row(format!("problem:{number}"), Tone::Plain, cells)
        }
        Written::Entry(entry) => entry_row(look, session, entry),
    }
}

fn entry_row(look: &Look<'_>, session: &Session<'_>, entry: &line::Entry) -> Row {
    let about = match (entry.item, &entry.from) {
        (Some(item), _) => frame::name_in(look, item),
        (None, Some(from)) => from.clone(),
        (None, None) => String::new(),
    };
    let cells = vec![
        Cell::toned(entry.level.as_str(), words::level(entry.level)),
        Cell::new(about),
        Cell::new(&entry.text),
        Cell { at: Some(entry.at), ..Cell::toned(time_of_day(look.zone, entry.at), Tone::Muted) },
    ];
    let mut detail: Vec<String> = entry.detail.iter().cloned().collect();
    detail.extend(entry.class.as_ref().map(|class| format!("kind of trouble: {class}")));
    detail.extend(entry.code.as_ref().map(|code| format!("code: {code}")));
    let tone = if entry.level == LogLevel::Error { Tone::Bad } else { Tone::Plain };
    let row = tables::row(format!("entry:{}", entry.entry), tone, cells).detailed(detail.join("\n"));
    if !entry.jump {
        return row;
    }
    let request = OpenRequest {
        entry: entry.entry,
        session: session.id.filter(|_| !session.is_running).map(|session| session.to_string()),
        attended: true,
    };
    let open = Request::Open(request);
    row.with(vec![act::ask("open", "Open", open)])
}

/// What the session did to each item.
fn items(past: &line::Session) -> Table {
    let rows = past.items.iter().map(|item| {
        let (word, tone) = words::result(item);
        let cells = vec![
            Cell::new(&item.name),
            Cell::toned(word, tone),
            Cell::new(digits(item.changes.left)),
            Cell::new(digits(item.changes.right)),
            Cell::new(bytes(item.bytes)),
        ];
        tables::row(format!("item:{}", item.item), Tone::Plain, cells)
            .opens(Place::about(Screen::Why, item.item.to_string()))
    });
    let columns = vec![
        wide("name", "Item"),
        column("result", "Result", 0),
        tables::numbers("left", "Left", 2),
        tables::numbers("right", "Right", 2),
        tables::numbers("bytes", "Bytes", 1),
    ];
    let rows: Vec<Row> = rows.take(1000).collect();
    let empty = tables::empty("No item took part", Vec::new());
    let table = tables::table("items", "What became of each item", columns, rows, empty);
    Table { total: past.items.len() as u64, ..table }
}
