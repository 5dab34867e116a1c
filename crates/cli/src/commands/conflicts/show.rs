//! `syncmgr conflicts show`

use std::ffi::OsString;

use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Conflict;
use syncmgr_wire::page::{Comparison, DiffLine, DiffMark, Version};

use super::text;
use crate::commands::Context;
use crate::face::{Page, Table, phrases};

/// Shows both versions of what is in conflict at a path, in one item or in each that has it.
pub(super) fn show(typed: &[OsString], item: Option<String>, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    for conflict in meant(typed, item, ctx)? {
        let (_, events) = ctx.collect(compare(&conflict, false))?;
        for event in events {
            if ctx.output.is_json() {
                ctx.output.print_line(&event.to_line());
            } else if let Event::Comparison(comparison) = &event {
                lay_out(&conflict, comparison, &mut ctx.output.page());
            }
        }
    }
    Ok(Exit::InStep)
}

/// The open conflicts meant by `PATH`, or by `ITEM PATH`. There is at least one.
pub(super) fn meant(
    typed: &[OsString],
    item: Option<String>,
    ctx: &mut Context<'_>,
) -> Result<Vec<Conflict>, Failure> {
    let (item, path) = match typed {
        [item, path] => (Some(text(item)), text(path)),
        [path] => (item, text(path)),
        _ => return Err(Failure::usage("a path is missing").hint("`syncmgr conflicts` lists them")),
    };
    let (_, events) = ctx.collect(Request::Conflicts { item })?;
    let meant = events.into_iter().filter_map(|event| match event {
        Event::Conflict(conflict) if conflict.path == path => Some(conflict),
        _ => None,
    });
    let meant: Vec<_> = meant.collect();
    if meant.is_empty() {
        return Err(Failure::usage(format!("no conflict is open at `{path}`"))
            .hint("`syncmgr conflicts` lists those that are"));
    }
    Ok(meant)
}

pub(super) fn compare(conflict: &Conflict, draft: bool) -> Request {
    Request::Compare {
        item: conflict.item.to_string(),
        path: conflict.path.clone(),
        escaped: conflict.escaped,
        draft,
    }
}

fn lay_out(conflict: &Conflict, comparison: &Comparison, page: &mut Page<'_>) {
    page.line(&format!("{}  {}", page.bold(&conflict.name), phrases::path(&conflict.path)));
    page.line(&format!("  {}", phrases::conflict(conflict.kind)));
    if let Some(since) = conflict.since {
        page.line(&format!("  known since {}", phrases::moment(since)));
    }
    let mut table = Table::default();
    for version in &comparison.versions {
        table.row([format!("  {}", name(version)), what(version)]);
    }
    page.table(&table);
    if !comparison.lines.is_empty() {
        page.line("");
        comparison.lines.iter().for_each(|line| page.line(&shown(line, page)));
    }
    if !comparison.remark.is_empty() {
        page.line(&format!("  {}", phrases::plain(&comparison.remark)));
    }
    if comparison.seen.is_empty() {
        return;
    }
    let merge =
        if comparison.lines.is_empty() { "" } else { ", `syncmgr conflicts edit PATH` joins both by hand" };
    page.hint(&format!("`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides it{merge}"));
}

fn name(version: &Version) -> &str {
    match version.side.as_str() {
        "baseline" => "before",
        side => side,
    }
}

/// `9 B, changed 2026-11-02 21:04:11, the newer one`
fn what(version: &Version) -> String {
    let kind = phrases::plain(&version.kind);
    let about = if version.text.is_empty() { kind } else { phrases::plain(&version.text) };
    let newer = if version.newer { ", the newer one" } else { "" };
    format!("{about}{newer}")
}

/// A line of either side, with its number where it stands.
fn shown(line: &DiffLine, page: &Page<'_>) -> String {
    let text = phrases::plain(&line.text);
    match line.mark {
        DiffMark::Skipped => page.dim(&format!("        … {text}")),
        DiffMark::Both => format!("  {:>5}   {text}", number(line.left)),
        DiffMark::Left => page.warning(&format!("  {:>5} < {text}", number(line.left))),
        DiffMark::Right => page.good(&format!("  {:>5} > {text}", number(line.right))),
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
