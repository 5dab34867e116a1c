//! `syncmgr plan`

use std::collections::BTreeMap;

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::fact::{Action, Side};
use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Request, Selection, SyncRequest};
use syncmgr_wire::line::{Change, ItemResult};

use super::Context;
use crate::face::{Page, phrases};

/// Paths of a kind that are listed; all of them with `--verbose`.
const SHOWN: usize = 20;

/// Show what a session would do, as a document: what would be deleted first, then what would be replaced, then the rest
///
/// It is what `sync --dry-run` finds, in another order and counted. Nothing is changed.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Names or ids of items; everything ticked if none is named
    items: Vec<String>,
    /// Let this safety rule pass (may be given several times)
    #[arg(long, value_name = "RULE", value_parser = super::sync::word::<syncmgr_folders::Rule>)]
    allow: Vec<String>,
}

pub(super) fn run(command: Plan, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let selection =
        if command.items.is_empty() { Selection::Ticked } else { Selection::Items(command.items) };
    let request =
        SyncRequest { dry_run: true, changes: true, allow: command.allow, ..SyncRequest::new(selection) };
    let shown = if ctx.output.wants_changes() { usize::MAX } else { SHOWN };
    ctx.show(Request::Sync(request), |events, page| Document::new(events).lay_out(shown, page))
}

/// What was found about one item.
#[derive(Default)]
struct Part<'a> {
    changes: Vec<&'a Change>,
    /// Conflicts, problems and halts, as they come.
    findings: Vec<&'a Event>,
}

struct Document<'a> {
    items: &'a [ItemResult],
    parts: BTreeMap<ItemId, Part<'a>>,
}

/// The kinds of change, the one that takes most first.
const ORDER: [(Action, &str); 5] = [
    (Action::Delete, "delete"),
    (Action::Update, "replace"),
    (Action::Create, "create"),
    (Action::Rename, "rename"),
    (Action::Attributes, "set attributes of"),
];

impl<'a> Document<'a> {
    fn new(events: &'a [Event]) -> Self {
        let mut document = Self { items: &[], parts: BTreeMap::new() };
        for event in events {
            match event {
                Event::Change(change) => {
                    document.parts.entry(change.item).or_default().changes.push(change);
                }
                Event::Conflict(conflict) => {
                    document.parts.entry(conflict.item).or_default().findings.push(event);
                }
                Event::Problem(problem) => {
                    document.parts.entry(problem.item).or_default().findings.push(event);
                }
                Event::Halt(halt) => document.parts.entry(halt.item).or_default().findings.push(event),
                Event::Summary(summary) => document.items = &summary.items,
                _ => {}
            }
        }
        document
    }

    fn lay_out(&self, shown: usize, page: &mut Page<'_>) {
        if self.items.is_empty() {
            page.line("nothing is ticked, so nothing would be done");
        }
        for item in self.items {
            let part = self.parts.get(&item.item);
            let changes = part.map_or(&[][..], |part| &part.changes[..]);
            page.line(&format!("{}  {}", page.bold(&item.name), would(item, changes)));
            for (side, (action, word)) in in_order() {
                let of_kind: Vec<_> =
                    changes.iter().filter(|change| change.side == side && change.action == action).collect();
                if of_kind.is_empty() {
                    continue;
                }
                let head = format!("  {word} {} on the {side}", phrases::count(of_kind.len() as u64, "path"));
                page.line(&if action == Action::Delete { page.bad(&head) } else { head });
                for change in of_kind.iter().take(shown) {
                    page.line(&format!("    {}", path(change)));
                }
                if of_kind.len() > shown {
                    page.line(&format!("    … and {} more; `--verbose` shows all", of_kind.len() - shown));
                }
            }
            for finding in part.map_or(&[][..], |part| &part.findings[..]) {
                match finding {
                    Event::Conflict(conflict) => page.conflict(conflict),
                    Event::Problem(problem) => page.problem(problem),
                    Event::Halt(halt) => page.halt(halt),
                    _ => {}
                }
            }
        }
    }
}

fn in_order() -> impl Iterator<Item = (Side, (Action, &'static str))> {
    ORDER.into_iter().flat_map(|kind| Side::BOTH.into_iter().map(move |side| (side, kind)))
}

/// `would delete 2, replace 1, create 4 paths and write 5.1 MB`
fn would(item: &ItemResult, changes: &[&Change]) -> String {
    if item.halt.is_some() {
        return "would be halted".to_owned();
    }
    let count = |action| changes.iter().filter(|change| change.action == action).count();
    let counts: Vec<String> = ORDER
        .into_iter()
        .filter_map(|(action, word)| Some((count(action), word)).filter(|(n, _)| *n > 0))
        .map(|(n, word)| format!("{word} {n}"))
        .collect();
    if counts.is_empty() {
        let told = item.changes.left + item.changes.right > 0 || item.bytes > 0;
        return match (&item.of, told) {
            (_, true) => format!("would make {}", phrases::changes(item)),
            (Some(of), false) => format!("its handler `{}` tells no plan", phrases::plain(of)),
            (None, false) => "nothing to do".to_owned(),
        };
    }
    let bytes = if item.bytes == 0 { String::new() } else { format!(", {}", phrases::bytes(item.bytes)) };
    format!("would {}{bytes}", counts.join(", "))
}

fn path(change: &Change) -> String {
    match &change.from {
        Some(from) => format!("{} → {}", phrases::path(from), phrases::path(&change.path)),
        None => phrases::path(&change.path),
    }
}
