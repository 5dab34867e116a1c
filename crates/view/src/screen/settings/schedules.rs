//! Schedules for many items at once.

use syncmgr_wire::control::{Request, TriggerRequest};
use syncmgr_wire::line::Trigger;
use syncmgr_wire::page::{Block, Cell, Fact, Facts, Row, Tone};

use super::triggers::{self, marks, switch, ticks};
use super::{Body, place};
use crate::act::{self};
use crate::forms;
use crate::tables::{self, Furnished as _};
use crate::world::Look;

/// A schedule is named by its purpose, and by its connection behind an `@` where it has one.
fn subject(trigger: &Trigger) -> String {
    match &trigger.connection {
        Some(connection) => format!("{}@{connection}", trigger.purpose),
        None => trigger.purpose.clone(),
    }
}

fn split(subject: &str) -> (&str, Option<&str>) {
    match subject.split_once('@') {
        Some((purpose, connection)) => (purpose, Some(connection)),
        None => (subject, None),
    }
}

pub(super) fn needs(subject: Option<&str>) -> Vec<Request> {
    let mut needs = vec![Request::Settings];
    if let Some((purpose, connection)) = subject.map(split) {
        needs.push(Request::Items(marks(purpose, connection)));
    }
    needs
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let asked = look.subject().map(split);
    match asked.and_then(|(purpose, connection)| triggers::find(look, purpose, connection)) {
        Some(trigger) => one(look, trigger),
        None => all(look),
    }
}

fn name(trigger: &Trigger) -> &str {
    trigger.purpose.strip_prefix("schedule:").unwrap_or(&trigger.purpose)
}

fn when(trigger: &Trigger) -> String {
    match (&trigger.every, &trigger.at) {
        (Some(every), _) => format!("every {every}"),
        (None, Some(at)) => format!("at {at}"),
        (None, None) => "never".to_owned(),
    }
}

fn all(look: &Look<'_>) -> Body {
    let mut body = Body::new("Schedules").headline(Tone::Plain, "What is synchronized at set times");
    let schedules = triggers::all(look).filter(|trigger| trigger.purpose.starts_with("schedule:"));
    let rows: Vec<Row> = schedules.map(row).collect();
    let add = || act::fill("add_schedule", "Add a schedule", forms::trigger_schedule(None));
    let text = "No schedule is set. Each item can also have one of its own.";
    let table = tables::table(
        "schedules",
        "Schedules",
        triggers::column_of_names(),
        rows,
        tables::empty(text, Vec::new()),
    );
    body.blocks.push(Block::Table(table));
    body.actions = vec![add(), act::go("items", "Schedules of single items", place("items", None))];
    body
}

fn row(trigger: &Trigger) -> Row {
    let (on, tone) = if trigger.enabled { ("on", Tone::Good) } else { ("off", Tone::Muted) };
    let cells = vec![
        Cell::new(name(trigger)),
        Cell::toned(on, tone),
        Cell::new(when(trigger)),
        Cell::new(trigger.connection.as_deref().unwrap_or("any")),
    ];
    let place = place("schedules", Some(subject(trigger)));
    tables::row(subject(trigger), Tone::Plain, cells).opens(place).with(vec![
        act::fill("change", "Change", forms::trigger_schedule(Some(trigger))),
        triggers::enable(trigger),
        triggers::remove(trigger),
    ])
}

fn one(look: &Look<'_>, trigger: &Trigger) -> Body {
    let mut body = Body::new(name(trigger));
    body = match trigger.enabled {
        true => body.headline(Tone::Good, format!("The ticked items are synchronized {}", when(trigger))),
        false => body.headline(Tone::Muted, "It is turned off"),
    };
    let set = |change: fn(&mut TriggerRequest, bool)| {
        let mut request = TriggerRequest {
            purpose: trigger.purpose.clone(),
            connection: trigger.connection.clone(),
            ..TriggerRequest::default()
        };
        move |on| {
            change(&mut request, on);
            Request::SetTrigger(request)
        }
    };
    let connection = trigger.connection.as_deref().unwrap_or("any");
    let plain = |name: &str, text: String| Fact {
        name: name.to_owned(),
        text,
        tone: Tone::Plain,
        actions: Vec::new(),
    };
    let mut facts = vec![
        switch("On", trigger.enabled, "enable", set(|request, on| request.enabled = Some(on))),
        plain("When", when(trigger)),
        plain("Connection", connection.to_owned()),
        switch("Ask me first", trigger.ask, "ask_first", set(|request, on| request.ask = Some(on))),
    ];
    if trigger.connection.is_some() {
        let connect = set(|request, on| request.connect = Some(on));
        facts.push(switch("Bring the connection up first", trigger.connect, "connect_first", connect));
    }
    body.blocks.push(Block::Facts(Facts { facts }));
    body.blocks.push(Block::Heading("Synchronize the ticked items".to_owned()));
    body.blocks.push(Block::Table(ticks(look, &marks(&trigger.purpose, trigger.connection.as_deref()))));
    body.actions = vec![
        act::fill("change", "Change", forms::trigger_schedule(Some(trigger))),
        triggers::remove(trigger),
    ];
    body.back = Some(place("schedules", None));
    body
}
