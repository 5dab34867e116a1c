//! `syncmgr add`

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, FolderRequest, Request};

use super::sync::word;
use super::{Context, recipe};
use crate::face::{Page, phrases};

/// Write something to be kept in step into the configuration
///
/// Besides folders there is a recipe for each tool below; `syncmgr add RECIPE --help` shows what it has to be told, and
/// `syncmgr discover` finds set-ups that are there already.
#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(subcommand)]
    what: What,
}

/// A pair of folders, or one of the recipes, which say themselves what they take.
#[derive(Debug)]
enum What {
    Folder(Box<Folder>),
    Recipe(Box<recipe::Typed>),
}

impl Subcommand for What {
    fn augment_subcommands(command: Command) -> Command {
        // Recipes are read only by who asks for them: each other command starts without.
        command.subcommand_required(true).defer(|command| {
            let folder = Folder::augment_args(Command::new("folder"));
            command.subcommand(folder).subcommands(recipe::commands())
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name == "folder" || recipe::commands().any(|command| command.get_name() == name)
    }
}

impl FromArgMatches for What {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        if name == "folder" {
            return Folder::from_arg_matches(matches).map(Box::new).map(Self::Folder);
        }
        recipe::Typed::new(name, matches).map(Box::new).map(Self::Recipe).ok_or_else(missing)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A pair of folders
#[derive(Debug, Args)]
struct Folder {
    /// The left folder
    left: PathBuf,
    /// The right folder
    right: PathBuf,
    /// What to call the pair; by default as the left folder is called
    #[arg(long)]
    name: Option<String>,
    /// two-way-safe, two-way-resolved, one-way-safe or one-way-replica
    #[arg(long, value_parser = word::<syncmgr_folders::Mode>)]
    mode: Option<String>,
    /// What to do with conflicts: hold, left, right, newer or both
    #[arg(long, value_name = "POLICY", value_parser = word::<syncmgr_folders::ConflictPolicy>)]
    conflict: Option<String>,
    /// How much is flushed to the disk: full, batch or none
    #[arg(long, value_parser = word::<syncmgr_folders::Durability>)]
    durability: Option<String>,
    /// Leave out what matches, in gitignore syntax (may be given several times)
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,
    /// Keep besides: owner, xattrs, acls, hard-links (several with commas)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = word::<syncmgr_folders::Keep>)]
    keep: Vec<String>,
    /// Run at this interval: 30s, 15m, 2h, 1d
    #[arg(long, value_name = "INTERVAL")]
    every: Option<String>,
    /// Run at the times of this cron expression
    #[arg(long, value_name = "CRON")]
    at: Option<String>,
    /// Run on these events: logon, logoff, idle, connect, disconnect, change
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    on: Vec<String>,
    /// It is late when its last success is older than this: 1d
    #[arg(long, value_name = "INTERVAL")]
    fresh: Option<String>,
    /// Run by itself only while this holds: power=mains, battery=30, network=home (may be given several times)
    #[arg(long, value_name = "CONDITION", value_parser = super::schedule::condition)]
    when: Vec<(String, String)>,
}

pub(super) fn run(command: Add, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let folder = match command.what {
        What::Folder(folder) => *folder,
        What::Recipe(typed) => {
            let request = typed.request(ctx)?;
            return ctx.show(Request::AddRecipe(request), added);
        }
    };
    let is_scheduled = folder.every.is_some() || folder.at.is_some() || !folder.on.is_empty();
    let request = FolderRequest {
        left: root(&folder.left, ctx)?,
        right: root(&folder.right, ctx)?,
        name: folder.name,
        mode: folder.mode,
        conflict: folder.conflict,
        durability: folder.durability,
        ignore: folder.ignore,
        keep: folder.keep,
        every: folder.every,
        at: folder.at,
        on: folder.on,
        fresh: folder.fresh,
        when: folder.when.into_iter().collect(),
    };
    let exit = ctx.show(Request::AddFolder(request), |events, page| {
        for event in events {
            if let Event::Item(item) = event {
                page.line(&format!(
                    "added {}: {} and {}, {}",
                    page.bold(&item.name),
                    item.left,
                    item.right,
                    item.mode
                ));
            }
        }
    })?;
    if is_scheduled && !ctx.manager.is_daemon() {
        ctx.output.note("it takes effect while the daemon runs: `syncmgr daemon start`, or `syncmgr daemon install` for good");
    }
    Ok(exit)
}

/// What became of a recipe, and the next step.
pub(super) fn added(events: &[Event], page: &mut Page<'_>) {
    for event in events {
        let Event::Handler(handler) = event else { continue };
        let recipe = phrases::plain(&handler.description);
        let line = format!("added {}: recipe `{recipe}`", page.bold(&handler.name));
        page.line(&line);
        match &handler.problem {
            Some(problem) => page.hint(&phrases::plain(problem)),
            None => page
                .hint(&format!("`syncmgr items` lists what it has, `syncmgr sync {}` runs it", handler.name)),
        }
    }
}

/// A root as it is written into the configuration, which is text.
fn root(typed: &Path, ctx: &Context<'_>) -> Result<String, Failure> {
    let path = ctx.surroundings.resolve(typed);
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!(
            "`{}` is not UTF-8 and cannot be written into the configuration",
            typed.display()
        ))
        .hint("`syncmgr sync LEFT RIGHT` takes any path")
    })
}
