//! `syncmgr add RECIPE`: a subcommand for each recipe, made of what the recipe says about itself.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use syncmgr_recipes::{Parameter, ParameterKind, Recipe};
use syncmgr_wire::control::RecipeRequest;

use super::Context;
use crate::failure::Failure;

/// What a recipe is called where it is added; a parameter of that name would hide it.
const NAME: &str = "name";

/// A recipe and its parameters, as typed.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    recipe: &'static Recipe,
    matches: ArgMatches,
}

/// The subcommands.
pub(super) fn commands() -> impl Iterator<Item = Command> {
    syncmgr_recipes::builtins().iter().map(|recipe| {
        let name =
            Arg::new(NAME).long(NAME).value_name("NAME").help("What to call it; by default as the recipe");
        let parameters = recipe.parameters().iter().filter(|parameter| parameter.name != NAME);
        Command::new(recipe.name().to_owned())
            .about(recipe.about().to_owned())
            .args(parameters.map(argument))
            .arg(name)
    })
}

/// What is required is named by its place, all else by its name.
fn argument(parameter: &Parameter) -> Arg {
    let mut help = parameter.help.clone();
    if !parameter.choices.is_empty() {
        help.push_str(&format!(": {}", parameter.choices.join(", ")));
    }
    if let Some(default) = parameter.default.as_deref().filter(|default| !default.is_empty()) {
        help.push_str(&format!(" [default: {default}]"));
    }
    let argument = Arg::new(parameter.name.clone())
        .value_name(parameter.name.to_uppercase())
        .help(help)
        .required(parameter.required);
    let argument = match parameter.kind {
        ParameterKind::Path => argument.value_hint(ValueHint::AnyPath),
        ParameterKind::List => argument.action(ArgAction::Append).value_delimiter(','),
        ParameterKind::Text => argument,
    };
    if parameter.required { argument } else { argument.long(parameter.name.clone()) }
}

impl Typed {
    /// The recipe of this name with what was typed behind it.
    pub(super) fn new(name: &str, matches: &ArgMatches) -> Option<Self> {
        let recipe = syncmgr_recipes::builtins().iter().find(|recipe| recipe.name() == name)?;
        Some(Self { recipe, matches: matches.clone() })
    }

    pub(super) fn request(&self, ctx: &Context<'_>) -> Result<RecipeRequest, Failure> {
        let mut values = BTreeMap::new();
        for parameter in self.recipe.parameters() {
            let Some(typed) = self.matches.get_many::<String>(&parameter.name) else { continue };
            let typed = typed.map(|typed| match parameter.kind {
                ParameterKind::Path => path(typed, ctx),
                ParameterKind::Text | ParameterKind::List => Ok(typed.clone()),
            });
            let typed = typed.collect::<Result<Vec<_>, _>>()?.join(",");
            values.insert(parameter.name.clone(), typed);
        }
        let name = self.matches.get_one::<String>(NAME).cloned();
        Ok(RecipeRequest { recipe: self.recipe.name().to_owned(), name, values })
    }
}

/// A path as it is written into the configuration. What has a `:` in it may be a place that the tool reaches and we do not.
fn path(typed: &str, ctx: &Context<'_>) -> Result<String, Failure> {
    if typed.starts_with("~/") {
        return Ok(typed.to_owned());
    }
    let path = ctx.surroundings.resolve(Path::new(typed));
    path.into_os_string().into_string().map_err(|_| Failure::usage("the current directory is not UTF-8"))
}
