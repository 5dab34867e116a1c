//! `syncmgr skip`, `stop`, `pause`, `resume`: the session that the daemon runs, from anywhere.

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Request};

use super::Context;

/// Leave out one item of the daemon's session; the rest goes on
#[derive(Debug, Args)]
pub(crate) struct Skip {
    /// Its name or id
    item: String,
}

/// Stop the daemon's session: nothing irreversible begins after that
#[derive(Debug, Args)]
pub(crate) struct Stop {}

/// Hold the daemon's session, until `resume`
#[derive(Debug, Args)]
pub(crate) struct Pause {}

/// Let the daemon's session go on
#[derive(Debug, Args)]
pub(crate) struct Resume {}

pub(super) fn skip(command: &Skip, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(ctx)?;
    let item = find(&command.item, ctx)?;
    send(Request::Skip { item }, ctx)
}

pub(super) fn stop(_: &Stop, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    send(Request::Stop, ctx)
}

pub(super) fn pause(_: &Pause, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    send(Request::Pause { seconds: None }, ctx)
}

pub(super) fn resume(_: &Resume, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    send(Request::Resume, ctx)
}

fn send(request: Request, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(ctx)?;
    let (_, daemon) = ctx.collect(Request::Daemon)?;
    let n_sessions = daemon.iter().find_map(|event| match event {
        Event::Daemon(daemon) => Some(daemon.sessions),
        _ => None,
    });
    if n_sessions == Some(0) {
        ctx.output.note("no session is running");
        return Ok(Exit::InStep);
    }
    ctx.collect(request).map(|(exit, _)| exit)
}

/// A session without a daemon belongs to the command that runs it.
fn needs_daemon(ctx: &Context<'_>) -> Result<(), Failure> {
    if ctx.manager.is_daemon() {
        return Ok(());
    }
    Err(Failure::usage("no daemon is running")
        .exits(Exit::Unfinished)
        .hint("a session without one is controlled where it runs: `s` skips, `p` pauses, `q` stops"))
}

fn find(typed: &str, ctx: &mut Context<'_>) -> Result<ItemId, Failure> {
    if let Ok(item) = typed.parse() {
        return Ok(item);
    }
    let (_, statuses) = ctx.collect(Request::Status)?;
    let named = statuses.iter().find_map(|event| match event {
        Event::Status(status) if status.name == typed => Some(status.item),
        _ => None,
    });
    named.ok_or_else(|| {
        Failure::usage(format!("no item is called `{typed}`")).hint("`syncmgr items` lists them")
    })
}
