//! Handlers: which there are, and whether their programs may run.

use syncmgr_wire::control::{Event, RegisterRequest, Request};
use syncmgr_wire::line::{Handler, HandlerKind, HandlerState};
use syncmgr_wire::page::{Action, Block, Cell, Row, Tone};

use super::{Body, place};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::tables::{self, Furnished as _};
use crate::words;
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let mut body =
        Body::new("Handlers").headline(Tone::Plain, "Programs that know how to synchronize something");
    let handlers = look.events(&Request::Handlers).iter().filter_map(|event| match event {
        Event::Handler(handler) => Some(handler),
        _ => None,
    });
    let rows: Vec<Row> = handlers.map(row).collect();
    let text = "No handler is there besides folders";
    body.blocks.push(Block::Table(super::short_table("handlers", "Handlers", rows, text, Vec::new())));
    body.actions = vec![
        act::fill("register", "Register a program", forms::register()),
        act::go("add", "Add a tool that is known", place("add", None)),
    ];
    body
}

fn row(handler: &Handler) -> Row {
    let (state, tone) = words::handler(handler.state);
    let kind = match handler.kind {
        HandlerKind::BuiltIn => "built in",
        HandlerKind::Process => "a program",
        HandlerKind::Recipe => "a tool, by a recipe",
        HandlerKind::Class => "a COM class",
    };
    let state = if handler.registered {
        Cell::toned(state, tone)
    } else {
        Cell::toned("found, not registered", Tone::Muted)
    };
    let about = if handler.description.is_empty() { kind } else { &handler.description };
    let mut detail = vec![kind.to_owned()];
    if !handler.argv.is_empty() {
        detail.push(handler.argv.join(" "));
    }
    detail.extend(handler.hash.as_ref().map(|hash| format!("hash {hash}")));
    detail.extend(handler.problem.clone());
    tables::row(
        &handler.name,
        Tone::Plain,
        vec![Cell::new(&handler.name), state, Cell::toned(about, Tone::Muted)],
    )
    .detailed(detail.join("\n"))
    .with(actions(handler))
}

/// Lets a handler's program run as it is now, after showing what that is.
pub(in crate::screen) fn trust(handler: &Handler) -> Action {
    let program = handler.program.as_deref().unwrap_or("its program");
    let hash = handler.hash.as_deref().map(|hash| format!(" (hash {hash})")).unwrap_or_default();
    let text = format!(
        "Let `{}` run as it is now? It is {program}{hash}, and it may do what you may.",
        handler.name
    );
    let request = Request::Trust { name: handler.name.clone() };
    act::ask("trust", "Trust", request).confirmed(text, "Trust it")
}

/// What can be done with a handler.
pub(in crate::screen) fn actions(handler: &Handler) -> Vec<Action> {
    let mut actions = Vec::new();
    let name = handler.name.clone();
    if !handler.registered {
        let argv = handler.program.iter().cloned().collect();
        let request = RegisterRequest { name: name.clone(), argv, ..RegisterRequest::default() };
        actions.push(act::ask("register", "Register", Request::Register(request)));
        return actions;
    }
    if matches!(handler.state, HandlerState::Untrusted | HandlerState::Changed) {
        actions.push(trust(handler));
    }
    if handler.properties {
        actions.push(act::ask("properties", "Properties", Request::Properties { item: name.clone() }));
    }
    if handler.kind == HandlerKind::Process {
        let text =
            format!("Forget `{name}`, and what was chosen about its items? Its program stays where it is.");
        let request = Request::Unregister { name };
        actions.push(act::ask("remove", "Unregister", request).confirmed(text, "Unregister it"));
    }
    actions
}
