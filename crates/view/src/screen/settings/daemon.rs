//! Whether everything on this machine is as it has to be.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Check, Daemon, Health};
use syncmgr_wire::page::{Block, Cell, Fact, Facts, Row, Tone};

use super::{Body, short_table};
use crate::act::{self, Tailored as _};
use crate::amounts::count;
use crate::moments::{ago, until};
use crate::screen::items;
use crate::tables::{self, Furnished as _};
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let checks: Vec<&Check> = look
        .events(&Request::Doctor)
        .iter()
        .filter_map(|event| match event {
            Event::Check(check) => Some(check),
            _ => None,
        })
        .collect();
    let n_failed = checks.iter().filter(|check| check.health == Health::Failed).count() as u64;
    let n_warned = checks.iter().filter(|check| check.health == Health::Warning).count() as u64;
    let mut body = Body::new("This machine");
    body = match (checks.is_empty(), n_failed, n_warned) {
        (true, ..) => body.headline(Tone::Muted, "Nothing could be looked at"),
        (_, 0, 0) => body.headline(Tone::Good, "Everything is as it has to be"),
        (_, 0, n) => body.headline(Tone::Warning, format!("{} to look at", count(n, "thing"))),
        (_, n, _) => body.headline(
            Tone::Bad,
            format!("{} not right", if n == 1 { "1 thing is".to_owned() } else { format!("{n} things are") }),
        ),
    };
    let mut numbered: Vec<(usize, &&Check)> = checks.iter().enumerate().collect();
    numbered.sort_by_key(|(number, check)| (std::cmp::Reverse(check.health), *number));
    let rows = numbered.into_iter().map(|(number, check)| row(number, check)).collect();
    body.blocks.push(Block::Table(short_table(
        "checks",
        "What was looked at",
        rows,
        "Nothing was looked at",
        Vec::new(),
    )));
    let daemon = look.events(&Request::Daemon).iter().find_map(|event| match event {
        Event::Daemon(daemon) => Some(daemon),
        _ => None,
    });
    if let Some(daemon) = daemon {
        body.blocks.push(Block::Heading("The daemon".to_owned()));
        body.blocks.push(facts(look, daemon));
    }
    body.actions = vec![items::pause_or_resume(look)];
    body
}

fn row(number: usize, check: &Check) -> Row {
    let (word, tone) = match check.health {
        Health::Ok => ("fine", Tone::Good),
        Health::Warning => ("look at it", Tone::Warning),
        Health::Failed => ("not right", Tone::Bad),
    };
    let cells = vec![Cell::new(&check.check), Cell::toned(word, tone), Cell::new(&check.text)];
    let detail = check.hint.clone().unwrap_or_default();
    let row = tables::row(format!("check:{number}"), Tone::Plain, cells).detailed(detail);
    if check.check != "store" || check.health != Health::Failed {
        return row;
    }
    let text = "Keep the damaged store under another name, and start a new one? The history begins anew. Folders, trash and what both \
                sides agreed on are not in it.";
    row.with(vec![
        act::ask("set_store_aside", "Start a new store", Request::SetStoreAside)
            .confirmed(text, "Start a new one"),
    ])
}

fn facts(look: &Look<'_>, daemon: &Daemon) -> Block {
    let fact =
        |name: &str, text: String, tone| Fact { name: name.to_owned(), text, tone, actions: Vec::new() };
    let mut facts = vec![
        fact("Version", daemon.version.clone(), Tone::Plain),
        fact(
            "Runs",
            format!("as process {}; it started {}", daemon.pid, ago(look.now, daemon.since)),
            Tone::Plain,
        ),
        fact("Configuration", daemon.config.clone(), Tone::Plain),
    ];
    if let Some(next) = daemon.next {
        facts.push(fact("Next", format!("something is due {}", until(look.now, next)), Tone::Plain));
    }
    for source in &daemon.sources {
        let text = match (source.there, source.text.is_empty()) {
            (true, true) => "heard".to_owned(),
            (false, true) => "not there".to_owned(),
            (_, false) => source.text.clone(),
        };
        facts.push(fact(&source.name, text, if source.there { Tone::Plain } else { Tone::Warning }));
    }
    Block::Facts(Facts { facts })
}
