//! `syncmgr completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use syncmgr_daemon::Exit;

use crate::arguments::Arguments;
use crate::face::Output;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(command: &Completions, output: &mut Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Arguments::command(), "syncmgr", &mut script);
    output.print(&script);
    Exit::InStep
}
