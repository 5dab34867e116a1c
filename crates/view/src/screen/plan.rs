//! What a run would do, before it does it.

use syncmgr_model::fact::Side;
use syncmgr_wire::control::{Request, Selection, SyncRequest};
use syncmgr_wire::page::{Action, Block, Cell, Fact, Facts, Place, Row, Screen, Table, Tone};

use super::Body;
use crate::act::{self, Tailored as _};
use crate::amounts::{bytes, count, digits};
use crate::lines::{Bucket, Deed, PlanLine};
use crate::moments::ago;
use crate::plans::{Origin, Plan, Stage};
use crate::tables::{self, Furnished as _, column, wide};
use crate::words;
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let Some(subject) = look.subject() else { return all(look) };
    let item = subject.parse().ok().or_else(|| look.world.index.find(subject).map(|known| known.item));
    match item.and_then(|item| look.world.plans.get(item)) {
        Some(plan) => one(look, plan),
        None => none(look, subject),
    }
}

fn name(look: &Look<'_>, plan: &Plan) -> String {
    if plan.name.is_empty() { look.world.index.name(plan.item) } else { plan.name.clone() }
}

/// No plan is there: the way to one.
fn none(look: &Look<'_>, subject: &str) -> Body {
    let known = look.world.index.find(subject);
    let name = known.map_or(subject, |known| known.name.as_str());
    let mut body = Body::new(format!("Plan of {name}"));
    body.back = Some(Place::of(Screen::Plan));
    let Some(known) = known else { return body.headline(Tone::Muted, "No item is called so") };
    if look.world.plans.is_making() {
        body.moves = true;
        return body.headline(Tone::Busy, "It is being looked at");
    }
    let preview = act::preview(act::items([known.item]));
    let id = known.item.to_string();
    body.actions = vec![act::plan("dry_run", "Look what it would do", preview, Some(id)).primary()];
    body.headline(Tone::Muted, "Nobody has looked yet what it would do, or it was some time ago")
}

fn all(look: &Look<'_>) -> Body {
    let plans = look.world.plans.all();
    let made: Vec<&Plan> = plans.iter().copied().filter(|plan| plan.stage == Stage::Made).collect();
    let mut body = Body::new("Plan");
    body = match (look.world.plans.is_making(), made.len()) {
        (true, _) => body.headline(Tone::Busy, "It is being looked at"),
        (false, 0) => body.headline(Tone::Muted, "No plan is there; nothing is changed by looking"),
        (false, _) => body.headline(Tone::Plain, format!("{}. Nothing was changed yet", summed(&made))),
    };
    body.moves = look.world.plans.is_making();
    let window = tables::positions(look.request, plans.len());
    let rows = plans[window.clone()].iter().map(|plan| plan_row(look, plan)).collect();
    let columns = vec![
        wide("name", "Item"),
        tables::numbers("delete", "Deletions", 0),
        tables::numbers("overwrite", "Overwrites", 1),
        tables::numbers("create", "Creations", 1),
        tables::numbers("conflict", "Conflicts", 2),
        tables::numbers("bytes", "Bytes", 2),
    ];
    let empty = tables::empty(
        "Look what synchronizing would do: each path is shown before it is touched",
        Vec::new(),
    );
    let table = tables::table("plans", "Plans, one for each item", columns, rows, empty);
    body.blocks.push(Block::Table(tables::windowed(table, window.start, plans.len())));
    let passing: Vec<_> =
        made.iter().filter(|plan| plan.halt.is_none() && matches!(plan.origin, Origin::Sync(_))).collect();
    if !passing.is_empty() {
        let items = act::items(passing.iter().map(|plan| plan.item));
        let text = format!("Do it? {}", summed(&made));
        let approve =
            act::run("approve", "Do all of it", act::session(items)).confirmed(text, "Do it").primary();
        body.actions.push(approve);
        body.actions.push(act::go("refuse", "Leave everything as it is", Place::of(Screen::Items)));
    }
    let nothing = (look.world.index.len() == 0).then_some("there is no item yet");
    let again = act::plan("dry_run_ticked", "Look again", act::preview(Selection::Ticked), None);
    body.actions.push(again.unless(nothing));
    body.actions.push(act::otherwise(Selection::Ticked, None).unless(nothing));
    body
}

/// Several plans in one sentence.
fn summed(plans: &[&Plan]) -> String {
    let n_of = |bucket| plans.iter().map(|plan| plan.lines.count(bucket)).sum::<u64>();
    sentence(n_of, plans.iter().map(|plan| plan.bytes).sum())
}

