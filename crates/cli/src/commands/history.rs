//! `syncmgr history`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line;

use super::Context;
use crate::face::{Page, Table, phrases};

/// List past sessions, newest first
#[derive(Debug, Args)]
pub(crate) struct History {
    /// At most this many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    limit: u32,
}

pub(super) fn run(command: &History, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    ctx.show(Request::History { limit: command.limit }, |events, page| {
        let mut table = Table::default();
        for event in events {
            if let Event::Session(session) = event {
                table.row(row(session, page));
            }
        }
        if table.is_empty() {
            page.line("no session has run yet");
        }
        page.table(&table);
    })
}

fn row(session: &line::Session, page: &Page<'_>) -> [String; 4] {
    let names: Vec<&str> = session.items.iter().map(|item| item.name.as_str()).collect();
    let what = match (session.undoes, session.dry_run) {
        (Some(undone), _) => format!("undo of {undone}"),
        (None, true) => format!("dry run of {}", names.join(", ")),
        (None, false) => names.join(", "),
    };
    [session.session.to_string(), phrases::moment(session.started), page.outcome(session.exit), what]
}
