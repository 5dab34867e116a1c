//! What is the same on every page: ways to the other screens, how everything is, what a person should know first.

use syncmgr_model::id::ItemId;
use syncmgr_wire::control::{Event, Request, Selection};
use syncmgr_wire::line::{self, HandlerState};
use syncmgr_wire::page::{Mood, Notice, Page, Place, Screen, Tab, Tone};

use crate::act::{self, Tailored as _};
use crate::amounts::{count, share};
use crate::known::{Index, Kind, Known};
use crate::moments::{ago, moment, until};
use crate::plans::Stage;
use crate::screen::{self, Body};
use crate::world::{Look, World, manual};

/// So many items are named one by one in a request that stands on every page, and no more.
const MAX_NAMED: usize = 50;

/// The tabs, with their keys.
const TABS: [(char, Screen, &str); 10] = [
    ('1', Screen::Items, "Items"),
    ('2', Screen::Synchronizing, "Synchronizing"),
    ('3', Screen::Results, "Results"),
    ('4', Screen::Conflicts, "Conflicts"),
    ('5', Screen::Plan, "Plan"),
    ('6', Screen::History, "History"),
    ('7', Screen::Trash, "Trash"),
    ('8', Screen::Connections, "Connections"),
    ('9', Screen::Settings, "Settings"),
    ('0', Screen::Questions, "Questions"),
];

/// What every page has to know.
pub(crate) fn needs() -> Vec<Request> {
    vec![Request::Status, Request::Daemon, Request::Handlers, manual()]
}

/// The whole page around what its screen shows.
pub(crate) fn around(look: &Look<'_>, body: Body, problems: &[String]) -> Page {
    let (mood, mood_text) = mood(look);
    let world = look.world;
    // What is still asked for appears by itself.
    let awaits = body.rests_on.iter().chain(&needs()).any(|request| !world.answers.is_known(request));
    Page {
        place: look.request.place.clone(),
        title: body.title,
        headline: body.headline,
        tone: body.tone,
        mood,
        mood_text,
        tabs: tabs(look),
        notices: notices(look, &body.rests_on, problems),
        blocks: body.blocks,
        actions: body.actions,
        questions: world.questions.clone(),
        back: body.back,
        at: look.now,
        moves: body.moves || awaits || look.running().is_some(),
    }
}

fn tabs(look: &Look<'_>) -> Vec<Tab> {
    let current = screen::tab_of(look.request.place.screen);
    let tab = |(key, screen, label): (char, Screen, &str)| {
        let (badge, tone) = badge(look, screen);
        Tab { screen, label: label.to_owned(), key, badge, tone, current: screen == current }
    };
    TABS.into_iter().map(tab).collect()
}

fn badge(look: &Look<'_>, screen: Screen) -> (u64, Tone) {
    let world = look.world;
    match screen {
        Screen::Items => match world.index.count(Kind::NeedsYou) {
            0 => (world.index.count(Kind::Late) as u64, Tone::Warning),
            n => (n as u64, Tone::Needs),
        },
        Screen::Synchronizing => match look.running() {
            Some(live) => ((live.items.len() as u64).saturating_sub(live.n_through()), Tone::Busy),
            None => (0, Tone::Plain),
        },
        Screen::Results => match &world.live {
            Some(live) if live.n_errors > 0 => (live.n_errors, Tone::Bad),
            Some(live) => (live.n_warnings, Tone::Warning),
            None => (0, Tone::Plain),
        },
        Screen::Conflicts => (world.index.n_conflicts, Tone::Needs),
        Screen::Plan => {
            let made = world.plans.all().into_iter().filter(|plan| plan.stage == Stage::Made);
            (made.count() as u64, Tone::Plain)
        }
        Screen::Settings => (untrusted(look).len() as u64, Tone::Needs),
        Screen::Questions => (world.questions.len() as u64, Tone::Needs),
        _ => (0, Tone::Plain),
    }
}