fn sentence(n_of: impl Fn(Bucket) -> u64, moved: u64) -> String {
    let told: Vec<String> = Bucket::ALL
        .into_iter()
        .filter(|bucket| n_of(*bucket) > 0)
        .map(|bucket| count_of(n_of(bucket), bucket))
        .collect();
    let moved = if moved > 0 { format!(", {} to copy", bytes(moved)) } else { String::new() };
    if told.is_empty() { "Nothing is to be done".to_owned() } else { format!("{}{moved}", told.join(", ")) }
}

fn count_of(n: u64, bucket: Bucket) -> String {
    match bucket {
        // Its plural is inside.
        Bucket::Attributes if n != 1 => format!("{} changes of attributes", digits(n)),
        _ => count(n, bucket.noun()),
    }
}

fn plan_row(look: &Look<'_>, plan: &Plan) -> Row {
    let n_of = |bucket| match plan.lines.count(bucket) {
        0 => Cell::new(""),
        n => Cell::new(digits(n)),
    };
    let mut deletions = n_of(Bucket::Deletions);
    deletions.tone = Some(Tone::Bad);
    let bytes = if plan.bytes > 0 { bytes(plan.bytes) } else { String::new() };
    let cells = vec![
        Cell::new(name(look, plan)),
        deletions,
        n_of(Bucket::Overwrites),
        n_of(Bucket::Creations),
        n_of(Bucket::Conflicts),
        Cell::new(bytes),
    ];
    let (tone, detail) = match (plan.stage, &plan.halt) {
        (Stage::Making, _) => (Tone::Busy, "it is being looked at".to_owned()),
        (Stage::Failed, _) => (Tone::Bad, "it could not be looked at; the results say why".to_owned()),
        (Stage::Made, Some(halt)) => (Tone::Needs, halt.text.clone()),
        (Stage::Made, None) => (Tone::Plain, String::new()),
    };
    let place = Place::about(Screen::Plan, plan.item.to_string());
    tables::row(plan.item.to_string(), tone, cells).detailed(detail).opens(place)
}

fn one(look: &Look<'_>, plan: &Plan) -> Body {
    let name = name(look, plan);
    let title = match plan.origin {
        Origin::Sync(_) => format!("Plan of {name}"),
        Origin::Undo(_) => format!("What undoing would do to {name}"),
    };
    let said = sentence(|bucket| plan.lines.count(bucket), plan.bytes);
    let (tone, headline) = match (plan.stage, &plan.halt) {
        (Stage::Making, _) => (Tone::Busy, format!("It is being looked at: {said} so far")),
        (Stage::Failed, _) => (Tone::Bad, "It could not be looked at; the results say why".to_owned()),
        (Stage::Made, Some(halt)) => (Tone::Needs, format!("Halted by `{}`: {}", halt.rule, halt.text)),
        (Stage::Made, None) => (Tone::Plain, format!("{said}. Nothing was changed yet")),
    };
    let mut body = Body::new(title).headline(tone, headline);
    body.moves = plan.stage == Stage::Making;
    body.blocks.push(facts(look, plan));
    body.blocks.push(Block::Table(table(look, plan)));
    body.actions = decisions(plan, &name, &said);
    body.back = Some(Place::of(Screen::Plan));
    body
}

fn facts(look: &Look<'_>, plan: &Plan) -> Block {
    let fact =
        |name: &str, text: String, tone| Fact { name: name.to_owned(), text, tone, actions: Vec::new() };
    let mut facts = Vec::new();
    for bucket in Bucket::ALL.into_iter().filter(|bucket| plan.lines.count(*bucket) > 0) {
        let tone = match bucket {
            Bucket::Deletions => Tone::Bad,
            Bucket::Conflicts => Tone::Needs,
            _ => Tone::Plain,
        };
        facts.push(fact(bucket.label(), digits(plan.lines.count(bucket)), tone));
    }
    if plan.bytes > 0 {
        facts.push(fact("To copy", bytes(plan.bytes), Tone::Plain));
    }
    if plan.n_problems > 0 {
        let text = format!("{} could not be looked at", count(plan.n_problems, "path"));
        facts.push(fact("Problems", text, Tone::Warning));
    }
    if plan.n_cut() > 0 {
        let text = format!("{} more are counted and not listed", digits(plan.n_cut()));
        facts.push(fact("Cut", text, Tone::Warning));
    }
    facts.push(fact("Looked at", ago(look.now, plan.made), Tone::Muted));
    Block::Facts(Facts { facts })
}

