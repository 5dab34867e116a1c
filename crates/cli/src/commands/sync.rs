//! `syncmgr sync`

use std::path::{Path, PathBuf};

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::os_text;
use syncmgr_wire::control::{Event, Marks, Request, Roots, Selection, SyncRequest};
use syncmgr_wire::path::PathText;

use super::Context;
use super::session;
use crate::face::{ask, phrases};

/// Synchronize: everything ticked, the items named, or two folders
///
/// An item of a handler is written `HANDLER/ITEM`; a handler's name stands for all of its items that are ticked.
///
/// Two arguments that have a `/` in them or are folders are a pair, which need not be configured; what both sides agreed on is
/// remembered all the same. On a terminal: `s` skips the current item, `p` pauses, `q` or Ctrl-C stops, Ctrl-C once more ends at
/// once.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Names or ids of items, names of handlers, or two folders
    #[arg(value_name = "ITEM | HANDLER | LEFT RIGHT")]
    items: Vec<PathBuf>,
    /// As this purpose does it: its check marks, its event, asking first if that is set
    #[arg(long = "for", value_name = "PURPOSE", conflicts_with = "items", value_parser = word::<syncmgr_model::tick::Purpose>)]
    purpose: Option<String>,
    /// With the check marks of this network connection
    #[arg(long, value_name = "NAME", requires = "purpose")]
    connection: Option<String>,
    /// Tell what would be done, and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// two-way-safe, two-way-resolved, one-way-safe or one-way-replica
    #[arg(long, value_parser = word::<syncmgr_folders::Mode>)]
    mode: Option<String>,
    /// What to do with conflicts: hold, left, right, newer or both
    #[arg(long, value_name = "POLICY", value_parser = word::<syncmgr_folders::ConflictPolicy>)]
    conflict: Option<String>,
    /// Let this safety rule pass, once (may be given several times)
    #[arg(long, value_name = "RULE", value_parser = word::<syncmgr_folders::Rule>)]
    allow: Vec<String>,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
    /// Read every file instead of trusting what the file system says
    #[arg(long)]
    checksum: bool,
    /// How much is flushed to the disk: full, batch or none
    #[arg(long, value_parser = word::<syncmgr_folders::Durability>)]
    durability: Option<String>,
    /// Leave out what matches, in gitignore syntax (may be given several times)
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,
    /// Keep besides: owner, xattrs, acls, hard-links (several with commas)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = word::<syncmgr_folders::Keep>)]
    keep: Vec<String>,
}

