//! `syncmgr-com-host CLASS` is the process of a handler that is a COM class; `syncmgr-com-host list` names those there are.

use std::io::{self, Write as _};
use std::process::ExitCode;

const USAGE: &str = "usage: syncmgr-com-host {CLASS} | list";
/// Wrong usage, as everywhere in this project.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("list"), None) => list(),
        (Some(class), None) => match class.parse() {
            Ok(class) => serve(class),
            Err(error) => wrong_usage(&format!("{error}")),
        },
        _ => wrong_usage(USAGE),
    }
}

/// One line for each handler: class, for whom, name; with tabs between them.
#[cfg(windows)]
fn list() -> ExitCode {
    let mut output = io::stdout().lock();
    for handler in syncmgr_com::host::registered() {
        // Whoever does not read to the end has seen enough.
        let _ = writeln!(output, "{}\t{}\t{}", handler.class, handler.place, handler.description);
    }
    ExitCode::SUCCESS
}

#[cfg(windows)]
fn serve(class: syncmgr_com::class::ClassId) -> ExitCode {
    syncmgr_com::host::serve(class)
}

#[cfg(not(windows))]
fn list() -> ExitCode {
    only_on_windows()
}

#[cfg(not(windows))]
fn serve(_class: syncmgr_com::class::ClassId) -> ExitCode {
    only_on_windows()
}

#[cfg(not(windows))]
fn only_on_windows() -> ExitCode {
    wrong_usage("COM classes are found on Windows alone")
}

fn wrong_usage(text: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(WRONG_USAGE)
}
