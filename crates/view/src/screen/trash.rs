//! What was replaced or deleted and can be brought back.

use syncmgr_model::fact::Side;
use syncmgr_wire::control::{Event, Request, TrashRequest};
use syncmgr_wire::line::Trash;
use syncmgr_wire::page::{Block, Cell, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::{bytes, count, digits};
use crate::forms;
use crate::moments::{ago, moment};
use crate::tables::{self, Furnished as _, column, numbers, wide};
use crate::words;
use crate::world::Look;

fn request() -> Request {
    Request::Trash { item: None }
}

pub(super) fn needs() -> Vec<Request> {
    vec![request()]
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let trash: Vec<&Trash> = look
        .events(&request())
        .iter()
        .filter_map(|event| match event {
            Event::Trash(trash) => Some(trash),
            _ => None,
        })
        .collect();
    let (n_paths, n_bytes) = (trash.iter().map(|t| t.paths).sum(), trash.iter().map(|t| t.bytes).sum());
    let mut body = Body::new("Trash");
    body = match trash.len() {
        0 => body.headline(Tone::Muted, "The trash is empty"),
        _ => {
            let said = format!(
                "{}, {}; each side keeps its own for some days",
                count(n_paths, "path"),
                bytes(n_bytes)
            );
            body.headline(Tone::Plain, said)
        }
    };
    body.blocks.push(Block::Table(table(look, &trash)));
    if !trash.is_empty() {
        let all = Request::TrashEmpty { item: None, older_than_days: None };
        let old = Request::TrashEmpty { item: None, older_than_days: Some(7) };
        let text = format!(
            "Destroy {} in the trash of all items? They cannot be brought back, and what they belong to cannot be undone.",
            count(n_paths, "path")
        );
        body.actions = vec![
            act::ask("empty_old", "Empty what is older than a week", old)
                .confirmed("Destroy what runs older than a week put into the trash, for good?", "Destroy it"),
            act::ask("empty_all", "Empty all", all).confirmed(text, "Destroy it"),
        ];
    }
    body
}

fn table(look: &Look<'_>, trash: &[&Trash]) -> Table {
    let needle = tables::needle(look.request);
    let holds =
        |one: &&&Trash| needle.as_deref().is_none_or(|needle| one.name.to_lowercase().contains(needle));
    let shown: Vec<&&Trash> = trash.iter().filter(holds).collect();
    let window = tables::positions(look.request, shown.len());
    let rows = shown[window.clone()].iter().map(|one| row(look, one)).collect();
    let columns = vec![
        wide("name", "Item"),
        column("side", "Side", 1),
        column("at", "Since", 1),
        numbers("paths", "Paths", 0),
        numbers("bytes", "Bytes", 0),
    ];
    let empty = tables::empty("What a run replaces or deletes is kept here first", Vec::new());
    let table = tables::table("trash", "What can be brought back, by run", columns, rows, empty);
    let mut table = tables::windowed(table, window.start, shown.len());
    table.search = Some(tables::search(look.request, "name of an item"));
    table
}

fn row(look: &Look<'_>, one: &Trash) -> Row {
    let side = words::side(one.side);
    let cells = vec![
        Cell::new(&one.name),
        Cell::new(side),
        Cell { at: Some(one.at), ..Cell::toned(ago(look.now, one.at), Tone::Muted) },
        Cell::new(digits(one.paths)),
        Cell::new(bytes(one.bytes)),
    ];
    let of = TrashRequest {
        item: Some(one.item.to_string()),
        session: Some(one.session.to_string()),
        side: Some(one.side),
        paths: Vec::new(),
    };
    let some = act::fill("restore_some", "Bring back some of it", forms::restore(of.clone(), &one.name));
    let restore = Request::TrashRestore(of);
    let text = format!(
        "Bring back {} to the {} side of `{}`? Where something is in the place of one, it stays in the trash.",
        count(one.paths, "path"),
        one.side,
        one.name
    );
    let empty = Request::TrashEmpty { item: Some(one.item.to_string()), older_than_days: None };
    let destroy =
        format!("Destroy all that is in the trash of `{}`, of all its runs and both sides?", one.name);
    let session = Place::about(Screen::Results, one.session.to_string());
    let key =
        format!("{}:{}:{}", one.item, one.session, if one.side == Side::Left { "left" } else { "right" });
    tables::row(key, Tone::Plain, cells)
        .detailed(format!("the run of {}", moment(look.zone, one.at)))
        .opens(session)
        .with(vec![
            act::ask("restore", "Bring back", restore).confirmed(text, "Bring back"),
            some,
            act::ask("empty", "Empty its trash", empty).confirmed(destroy, "Destroy it"),
        ])
}
