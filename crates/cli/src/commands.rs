//! One command, one file: its arguments with their help, and the story of what it does.

pub(crate) mod add;
pub(crate) mod completions;
pub(crate) mod conflicts;
pub(crate) mod control;
pub(crate) mod daemon;
pub(crate) mod discover;
pub(crate) mod doctor;
pub(crate) mod handlers;
pub(crate) mod history;
pub(crate) mod items;
mod kit;
mod recipe;
pub(crate) mod remove;
pub(crate) mod results;
mod session;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod trash;
pub(crate) mod tui;
pub(crate) mod undo;
pub(crate) mod why;

use syncmgr_daemon::{Exit, Failure, Link, Surroundings};
use syncmgr_wire::control::{Event, Request};

use crate::arguments::{Arguments, Command};
use crate::face::{Collector, Output, Page};

/// What a command works with.
pub(crate) struct Context<'a> {
    pub(crate) surroundings: Surroundings,
    pub(crate) manager: Link,
    pub(crate) output: &'a mut Output,
}

/// Runs the command that was typed.
pub(crate) fn run(arguments: Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let Arguments { global, command } = arguments;
    if let Command::Completions(command) = command {
        return Ok(completions::run(&command, output));
    }
    let surroundings = Surroundings::look(global.config.as_deref(), global.state_dir.as_deref())
        .map_err(|error| Failure::ours(error.to_string()).because(&error))?;
    let manager = Link::find(&surroundings)?;
    let mut ctx = Context { surroundings, manager, output };
    match command {
        Command::Sync(command) => sync::run(command, &mut ctx),
        Command::Add(command) => add::run(command, &mut ctx),
        Command::Remove(command) => remove::run(command, &mut ctx),
        Command::Items(command) => items::run(command, &mut ctx),
        Command::Settings(command) => settings::run(command, &mut ctx),
        Command::Handlers(command) => handlers::run(command, &mut ctx),
        Command::Discover(command) => discover::run(command, &mut ctx),
        Command::Status(command) => status::run(&command, &mut ctx),
        Command::Results(command) => results::run(command, &mut ctx),
        Command::History(command) => history::run(&command, &mut ctx),
        Command::Conflicts(command) => conflicts::run(command, &mut ctx),
        Command::Undo(command) => undo::run(command, &mut ctx),
        Command::Trash(command) => trash::run(command, &mut ctx),
        Command::Why(command) => why::run(command, &mut ctx),
        Command::Tui(command) => tui::run(&command, &mut ctx),
        Command::Skip(command) => control::skip(&command, &mut ctx),
        Command::Stop(command) => control::stop(&command, &mut ctx),
        Command::Pause(command) => control::pause(&command, &mut ctx),
        Command::Resume(command) => control::resume(&command, &mut ctx),
        Command::Daemon(command) => daemon::run(command, &mut ctx),
        Command::Doctor(command) => doctor::run(&command, &mut ctx),
        Command::Completions(command) => Ok(completions::run(&command, ctx.output)),
    }
}

/// Shows what was carried out.
fn done(events: &[Event], page: &mut Page<'_>) {
    for event in events {
        if let Event::Done(done) = event {
            page.line(&done.text);
        }
    }
}

impl Context<'_> {
    /// Asks a question and shows the answer: as lines with `--json`, else as `page` lays it out.
    pub(crate) fn show(
        &mut self,
        request: Request,
        page: impl FnOnce(&[Event], &mut Page<'_>),
    ) -> Result<Exit, Failure> {
        if self.output.is_json() {
            return self.manager.ask(request, &mut self.output.lines());
        }
        let (exit, events) = self.collect(request)?;
        page(&events, &mut self.output.page());
        Ok(exit)
    }

    /// Asks a question and keeps the answer.
    pub(crate) fn collect(&mut self, request: Request) -> Result<(Exit, Vec<Event>), Failure> {
        let mut collector = Collector::default();
        let exit = self.manager.ask(request, &mut collector)?;
        Ok((exit, collector.events))
    }
}
