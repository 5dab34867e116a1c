//! Logon, logoff and idle: on which connection, with which items, after which question.

use syncmgr_wire::control::{Event, Marks, Request, TriggerRequest};
use syncmgr_wire::line::{self, Trigger};
use syncmgr_wire::page::{Action, Block, Cell, Fact, Facts, Row, Table, Tone};

use super::{Body, place};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::screen::{connections, items};
use crate::tables::{self, Furnished as _, column, wide};
use crate::world::Look;

pub(super) fn needs(purpose: &str, connection: Option<&str>) -> Vec<Request> {
    vec![Request::Settings, Request::Connections, Request::Items(marks(purpose, connection))]
}

pub(super) fn marks(purpose: &str, connection: Option<&str>) -> Marks {
    Marks { purpose: Some(purpose.to_owned()), connection: connection.map(str::to_owned) }
}

/// All triggers that are set.
pub(super) fn all<'a>(look: &Look<'a>) -> impl Iterator<Item = &'a Trigger> + use<'a> {
    look.events(&Request::Settings).iter().filter_map(|event| match event {
        Event::Trigger(trigger) => Some(trigger),
        _ => None,
    })
}

/// The trigger for exactly this.
pub(super) fn find<'a>(look: &Look<'a>, purpose: &str, connection: Option<&str>) -> Option<&'a Trigger> {
    all(look).find(|trigger| trigger.purpose == purpose && trigger.connection.as_deref() == connection)
}

pub(super) fn body(look: &Look<'_>, purpose: &str) -> Body {
    let connection = look.subject();
    let trigger = find(look, purpose, connection);
    // A connection without settings of its own goes by those for any.
    let inherited = trigger.or_else(|| find(look, purpose, None));
    let is_on = inherited.is_some_and(|trigger| trigger.enabled);
    let (title, when) = match purpose {
        "logon" => ("Logon", "when you log on"),
        "logoff" => ("Logoff", "before you log off"),
        _ => ("On idle", "when nobody is there"),
    };
    let on =
        connection.map_or_else(|| "any connection".to_owned(), |name| format!("the connection `{name}`"));
    let said = match (is_on, trigger.is_none() && connection.is_some()) {
        (true, false) => format!("On {on}, the items ticked below are synchronized {when}"),
        (true, true) => format!("On {on}, what is set for any connection holds"),
        (false, _) => format!("On {on}, nothing is synchronized {when}"),
    };
    let mut body = Body::new(title).headline(if is_on { Tone::Good } else { Tone::Muted }, said);
    body.blocks.push(facts(purpose, connection, inherited));
    body.blocks.push(Block::Heading("Connection".to_owned()));
    body.blocks.push(Block::Table(selector(look, purpose)));
    body.blocks.push(Block::Heading("Synchronize the ticked items".to_owned()));
    body.blocks.push(Block::Table(ticks(look, &marks(purpose, connection))));
    if purpose == "idle" {
        body.actions.push(act::fill("change", "Idle settings", forms::idle(inherited, connection)));
    }
    if trigger.is_some() && connection.is_some() {
        let request =
            Request::RemoveTrigger { purpose: purpose.to_owned(), connection: connection.map(str::to_owned) };
        let text = format!(
            "Let `{purpose}` on {on} be as on any connection? Its ticks stay for when it is set again."
        );
        body.actions.push(act::ask("remove", "As on any connection", request).confirmed(text, "As on any"));
    }
    body
}

fn set(purpose: &str, connection: Option<&str>, change: impl FnOnce(&mut TriggerRequest)) -> Request {
    let mut request = TriggerRequest {
        purpose: purpose.to_owned(),
        connection: connection.map(str::to_owned),
        ..TriggerRequest::default()
    };
    change(&mut request);
    Request::SetTrigger(request)
}

/// A setting that is on or off, and the way to have it otherwise.
pub(super) fn switch(name: &str, is_on: bool, id: &str, request: impl FnOnce(bool) -> Request) -> Fact {
    let (text, label, tone) =
        if is_on { ("yes", "Turn off", Tone::Good) } else { ("no", "Turn on", Tone::Muted) };
    let action = act::ask(id, label, request(!is_on));
    Fact { name: name.to_owned(), text: text.to_owned(), tone, actions: vec![action] }
}

