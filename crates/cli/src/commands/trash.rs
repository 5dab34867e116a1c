//! `syncmgr trash`

use std::ffi::OsString;

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::fact::Side;
use syncmgr_model::os_text;
use syncmgr_wire::control::{Event, Request, TrashRequest};
use syncmgr_wire::path::PathText;

use super::Context;
use crate::face::{Page, Table, ask, phrases};

/// What runs replaced or deleted, and can be brought back
#[derive(Debug, Args)]
pub(crate) struct Trash {
    #[command(subcommand)]
    what: Option<What>,
    /// Only that of this item
    #[arg(long, value_name = "ITEM", global = true)]
    item: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List it, a line for each run and side
    List,
    /// Bring back paths, where nothing is in their place
    Restore(Meant),
    /// Destroy it
    Empty {
        /// Only what runs older than this many days put there
        #[arg(long, value_name = "DAYS")]
        older_than: Option<u32>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct Meant {
    /// Only these paths, or what lies below them
    paths: Vec<OsString>,
    /// Only what this session put there: its id or its beginning
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only what lay on this side: left or right
    #[arg(long, value_name = "SIDE", value_parser = side)]
    side: Option<Side>,
}

fn side(typed: &str) -> Result<Side, String> {
    let known = Side::BOTH.into_iter().find(|side| side.as_str() == typed);
    known.ok_or_else(|| format!("`{typed}` is no side; it is left or right"))
}

pub(super) fn run(command: Trash, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let item = command.item;
    match command.what {
        None | Some(What::List) => ctx.show(Request::Trash { item }, list),
        Some(What::Restore(meant)) => ctx.show(Request::TrashRestore(request(item, meant)), paths),
        Some(What::Empty { older_than, yes }) => {
            if !yes && !ask::agrees(ctx.output, "destroy what is in the trash for good?")? {
                return Ok(Exit::Stopped);
            }
            ctx.show(Request::TrashEmpty { item, older_than_days: older_than }, done)
        }
    }
}

fn request(item: Option<String>, meant: Meant) -> TrashRequest {
    let paths = meant.paths.iter().map(|path| PathText::new(os_text::to_bytes(path)).text).collect();
    TrashRequest { item, session: meant.session, side: meant.side, paths }
}

fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        if let Event::Trash(trash) = event {
            table.row([
                page.bold(&trash.name),
                trash.side.to_string(),
                phrases::moment(trash.at),
                phrases::count(trash.paths, "path"),
                phrases::bytes(trash.bytes),
                trash.session.to_string(),
            ]);
        }
    }
    if table.is_empty() {
        page.line("the trash is empty");
    }
    page.table(&table);
}

fn done(events: &[Event], page: &mut Page<'_>) {
    if events.is_empty() {
        page.line("the trash is empty");
    }
    for event in events {
        if let Event::Done(done) = event {
            page.line(&done.text);
        }
    }
}

fn paths(events: &[Event], page: &mut Page<'_>) {
    for event in events {
        if let Event::TrashPath(path) = event {
            let shown = phrases::path(&path.path);
            match &path.reason {
                None => page.line(&format!("restored  {}  {shown}", path.side)),
                Some(reason) => page.line(&format!("left      {}  {shown}: {reason}", path.side)),
            }
        }
    }
}
