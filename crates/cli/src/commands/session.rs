//! What all commands share that run a session: the face, the keys, the signals.

use syncmgr_wire::control::Request;

use super::Context;
use crate::exit::Exit;
use crate::face::{SessionFace, keys, signals};
use crate::failure::Failure;

/// What it means that a session had nothing to treat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// No item is configured, or none is ticked.
    NothingConfigured,
    /// What was meant needs no session.
    NothingMeant,
}

/// Runs a session and shows it.
pub(super) fn run(request: Request, empty: Empty, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let signals = signals::Watch::start(ctx.manager.controls())
        .map_err(|error| Failure::ours("signals cannot be received").because(&error))?;
    let ended = if ctx.output.is_json() {
        ctx.manager.ask(request, &mut ctx.output.lines())
    } else {
        let mut face = SessionFace::new(ctx.output);
        // Keys are read only where the progress is seen.
        let keys = face.is_drawn().then(|| keys::Watch::start(ctx.manager.controls(), face.current()));
        let ended = ctx.manager.ask(request, &mut face);
        drop(keys);
        let is_empty = face.is_empty();
        face.finish();
        if is_empty && ended.is_ok() && empty == Empty::NothingConfigured {
            say_how_to_begin(ctx)?;
        }
        ended
    };
    drop(signals);
    ended
}

/// Nothing is configured or ticked: that is no error, and a good moment to say how it is done.
fn say_how_to_begin(ctx: &mut Context<'_>) -> Result<(), Failure> {
    let (_, items) = ctx.collect(Request::Items)?;
    let mut page = ctx.output.page();
    if items.is_empty() {
        page.line("nothing to synchronize yet");
        page.line("");
        page.line("  syncmgr sync LEFT RIGHT          two folders, now");
        page.line("  syncmgr add folder LEFT RIGHT    a pair that `syncmgr sync` runs from now on");
    } else {
        page.line("no item is ticked");
        page.line("");
        page.line("  syncmgr items                lists them");
        page.line("  syncmgr items tick ITEM      makes `syncmgr sync` run it");
        page.line("  syncmgr sync ITEM            runs it now");
    }
    Ok(())
}
