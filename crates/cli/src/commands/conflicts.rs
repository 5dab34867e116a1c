//! `syncmgr conflicts`

mod edit;
mod show;

use std::ffi::{OsStr, OsString};

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::os_text;
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
    /// Show both versions, line by line where they are texts
    Show {
        /// Its path, after its item where several have it
        #[arg(required = true, num_args = 1..=2, value_names = ["ITEM", "PATH"])]
        conflict: Vec<OsString>,
    },
    Edit(edit::Edit),
    Resolve(Resolve),
}

/// Decide conflicts and carry that out at once
#[derive(Debug, Args)]
struct Resolve {
    /// Their paths; a folder stands for all conflicts below it
    #[arg(required_unless_present_any = ["all", "matching"])]
    paths: Vec<OsString>,
    /// All whose paths match this pattern: '*.jpg', 'notes/**' (may be given several times)
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["paths", "all"])]
    matching: Vec<String>,
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
    /// Tell what would be done, and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(super) fn run(command: Conflicts, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let item = command.item;
    match command.what {
        None | Some(What::List) => ctx.show(Request::Conflicts { item }, list),
        Some(What::Show { conflict }) => show::show(&conflict, item, ctx),
        Some(What::Edit(edit)) => edit::run(&edit, item, ctx),
        Some(What::Resolve(resolve)) => {
            let (keep, dry_run) = (resolve.keep()?, resolve.dry_run);
            let paths = resolve.paths.iter().map(|path| text(path)).collect();
            let conflicts = match (resolve.all, resolve.matching) {
                (true, _) => Chosen::All,
                (false, patterns) if !patterns.is_empty() => Chosen::Matching(patterns),
                (false, _) => Chosen::Paths(paths),
            };
            if dry_run {
                ctx.output.show_changes();
            }
            let request = Request::Resolve(ResolveRequest { item, conflicts, keep, dry_run });
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
    PathText::new(os_text::to_bytes(path)).text
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
        "`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides one, `--all` decides all; `syncmgr conflicts show \
         PATH` compares",
    );
}
