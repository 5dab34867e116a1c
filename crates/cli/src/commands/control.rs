//! `syncmgr skip`, `stop`, `pause`, `resume`: what the daemon runs, from anywhere.

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line;

use super::Context;
use crate::face::phrases;

/// Leave out one item of the daemon's session; the rest goes on
#[derive(Debug, Args)]
pub(crate) struct Skip {
    /// Its name or id
    item: String,
}

/// Stop the daemon's session: nothing irreversible begins after that
#[derive(Debug, Args)]
pub(crate) struct Stop {}

/// Hold the daemon's session and let nothing start by itself, until `resume`
///
/// It holds over restarts of the daemon as well. What you start yourself runs all the same.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// No longer than this: 30s, 15m, 2h, 1d
    #[arg(long = "for", value_name = "INTERVAL", value_parser = interval)]
    time: Option<u64>,
}

/// Let the daemon's session go on, and things start by themselves again
#[derive(Debug, Args)]
pub(crate) struct Resume {}

/// Seconds.
fn interval(typed: &str) -> Result<u64, String> {
    syncmgr_daemon::interval(typed)
        .map(|interval| interval.as_secs())
        .ok_or_else(|| format!("`{typed}` is no interval; write it like 30s, 15m, 2h or 1d"))
}

pub(super) fn skip(command: &Skip, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(SESSION_KEYS, ctx)?;
    let item = find(&command.item, ctx)?;
    send(Request::Skip { item }, ctx)
}

pub(super) fn stop(_: &Stop, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(SESSION_KEYS, ctx)?;
    send(Request::Stop, ctx)
}

pub(super) fn pause(command: &Pause, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(NOTHING_TO_PAUSE, ctx)?;
    ctx.collect(Request::Pause { seconds: command.time })?;
    tell(ctx)
}

pub(super) fn resume(_: &Resume, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    needs_daemon(NOTHING_TO_PAUSE, ctx)?;
    ctx.collect(Request::Resume)?;
    tell(ctx)
}

/// Says whether things start by themselves now.
fn tell(ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::Daemon, |events, page| {
        for event in events {
            if let Event::Daemon(daemon) = event {
                page.line(&paused(daemon).unwrap_or_else(|| "things start by themselves again".to_owned()));
            }
        }
    })
}

/// `paused until 2026-11-29 16:00:00: nothing starts by itself`; nothing if it is not.
pub(super) fn paused(daemon: &line::Daemon) -> Option<String> {
    let until = match (daemon.paused, daemon.paused_until) {
        (false, _) => return None,
        (true, Some(until)) => phrases::moment(until),
        (true, None) => "`syncmgr resume`".to_owned(),
    };
    Some(format!("paused until {until}: nothing starts by itself"))
}

fn send(request: Request, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
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
const SESSION_KEYS: &str =
    "a session without one is controlled where it runs: `s` skips, `p` pauses, `q` stops";
const NOTHING_TO_PAUSE: &str =
    "without one nothing starts by itself; a session is paused where it runs, with `p`";

fn needs_daemon(hint: &str, ctx: &Context<'_>) -> Result<(), Failure> {
    if ctx.manager.is_daemon() {
        return Ok(());
    }
    Err(Failure::usage("no daemon is running").exits(Exit::Unfinished).hint(hint))
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
    named.or_else(|| ask_for(typed, ctx)).ok_or_else(|| {
        Failure::usage(format!("no item is called `{typed}`")).hint("`syncmgr items` lists them")
    })
}

/// One that was never listed, in the first session of its handler, is asked for there.
fn ask_for(typed: &str, ctx: &mut Context<'_>) -> Option<ItemId> {
    let (_, known) = ctx.collect(Request::Why { item: typed.to_owned() }).ok()?;
    known.iter().find_map(|event| match event {
        Event::Why(why) => Some(why.status.item),
        _ => None,
    })
}
