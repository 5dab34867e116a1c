//! `syncmgr items`

use clap::{Args, Subcommand};
use syncmgr_wire::control::{Event, Request};

use super::Context;
use crate::exit::Exit;
use crate::face::{Page, Table, phrases};
use crate::failure::Failure;

/// List what can be synchronized, and choose what `syncmgr sync` runs
#[derive(Debug, Args)]
pub(crate) struct Items {
    #[command(subcommand)]
    choice: Option<Choice>,
}

#[derive(Debug, Subcommand)]
enum Choice {
    /// Let items take part in `syncmgr sync`
    Tick(Chosen),
    /// Leave items out of `syncmgr sync`
    Untick(Chosen),
}

#[derive(Debug, Args)]
struct Chosen {
    /// Names or ids
    #[arg(required = true)]
    items: Vec<String>,
}

pub(super) fn run(command: Items, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let request = match command.choice {
        None => Request::Items,
        Some(Choice::Tick(chosen)) => Request::Tick { items: chosen.items, ticked: true },
        Some(Choice::Untick(chosen)) => Request::Tick { items: chosen.items, ticked: false },
    };
    ctx.show(request, list)
}

fn list(events: &[Event], page: &mut Page<'_>) {
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
        table.row([
            tick.to_owned(),
            page.bold(&item.name),
            item.mode.clone(),
            phrases::plain(&item.left),
            phrases::plain(&item.right),
            schedule,
        ]);
    }
    if table.is_empty() {
        page.line("nothing is configured; `syncmgr add folder LEFT RIGHT` adds a pair");
    }
    page.table(&table);
}
