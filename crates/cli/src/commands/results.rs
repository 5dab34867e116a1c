//! `syncmgr results`

use clap::Args;
use syncmgr_wire::control::{Event, Request};

use super::Context;
use crate::exit::Exit;
use crate::face::phrases;
use crate::failure::Failure;

/// Show what a session did: its items, its log, what could not be treated
#[derive(Debug, Args)]
pub(crate) struct Results {
    /// The session's id or its beginning; the last session if none is given
    session: Option<String>,
}

pub(super) fn run(command: Results, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::Results { session: command.session }, |events, page| {
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
                Event::Entry(entry) if !is_halted(entry.item) => page.entry(entry),
                Event::Problem(problem) => page.problem(problem),
                Event::Halt(halt) => page.halt(halt),
                _ => {}
            }
        }
    })
}
