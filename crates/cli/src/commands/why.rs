//! `syncmgr why`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};

use super::Context;
use crate::face::phrases;

/// Tell why an item ran, did not run or is halted, and what to do next
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Its name or id
    item: String,
}

pub(super) fn run(command: Why, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::Why { item: command.item }, |events, page| {
        for event in events {
            let Event::Why(why) = event else { continue };
            page.line(&page.bold(&why.status.name));
            if let Some(last) = &why.status.last {
                page.line(&format!(
                    "  last run {} ({}), session {}",
                    phrases::moment(last.finished),
                    last.event,
                    last.session
                ));
            }
            for reason in &why.reasons {
                page.line(&format!("  {reason}"));
            }
            if let Some(next) = &why.next {
                page.hint(&format!("`{next}`"));
            }
        }
    })
}
