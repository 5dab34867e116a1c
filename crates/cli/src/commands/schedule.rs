//! `syncmgr schedule`

use std::collections::BTreeMap;

use clap::{ArgAction, Args};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, ItemRequest, Request};
use syncmgr_wire::line::ItemSettings;

use super::Context;
use super::settings::truth;
use crate::face::{Page, phrases};

/// Show or change when an item runs by itself
///
/// Without flags it shows what is set. What is not given stays as it is; an empty value (`--every ''`) takes a setting away. It is
/// written into the configuration file with the item, and takes effect while the daemon runs.
#[derive(Debug, Args)]
pub(crate) struct Schedule {
    /// Its name or id; a recipe by its name, for all of its items
    item: String,
    /// Run at this interval: 30s, 15m, 2h, 1d
    #[arg(long, value_name = "INTERVAL")]
    every: Option<String>,
    /// Run at the times of this cron expression
    #[arg(long, value_name = "CRON")]
    at: Option<String>,
    /// Run on these events: logon, logoff, idle, connect, disconnect, change, volume (several with commas)
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    on: Option<Vec<String>>,
    /// Run when these items have succeeded (several with commas)
    #[arg(long, value_name = "ITEM", value_delimiter = ',')]
    after: Option<Vec<String>>,
    /// It is late when its last success is older than this: 1d
    #[arg(long, value_name = "INTERVAL")]
    fresh: Option<String>,
    /// Whether moments that were missed are made up for
    #[arg(long, value_name = "YES|NO", value_parser = truth, action = ArgAction::Set)]
    catch_up: Option<bool>,
    /// Only while this holds: power=mains, battery=30, metered=false, network=home,office, between=22:00-06:00, load=2 (may be
    /// given several times)
    #[arg(long, value_name = "CONDITION", value_parser = condition)]
    when: Vec<(String, String)>,
    /// Never by itself: takes every, at, on and after away
    #[arg(long, conflicts_with_all = ["every", "at", "on", "after"])]
    never: bool,
}

/// `power=mains`
pub(super) fn condition(typed: &str) -> Result<(String, String), String> {
    match typed.split_once('=') {
        Some((key, text)) => Ok((key.trim().to_owned(), text.trim().to_owned())),
        None => Err(format!("`{typed}` is no condition; write it like power=mains")),
    }
}

pub(super) fn run(command: Schedule, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let request = command.request();
    let plain = ItemRequest { item: request.item.clone(), ..ItemRequest::default() };
    if request == plain {
        return ctx.show(Request::ItemSettings { item: request.item }, show);
    }
    let exit = ctx.show(Request::SetItem(request), show)?;
    if !ctx.manager.is_daemon() {
        ctx.output.note("it takes effect while the daemon runs: `syncmgr daemon start`, or `syncmgr daemon install` for good");
    }
    Ok(exit)
}

impl Schedule {
    fn request(self) -> ItemRequest {
        let nothing = || self.never.then(String::new);
        let none = || self.never.then(Vec::new);
        // An empty value is an empty list, and not a list of one empty word.
        let list = |given: Option<Vec<String>>| {
            given.map(|words| words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>())
        };
        ItemRequest {
            every: self.every.or_else(nothing),
            at: self.at.or_else(nothing),
            on: list(self.on).or_else(none),
            after: list(self.after).or_else(none),
            item: self.item,
            fresh: self.fresh,
            catch_up: self.catch_up,
            when: self.when.into_iter().collect::<BTreeMap<_, _>>(),
        }
    }
}

fn show(events: &[Event], page: &mut Page<'_>) {
    for event in events {
        let Event::ItemSettings(settings) = event else { continue };
        page.line(&page.bold(&settings.name));
        for sentence in sentences(settings) {
            page.line(&format!("  {}", phrases::plain(&sentence)));
        }
        if !settings.configured {
            page.hint("it is not in the configuration, so nothing of this can be set");
        }
    }
}

/// What is set, a sentence each.
fn sentences(settings: &ItemSettings) -> Vec<String> {
    let ItemSettings { every, at, on, after, fresh, catch_up, when, .. } = settings;
    let mut runs = Vec::new();
    if !every.is_empty() {
        runs.push(format!("every {every}"));
    }
    if !at.is_empty() {
        runs.push(format!("at {at}"));
    }
    runs.extend(on.iter().map(|event| format!("on {event}")));
    runs.extend(after.iter().map(|item| format!("after {item}")));
    let mut sentences = match runs.is_empty() {
        true => vec!["runs only when it is told to".to_owned()],
        false => vec![format!("runs {}", runs.join(", "))],
    };
    sentences.extend(when.iter().map(|(key, text)| format!("only while {}", in_words(key, text))));
    if !runs.is_empty() {
        let missed = if *catch_up { "are made up for" } else { "are forgotten" };
        sentences.push(format!("moments that were missed {missed}"));
    }
    if !fresh.is_empty() {
        sentences.push(format!("late when its last success is older than {fresh}"));
    }
    sentences
}

fn in_words(key: &str, text: &str) -> String {
    match key {
        "power" => "on mains power".to_owned(),
        "battery" => format!("the battery has {text} % or more"),
        "metered" => "the network does not cost by the byte".to_owned(),
        "network" => format!("connected to {}", text.replace(',', " or ")),
        "between" => format!("it is between {}", text.replace('-', " and ")),
        "load" => format!("the load is at most {text}"),
        _ => format!("{key} is {text}"),
    }
}
