//! `syncmgr results`

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, OpenRequest, Request};

use super::Context;
use super::session::{self, Empty};
use crate::face::phrases;

/// Show what a session did: its items, its log, what could not be treated
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Results {
    #[command(subcommand)]
    what: Option<What>,
    /// The session's id or its beginning; the last session if none is given
    session: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what a session did
    Show {
        /// The session's id or its beginning; the last session if none is given
        session: Option<String>,
    },
    /// Open an entry: its handler shows what it is about, and may try again
    Open {
        /// The entry's number, as `results` shows it
        entry: u64,
        /// Its session: the id or its beginning; the last session if none is given
        #[arg(long, value_name = "SESSION")]
        session: Option<String>,
    },
}

pub(super) fn run(command: Results, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what {
        None => show(command.session, ctx),
        Some(What::Show { session }) => show(session, ctx),
        Some(What::Open { entry, session }) => {
            let attended = ctx.output.is_attended();
            let request = Request::Open(OpenRequest { entry, session, attended });
            session::run(request, Empty::NothingMeant, ctx)
        }
    }
}

fn show(session: Option<String>, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let named = session.clone();
    ctx.show(Request::Results { session }, |events, page| {
        let items = events.iter().find_map(|event| match event {
            Event::Session(session) => Some(session.items.as_slice()),
            _ => None,
        });
        let items = items.unwrap_or_default();
        // What a halt says, its handler has also written into the results.
        let is_halted =
            |item| events.iter().any(|event| matches!(event, Event::Halt(halt) if Some(halt.item) == item));
        for event in events {
            match event {
                Event::Session(session) => {
                    let what = if session.dry_run { "dry run" } else { session.event.as_str() };
                    page.line(&format!(
                        "{}  {what}, {}, {}",
                        session.session,
                        phrases::moment(session.started),
                        phrases::duration(session.finished.millis_since(session.started)),
                    ));
                    page.items(&session.items, session.dry_run, None);
                }
                Event::Entry(entry) if !is_halted(entry.item) => page.entry(entry, items),
                Event::Problem(problem) => page.problem(problem),
                Event::Halt(halt) => page.halt(halt),
                _ => {}
            }
        }
        let entries = events.iter().filter_map(|event| match event {
            Event::Entry(entry) => Some(entry),
            _ => None,
        });
        page.way_back(entries, named.as_deref());
    })
}