fn facts(purpose: &str, connection: Option<&str>, trigger: Option<&Trigger>) -> Block {
    let is = |pick: fn(&Trigger) -> bool| trigger.is_some_and(pick);
    let mut facts = vec![
        switch("On", is(|t| t.enabled), "enable", |on| set(purpose, connection, |r| r.enabled = Some(on))),
        switch("Ask me first", is(|t| t.ask), "ask_first", |on| {
            set(purpose, connection, |r| r.ask = Some(on))
        }),
    ];
    if purpose == "idle" {
        let text =
            |value: Option<&String>, default: &str| value.map_or_else(|| default.to_owned(), Clone::clone);
        let fact =
            |name: &str, text| Fact { name: name.to_owned(), text, tone: Tone::Plain, actions: Vec::new() };
        facts.push(fact("Waits", text(trigger.and_then(|t| t.wait.as_ref()), "15m")));
        facts.push(fact("Again after", text(trigger.and_then(|t| t.repeat.as_ref()), "1h")));
        let battery = |on: bool| set(purpose, connection, |request| request.on_battery = Some(on));
        facts.push(switch("Also on battery power", is(|t| t.on_battery), "on_battery", battery));
    }
    Block::Facts(Facts { facts })
}

/// The connections to choose from; each has settings and ticks of its own.
fn selector(look: &Look<'_>, purpose: &str) -> Table {
    let names = connections::all(look).map(|connection| Some(connection.connection.as_str()));
    let rows = [None].into_iter().chain(names).map(|name| {
        let is_here = name == look.subject();
        let set = find(look, purpose, name)
            .map_or("as for any", |trigger| if trigger.enabled { "on" } else { "off" });
        let set = if name.is_none() && set == "as for any" { "off" } else { set };
        let label = name.unwrap_or("any connection");
        let cells = vec![
            Cell::new(label),
            Cell::new(set),
            Cell::toned(if is_here { "shown here" } else { "" }, Tone::Muted),
        ];
        let tone = if is_here { Tone::Plain } else { Tone::Muted };
        tables::row(format!("on:{}", name.unwrap_or_default()), tone, cells)
            .opens(place(purpose, name.map(str::to_owned)))
    });
    super::short_table("selector", "When I am using this network connection", rows.collect(), "", Vec::new())
}

/// The items, with their ticks for a kind of session.
pub(super) fn ticks(look: &Look<'_>, marks: &Marks) -> Table {
    let request = Request::Items(marks.clone());
    let needle = tables::needle(look.request);
    let holds =
        |item: &line::Item| needle.as_deref().is_none_or(|needle| item.name.to_lowercase().contains(needle));
    let mut listed: Vec<&line::Item> = look
        .events(&request)
        .iter()
        .filter_map(|event| match event {
            Event::Item(item) if item.configured && holds(item) => Some(item),
            _ => None,
        })
        .collect();
    listed.sort_by(|a, b| (&a.of, &a.name).cmp(&(&b.of, &b.name)));
    let window = tables::positions(look.request, listed.len());
    let rows = listed[window.clone()].iter().map(|item| {
        let group = item.of.clone().unwrap_or_else(|| crate::known::FOLDERS.to_owned());
        let tick = items::tick(&item.item.to_string(), item.ticked, marks.clone());
        let row = tables::row(item.item.to_string(), Tone::Plain, vec![Cell::new(&item.name)]);
        Row { group, tick: Some(tick), ..row }
    });
    let text = if look.world.answers.is_known(&request) {
        "There is no item yet"
    } else {
        "Handlers are being asked"
    };
    let columns = vec![wide("name", "Item")];
    let table = tables::table(
        "ticks",
        "Items that take part",
        columns,
        rows.collect(),
        tables::empty(text, Vec::new()),
    );
    let mut table = tables::windowed(table, window.start, listed.len());
    table.search = Some(tables::search(look.request, "name"));
    table
}

/// Takes a trigger away.
pub(super) fn remove(trigger: &Trigger) -> Action {
    let request =
        Request::RemoveTrigger { purpose: trigger.purpose.clone(), connection: trigger.connection.clone() };
    let text = format!("Take `{}` away? Nothing starts for it any more.", trigger.purpose);
    act::ask("remove", "Remove", request).confirmed(text, "Remove it")
}

/// Turns a trigger on or off.
pub(super) fn enable(trigger: &Trigger) -> Action {
    let label = if trigger.enabled { "Turn off" } else { "Turn on" };
    let is_on = trigger.enabled;
    let request =
        set(&trigger.purpose, trigger.connection.as_deref(), |request| request.enabled = Some(!is_on));
    act::ask("enable", label, request)
}

/// What was set for schedules, in a column.
pub(super) fn column_of_names() -> Vec<syncmgr_wire::page::Column> {
    vec![
        wide("name", "Schedule"),
        column("on", "On", 0),
        column("when", "When", 0),
        column("connection", "Connection", 1),
    ]
}
