//! When each item runs by itself, and how often it has to succeed.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::ItemSettings;
use syncmgr_wire::page::{Block, Cell, Fact, Facts, Place, Row, Screen, Tone};

use super::{Body, place};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::known::{Kind, Known};
use crate::moments::until;
use crate::tables::{self, Furnished as _, column, wide};
use crate::world::Look;

pub(super) fn needs(subject: Option<&str>) -> Vec<Request> {
    subject.map(|item| Request::ItemSettings { item: item.to_owned() }).into_iter().collect()
}

pub(super) fn body(look: &Look<'_>) -> Body {
    match look.subject() {
        Some(subject) => one(look, subject),
        None => all(look),
    }
}

fn all(look: &Look<'_>) -> Body {
    let index = &look.world.index;
    let mut body = Body::new("When items run").headline(Tone::Plain, "When each item runs by itself");
    let needle = tables::needle(look.request);
    let places = index.select(Kind::All, needle.as_deref());
    let window = tables::positions(look.request, places.len());
    let known = places[window.clone()].iter().filter_map(|place| index.at(*place));
    let rows: Vec<Row> = known.map(|known| row(look, known)).collect();
    let columns = vec![wide("name", "Item"), column("runs", "Runs", 0), column("next", "Next run", 1)];
    let empty = tables::empty("There is no item yet", Vec::new());
    let table = tables::table("items", "Items and when they run", columns, rows, empty);
    let mut table = tables::windowed(table, window.start, places.len());
    table.search = Some(tables::search(look.request, "name or folder"));
    body.blocks.push(Block::Table(table));
    body
}

fn row(look: &Look<'_>, known: &Known) -> Row {
    let schedule = known.line.as_ref().map(|line| line.schedule.join(", ")).unwrap_or_default();
    let schedule =
        if schedule.is_empty() { Cell::toned("only by hand", Tone::Muted) } else { Cell::new(schedule) };
    let next = known.status.as_ref().and_then(|status| status.next_run);
    let next =
        Cell { at: next, ..Cell::toned(next.map(|at| until(look.now, at)).unwrap_or_default(), Tone::Muted) };
    let row = tables::row(known.item.to_string(), Tone::Plain, vec![Cell::new(&known.name), schedule, next]);
    Row { group: known.group.clone(), ..row.opens(place("items", Some(known.item.to_string()))) }
}

fn one(look: &Look<'_>, subject: &str) -> Body {
    let name = look.world.index.find(subject).map_or(subject, |known| known.name.as_str());
    let mut body = Body::new(format!("When {name} runs"));
    body.back = Some(Place::of(Screen::Items));
    let request = Request::ItemSettings { item: subject.to_owned() };
    let settings = look.events(&request).iter().find_map(|event| match event {
        Event::ItemSettings(settings) => Some(settings),
        _ => None,
    });
    let Some(settings) = settings else {
        return body.headline(Tone::Muted, "Nothing is known of when it runs");
    };
    let written =
        (!settings.configured).then_some("it is not written in the configuration file; its handler decides");
    let runs = [&settings.every, &settings.at].iter().any(|text| !text.is_empty())
        || !settings.on.is_empty()
        || !settings.after.is_empty();
    let facts = facts(settings, runs);
    if !facts.facts.is_empty() {
        body.blocks.push(Block::Facts(facts));
    }
    body.actions = vec![
        act::fill("change", "Change", forms::schedule(settings)).primary().unless(written),
        act::go("why", "Why it ran or did not", Place::about(Screen::Why, subject)),
        act::go("items", "Other items", place("items", None)),
    ];
    let known = look.world.index.find(subject).and_then(|known| known.status.as_ref());
    let next = known.and_then(|status| status.next_run);
    let next = next.map(|next| format!("; next {}", until(look.now, next))).unwrap_or_default();
    match runs {
        true => body.headline(Tone::Good, format!("It runs by itself{next}")),
        false => body.headline(Tone::Muted, "It runs only by hand, or with a session for many items"),
    }
}

fn facts(settings: &ItemSettings, runs: bool) -> Facts {
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: &str| {
        if !text.is_empty() {
            let (name, text) = (name.to_owned(), text.to_owned());
            facts.push(Fact { name, text, tone: Tone::Plain, actions: Vec::new() });
        }
    };
    fact("Again after", &settings.every);
    fact("At the moments of", &settings.at);
    fact("On", &settings.on.join(", "));
    fact("After", &settings.after.join(", "));
    fact("To succeed at least every", &settings.fresh);
    if runs {
        fact("Missed moments", if settings.catch_up { "are made up for" } else { "are forgotten" });
    }
    for (name, value) in &settings.when {
        fact(&format!("Only if {name}"), value);
    }
    Facts { facts }
}
