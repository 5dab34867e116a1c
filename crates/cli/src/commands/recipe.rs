//! `syncmgr add RECIPE`: a subcommand for each recipe, made of what the recipe says about itself.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use syncmgr_daemon::{Failure, parameter_flag};
use syncmgr_recipes::{Parameter, ParameterKind, Recipe};
use syncmgr_wire::control::RecipeRequest;

use super::Context;

/// What a recipe is called where it is added.
const NAME: &str = "name";

/// The argument of a parameter. Set apart from those of the command, whose names it may have, too.
fn id(parameter: &Parameter) -> String {
    format!("parameter {}", parameter.name)
}

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
        let parameters = recipe.parameters().iter();
        Command::new(recipe.name().to_owned())
            .about(recipe.about().to_owned())
            .args(parameters.map(|parameter| argument(recipe, parameter)))
            .arg(name)
    })
}

/// What is required is named by its place, all else by its name.
fn argument(recipe: &Recipe, parameter: &Parameter) -> Arg {
    let mut help = parameter.help.clone();
    if !parameter.choices.is_empty() {
        help.push_str(&format!(": {}", parameter.choices.join(", ")));
    }
    if let Some(default) = parameter.default.as_deref().filter(|default| !default.is_empty()) {
        help.push_str(&format!(" [default: {default}]"));
    }
    let argument = Arg::new(id(parameter))
        .value_name(parameter.name.to_uppercase())
        .help(help)
        .required(parameter.required);
    let argument = match parameter.kind {
        ParameterKind::Path => argument.value_hint(ValueHint::AnyPath),
        ParameterKind::List => argument.action(ArgAction::Append).value_delimiter(','),
        ParameterKind::Text => argument,
    };
    if parameter.required { argument } else { flag(argument, recipe, parameter) }
}

/// By its flag; or as it is written in the configuration, where that is another word and nobody's flag.
fn flag(argument: Arg, recipe: &Recipe, parameter: &Parameter) -> Arg {
    let flag = parameter_flag(recipe.name(), &parameter.name);
    let argument = if parameter.name == flag.replace('-', "_") && parameter.name != flag {
        argument.alias(parameter.name.clone())
    } else {
        argument
    };
    argument.long(flag)
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
            let Some(typed) = self.matches.get_many::<String>(&id(parameter)) else { continue };
            let typed =
                typed.map(|typed| written(parameter, typed, ctx)).collect::<Result<Vec<_>, _>>()?.join(",");
            values.insert(parameter.name.clone(), typed);
        }
        let name = self.matches.get_one::<String>(NAME).cloned();
        Ok(RecipeRequest { recipe: self.recipe.name().to_owned(), name, values })
    }
}

/// A value as it is written into the configuration. The tool will run somewhere else, so what is a path from here is written
/// in full; what has a `:` in it may be a place that the tool reaches and we do not.
fn written(parameter: &Parameter, typed: &str, ctx: &Context<'_>) -> Result<String, Failure> {
    let may_be_path = parameter.choices.is_empty() && !typed.contains(':') && !typed.is_empty();
    let is_path = match parameter.kind {
        ParameterKind::Path => true,
        // What a recipe cannot do without is what it works on.
        ParameterKind::Text | ParameterKind::List if parameter.required => may_be_path,
        ParameterKind::Text => {
            may_be_path && typed.contains('/') && ctx.surroundings.resolve(Path::new(typed)).exists()
        }
        ParameterKind::List => false,
    };
    if !is_path || typed.starts_with("~/") {
        return Ok(typed.to_owned());
    }
    let path = ctx.surroundings.resolve(Path::new(typed)).into_os_string().into_string();
    let path = path.map_err(|_| Failure::usage("the current directory is not UTF-8"))?;
    // To some tools, a slash at the end says something.
    Ok(if typed.ends_with('/') && parameter.kind != ParameterKind::Path { format!("{path}/") } else { path })
}
