//! `syncmgr`: the command people type.
//!
//! In reading order: [`arguments`] is what can be typed, `commands` has a file for each command, `face` shows the answers. Who
//! answers is a [`syncmgr_daemon::Link`].

mod arguments;
mod commands;
mod face;
mod terminals;

use std::process::ExitCode;

use clap::Parser;
use syncmgr_daemon::Exit;

use crate::arguments::Arguments;
use crate::face::Output;

fn main() -> ExitCode {
    if let Some(exit) = syncmgr_daemon::role() {
        return exit;
    }
    // Held to the end: the named points at which tests from outside hold, end or fail a run.
    #[cfg(feature = "failpoints")]
    let _armed = syncmgr_folders::points::arm();
    syncmgr_daemon::surroundings::keep_to_ourselves();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way, too; where they cannot be printed there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::InStep.into() };
        }
    };
    let mut output = Output::new(&arguments.global);
    let ended = commands::run(arguments, &mut output);
    let exit = ended.unwrap_or_else(|failure| {
        output.fail(&failure);
        failure.exit
    });
    let exit = output.finish(exit);
    syncmgr_daemon::surroundings::wait_for_programs();
    exit.into()
}
