//! `syncmgr remove`

use clap::Args;
use syncmgr_wire::control::{Event, Request};

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Take an item out of the configuration; its folders stay as they are
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its name or id
    item: String,
}

pub(super) fn run(command: Remove, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::Remove { item: command.item }, |events, page| {
        for event in events {
            if let Event::Done(done) = event {
                page.line(&done.text);
            }
        }
    })
}
