//! The session that runs, or the one that ended last.

use syncmgr_model::id::ItemId;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::control::{Request, Selection};
use syncmgr_wire::page::{Action, Bar, Block, Cell, Empty, Place, Row, Screen, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::{bytes, count, digits, duration, left, share};
use crate::frame;
use crate::known::Kind;
use crate::moments::{ago, time_of_day};
use crate::session::Live;
use crate::tables::{self, Furnished as _, column, numbers, wide};
use crate::words;
use crate::world::Look;

/// A session with nothing to look at closes its window; its page stays a moment, so that the end is seen.
const LINGERS_MILLIS: u64 = 15_000;

pub(super) fn body(look: &Look<'_>) -> Body {
    match &look.world.live {
        Some(live) if !live.is_over() => running(look, live),
        Some(live) if is_shown(look, live) => over(look, live),
        _ => nothing(look),
    }
}

fn is_shown(look: &Look<'_>, live: &Live) -> bool {
    let lingers = live.ended.is_some_and(|ended| look.now.millis_since(ended) < LINGERS_MILLIS);
    live.stays() || look.world.is_pinned || lingers
}

fn nothing(look: &Look<'_>) -> Body {
    let mut body = Body::new("Synchronizing").headline(Tone::Muted, "Nothing runs at the moment");
    let nothing = (look.world.index.count(Kind::Ticked) == 0).then_some("nothing is ticked");
    let sync = act::run("sync_ticked", "Synchronize ticked", act::session(Selection::Ticked));
    let sync = sync.primary().unless(nothing);
    let last = act::go("results", "Results of the last session", Place::of(Screen::Results));
    let text = match next_run(look) {
        Some(next) => format!("Nothing runs at the moment; `{}` runs {}", next.0, next.1),
        None => "Nothing runs at the moment, and nothing is due by itself".to_owned(),
    };
    body.blocks.push(Block::Empty(Empty { text, actions: Vec::new() }));
    body.actions = vec![sync, last];
    body
}

/// What runs next by itself, and when.
fn next_run(look: &Look<'_>) -> Option<(String, String)> {
    let known = look.world.index.next()?;
    let at = known.status.as_ref()?.next_run?;
    Some((known.name.clone(), crate::moments::until(look.now, at)))
}

fn running(look: &Look<'_>, live: &Live) -> Body {
    let title = if live.dry_run { "Looking what there is to do" } else { "Synchronizing" };
    let title =
        format!("{title}, {}, since {}", words::event(live.reason), time_of_day(look.zone, live.started));
    let (n_through, n) = (live.n_through(), live.items.len() as u64);
    let mut headline = format!("{} of {}", digits(n_through), digits(n));
    if let Some(state) = live.latest.and_then(|item| live.row(item)) {
        headline.push_str(&format!(" · {}", state.row.name));
        if !state.row.text.is_empty() {
            headline.push_str(&format!(": {}", state.row.text));
        }
    }
    let is_paused = frame::pause(look).is_some();
    let (headline, tone) = match (live.is_stopping, is_paused) {
        (true, _) => (format!("Stopping. {headline}"), Tone::Warning),
        (false, true) => (format!("Paused. {headline}"), Tone::Warning),
        (false, false) => (headline, Tone::Busy),
    };
    let mut body = Body::new(title).headline(tone, headline);
    body.moves = true;
    body.blocks.push(Block::Bar(overall(look, live)));
    if !live.is_minimized {
        body.blocks.push(Block::Table(table(look, live)));
    }
    let stopping = live.is_stopping.then_some("it is being stopped");
    body.actions = vec![
        act::ask("stop", "Stop", Request::Stop).unless(stopping).primary(),
        super::items::pause_or_resume(look).unless(stopping),
        size(live),
        pin(look),
        act::go("results", "Results so far", Place::of(Screen::Results)),
    ];
    body
}

/// Out of sight while it runs, or back with all of its items.
fn size(live: &Live) -> Action {
    if live.is_minimized {
        return act::ask("show_all", "Show its items", Request::Minimize { minimized: false });
    }
    let request = Request::Minimize { minimized: true };
    act::ask_and_go("minimize", "Minimize", request, Place::of(Screen::Items))
}

fn pin(look: &Look<'_>) -> Action {
    if look.world.is_pinned {
        act::ask("unpin", "Do not keep open", Request::Pin { pinned: false })
    } else {
        act::ask("pin", "Keep open", Request::Pin { pinned: true })
    }
}

fn overall(look: &Look<'_>, live: &Live) -> Bar {
    let (n_through, n) = (live.n_through(), live.items.len() as u64);
    let (value, max) = (live.thousandths(), n * 1000);
    let mut label = format!("{} %, {} of {}", share(value, max) / 10, digits(n_through), count(n, "item"));
    if let Some(rate) = live.bytes_per_second(look.now) {
        label.push_str(&format!(", {}/s", bytes(rate)));
    }
    if let Some(millis) = live.millis_left(look.now) {
        label.push_str(&format!(", {} left", left(millis)));
    }
    Bar { value, max, label }
}

/// How much of a session that is over went through to its end.
fn succeeded(live: &Live) -> Bar {
    let rows = live.items.iter().filter_map(|item| live.row(*item));
    let value = rows.filter(|state| state.row.status == ItemStatus::Succeeded).count() as u64;
    let max = live.items.len() as u64;
    Bar { value, max, label: format!("{} of {} succeeded", digits(value), count(max, "item")) }
}

fn over(look: &Look<'_>, live: &Live) -> Body {
    let summary = live.summary.as_ref();
    let took = summary.map(|summary| duration(summary.millis)).unwrap_or_default();
    let ended = live.ended.map(|ended| ago(look.now, ended)).unwrap_or_default();
    let n_failed = live.failed().len() as u64;
    let (what, tone) = match summary {
        _ if !live.halts.is_empty() => ("Halted by a safety rule", Tone::Needs),
        Some(summary) if summary.stopped => ("Stopped", Tone::Warning),
        _ if n_failed > 0 || live.n_errors > 0 => ("Ended with errors", Tone::Bad),
        _ if live.n_conflicts > 0 => ("Ended; conflicts wait for you", Tone::Needs),
        _ if live.n_warnings > 0 || !live.problems.is_empty() => ("Ended with warnings", Tone::Warning),
        Some(summary) if summary.exit != 0 => ("Ended, and not all is in step", Tone::Warning),
        _ if live.dry_run => ("Looked at; nothing was changed", Tone::Good),
        _ => ("All in step", Tone::Good),
    };
    let mut body =
        Body::new("Synchronizing").headline(tone, format!("{what}. It took {took} and ended {ended}"));
    body.blocks.push(Block::Bar(succeeded(live)));
    if live.stays() || live.n_errors > 0 {
        let results = super::results::entries_block(look, live);
        body.blocks.extend(results);
    }
    body.blocks.push(Block::Table(table(look, live)));
    let session = Place::about(Screen::Results, live.session.to_string());
    if live.dry_run {
        body.actions.push(act::go("plan", "See the plan", Place::of(Screen::Plan)).primary());
    }
    body.actions.push(act::go("results", "Results", session));
    if live.n_conflicts > 0 {
        body.actions.push(act::go("conflicts", "Conflicts", Place::of(Screen::Conflicts)));
    }
    body.actions.push(retry(&live.failed()));
    if look.world.is_pinned {
        body.actions.push(pin(look));
    }
    body.actions.push(act::go("close", "Close", Place::of(Screen::Items)));
    body.moves = live.ended.is_some_and(|ended| look.now.millis_since(ended) < LINGERS_MILLIS);
    body
}

/// Runs again what failed.
pub(super) fn retry(failed: &[ItemId]) -> Action {
    let label = match failed.len() {
        0 | 1 => "Try again".to_owned(),
        n => format!("Try {n} again"),
    };
    let nothing = failed.is_empty().then_some("nothing failed");
    act::run("retry", &label, act::session(act::items(failed))).unless(nothing)
}

fn table(look: &Look<'_>, live: &Live) -> syncmgr_wire::page::Table {
    let window = tables::positions(look.request, live.items.len());
    let rows = live.items[window.clone()].iter().map(|item| row(look, live, *item)).collect();
    let columns = vec![
        wide("name", "Item"),
        column("status", "Status", 0),
        column("text", "Doing", 1),
        numbers("bytes", "Bytes", 2),
        numbers("rate", "Speed", 3),
        numbers("left", "Left", 3),
    ];
    let empty = tables::empty("No item has come up yet", Vec::new());
    let table = tables::table("rows", "Items of the session", columns, rows, empty);
    tables::windowed(table, window.start, live.items.len())
}

fn row(look: &Look<'_>, live: &Live, item: ItemId) -> Row {
    let Some(state) = live.row(item) else {
        let name = frame::name_in(look, item);
        let (word, tone) = words::status(ItemStatus::Pending);
        let mut cells = vec![Cell::new(name), Cell::toned(word, tone)];
        cells.resize(6, Cell::new(""));
        return tables::row(item.to_string(), Tone::Plain, cells).with(skip(live, item, ItemStatus::Pending));
    };
    let row = &state.row;
    let (mut word, mut tone) = words::status(row.status);
    if live.halts.iter().any(|halt| halt.item == item) {
        (word, tone) = ("halted", Tone::Needs);
    }
    let moved = match (row.bytes, row.bytes_max) {
        (0, 0) => String::new(),
        (moved, 0) => bytes(moved),
        (moved, max) if row.status.is_final() => bytes(moved.min(max)),
        (moved, max) => format!("{} of {}", bytes(moved), bytes(max)),
    };
    let is_open = !row.status.is_final() && !live.is_over();
    let rate = state.bytes.per_second(look.now).filter(|_| is_open);
    let remaining = state.millis_left(look.now).filter(|_| is_open);
    let cells = vec![
        Cell::new(&row.name),
        Cell::toned(word, tone),
        Cell::toned(&row.text, Tone::Muted),
        Cell::new(moved),
        Cell::new(rate.map(|rate| format!("{}/s", bytes(rate))).unwrap_or_default()),
        Cell::new(remaining.map(left).unwrap_or_default()),
    ];
    let detail = live.halts.iter().find(|halt| halt.item == item).map(|halt| halt.text.clone());
    let table_row = tables::row(item.to_string(), Tone::Plain, cells)
        .detailed(detail.unwrap_or_default())
        .opens(Place::about(Screen::Why, item.to_string()))
        .with(skip(live, item, row.status));
    Row { bar: Some(bar(state)), ..table_row }
}

fn bar(state: &crate::session::RowState) -> Bar {
    let row = &state.row;
    match state.share() {
        Some(1000) if row.status.is_final() => {
            // Full, whatever its numbers say; only what failed or was left out stays where it was.
            let value = if row.status == ItemStatus::Succeeded { 1000 } else { 0 };
            Bar { value, max: 1000, label: words::status(row.status).0.to_owned() }
        }
        Some(share) => Bar { value: share, max: 1000, label: format!("{} %", share / 10) },
        None if row.status == ItemStatus::Pending => Bar { value: 0, max: 1000, label: "pending".to_owned() },
        None => Bar { value: 0, max: 0, label: "updating".to_owned() },
    }
}

fn skip(live: &Live, item: ItemId, status: ItemStatus) -> Vec<Action> {
    if status.is_final() || live.is_over() {
        return Vec::new();
    }
    let stopping = live.is_stopping.then_some("it is being stopped");
    vec![act::ask("skip", "Skip", Request::Skip { item }).unless(stopping)]
}
