//! `syncmgr handlers`

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::os_text;
use syncmgr_wire::control::{Event, RegisterRequest, Request};
use syncmgr_wire::line::{Handler, HandlerKind, HandlerState};
use syncmgr_wire::path::{PathText, escape};

use super::Context;
use super::kit;
use crate::face::{Page, Table, phrases};

/// List and manage handlers: programs that can synchronize something
///
/// A program runs only as it was when you trusted it. Programs on `PATH` that are called `syncmgr-handler-NAME` are listed, and
/// do nothing before `syncmgr handlers trust NAME`.
#[derive(Debug, Args)]
pub(crate) struct Handlers {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List handlers, and what lies on PATH
    List,
    Register(Register),
    /// Forget a handler and what was chosen about its items
    Unregister {
        /// Its name
        name: String,
    },
    /// Let a handler's program run as it is now
    Trust {
        /// Its name
        name: String,
    },
    New(kit::New),
    Check(kit::Check),
}

/// Make a program a handler, or change what is known of one
#[derive(Debug, Args)]
struct Register {
    /// What to call it: its items are `NAME/ITEM`
    name: String,
    /// The program and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "PROGRAM ARGS")]
    argv: Vec<OsString>,
    /// What to show while the handler itself cannot be asked
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Tick its items for these events before you choose: connect, disconnect, idle
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    on: Vec<String>,
    /// Let the program run as it is now
    #[arg(long)]
    trust: bool,
}

pub(super) fn run(command: Handlers, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what {
        None | Some(What::List) => ctx.show(Request::Handlers, list),
        Some(What::Register(register)) => {
            let request = request(register, ctx);
            ctx.show(Request::Register(request), told)
        }
        Some(What::Unregister { name }) => ctx.show(Request::Unregister { name }, super::done),
        Some(What::Trust { name }) => ctx.show(Request::Trust { name }, told),
        Some(What::New(new)) => kit::new(&new, ctx),
        Some(What::Check(check)) => kit::check(&check, ctx),
    }
}

/// The program will run in a directory of its own, so what is named from here is named in full.
fn request(register: Register, ctx: &Context<'_>) -> RegisterRequest {
    let mut argv = register.argv.into_iter();
    let program = argv.next().map(|program| program_path(&program, ctx));
    let arguments = argv.map(|argument| file_path(argument, ctx));
    let argv: Vec<OsString> = program.into_iter().chain(arguments).collect();
    // Escaped is said for all of them together.
    let escaped = argv.iter().any(|argument| PathText::new(os_text::to_bytes(argument)).escaped);
    let text = |argument: &OsString| match (escaped, argument.to_str()) {
        (false, Some(text)) => text.to_owned(),
        _ => escape(os_text::to_bytes(argument)),
    };
    RegisterRequest {
        name: register.name,
        argv: argv.iter().map(text).collect(),
        program: None,
        escaped,
        description: register.description,
        events: register.on,
        trust: register.trust,
    }
}

/// The program by its full path: one with a `/` in it from here, any other from `PATH`.
pub(super) fn program_path(typed: &OsStr, ctx: &Context<'_>) -> OsString {
    if os_text::to_bytes(typed).contains(&b'/') {
        return ctx.surroundings.resolve(Path::new(typed)).into_os_string();
    }
    // One that is not found is refused where it is looked at, under the name that was typed.
    syncmgr_daemon::surroundings::find_program_os(typed)
        .map_or_else(|| typed.to_owned(), PathBuf::into_os_string)
}

/// An argument that names a file right here, by its full path.
pub(super) fn file_path(argument: OsString, ctx: &Context<'_>) -> OsString {
    let path = ctx.surroundings.resolve(Path::new(&argument));
    if !argument.is_empty() && path.is_file() { path.into_os_string() } else { argument }
}

fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        let Event::Handler(handler) = event else { continue };
        table.row([page.bold(&handler.name), state(handler, page), kind(handler), program(handler)]);
    }
    if table.is_empty() {
        page.line("no handlers besides folders");
        page.hint("`syncmgr handlers new NAME --lang python` writes one; `syncmgr discover` finds tools with a recipe");
    }
    page.table(&table);
    for event in events {
        if let Event::Handler(Handler { name, problem: Some(problem), .. }) = event {
            page.hint(&format!("`{name}`: {}", phrases::plain(problem)));
        }
    }
}

/// What became of one handler, and the next step.
fn told(events: &[Event], page: &mut Page<'_>) {
    for event in events {
        let Event::Handler(handler) = event else { continue };
        let name = &handler.name;
        let row = [page.bold(name), state(handler, page), kind(handler), program(handler)].join("  ");
        page.line(&row);
        if let Some(hash) = &handler.hash {
            page.line(&format!("  hash {hash}"));
        }
        if handler.state == HandlerState::Enabled {
            page.hint(&format!("`syncmgr items` lists what it has, `syncmgr sync {name}` runs it"));
        } else {
            page.hint(&format!("`syncmgr handlers trust {name}` lets it run as it is now"));
        }
    }
}

fn state(handler: &Handler, page: &Page<'_>) -> String {
    match (handler.state, handler.registered) {
        (HandlerState::Enabled, _) => page.good("enabled"),
        (HandlerState::Untrusted, true) => page.warning("not trusted"),
        (HandlerState::Untrusted, false) => page.warning("on PATH"),
        (HandlerState::Changed, _) => page.bad("changed"),
        (HandlerState::Missing, _) => page.bad("missing"),
    }
}

fn kind(handler: &Handler) -> String {
    match handler.kind {
        HandlerKind::BuiltIn => "built in".to_owned(),
        HandlerKind::Process => "program".to_owned(),
        HandlerKind::Recipe => format!("recipe {}", phrases::plain(&handler.description)),
        HandlerKind::Class => "class".to_owned(),
    }
}

/// What would run, and the beginning of its hash. A class runs in a process of ours; its id says which it is.
fn program(handler: &Handler) -> String {
    if handler.kind == HandlerKind::Class {
        return format!("{{{}}}", handler.handler.to_string().to_uppercase());
    }
    let argv = phrases::plain(&handler.argv.join(" "));
    match &handler.hash {
        Some(hash) => format!("{argv}  {}", hash.get(..12).unwrap_or(hash)),
        None => argv,
    }
}
