//! `syncmgr status`

use clap::Args;
use syncmgr_daemon::{Exit, Failure, surroundings};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line;

use super::{Context, control};
use crate::face::{Page, Table, phrases};

/// Show how each item is
#[derive(Debug, Args)]
pub(crate) struct Status {}

pub(super) fn run(_: &Status, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let exit = ctx.show(Request::Status, |events, page| {
        let mut table = Table::default();
        for event in events {
            if let Event::Status(status) = event {
                table.row(row(status, page));
            }
        }
        if table.is_empty() {
            page.line("nothing is configured; `syncmgr add folder LEFT RIGHT` adds a pair");
        }
        page.table(&table);
    })?;
    if !ctx.output.is_json() && ctx.manager.is_daemon() {
        tell_pause(ctx)?;
    }
    Ok(exit)
}

/// Says that nothing starts by itself, if that is so: otherwise one would wait for it.
fn tell_pause(ctx: &mut Context<'_>) -> Result<(), Failure> {
    let (_, events) = ctx.collect(Request::Daemon)?;
    for event in &events {
        if let Event::Daemon(daemon) = event
            && let Some(paused) = control::paused(daemon)
        {
            ctx.output.page().line(&paused);
        }
    }
    Ok(())
}

fn row(status: &line::Status, page: &Page<'_>) -> [String; 5] {
    let name = page.bold(&status.name);
    let due = due(status, page);
    let Some(last) = &status.last else {
        return [name, "not run yet".to_owned(), String::new(), String::new(), due];
    };
    // What is open now counts, not what was open after that run: conflicts may have been decided since.
    let now = line::ItemResult { conflicts: status.conflicts, ..last.result.clone() };
    let when = phrases::ago(surroundings::now(), last.finished);
    [name, page.state(&now), when, phrases::changes(&last.result), due]
}

/// Whether it is late, and when it runs next by itself.
pub(super) fn due(status: &line::Status, page: &Page<'_>) -> String {
    let late = status.late_since.map(|_| page.bad("late"));
    let next = status.next_run.map(|next| format!("next {}", phrases::moment(next)));
    late.into_iter().chain(next).collect::<Vec<_>>().join(", ")
}