/// How everything is, and the same in words.
fn mood(look: &Look<'_>) -> (Mood, String) {
    let index = &look.world.index;
    if let Some(question) = look.world.questions.first() {
        let from = if question.from.is_empty() { "a handler" } else { &question.from };
        return (Mood::NeedsYou, format!("{from} asks you something"));
    }
    if let Some(live) = look.running() {
        let max = live.items.len() as u64 * 1000;
        let percent = share(live.thousandths(), max) / 10;
        let latest = live.latest.map(|item| name_in(look, item)).unwrap_or_default();
        let what = if latest.is_empty() { count(live.items.len() as u64, "item") } else { latest };
        return (Mood::Running, format!("running: {what}, {percent} %"));
    }
    if index.len() == 0 {
        return (Mood::Empty, "nothing to synchronize yet".to_owned());
    }
    for (kind, mood, one, many) in [
        (Kind::NeedsYou, Mood::NeedsYou, "needs you", "need you"),
        (Kind::Late, Mood::Late, "is late", "are late"),
        (Kind::Waiting, Mood::NeedsYou, "has not run yet", "have not run yet"),
        (Kind::LeftOut, Mood::NeedsYou, "was stopped or skipped", "were stopped or skipped"),
    ] {
        if let Some(text) = summed(index, kind, one, many) {
            return (mood, text);
        }
    }
    (Mood::InStep, "all in step".to_owned())
}

fn summed(index: &Index, kind: Kind, one: &str, many: &str) -> Option<String> {
    match (index.count(kind), index.of_kind(kind).next()) {
        (1, Some(known)) => Some(format!("{} {one}", known.name)),
        (n, Some(_)) => Some(format!("{} {many}", count(n as u64, "item"))),
        (_, None) => None,
    }
}

/// What an item of the running session is called.
pub(crate) fn name_in(look: &Look<'_>, item: ItemId) -> String {
    let row = look.world.live.as_ref().and_then(|live| live.row(item));
    row.map_or_else(|| look.world.index.name(item), |state| state.row.name.clone())
}

/// Handlers whose programs may not run as they are.
pub(crate) fn untrusted<'a>(look: &Look<'a>) -> Vec<&'a line::Handler> {
    let handlers = look.events(&Request::Handlers).iter();
    let is_held = |handler: &&line::Handler| {
        handler.registered && matches!(handler.state, HandlerState::Untrusted | HandlerState::Changed)
    };
    handlers
        .filter_map(|event| match event {
            Event::Handler(handler) => Some(handler),
            _ => None,
        })
        .filter(is_held)
        .collect()
}

/// Whether sessions are kept from starting, and until when in words.
pub(crate) fn pause(look: &Look<'_>) -> Option<String> {
    let line = look.events(&Request::Daemon).iter().find_map(|event| match event {
        Event::Daemon(daemon) => Some(daemon),
        _ => None,
    });
    let is_paused =
        look.running().is_some_and(|live| live.is_paused) || line.is_some_and(|daemon| daemon.paused);
    let end = line.and_then(|daemon| daemon.paused_until).map(|end| until(look.now, end));
    is_paused.then(|| end.map_or_else(|| "until you resume".to_owned(), |end| format!("it goes on {end}")))
}

fn notice(tone: Tone, text: String, actions: Vec<syncmgr_wire::page::Action>) -> Notice {
    // Notices are on every page: their actions have buttons and leave the keys to the page.
    let actions = actions.into_iter().map(|action| action.without_key()).collect();
    Notice { tone, text, actions }
}

