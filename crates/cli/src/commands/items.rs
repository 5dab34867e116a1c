//! `syncmgr items`

use std::collections::HashMap;

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Marks, Request, TickRequest};
use syncmgr_wire::line::{HandlerState, Status};

use super::Context;
use super::session;
use crate::face::{Page, Table, phrases};

/// List what can be synchronized, and choose what takes part
///
/// An item of a handler is written `HANDLER/ITEM`. Check marks are kept for each purpose, and but for manual sessions for
/// each network connection.
#[derive(Debug, Args)]
pub(crate) struct Items {
    #[command(subcommand)]
    choice: Option<Choice>,
    #[command(flatten)]
    marks: Which,
}

#[derive(Debug, Subcommand)]
enum Choice {
    /// Let items take part
    Tick(Chosen),
    /// Leave items out
    Untick(Chosen),
    /// Have a handler show what can be set about an item, or about itself
    Properties {
        /// The item, or a handler
        #[arg(value_name = "HANDLER/ITEM | HANDLER")]
        item: String,
    },
}

#[derive(Debug, Args)]
struct Chosen {
    /// Names or ids
    #[arg(required = true)]
    items: Vec<String>,
}

/// Which check marks.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// For sessions of this purpose: manual, logon, logoff, idle or schedule:NAME
    #[arg(long = "for", value_name = "PURPOSE", global = true, value_parser = super::sync::word::<syncmgr_model::tick::Purpose>)]
    pub(super) purpose: Option<String>,
    /// On this network connection
    #[arg(long, value_name = "NAME", global = true)]
    pub(super) connection: Option<String>,
}

impl From<Which> for Marks {
    fn from(which: Which) -> Self {
        Self { purpose: which.purpose, connection: which.connection }
    }
}

pub(super) fn run(command: Items, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let marks = Marks::from(command.marks);
    let tick = |chosen: Chosen, ticked| {
        Request::Tick(TickRequest { items: chosen.items, ticked, marks: marks.clone() })
    };
    match command.choice {
        None => overview(marks, ctx),
        Some(Choice::Tick(chosen)) => ctx.show(tick(chosen, true), list),
        Some(Choice::Untick(chosen)) => ctx.show(tick(chosen, false), list),
        Some(Choice::Properties { item }) => session::run_dialog(Request::Properties { item }, ctx),
    }
}

/// The items, and which of them are late or run soon.
fn overview(marks: Marks, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    if ctx.output.is_json() || !ctx.manager.is_daemon() {
        return ctx.show(Request::Items(marks), list);
    }
    let (_, known) = ctx.collect(Request::Status)?;
    let due = known.iter().filter_map(|event| match event {
        Event::Status(status) => Some((status.item, status)),
        _ => None,
    });
    let due: HashMap<ItemId, &Status> = due.collect();
    ctx.show(Request::Items(marks), |events, page| list_with(events, &due, page))
}

fn list(events: &[Event], page: &mut Page<'_>) {
    list_with(events, &HashMap::new(), page);
}

fn list_with(events: &[Event], due: &HashMap<ItemId, &Status>, page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        let Event::Item(item) = event else { continue };
        let tick = match (item.configured, item.ticked) {
            (true, true) => "[x]",
            (true, false) => "[ ]",
            // Runs only when its folders are named, so there is nothing to tick.
            (false, _) => "   ",
        };
        let schedule = item.schedule.join(", ");
        let remembered = if item.remembered { "as last listed".to_owned() } else { item.mode.clone() };
        table.row([
            tick.to_owned(),
            page.bold(&item.name),
            remembered,
            phrases::plain(&item.left),
            phrases::plain(&item.right),
            schedule,
            due.get(&item.item).map_or_else(String::new, |known| super::status::due(known, page)),
        ]);
    }
    let problems: Vec<_> = events.iter().filter_map(problem).collect();
    if table.is_empty() && problems.is_empty() {
        page.line("nothing is configured; `syncmgr add folder LEFT RIGHT` adds a pair");
    }
    page.table(&table);
    for problem in problems {
        page.hint(&problem);
    }
}

/// Why a handler's items are missing or old.
fn problem(event: &Event) -> Option<String> {
    let Event::Handler(handler) = event else { return None };
    let problem = phrases::plain(handler.problem.as_deref()?);
    let name = format!("`{}`", handler.name);
    let named = if problem.contains(&name) { problem } else { format!("{name}: {problem}") };
    Some(match handler.state {
        HandlerState::Untrusted => format!("{named}; `syncmgr handlers trust {}` lets it run", handler.name),
        HandlerState::Changed | HandlerState::Missing | HandlerState::Enabled => named,
    })
}
