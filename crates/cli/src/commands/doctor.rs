//! `syncmgr doctor`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Health;

use super::Context;
use crate::face::Table;

/// Look at everything that has to be right: configuration, state, folders, room
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Keep a damaged store under another name, and start a new one
    #[arg(long)]
    set_store_aside: bool,
}

pub(super) fn run(command: &Doctor, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    if command.set_store_aside {
        ctx.show(Request::SetStoreAside, |events, page| {
            for event in events {
                if let Event::Done(done) = event {
                    page.line(&done.text);
                }
            }
        })?;
    }
    ctx.show(Request::Doctor, |events, page| {
        let mut table = Table::default();
        for event in events {
            let Event::Check(check) = event else { continue };
            let health = match check.health {
                Health::Ok => page.good("ok"),
                Health::Warning => page.warning("look"),
                Health::Failed => page.bad("wrong"),
            };
            table.row([health, check.check.clone(), check.text.clone()]);
        }
        page.table(&table);
        for event in events {
            if let Event::Check(check) = event
                && let Some(hint) = &check.hint
            {
                page.hint(&format!("{}: {hint}", check.check));
            }
        }
    })
}
