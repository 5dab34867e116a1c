//! Network connections: which there are, which are up.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Connection;
use syncmgr_wire::page::{Block, Cell, Place, Row, Screen, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::count;
use crate::tables::{self, Furnished as _, column, wide};
use crate::world::Look;

pub(super) fn needs() -> Vec<Request> {
    vec![Request::Connections]
}

/// All of them.
pub(super) fn all<'a>(look: &Look<'a>) -> impl Iterator<Item = &'a Connection> + use<'a> {
    look.events(&Request::Connections).iter().filter_map(|event| match event {
        Event::Connection(connection) => Some(connection),
        _ => None,
    })
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let connections: Vec<&Connection> = all(look).collect();
    let n_up = connections.iter().filter(|connection| connection.up == Some(true)).count();
    let mut body = Body::new("Connections");
    body = match connections.len() as u64 {
        0 => body.headline(Tone::Muted, "No connection is configured"),
        n => body.headline(Tone::Plain, format!("{}, {n_up} up", count(n, "connection"))),
    };
    let rows = connections.into_iter().map(row).collect();
    let columns = vec![
        wide("name", "Connection"),
        column("state", "State", 0),
        column("kind", "Brought up by", 1),
        column("users", "In use", 1),
    ];
    let text = "A handler may ask for a connection by name: `[[connection]]` in the configuration file says how it is brought up";
    let table =
        tables::table("connections", "Network connections", columns, rows, tables::empty(text, Vec::new()));
    body.blocks.push(Block::Table(table));
    body
}

fn row(connection: &Connection) -> Row {
    let (state, tone) = match connection.up {
        Some(true) => ("up", Tone::Good),
        Some(false) => ("down", Tone::Muted),
        None => ("not known", Tone::Muted),
    };
    let kind = match connection.kind.as_deref() {
        Some("network") => "NetworkManager",
        Some("command") => "commands",
        Some("mount") => "a mount",
        Some("reach") => "nothing; it is there or not",
        Some(other) => other,
        None => "nothing that is configured",
    };
    let users = if connection.users > 0 { count(connection.users, "user") } else { String::new() };
    let cells = vec![
        Cell::new(&connection.connection),
        Cell::toned(state, tone),
        Cell::toned(kind, Tone::Muted),
        Cell::new(users),
    ];
    let name = connection.connection.clone();
    let no_way = match connection.kind.as_deref() {
        None => Some("nothing is configured that could bring it up"),
        Some("reach") => Some("nothing brings it up or down; it is only looked for"),
        Some(_) => None,
    };
    let is_up = connection.up == Some(true);
    let up = act::ask("connect", "Bring up", Request::Connect { connection: name.clone() });
    let down = act::ask("disconnect", "Take down", Request::Disconnect { connection: name.clone() });
    let part =
        |part: &str| Place { part: Some(part.to_owned()), ..Place::about(Screen::Settings, name.clone()) };
    let actions = vec![
        up.unless(no_way.or(is_up.then_some("it is up"))),
        down.unless(no_way.or((!is_up).then_some("it is not up"))),
        act::go("logon", "At logon on it", part("logon")),
        act::go("idle", "When idle on it", part("idle")),
    ];
    let tone = if connection.text.is_empty() { Tone::Plain } else { Tone::Warning };
    tables::row(&connection.connection, tone, cells).detailed(&connection.text).with(actions)
}
