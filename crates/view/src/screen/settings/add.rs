//! Ways to add something: two folders, a tool that is known, what is found on this machine.

use syncmgr_wire::control::{Event, RecipeRequest, Request};
use syncmgr_wire::line::{Found, Recipe};
use syncmgr_wire::page::{Block, Cell, Place, Row, Screen, Table, Tone};

use super::{Body, place, short_table};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::tables::{self, Furnished as _};
use crate::world::Look;

pub(super) fn body(look: &Look<'_>) -> Body {
    let mut body = Body::new("Add").headline(Tone::Plain, "What else is to be kept in step?");
    body.blocks.push(Block::Heading("Found on this machine".to_owned()));
    body.blocks.push(Block::Table(found(look)));
    body.blocks.push(Block::Heading("Tools that are known".to_owned()));
    let recipes = look.events(&Request::Recipes).iter().filter_map(|event| match event {
        Event::Recipe(recipe) => Some(recipe),
        _ => None,
    });
    let rows: Vec<Row> = recipes.map(recipe_row).collect();
    body.blocks.push(Block::Table(short_table(
        "recipes",
        "Tools that are known",
        rows,
        "No tool is known",
        Vec::new(),
    )));
    body.actions = vec![
        act::fill("add_folder", "Add folders", forms::add_folder()).primary(),
        act::go("handlers", "Register a program", place("handlers", None)),
    ];
    body
}

fn recipe_row(recipe: &Recipe) -> Row {
    let cells = vec![Cell::new(&recipe.recipe), Cell::new(""), Cell::toned(&recipe.text, Tone::Muted)];
    let add = act::fill("add_recipe", &format!("Add {}", recipe.recipe), forms::recipe(recipe));
    tables::row(format!("recipe:{}", recipe.recipe), Tone::Plain, cells).with(vec![add])
}

/// What was found on this machine and could be added.
pub(in crate::screen) fn found(look: &Look<'_>) -> Table {
    let found = look.events(&Request::Discover).iter().filter_map(|event| match event {
        Event::Found(found) => Some(found),
        _ => None,
    });
    let rows: Vec<Row> = found.map(found_row).collect();
    let text = if look.world.answers.is_known(&Request::Discover) {
        "No set-up of a known tool was found on this machine"
    } else {
        "This machine is being looked at"
    };
    short_table("found", "Found on this machine", rows, text, Vec::new())
}

fn found_row(found: &Found) -> Row {
    let (state, tone) = match &found.added {
        Some(name) => (format!("added as {name}"), Tone::Muted),
        None => (String::new(), Tone::Plain),
    };
    let cells = vec![Cell::new(&found.name), Cell::new(state), Cell::toned(&found.text, Tone::Muted)];
    let request = RecipeRequest {
        recipe: found.recipe.clone(),
        name: Some(found.name.clone()),
        values: found.values.clone(),
    };
    let there = found.added.as_ref().map(|_| "it is there already");
    let add = act::ask_and_go("add_found", "Add it", Request::AddRecipe(request), Place::of(Screen::Items));
    let detail = format!("{}: {}", found.recipe, found.evidence);
    tables::row(format!("found:{}", found.number), tone, cells).detailed(detail).with(vec![add.unless(there)])
}