fn notices(look: &Look<'_>, rests_on: &[Request], problems: &[String]) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(how_long) = pause(look) {
        let text = format!("everything is paused; {how_long}");
        notices.push(notice(Tone::Warning, text, vec![act::ask("resume", "Resume", Request::Resume)]));
    }
    let looked = Place { part: Some("daemon".to_owned()), ..Place::of(Screen::Settings) };
    // Results that are not there are told on their page.
    let told_here = |request: &&Request| !matches!(request, Request::Results { .. });
    let asked: Vec<Request> = needs().into_iter().chain(rests_on.iter().filter(told_here).cloned()).collect();
    for trouble in look.world.answers.troubles(&asked) {
        let hint = trouble.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let look_into = act::go("doctor", "Look at everything", looked.clone());
        notices.push(notice(Tone::Bad, format!("{}{hint}", trouble.headline), vec![look_into]));
    }
    for problem in problems {
        let look_into = act::go("doctor", "Look at everything", looked.clone());
        notices.push(notice(Tone::Warning, problem.clone(), vec![look_into]));
    }
    notices.extend(back_again(look));
    notices.extend(halted(look.world));
    notices.extend(late(look));
    for handler in untrusted(look).into_iter().take(3) {
        let (state, _) = crate::words::handler(handler.state);
        let place = Place { part: Some("handlers".to_owned()), ..Place::of(Screen::Settings) };
        let text = format!("`{}` is {state}, and does not run", handler.name);
        notices.push(notice(Tone::Needs, text, vec![act::go("handlers", "Look at it", place)]));
    }
    notices
}

/// A session that was put out of sight comes back where it ended with something to look at.
fn back_again(look: &Look<'_>) -> Option<Notice> {
    let live = look.world.live.as_ref().filter(|live| live.came_back)?;
    let ended = live.ended.map(|ended| ago(look.now, ended)).unwrap_or_default();
    let text = format!("the session ended {ended}, and there is something to look at");
    let show = act::go("synchronizing", "Look at it", Place::of(Screen::Synchronizing));
    Some(notice(Tone::Needs, text, vec![show]))
}

fn halted(world: &World) -> Vec<Notice> {
    let n_halted = world.index.count(Kind::Halted);
    if n_halted > 3 {
        let text = format!("{} are halted; nothing was changed", count(n_halted as u64, "item"));
        let actions = vec![act::go("items", "Look at them", Place::of(Screen::Items))];
        return vec![notice(Tone::Needs, text, actions)];
    }
    let told = world.index.of_kind(Kind::Halted).filter_map(|known| Some((known, known.halt()?)));
    told.map(|(known, halt)| {
        let text = format!("`{}` is halted: {}", known.name, halt.text);
        let mut actions = screen::items::ways_on(known);
        if actions.iter().all(|action| action.id != "approve") {
            actions.push(act::run("sync", "Try again", act::session(act::items([known.item]))));
        }
        notice(Tone::Needs, text, actions)
    })
    .collect()
}

fn late(look: &Look<'_>) -> Option<Notice> {
    let n_late = look.world.index.count(Kind::Late);
    let late: Vec<&Known> = look.world.index.of_kind(Kind::Late).take(MAX_NAMED).collect();
    let sync = |label| act::run("sync", label, act::session(act::items(late.iter().map(|known| known.item))));
    match late[..] {
        [] => None,
        [known] => {
            let why = act::go("why", "Why", Place::about(Screen::Why, known.item.to_string()));
            let since = known.status.as_ref().and_then(|status| status.late_since);
            let since = since.map(|since| format!(" since {}", moment(look.zone, since))).unwrap_or_default();
            let last = known.status.as_ref().and_then(|status| status.last.as_ref());
            let last = match last {
                Some(last) => format!("; its last run was {}", ago(look.now, last.finished)),
                None => "; it has not run yet".to_owned(),
            };
            let text = format!("`{}` is late{since}{last}", known.name);
            Some(notice(Tone::Warning, text, vec![sync("Synchronize it"), why]))
        }
        _ => {
            let text = format!("{} are late", count(n_late as u64, "item"));
            let ticked = || act::run("sync_ticked", "Synchronize ticked", act::session(Selection::Ticked));
            let action = if n_late < MAX_NAMED { sync("Synchronize them") } else { ticked() };
            Some(notice(Tone::Warning, text, vec![action]))
        }
    }
}

/// A sentence about the items of the index, for a screen that has no other.
pub(crate) fn in_all(index: &Index) -> String {
    let (n, ticked) = (index.len() as u64, index.count(Kind::Ticked) as u64);
    if n == ticked {
        format!("{}, all ticked", count(n, "item"))
    } else {
        format!("{}, {ticked} ticked", count(n, "item"))
    }
}
