//! `syncmgr undo`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};

use super::Context;
use super::session;
use crate::face::{ask, phrases};

/// Put back what a session changed
///
/// Without a session: the last one that changed something and was not undone. What would be done is shown before you are asked.
/// What has been edited since is left alone and becomes a conflict. An undo is a session of its own and can be undone.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The session's id or its beginning
    session: Option<String>,
    /// Tell what would be done, and do nothing
    #[arg(long, short = 'n', conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(command: Undo, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let (_, events) = ctx.collect(Request::FindUndo { session: command.session })?;
    let Some(Event::Session(undone)) = events.into_iter().next() else {
        return Err(Failure::usage("there is nothing to undo").hint("`syncmgr history` lists the sessions"));
    };
    if !ctx.output.is_json() {
        let what = format!("undo the session of {}", phrases::moment(undone.started));
        ctx.output.note(&what);
        for item in &undone.items {
            ctx.output.note(&format!("  {}  {}", item.name, phrases::changes(item)));
        }
    }
    let request = |dry_run| Request::Undo { session: undone.session, dry_run };
    if command.dry_run {
        return session::run(request(true), session::Empty::NothingMeant, ctx);
    }
    if !command.yes {
        if ctx.output.is_attended() {
            session::run_before_question(request(true), ctx)?;
        }
        if !ask::agrees(ctx.output, "put all of this back?")? {
            return Ok(Exit::Stopped);
        }
    }
    session::run(request(false), session::Empty::NothingMeant, ctx)
}