fn table(look: &Look<'_>, plan: &Plan) -> Table {
    let lines = &plan.lines;
    let mut choices = vec![("all".to_owned(), "All".to_owned(), lines.n_seen(None, None) as u64)];
    choices.extend(Bucket::ALL.into_iter().filter(|bucket| lines.count(*bucket) > 0).map(|bucket| {
        (bucket.id().to_owned(), bucket.label().to_owned(), lines.n_seen(Some(bucket), None) as u64)
    }));
    let filter = tables::filter(look.request, choices);
    let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.id() == filter.chosen);
    let needle = tables::needle(look.request);
    let total = lines.n_seen(bucket, needle.as_deref());
    let window = tables::positions(look.request, total);
    let rows = lines.window(bucket, needle.as_deref(), window.clone()).iter().map(line_row).collect();
    let columns = vec![column("deed", "What", 0), column("side", "Side", 1), wide("path", "Path")];
    let empty = match plan.stage {
        Stage::Making => "Nothing was found yet",
        _ => "Nothing is to be done: both sides are in step",
    };
    let table = tables::table(
        "lines",
        "What would be done, path by path",
        columns,
        rows,
        tables::empty(empty, Vec::new()),
    );
    let mut table = tables::windowed(table, window.start, total);
    table.filter = Some(filter);
    table.search = Some(tables::search(look.request, "path"));
    table
}

fn line_row(line: &PlanLine<'_>) -> Row {
    let (word, tone, side) = match line.deed {
        Deed::Change(side, action) => {
            let (word, tone) = words::change(action);
            (word, tone, side_word(side))
        }
        Deed::Conflict(kind) => (words::conflict(kind), Tone::Needs, ""),
    };
    let path =
        if line.from.is_empty() { line.path.to_owned() } else { format!("{} → {}", line.from, line.path) };
    let cells = vec![Cell::toned(word, tone), Cell::toned(side, Tone::Muted), Cell::new(path)];
    let row = tables::row(line.number.to_string(), Tone::Plain, cells);
    if line.escaped { row.detailed("the name is not UTF-8: bytes are shown as \\xNN") } else { row }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

/// Do it, or leave everything as it is.
fn decisions(plan: &Plan, name: &str, said: &str) -> Vec<Action> {
    let id = plan.item.to_string();
    let refuse = act::go("refuse", "Leave everything as it is", Place::of(Screen::Items));
    let unmade = match plan.stage {
        Stage::Making => Some("it is still being looked at"),
        Stage::Failed => Some("it could not be looked at"),
        Stage::Made => None,
    };
    match &plan.origin {
        Origin::Undo(session) => {
            let request = Request::Undo { session: *session, dry_run: false };
            let text = format!("Undo it? {said}. It concerns all items of that session.");
            let approve = act::ask_and_go("approve", "Undo it", request, Place::of(Screen::Synchronizing));
            vec![approve.confirmed(text, "Undo it").unless(unmade).primary(), refuse]
        }
        Origin::Sync(before) => {
            let again = SyncRequest { selection: act::items([plan.item]), ..(**before).clone() };
            let mut run = SyncRequest { dry_run: false, changes: false, ..again.clone() };
            let (label, text) = match &plan.halt {
                Some(halt) => {
                    run.allow.push(halt.rule.clone());
                    run.allow.dedup();
                    let text =
                        format!("Let `{name}` pass the safety rule `{}` once? {}", halt.rule, halt.text);
                    ("Let it pass once", text)
                }
                None => ("Do it", format!("Synchronize `{name}`? {said}.")),
            };
            let nothing = (plan.halt.is_none() && plan.n_changes() == 0).then_some("nothing is to be done");
            let approve =
                act::run("approve", label, run).confirmed(text, label).unless(unmade.or(nothing)).primary();
            let again = act::plan("dry_run", "Look again", again, Some(id.clone()));
            let otherwise = act::otherwise(act::items([plan.item]), Some(id.clone()));
            let results = act::go("results", "Results", Place::of(Screen::Results));
            let mut actions = vec![approve, refuse, again, otherwise];
            if plan.stage == Stage::Failed || plan.n_problems > 0 {
                actions.push(results);
            }
            if plan.lines.count(Bucket::Conflicts) > 0 {
                actions.push(act::go("conflicts", "Conflicts", Place::about(Screen::Conflicts, id)));
            }
            actions
        }
    }
}
