//! `syncmgr discover`

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, RecipeRequest, Request};
use syncmgr_wire::line::Found;

use super::Context;
use crate::face::{Page, phrases};

/// Find what else on this machine could be kept in step
///
/// Repositories, and set-ups of tools that a recipe could take over. Looks and changes nothing; each finding comes with the command that adds it.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// Add this finding, by its number (may be given several times)
    #[arg(long, value_name = "N", value_delimiter = ',')]
    add: Vec<u64>,
}

pub(super) fn run(command: Discover, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    if command.add.is_empty() {
        return ctx.show(Request::Discover, list);
    }
    let (_, events) = ctx.collect(Request::Discover)?;
    let found: Vec<&Found> = events
        .iter()
        .filter_map(|event| match event {
            Event::Found(found) => Some(found),
            _ => None,
        })
        .collect();
    let mut chosen = Vec::new();
    for number in command.add {
        let found = found.iter().find(|found| found.number == number).ok_or_else(|| {
            Failure::usage(format!("nothing has the number {number}"))
                .hint("`syncmgr discover` lists what was found")
        })?;
        if let Some(name) = &found.added {
            return Err(Failure::usage(format!("number {number} is there already, as `{name}`")));
        }
        chosen.push(*found);
    }
    for found in chosen {
        let request = RecipeRequest {
            recipe: found.recipe.clone(),
            name: Some(found.name.clone()),
            values: found.values.clone(),
        };
        ctx.show(Request::AddRecipe(request), super::add::added)?;
    }
    Ok(Exit::InStep)
}

fn list(events: &[Event], page: &mut Page<'_>) {
    if events.is_empty() {
        page.line("nothing was found that a recipe could take over");
        page.hint("`syncmgr add --help` lists the recipes");
    }
    let mut has_new = false;
    for event in events {
        let Event::Found(found) = event else { continue };
        let (number, text) = (found.number, phrases::plain(&found.text));
        page.line(&format!("{number:>2}  {}  {text}", page.bold(&found.recipe)));
        page.line(&format!("    {}", phrases::plain(&found.evidence)));
        match &found.added {
            Some(name) => page.line(&format!("    there already, as `{name}`")),
            None => {
                has_new = true;
                page.line(&format!("    {}", phrases::plain(&found.command)));
            }
        }
    }
    if has_new {
        page.hint("run one of the commands, or `syncmgr discover --add NUMBER`");
    }
}
