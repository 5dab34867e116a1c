//! Open conflicts of all items, in one place.

use syncmgr_model::fact::ConflictKind;
use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Chosen, Event, Request, ResolveRequest};
use syncmgr_wire::line::Conflict;
use syncmgr_wire::page::{Action, Block, Cell, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::count;
use crate::moments::ago;
use crate::tables::{self, Furnished as _, column, wide};
use crate::words;
use crate::world::Look;

/// What can be kept of a conflict: the word, the ids of the actions for one and for all, the label, what it means.
pub(super) const KEEPS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "left",
        "keep_left",
        "keep_left_all",
        "Keep left",
        "the left version is kept, the right one goes to the trash",
    ),
    (
        "right",
        "keep_right",
        "keep_right_all",
        "Keep right",
        "the right version is kept, the left one goes to the trash",
    ),
    (
        "both",
        "keep_both",
        "keep_both_all",
        "Keep both",
        "both versions are kept, one of them under another name",
    ),
    (
        "newer",
        "keep_newer",
        "keep_newer_all",
        "Keep newer",
        "the newer version is kept, the older one goes to the trash",
    ),
];

/// More paths than this are not decided in one request.
const MAX_PATHS: usize = 2_000;

pub(super) fn request() -> Request {
    Request::Conflicts { item: None }
}

pub(super) fn needs() -> Vec<Request> {
    vec![request()]
}

/// All that are open.
pub(super) fn open<'a>(look: &Look<'a>) -> impl Iterator<Item = &'a Conflict> + use<'a> {
    look.events(&request()).iter().filter_map(|event| match event {
        Event::Conflict(conflict) => Some(conflict),
        _ => None,
    })
}

/// Where one of them is looked at.
pub(super) fn place(conflict: &Conflict) -> Place {
    let escaped = if conflict.escaped { "?escaped" } else { "" };
    Place::about(Screen::Conflict, format!("{}/{}{escaped}", conflict.item, conflict.path))
}

/// Decides one of them.
pub(super) fn resolve(conflict: &Conflict, keep: &str) -> Request {
    Request::Resolve(ResolveRequest {
        item: Some(conflict.item.to_string()),
        conflicts: Chosen::Paths(vec![conflict.path.clone()]),
        keep: keep.to_owned(),
        dry_run: false,
    })
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let only = look.subject().and_then(|subject| look.world.index.find(subject));
    let title = only.map_or_else(|| "Conflicts".to_owned(), |known| format!("Conflicts of {}", known.name));
    let all: Vec<&Conflict> =
        open(look).filter(|one| only.is_none_or(|known| known.item == one.item)).collect();
    let n = all.len() as u64;
    let mut body = Body::new(title);
    body = match n {
        0 => body.headline(Tone::Good, "No conflict is open"),
        _ => body.headline(
            Tone::Needs,
            match n {
                1 => "1 conflict waits for you; both sides stay as they are until then".to_owned(),
                n => format!("{} wait for you; both sides stay as they are until then", count(n, "conflict")),
            },
        ),
    };
    let kinds = choices(&all);
    let filter = tables::filter(look.request, kinds);
    let needle = tables::needle(look.request);
    let shown: Vec<&Conflict> = all
        .into_iter()
        .filter(|one| is_chosen(one, &filter.chosen))
        .filter(|one| needle.as_deref().is_none_or(|needle| one.path.to_lowercase().contains(needle)))
        .collect();
    let is_narrowed = filter.chosen != "all" || needle.is_some();
    if n > 0 {
        let item = only.map(|known| known.item);
        body.actions = apply_to_all(&shown, item, is_narrowed, &rule(&filter, needle.as_deref()));
    }
    body.blocks.push(Block::Table(Table { filter: Some(filter), ..table(look, &shown) }));
    if only.is_some() {
        body.actions.push(act::go("all", "Conflicts of all items", Place::of(Screen::Conflicts)));
        body.back = Some(Place::of(Screen::Conflicts));
    }
    body
}

