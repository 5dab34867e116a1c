//! Why an item is as it is.

use syncmgr_wire::control::{Event, Marks, Request, TickRequest};
use syncmgr_wire::line::Why;
use syncmgr_wire::page::{Action, Block, Fact, Facts, Place, Screen, Tone};

use super::Body;
use super::settings::paragraph;
use crate::act::{self, Tailored as _};
use crate::frame;
use crate::known::{Known, State};
use crate::moments::{ago, until};
use crate::words;
use crate::world::Look;

pub(super) fn needs(place: &Place) -> Vec<Request> {
    place.subject.iter().map(|subject| Request::Why { item: subject.clone() }).collect()
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let back = Some(Place::of(Screen::Items));
    let known = look.subject().and_then(|subject| look.world.index.find(subject));
    let Some(known) = known else {
        let body = Body::new("Why").headline(Tone::Muted, "No item is called so");
        return Body { back, ..body };
    };
    let (state, tone) = known.state.words();
    let mut body = Body::new(&known.name).headline(tone, state);
    body.back = back;
    let request = Request::Why { item: look.request.place.subject.clone().unwrap_or_default() };
    let why = look.events(&request).iter().find_map(|event| match event {
        Event::Why(why) => Some(why),
        _ => None,
    });
    if let Some(why) = why {
        body.blocks.extend(why.reasons.iter().map(|reason| paragraph(Tone::Plain, &sentence(reason))));
    }
    body.blocks.push(Block::Heading("What is known".to_owned()));
    body.blocks.push(facts(look, known, why));
    body.actions = next_steps(look, known);
    if let Some(next) = why.and_then(|why| why.next.as_ref()) {
        body.blocks.push(paragraph(Tone::Muted, &format!("In a terminal: {next}")));
    }
    body
}

/// Reasons are said in the middle of other words, too; here each stands for itself.
fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

fn facts(look: &Look<'_>, known: &Known, why: Option<&Why>) -> Block {
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: String, tone| {
        if !text.is_empty() {
            facts.push(Fact { name: name.to_owned(), text, tone, actions: Vec::new() });
        }
    };
    let status = why.map(|why| &why.status).or(known.status.as_ref());
    if let Some(line) = &known.line {
        fact("Left", line.left.clone(), Tone::Plain);
        fact("Right", line.right.clone(), Tone::Plain);
        fact("Which way", line.mode.clone(), Tone::Plain);
        fact("Handler", known.group.clone(), Tone::Plain);
        let schedule = why.map_or(&line.schedule, |why| &why.schedule);
        let schedule = if schedule.is_empty() { "only by hand".to_owned() } else { schedule.join(", ") };
        fact("Runs", schedule, Tone::Plain);
    }
    let takes_part = if known.ticked { "yes" } else { "no: it is not ticked" };
    fact("Takes part", takes_part.to_owned(), if known.ticked { Tone::Plain } else { Tone::Warning });
    if let Some(last) = status.and_then(|status| status.last.as_ref()) {
        let (word, tone) = words::result(&last.result);
        let text = format!("{word}, {}, {}", ago(look.now, last.finished), words::event(last.event));
        fact("Last run", text, tone);
    }
    if let Some(since) = status.and_then(|status| status.late_since) {
        fact("Late", format!("since {}", ago(look.now, since)), Tone::Warning);
    }
    let next = status.and_then(|status| status.next_run).map(|next| until(look.now, next));
    fact("Next run", next.unwrap_or_else(|| "no moment is known".to_owned()), Tone::Plain);
    Block::Facts(Facts { facts })
}

/// What leads on, the most pressing first.
fn next_steps(look: &Look<'_>, known: &Known) -> Vec<Action> {
    let id = known.item.to_string();
    let mut actions: Vec<Action> = Vec::new();
    if let Some(handler) = frame::untrusted(look).into_iter().find(|handler| handler.name == known.group) {
        actions.push(super::settings::trust(handler));
    }
    match known.state {
        State::Halted => actions.extend(super::items::ways_on(known)),
        State::Conflicts(_) => {
            actions.push(act::go(
                "conflicts",
                "Look at the conflicts",
                Place::about(Screen::Conflicts, &*id),
            ));
        }
        _ => {}
    }
    if !known.ticked && known.configured {
        let request = TickRequest { items: vec![id.clone()], ticked: true, marks: Marks::default() };
        actions.push(act::ask("tick", "Let it take part", Request::Tick(request)));
    }
    let one = || act::items([known.item]);
    let has = |id: &str, actions: &[Action]| actions.iter().any(|action| action.id == id);
    if !has("sync", &actions) {
        actions.push(act::run("sync", "Synchronize", act::session(one())));
    }
    if known.is_folder {
        if !has("dry_run", &actions) {
            actions.push(act::plan("dry_run", "What would it do?", act::preview(one()), Some(id.clone())));
        }
        actions.push(act::otherwise(one(), Some(id.clone())));
    }
    if let Some(last) = known.status.as_ref().and_then(|status| status.last.as_ref()) {
        actions.push(act::go(
            "results",
            "Results of its last run",
            Place::about(Screen::Results, last.session.to_string()),
        ));
    }
    actions.push(act::go("history", "What it did", Place::about(Screen::History, &*id)));
    if known.configured {
        let part = Some("items".to_owned());
        actions.push(act::go(
            "schedule",
            "When it runs",
            Place { part, ..Place::about(Screen::Settings, &*id) },
        ));
    }
    if known.line.as_ref().is_some_and(|line| line.properties) {
        actions.push(act::ask("properties", "Properties", Request::Properties { item: id }));
    }
    if known.is_folder && known.configured {
        actions.push(super::items::remove(known));
    }
    if let Some(first) = actions.first_mut() {
        *first = first.clone().primary();
    }
    actions
}
