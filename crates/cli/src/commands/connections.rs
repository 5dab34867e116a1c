//! `syncmgr connections`

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Connection;

use super::Context;
use crate::face::{Page, Table, phrases};

/// Show the connections that are configured, and bring them up or down by hand
///
/// `[[connection]]` in the configuration describes one. Sessions open what they need by themselves, and take down what they
/// opened; what you bring up stays up until you take it down, or the daemon ends.
#[derive(Debug, Args)]
pub(crate) struct Connections {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show how each is
    List,
    /// Bring one up, and keep it
    Up(Name),
    /// Take one down that was brought up by hand
    Down(Name),
}

#[derive(Debug, Args)]
struct Name {
    /// As the configuration calls it
    name: String,
}

pub(super) fn run(command: Connections, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what.unwrap_or(What::List) {
        What::List => ctx.show(Request::Connections, list),
        What::Up(Name { name }) => ctx.show(Request::Connect { connection: name }, list),
        What::Down(Name { name }) => ctx.show(Request::Disconnect { connection: name }, list),
    }
}

/// Also for `syncmgr settings connections`.
pub(super) fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        if let Event::Connection(connection) = event {
            table.row(row(connection, page));
        }
    }
    if table.is_empty() {
        page.line("no connection is configured, and nothing was chosen or set for one");
    }
    page.table(&table);
}

fn row(connection: &Connection, page: &Page<'_>) -> [String; 5] {
    let state = match connection.up {
        Some(true) => page.good("up"),
        Some(false) => "down".to_owned(),
        None => String::new(),
    };
    let users = match connection.users {
        0 => String::new(),
        n => phrases::count(n, "user"),
    };
    let kind = connection.kind.clone().unwrap_or_default();
    [page.bold(&connection.connection), kind, state, users, phrases::plain(&connection.text)]
}
