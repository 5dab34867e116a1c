//! `syncmgr conflicts`

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Chosen, Event, Request, ResolveRequest};
use syncmgr_wire::path::PathText;

use super::Context;
use super::session;
use crate::face::{Page, Table, phrases};

/// List open conflicts and decide them
#[derive(Debug, Args)]
pub(crate) struct Conflicts {
    #[command(subcommand)]
    what: Option<What>,
    /// Only those of this item
    #[arg(long, value_name = "ITEM", global = true)]
    item: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List open conflicts
    List,
    /// Show one conflict and the ways to decide it
    Show {
        /// Its path
        path: OsString,
    },
    Resolve(Resolve),
}

/// Decide conflicts and carry that out at once
#[derive(Debug, Args)]
struct Resolve {
    /// Their paths; a folder stands for all conflicts below it
    #[arg(required_unless_present = "all")]
    paths: Vec<OsString>,
    /// Which version stays: left, right, both or newer
    #[arg(long, value_name = "VERSION", value_parser = ["left", "right", "both", "newer"])]
    keep: Option<String>,
    /// As --keep left
    #[arg(long, group = "short forms")]
    left: bool,
    /// As --keep right
    #[arg(long, group = "short forms")]
    right: bool,
    /// As --keep both
    #[arg(long, group = "short forms")]
    both: bool,
    /// As --keep newer
    #[arg(long, group = "short forms")]
    newer: bool,
    /// All that are open
    #[arg(long, conflicts_with = "paths")]
    all: bool,
}

pub(super) fn run(command: Conflicts, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let item = command.item;
    match command.what {
        None | Some(What::List) => ctx.show(Request::Conflicts { item }, list),
        Some(What::Show { path }) => show(&path, item, ctx),
        Some(What::Resolve(resolve)) => {
            let keep = resolve.keep()?;
            let paths = resolve.paths.iter().map(|path| text(path)).collect();
            let conflicts = if resolve.all { Chosen::All } else { Chosen::Paths(paths) };
            let request = Request::Resolve(ResolveRequest { item, conflicts, keep, dry_run: false });
            session::run(request, session::Empty::NothingMeant, ctx)
        }
    }
}

impl Resolve {
    fn keep(&self) -> Result<String, Failure> {
        let flags = [(self.left, "left"), (self.right, "right"), (self.both, "both"), (self.newer, "newer")];
        let flag = flags.into_iter().find_map(|(is_given, word)| is_given.then(|| word.to_owned()));
        match (&self.keep, flag) {
            (Some(keep), None) => Ok(keep.clone()),
            (None, Some(flag)) => Ok(flag),
            (Some(_), Some(_)) => Err(Failure::usage("`--keep` and its short forms exclude each other")),
            (None, None) => Err(Failure::usage("which version stays is missing")
                .hint("add `--keep left`, `--keep right`, `--keep newer` or `--keep both`")),
        }
    }
}

/// A path as typed; what is not UTF-8 is escaped, and taken back by the manager.
fn text(path: &OsStr) -> String {
    PathText::new(path.as_bytes()).text
}

fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        if let Event::Conflict(conflict) = event {
            let kind = phrases::conflict(conflict.kind).to_owned();
            table.row([page.bold(&conflict.name), phrases::path(&conflict.path), kind]);
        }
    }
    if table.is_empty() {
        page.line("no conflict is open");
        return;
    }
    page.table(&table);
    page.hint(
        "`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one, `--all` decides all",
    );
}

fn show(path: &OsStr, item: Option<String>, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let typed = text(path);
    let (_, events) = ctx.collect(Request::Conflicts { item })?;
    let is_meant = |event: &&Event| matches!(event, Event::Conflict(conflict) if conflict.path == typed);
    let meant: Vec<&Event> = events.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Err(Failure::usage(format!("no conflict is open at `{typed}`"))
            .hint("`syncmgr conflicts` lists those that are"));
    }
    for event in meant {
        if ctx.output.is_json() {
            ctx.output.print_line(&event.to_line());
            continue;
        }
        let Event::Conflict(conflict) = event else { continue };
        let mut page = ctx.output.page();
        page.line(&format!("{}  {}", page.bold(&conflict.name), phrases::path(&conflict.path)));
        page.line(&format!("  {}", phrases::conflict(conflict.kind)));
        if let Some(since) = conflict.since {
            page.line(&format!("  known since {}", phrases::moment(since)));
        }
        page.hint("`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides it");
    }
    Ok(Exit::InStep)
}
