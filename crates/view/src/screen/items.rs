//! What can be synchronized, and what of it takes part.

use syncmgr_model::status::ItemStatus;
use syncmgr_wire::control::{Event, Marks, Request, SyncRequest, TickRequest};
use syncmgr_wire::line;
use syncmgr_wire::page::{Action, Bar, Block, Cell, Place, Row, Screen, Tick, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::bytes;
use crate::forms;
use crate::frame;
use crate::known::{Kind, Known, State};
use crate::moments::{ago, until};
use crate::tables::{self, Furnished as _, column, wide};
use crate::words;
use crate::world::{Look, World};

/// Without any item it is shown what could be one.
pub(super) fn needs(world: &World) -> Vec<Request> {
    let is_empty = world.index.len() == 0 && world.answers.is_known(&Request::Status);
    if is_empty { vec![Request::Discover] } else { Vec::new() }
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let index = &look.world.index;
    if index.len() == 0 && handlers_without_items(look).is_empty() {
        return first_time(look);
    }
    let mut body = Body::new("Items").headline(Tone::Plain, frame::in_all(index));
    body.blocks.push(Block::Table(table(look)));
    let n_ticked = index.count(Kind::Ticked);
    let nothing = (n_ticked == 0).then_some("nothing is ticked");
    let ticked = syncmgr_wire::control::Selection::Ticked;
    body.actions = vec![
        act::run("sync_ticked", "Synchronize ticked", act::session(ticked.clone())).primary().unless(nothing),
        act::plan("dry_run_ticked", "What would it do?", act::preview(ticked), None).unless(nothing),
        pause_or_resume(look),
        act::fill("add_folder", "Add folders", forms::add_folder()),
        act::go(
            "add",
            "Add something else",
            Place { part: Some("add".to_owned()), ..Place::of(Screen::Settings) },
        ),
    ];
    body
}

/// Holds everything, or lets it go on.
pub(super) fn pause_or_resume(look: &Look<'_>) -> Action {
    match frame::pause(look) {
        Some(_) => act::ask("resume", "Resume", Request::Resume),
        None => act::ask("pause", "Pause", Request::Pause { seconds: None }),
    }
}

/// Nothing is configured: what could be, instead of an empty table.
fn first_time(look: &Look<'_>) -> Body {
    let mut body = Body::new("Items").headline(Tone::Needs, "Nothing is kept in step yet");
    let text = "Name two folders, and they are kept in step; what each run would do can be looked at first. \
                For example: the left folder `~/Photos`, the right one `/mnt/nas/Photos`, every 15 minutes.";
    body.blocks.push(super::settings::paragraph(Tone::Plain, text));
    body.blocks.push(Block::Heading("Found on this machine".to_owned()));
    body.blocks.push(Block::Table(super::settings::found(look)));
    let add = Place { part: Some("add".to_owned()), ..Place::of(Screen::Settings) };
    body.actions = vec![
        act::fill("add_folder", "Add folders", forms::add_folder()).primary(),
        act::go("add", "Add something else", add),
    ];
    body
}

fn table(look: &Look<'_>) -> syncmgr_wire::page::Table {
    let index = &look.world.index;
    let choices =
        Kind::SHOWN.map(|kind| (kind.id().to_owned(), kind.label().to_owned(), index.count(kind) as u64));
    let filter = tables::filter(look.request, choices.to_vec());
    let kind = Kind::SHOWN.into_iter().find(|kind| kind.id() == filter.chosen).unwrap_or(Kind::All);
    let needle = tables::needle(look.request);
    let rows = index.select(kind, needle.as_deref());
    let window = tables::positions(look.request, rows.len());
    let mut shown: Vec<Row> = rows[window.clone()]
        .iter()
        .filter_map(|place| index.at(*place))
        .map(|known| row(look, known))
        .collect();
    let mut total = rows.len();
    // Handlers with nothing to show for themselves stand at the end of the whole list.
    if kind == Kind::All && needle.is_none() {
        let handlers = handlers_without_items(look);
        if window.end == rows.len() {
            shown.extend(handlers.iter().map(|handler| handler_row(handler)));
        }
        total += handlers.len();
    }
    let columns = vec![
        wide("name", "Item"),
        column("state", "State", 0),
        column("last", "Last run", 1),
        column("next", "Next run", 2),
        column("schedule", "Runs", 3),
    ];
    let none = tables::empty("No item is of this kind", Vec::new());
    let table = tables::table("items", "Items, by their handlers", columns, shown, none);
    let mut table = tables::windowed(table, window.start, total);
    table.filter = Some(filter);
    table.search = Some(tables::search(look.request, "name or folder"));
    table
}

/// An item, as it is now.
fn row(look: &Look<'_>, known: &Known) -> Row {
    let (state, tone, bar) = state_now(look, known);
    let status = known.status.as_ref();
    let last = status.and_then(|status| status.last.as_ref()).map(|last| last.finished);
    let last = last.or_else(|| known.line.as_ref().and_then(|line| line.last_update));
    let next = status.and_then(|status| status.next_run);
    let schedule = known.line.as_ref().map(|line| line.schedule.join(", ")).unwrap_or_default();
    let cells = vec![
        Cell::new(&known.name),
        Cell::toned(state, tone),
        moment(last, |at| ago(look.now, at)),
        moment(next, |at| until(look.now, at)),
        Cell::toned(schedule, Tone::Muted),
    ];
    let row = tables::row(known.item.to_string(), row_tone(known), cells);
    let tick = tick(&known.item.to_string(), known.ticked, Marks::default());
    Row {
        group: known.group.clone(),
        tick: known.configured.then_some(tick),
        bar,
        ..row
            .detailed(detail(known))
            .opens(Place::about(Screen::Why, known.item.to_string()))
            .with(actions(look, known))
    }
}

/// A check box of an item in sessions of a kind.
pub(super) fn tick(item: &str, on: bool, marks: Marks) -> Tick {
    let request = TickRequest { items: vec![item.to_owned()], ticked: !on, marks };
    Tick { on, request: Box::new(Request::Tick(request)) }
}

fn moment(
    at: Option<syncmgr_model::time::Timestamp>,
    words: impl Fn(syncmgr_model::time::Timestamp) -> String,
) -> Cell {
    let Some(at) = at else { return Cell::new("") };
    Cell { at: Some(at), ..Cell::toned(words(at), Tone::Muted) }
}

/// Rows that stand out do so as a whole.
fn row_tone(known: &Known) -> Tone {
    match known.state {
        State::Halted | State::Conflicts(_) => Tone::Needs,
        State::Failed => Tone::Bad,
        State::Late => Tone::Warning,
        _ if !known.ticked => Tone::Muted,
        _ => Tone::Plain,
    }
}

fn state_now(look: &Look<'_>, known: &Known) -> (String, Tone, Option<Bar>) {
    let row = look.running().and_then(|live| live.row(known.item));
    if let Some(state) = row.filter(|state| !state.row.status.is_final()) {
        let (word, tone) = words::status(state.row.status);
        return match state.share() {
            Some(share) if state.row.status != ItemStatus::Pending => {
                let label = format!("{} %", share / 10);
                (format!("{word} {label}"), tone, Some(Bar { value: share, max: 1000, label }))
            }
            _ => (word.to_owned(), tone, None),
        };
    }
    let (words, tone) = known.state.words();
    (words, tone, None)
}

/// What else there is to say about an item.
fn detail(known: &Known) -> String {
    let mut said = Vec::new();
    if let Some(line) = &known.line
        && !line.left.is_empty()
    {
        said.push(format!("{} ⇄ {} ({})", line.left, line.right, line.mode));
    }
    if let Some(halt) = known.halt() {
        said.push(format!("halted by `{}`: {}", halt.rule, halt.text));
    }
    if let Some(last) = known.status.as_ref().and_then(|status| status.last.as_ref()) {
        let line::Changes { left, right } = last.result.changes;
        if left + right > 0 {
            let moved = bytes(last.result.bytes);
            said.push(format!("the last run changed {left} on the left, {right} on the right, {moved}"));
        }
    }
    if known.line.as_ref().is_some_and(|line| line.remembered) {
        said.push("its handler could not be asked; this is what it said last".to_owned());
    }
    if !known.configured {
        said.push("it is not configured: it was synchronized by its two folders".to_owned());
    }
    said.join("\n")
}

fn actions(look: &Look<'_>, known: &Known) -> Vec<Action> {
    let id = known.item.to_string();
    let is_running =
        look.running().and_then(|live| live.row(known.item)).is_some_and(|s| !s.row.status.is_final());
    let busy = is_running.then_some("it runs");
    let about = |screen| Place::about(screen, id.clone());
    let one = || act::items([known.item]);
    let mut actions = Vec::new();
    if is_running {
        actions.push(act::ask("skip", "Skip", Request::Skip { item: known.item }));
    }
    if known.state == State::Halted {
        actions.extend(ways_on(known));
    }
    actions.push(act::run("sync", "Synchronize", act::session(one())).unless(busy));
    if known.is_folder && known.state != State::Halted {
        actions.push(
            act::plan("dry_run", "What would it do?", act::preview(one()), Some(id.clone())).unless(busy),
        );
    }
    actions.push(act::go("why", "Why", about(Screen::Why)));
    if let State::Conflicts(n) = known.state {
        actions.push(act::go("conflicts", &crate::amounts::count(n, "conflict"), about(Screen::Conflicts)));
    }
    if let Some(last) = known.status.as_ref().and_then(|status| status.last.as_ref()) {
        actions.push(act::go("results", "Results", Place::about(Screen::Results, last.session.to_string())));
    }
    actions.push(act::go("history", "History", about(Screen::History)));
    if known.configured {
        let part = Some("items".to_owned());
        actions.push(act::go("schedule", "When it runs", Place { part, ..about(Screen::Settings) }));
    }
    if known.line.as_ref().is_some_and(|line| line.properties) {
        actions.push(act::ask("properties", "Properties", Request::Properties { item: id.clone() }));
    }
    if known.is_folder && known.configured {
        actions.push(remove(known));
    }
    actions
}

/// Takes an item out of the configuration.
pub(super) fn remove(known: &Known) -> Action {
    let text = format!(
        "Take `{}` out of the configuration? Its folders stay as they are; what both last agreed on is forgotten.",
        known.name
    );
    act::ask("remove", "Remove", Request::Remove { item: known.item.to_string() })
        .confirmed(text, "Remove it")
}

/// Passing this rule, a root that is empty is taken for a new one, and gets what the other has.
const REFILLS: &str = "replica-exchanged";

/// What can be done about an item that was halted. What would pass is seen before it passes; a folder that is away is not
/// passed over, but looked for.
pub(crate) fn ways_on(known: &Known) -> Vec<Action> {
    let Some(halt) = known.halt() else { return Vec::new() };
    let id = known.item.to_string();
    let allowing = |mut request: SyncRequest| {
        request.allow = vec![halt.rule.clone()];
        request
    };
    let one = || act::items([known.item]);
    if matches!(halt.rule.as_str(), "root-missing" | "root-type-changed") {
        let place = Place { part: Some("daemon".to_owned()), ..Place::of(Screen::Settings) };
        return vec![act::go("doctor", "Look for it", place)];
    }
    let again = (halt.rule == "root-emptied").then(|| {
        let preview = SyncRequest { allow: vec![REFILLS.to_owned()], ..act::preview(one()) };
        act::plan("dry_run_refill", "What would filling it again do?", preview, Some(id.clone()))
    });
    let preview = allowing(act::preview(one()));
    let text =
        format!("Let `{}` pass the safety rule `{}` once? It says: {}", known.name, halt.rule, halt.text);
    let look = act::plan("dry_run", "What would it do?", preview, Some(id));
    let pass =
        act::run("approve", "Let it pass once", allowing(act::session(one()))).confirmed(text, "Let it pass");
    [look, pass].into_iter().chain(again).collect()
}

/// Handlers that list nothing, or could not be asked: they are shown so that somebody finds out.
fn handlers_without_items<'a>(look: &Look<'a>) -> Vec<&'a line::Handler> {
    let asked = look.events(&crate::world::manual()).iter().chain(look.events(&Request::Handlers));
    let mut handlers: Vec<&line::Handler> = Vec::new();
    for event in asked {
        let Event::Handler(handler) = event else { continue };
        let is_built_in = handler.kind == line::HandlerKind::BuiltIn;
        let is_told = handlers.iter().any(|told| told.handler == handler.handler);
        if handler.registered && !is_told && !is_built_in && !look.world.index.has_group(&handler.name) {
            handlers.push(handler);
        }
    }
    handlers.sort_by(|a, b| a.name.cmp(&b.name));
    handlers
}

fn handler_row(handler: &line::Handler) -> Row {
    let (state, tone) = words::handler(handler.state);
    let state = if tone == Tone::Good { "no items" } else { state };
    let tone = if tone == Tone::Good { Tone::Muted } else { tone };
    let text = if handler.description.is_empty() { &handler.name } else { &handler.description };
    let cells = vec![
        Cell::toned(text, Tone::Muted),
        Cell::toned(state, tone),
        Cell::new(""),
        Cell::new(""),
        Cell::new(""),
    ];
    let row = tables::row(format!("handler:{}", handler.name), Tone::Plain, cells);
    let detail = handler.problem.clone().unwrap_or_default();
    let row = row.detailed(detail).with(super::settings::handler_actions(handler));
    Row { group: handler.name.clone(), ..row }
}
