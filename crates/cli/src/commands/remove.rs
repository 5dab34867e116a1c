//! `syncmgr remove`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::Request;

use super::Context;

/// Take an item or a recipe out of the configuration
///
/// What it kept in step stays as it is.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its name or id, or a recipe's name
    item: String,
}

pub(super) fn run(command: Remove, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::Remove { item: command.item }, super::done)
}
