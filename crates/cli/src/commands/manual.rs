//! `syncmgr manual`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_mangen::Man;
use syncmgr_daemon::{Exit, Failure};

use crate::arguments::Arguments;
use crate::face::Output;

/// Print the manual page, or write one for each command into a folder
///
/// `syncmgr manual | man -l -` shows it; `syncmgr manual --to ~/.local/share/man/man1` installs all of them.
#[derive(Debug, Args)]
pub(crate) struct Manual {
    /// Write `syncmgr.1`, `syncmgr-sync.1` and so on into this folder, which is made if needed
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(super) fn run(command: &Manual, output: &mut Output) -> Result<Exit, Failure> {
    let mut all = Arguments::command();
    all.build();
    let Some(dir) = &command.to else {
        let mut page = Vec::new();
        Man::new(all).render(&mut page).map_err(|error| unwritable(Path::new("-"), &error))?;
        output.print(&page);
        return Ok(Exit::InStep);
    };
    fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
    let n_pages = write_all(&all, dir).map_err(|error| unwritable(dir, &error))?;
    output.page().line(&format!("wrote {n_pages} pages into {}", dir.display()));
    Ok(Exit::InStep)
}

/// Writes the page of a command and of all below it; tells how many.
fn write_all(command: &clap::Command, dir: &Path) -> io::Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    fs::write(dir.join(format!("{name}.1")), page)?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    below.map(|below| write_all(below, dir)).sum::<io::Result<usize>>().map(|n| n + 1)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::ours(format!("the manual cannot be written to `{}`", path.display())).because(error)
}