/// Checks that a word is one of a closed set; the words themselves go on, because those are what is said on the wire.
pub(super) fn word<T: std::str::FromStr<Err: std::fmt::Display>>(typed: &str) -> Result<String, String> {
    match typed.parse::<T>() {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn run(command: Sync, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let selection = selection(&command.items, ctx)?;
    let marks = Marks { purpose: command.purpose, connection: command.connection };
    if !command.yes && is_refused(&marks, ctx)? {
        return Ok(Exit::Stopped);
    }
    let is_everything = selection == Selection::Ticked;
    let request = SyncRequest {
        selection,
        dry_run: command.dry_run,
        changes: command.dry_run || ctx.output.wants_changes(),
        mode: command.mode,
        conflict: command.conflict,
        durability: command.durability,
        ignore: command.ignore,
        keep: command.keep,
        allow: command.allow,
        checksum: command.checksum,
        marks,
        attended: ctx.output.is_attended(),
    };
    let empty = if is_everything { session::Empty::NothingConfigured } else { session::Empty::NothingMeant };
    session::run(Request::Sync(request), empty, ctx)
}

/// Whether the user wants to be asked before sessions of this purpose, and says no. No handler is loaded before.
fn is_refused(marks: &Marks, ctx: &mut Context<'_>) -> Result<bool, Failure> {
    let Some(purpose) = &marks.purpose else { return Ok(false) };
    let (_, settings) = ctx.collect(Request::Settings)?;
    let triggers = || {
        settings.iter().filter_map(|event| match event {
            Event::Trigger(trigger) if trigger.purpose == *purpose => Some(trigger),
            _ => None,
        })
    };
    let own = triggers().find(|trigger| trigger.connection == marks.connection);
    let trigger = own.or_else(|| triggers().find(|trigger| trigger.connection.is_none()));
    match trigger {
        Some(trigger) if trigger.ask => {
            Ok(!ask::agrees(ctx.output, &format!("synchronize for {}?", phrases::plain(purpose)))?)
        }
        _ => Ok(false),
    }
}

fn selection(typed: &[PathBuf], ctx: &mut Context<'_>) -> Result<Selection, Failure> {
    let handlers = if typed.iter().any(|typed| may_be_item(typed)) { handlers(ctx)? } else { Vec::new() };
    let is_path = |typed: &Path| is_path(typed) && !is_item(typed, &handlers);
    match typed {
        [] => Ok(Selection::Ticked),
        [left, right] if is_path(left) && is_path(right) => {
            let (left, right) = (ctx.surroundings.resolve(left), ctx.surroundings.resolve(right));
            let (left, right, escaped) =
                PathText::pair(os_text::to_bytes(left.as_os_str()), os_text::to_bytes(right.as_os_str()));
            Ok(Selection::Pair(Roots { left, right, escaped }))
        }
        names => {
            let has_slash = |name: &&PathBuf| os_text::to_bytes(name.as_os_str()).contains(&b'/');
            if let Some(path) = names.iter().filter(has_slash).find(|name| is_path(name)) {
                return Err(Failure::usage(format!("`{}` is a path, and paths come in pairs", path.display()))
                    .hint("`syncmgr sync LEFT RIGHT` synchronizes two folders; write `./NAME` for one that is not there yet"));
            }
            Ok(Selection::Items(names.iter().map(|name| name.to_string_lossy().into_owned()).collect()))
        }
    }
}

/// Whether an argument is a path: it has a `/` in it, or is a folder right here.
fn is_path(typed: &Path) -> bool {
    os_text::to_bytes(typed.as_os_str()).contains(&b'/') || typed.is_dir()
}

/// Whether an argument has the form `HANDLER/ITEM` and is no folder right here.
fn may_be_item(typed: &Path) -> bool {
    handler_in(typed).is_some() && !typed.is_dir()
}

/// Whether an argument is an item of one of these handlers. Where both are possible, a folder that is there wins; `./` makes
/// a path of anything.
fn is_item(typed: &Path, handlers: &[String]) -> bool {
    may_be_item(typed) && handler_in(typed).is_some_and(|name| handlers.iter().any(|handler| handler == name))
}

/// What stands before the first `/`, if that can be the name of a handler.
fn handler_in(typed: &Path) -> Option<&str> {
    let (name, item) = typed.to_str()?.split_once('/')?;
    (!item.is_empty() && !matches!(name, "" | "." | ".." | "~")).then_some(name)
}

/// The names of the handlers besides folders.
fn handlers(ctx: &mut Context<'_>) -> Result<Vec<String>, Failure> {
    let (_, events) = ctx.collect(Request::Handlers)?;
    let name = |event: Event| match event {
        Event::Handler(handler) if handler.registered => Some(handler.name),
        _ => None,
    };
    Ok(events.into_iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_a_handler_is_told_from_a_path() {
        let handlers = ["notes".to_owned()];
        for (typed, expected) in [
            ("notes/inbox", true),
            ("notes/a/b", true),
            ("mail/inbox", false),
            ("notes/", false),
            ("notes", false),
            ("./notes/inbox", false),
            ("/notes/inbox", false),
            ("~/inbox", false),
        ] {
            assert_eq!(is_item(Path::new(typed), &handlers), expected, "{typed}");
        }
    }
}
