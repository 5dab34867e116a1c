//! What all commands share that run a session: the face, the keys, the signals.

use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Marks, Request};

use super::Context;
use crate::face::{SessionFace, keys, signals};

/// What it means that a session had nothing to treat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// No item is configured, or none is ticked.
    NothingConfigured,
    /// What was meant needs no session.
    NothingMeant,
}

/// Whether keys are read while a session is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Where the progress is seen.
    Watched,
    /// No: what is typed is meant for the question that follows.
    Left,
}

/// Runs a session and shows it.
pub(super) fn run(request: Request, empty: Empty, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    run_with(request, empty, Keys::Watched, ctx)
}

/// Runs a dry run that a question follows.
pub(super) fn run_before_question(request: Request, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    run_with(request, Empty::NothingMeant, Keys::Left, ctx)
}

fn run_with(request: Request, empty: Empty, keys: Keys, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let signals = watch_signals(ctx)?;
    let ended = if ctx.output.is_json() {
        ctx.manager.ask(request, &mut ctx.output.lines())
    } else {
        let controls = ctx.manager.controls();
        let mut face = SessionFace::new(ctx.output, controls.clone());
        let is_watched = keys == Keys::Watched && face.is_drawn();
        let keys = is_watched.then(|| keys::Watch::start(controls, face.current(), face.prompts())).flatten();
        face.set_answering(keys.is_some());
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

/// Runs what has no rows, but may ask questions.
pub(super) fn run_dialog(request: Request, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let signals = watch_signals(ctx)?;
    let controls = ctx.manager.controls();
    let mut face = SessionFace::new(ctx.output, controls.clone());
    let is_drawn = face.is_drawn();
    let keys = is_drawn.then(|| keys::Watch::start(controls, face.current(), face.prompts())).flatten();
    face.set_answering(keys.is_some());
    let ended = ctx.manager.ask(request, &mut face);
    drop(keys);
    let done = face.done();
    drop(signals);
    for done in done {
        if ctx.output.is_json() {
            ctx.output.print_line(&Event::Done(done).to_line());
        } else {
            ctx.output.print_line(&done.text);
        }
    }
    ended
}

fn watch_signals(ctx: &Context<'_>) -> Result<signals::Watch, Failure> {
    signals::Watch::start(ctx.manager.controls())
        .map_err(|error| Failure::ours("signals cannot be received").because(&error))
}

/// Nothing is configured or ticked: that is no error, and a good moment to say how it is done.
fn say_how_to_begin(ctx: &mut Context<'_>) -> Result<(), Failure> {
    let (_, items) = ctx.collect(Request::Items(Marks::default()))?;
    let has_items = items.iter().any(|event| matches!(event, Event::Item(_)));
    let mut page = ctx.output.page();
    if !has_items {
        page.line("nothing to synchronize yet");
        page.line("");
        page.line("  syncmgr sync LEFT RIGHT          two folders, now");
        page.line("  syncmgr add folder LEFT RIGHT    a pair that `syncmgr sync` runs from now on");
        page.line("  syncmgr discover                 what else on this machine could be kept in step");
    } else {
        page.line("no item is ticked");
        page.line("");
        page.line("  syncmgr items                lists them");
        page.line("  syncmgr items tick ITEM      makes `syncmgr sync` run it");
        page.line("  syncmgr sync ITEM            runs it now");
    }
    Ok(())
}
