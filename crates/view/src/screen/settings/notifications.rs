//! Who is told what happened while nobody looked.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Hook;
use syncmgr_wire::page::{Block, Cell, Fact, Facts, Row, Tone};

use super::{Body, short_table, triggers};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::tables::{self, Furnished as _};
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let mut body =
        Body::new("Notifications").headline(Tone::Plain, "Who is told what happened while nobody looked");
    let hooks: Vec<&Hook> = look
        .events(&Request::Hooks)
        .iter()
        .filter_map(|event| match event {
            Event::Hook(hook) => Some(hook),
            _ => None,
        })
        .collect();
    let desktop: Vec<Fact> = hooks
        .iter()
        .filter(|hook| hook.kind == "desktop")
        .map(|hook| {
            let set = |enabled| Request::SetDesktop { enabled };
            triggers::switch("Shown on the desktop", hook.enabled, "enable", set)
        })
        .collect();
    if !desktop.is_empty() {
        body.blocks.push(Block::Facts(Facts { facts: desktop }));
    }
    let rows: Vec<Row> = hooks.iter().filter(|hook| hook.kind != "desktop").map(|hook| row(hook)).collect();
    let text = "Nobody else is told. A program or a web address can be.";
    body.blocks.push(Block::Table(short_table("hooks", "Who else is told", rows, text, Vec::new())));
    body.actions = vec![
        act::fill("add_hook", "Tell a web address", forms::add_hook()),
        act::fill("add_program", "Tell a program", forms::add_program()),
    ];
    body
}

fn row(hook: &Hook) -> Row {
    let items =
        if hook.items.is_empty() { String::new() } else { format!(", about {}", hook.items.join(", ")) };
    let cells = vec![
        Cell::new(&hook.name),
        Cell::new(format!("{}{items}", hook.on.join(", "))),
        Cell::toned(&hook.calls, Tone::Muted),
    ];
    let refuses = if hook.may_refuse { "it may keep a session from beginning" } else { "" };
    let text = format!("Take `{}` out of the configuration? It is told nothing any more.", hook.name);
    let remove = act::ask("remove", "Remove", Request::RemoveHook { name: hook.name.clone() });
    tables::row(format!("hook:{}", hook.name), Tone::Plain, cells)
        .detailed(refuses)
        .with(vec![remove.confirmed(text, "Remove it")])
}
