//! `syncmgr triggers`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Trigger, Why};

use super::{Context, settings};
use crate::face::{Page, Table, phrases};

/// Show what starts by itself, when and why: each item's own times and events, then triggers for many items at once
///
/// An item's own are written with it (`every`, `at`, `on`, `after` and the conditions under `when`); those for many are
/// under `[[trigger]]`, see `syncmgr settings`.
#[derive(Debug, Args)]
pub(crate) struct Triggers {}

pub(super) fn run(_: &Triggers, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let (_, statuses) = ctx.collect(Request::Status)?;
    let mut items = Vec::new();
    for event in statuses {
        if let Event::Status(status) = event {
            let (_, why) = ctx.collect(Request::Why { item: status.item.to_string() })?;
            items.extend(why.into_iter().filter(|event| matches!(event, Event::Why(_))));
        }
    }
    let (exit, triggers) = ctx.collect(Request::Settings)?;
    if ctx.output.is_json() {
        for event in items.iter().chain(&triggers) {
            ctx.output.print_line(&event.to_line());
        }
        return Ok(exit);
    }
    let is_daemon = ctx.manager.is_daemon();
    let mut page = ctx.output.page();
    show(&items, &triggers, &mut page);
    if !is_daemon {
        page.hint("no daemon is running, so nothing starts by itself; `syncmgr daemon start` starts one");
    }
    Ok(exit)
}

fn show(items: &[Event], triggers: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in items {
        if let Event::Why(why) = event {
            table.row(item(why, page));
        }
    }
    for event in triggers {
        if let Event::Trigger(trigger) = event {
            table.row(of_many(trigger, page));
        }
    }
    if table.is_empty() {
        page.line("nothing is configured; `syncmgr add folder LEFT RIGHT` adds a pair");
    }
    page.table(&table);
}

fn item(why: &Why, page: &Page<'_>) -> [String; 3] {
    let words = match why.schedule.as_slice() {
        [] => "only when asked".to_owned(),
        words => phrases::plain(&words.join(", ")),
    };
    let next = why.status.next_run.map(|next| format!("next {}", phrases::moment(next)));
    [page.bold(&why.status.name), words, next.unwrap_or_default()]
}

fn of_many(trigger: &Trigger, page: &Page<'_>) -> [String; 3] {
    let place = trigger.connection.as_deref().map(|name| format!("on `{}`: ", phrases::plain(name)));
    let words = format!("{}{}", place.unwrap_or_default(), settings::words(trigger));
    let marks = format!("`syncmgr items --for {}`", trigger.purpose);
    [page.bold(&trigger.purpose), words, format!("for what is ticked: {marks}")]
}