/// Ways to see fewer: by kind, and by item.
fn choices(all: &[&Conflict]) -> Vec<(String, String, u64)> {
    let mut choices = vec![("all".to_owned(), "All".to_owned(), all.len() as u64)];
    for kind in ConflictKind::ALL {
        let n = all.iter().filter(|one| one.kind == kind).count() as u64;
        if n > 0 {
            choices.push((format!("kind:{kind}"), words::conflict(kind).to_owned(), n));
        }
    }
    let mut items: Vec<(ItemId, &str, u64)> = Vec::new();
    for one in all {
        match items.iter_mut().find(|(item, ..)| *item == one.item) {
            Some((.., n)) => *n += 1,
            None => items.push((one.item, &one.name, 1)),
        }
    }
    if items.len() > 1 {
        items.sort_by_key(|(.., n)| std::cmp::Reverse(*n));
        let chosen = items.into_iter().take(20);
        choices.extend(chosen.map(|(item, name, n)| (format!("item:{item}"), name.to_owned(), n)));
    }
    choices
}

fn is_chosen(conflict: &Conflict, chosen: &str) -> bool {
    match chosen.split_once(':') {
        Some(("kind", kind)) => conflict.kind.as_str() == kind,
        Some(("item", item)) => conflict.item.to_string() == item,
        _ => true,
    }
}

/// What is shown, in words: it is what a decision about all of it is about.
fn rule(filter: &syncmgr_wire::page::Filter, needle: Option<&str>) -> String {
    let chosen = filter.choices.iter().find(|choice| choice.id == filter.chosen && choice.id != "all");
    let kind = chosen.map(|choice| format!(" ({})", choice.label)).unwrap_or_default();
    let holding = needle.map(|needle| format!(" with `{needle}` in their path")).unwrap_or_default();
    format!("{kind}{holding}")
}

/// Decides all that are shown, after saying how many these are and what happens to each.
fn apply_to_all(shown: &[&Conflict], subject: Option<ItemId>, is_narrowed: bool, rule: &str) -> Vec<Action> {
    let mut items: Vec<ItemId> = shown.iter().map(|one| one.item).collect();
    items.sort_unstable();
    items.dedup();
    // The paths of several items cannot be told apart in one request.
    let problem = match (&items[..], is_narrowed) {
        ([], _) => Some("none is shown"),
        (_, false) => None,
        ([_], true) if shown.len() > MAX_PATHS => Some("these are too many at once; look for fewer"),
        ([_], true) => None,
        (_, true) => Some("they are of several items; choose one of them first"),
    };
    let item = match &items[..] {
        [one] => Some(*one),
        _ => subject,
    };
    let conflicts = if is_narrowed {
        Chosen::Paths(shown.iter().take(MAX_PATHS).map(|one| one.path.clone()).collect())
    } else {
        Chosen::All
    };
    let n = count(shown.len() as u64, "conflict");
    KEEPS
        .iter()
        .map(|(keep, _, id, label, means)| {
            let request = Request::Resolve(ResolveRequest {
                item: item.map(|item| item.to_string()),
                conflicts: conflicts.clone(),
                keep: (*keep).to_owned(),
                dry_run: false,
            });
            let text = format!(
                "Decide {n}{rule} alike? For each of them {means}. The trash keeps what was replaced."
            );
            act::ask(id, &format!("{label}: all {}", shown.len()), request)
                .confirmed(text, &format!("Decide {n}"))
                .unless(problem)
        })
        .collect()
}

fn table(look: &Look<'_>, shown: &[&Conflict]) -> Table {
    let window = tables::positions(look.request, shown.len());
    let rows = shown[window.clone()].iter().map(|conflict| row(look, conflict)).collect();
    let columns = vec![
        wide("path", "Path"),
        column("item", "Item", 1),
        column("kind", "What happened", 0),
        column("since", "Since", 2),
    ];
    let empty =
        tables::empty("No conflict is open: both sides agree, or only one of them changed", Vec::new());
    let table = tables::table("conflicts", "Open conflicts", columns, rows, empty);
    let mut table = tables::windowed(table, window.start, shown.len());
    table.search = Some(tables::search(look.request, "path"));
    table
}

fn row(look: &Look<'_>, conflict: &Conflict) -> Row {
    let place = place(conflict);
    let since = conflict.since.map(|since| ago(look.now, since)).unwrap_or_default();
    let cells = vec![
        Cell::new(&conflict.path),
        Cell::new(&conflict.name),
        Cell::new(words::conflict(conflict.kind)),
        Cell { at: conflict.since, ..Cell::toned(since, Tone::Muted) },
    ];
    let keeps = KEEPS.iter().map(|(keep, id, _, label, _)| act::ask(id, label, resolve(conflict, keep)));
    let see = act::go("conflict", "Look at both", place.clone());
    let key = place.subject.clone().unwrap_or_default();
    tables::row(key, Tone::Needs, cells).opens(place).with(keeps.chain([see]).collect())
}
