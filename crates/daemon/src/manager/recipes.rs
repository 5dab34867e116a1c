//! Tools as handlers: the recipes we know, those that are written in the configuration, and what could be added.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use syncmgr_engine::HandlerEntry;
use syncmgr_recipes::{ParameterKind, Recipe, RecipeFactory};
use syncmgr_wire::control::{Event, RecipeRequest};
use syncmgr_wire::line;

use super::handlers::{KnownHandler, Way};
use super::{Face, Manager};
use crate::config::{RecipeConfig, Schedule, check_name};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::parameter::parameter_flag;
use crate::surroundings;

/// The longest file that is read as a recipe; those of ours have a few hundred lines.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The recipe of this name, or in this file.
fn recipe(name: &str) -> Result<Recipe, Failure> {
    if name.starts_with('/') {
        return recipe_in(Path::new(name));
    }
    syncmgr_recipes::builtin(name).ok_or_else(|| {
        let known: Vec<String> =
            syncmgr_recipes::builtins().iter().map(|recipe| recipe.name().to_owned()).collect();
        let hint = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "there are {}; one of your own is a path that begins with `/` or `~/`",
                known.join(", ")
            ),
        };
        Failure::usage(format!("no recipe is called `{name}`")).hint(hint)
    })
}

/// A recipe the user wrote, or was given. Nobody but the user writes its path into the configuration.
fn recipe_in(file: &Path) -> Result<Recipe, Failure> {
    let shown = file.display();
    let mut text = String::new();
    let read = File::open(file).and_then(|open| open.take(MAX_FILE_BYTES).read_to_string(&mut text));
    read.map_err(|error| {
        Failure::usage(format!("the recipe `{shown}` cannot be read"))
            .because(&error)
            .hint("`use` names a recipe of ours, or a TOML file by its path")
    })?;
    Recipe::parse(&text).map_err(|error| {
        let failure = Failure::usage(format!("the recipe `{shown}`: {error}"));
        let format = "the format is described in `docs/recipes.md`";
        failure.hint(error.hint.unwrap_or_else(|| format.to_owned()))
    })
}

impl Manager {
    pub(super) fn recipe_entry(
        &mut self,
        handler: &KnownHandler,
        written: &RecipeConfig,
    ) -> Result<HandlerEntry, Failure> {
        let factory = self.factory(written)?;
        Ok(HandlerEntry::new(handler.id, handler.description(), Arc::new(factory)))
    }

    fn factory(&self, written: &RecipeConfig) -> Result<RecipeFactory, Failure> {
        let recipe = recipe(&written.recipe)?;
        let around = self.recipe_surroundings();
        RecipeFactory::new(recipe, written.name.clone(), &written.values, around).map_err(|error| {
            let text = format!("recipe `{}` of `{}`: {error}", written.recipe, written.name);
            let hint = error
                .hint
                .unwrap_or_else(|| format!("`syncmgr add {} --help` shows what it takes", written.recipe));
            Failure::usage(text).hint(hint)
        })
    }

    /// Why a recipe of the configuration cannot run; nothing if it can.
    pub(super) fn recipe_problem(&self, handler: &KnownHandler) -> Option<String> {
        let Way::Recipe(written) = &handler.way else { return None };
        if let Err(failure) = self.factory(written) {
            return Some(failure.headline);
        }
        let recipe = recipe(&written.recipe).ok()?;
        let (program, package) = recipe.program();
        let is_there = surroundings::find_program(program).is_some();
        (!is_there).then(|| format!("`{program}` is not installed; Debian's package is `{package}`"))
    }

    pub(super) fn recipes(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        for recipe in syncmgr_recipes::builtins() {
            face.hear(&Event::Recipe(recipe_line(recipe)));
        }
        Ok(Exit::InStep)
    }

    pub(super) fn add_recipe(
        &mut self,
        request: &RecipeRequest,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let name = request.name.clone().unwrap_or_else(|| request.recipe.clone());
        check_name(&name).map_err(Failure::usage)?;
        let new = RecipeConfig {
            recipe: request.recipe.clone(),
            name,
            values: request.values.clone(),
            schedule: Schedule::default(),
        };
        self.factory(&new)?;
        let is_folder = self.known()?.iter().any(|item| item.pair.name == new.name);
        if is_folder || self.handler(&new.name)?.is_some() {
            return Err(Failure::usage(format!("the name `{}` is taken", new.name))
                .hint("give another one with `--name`"));
        }
        let config = self.config()?;
        config.replace(&config.with_recipe(&new)?)?;
        self.config = None;
        if let Some(handler) = self.handler(&new.name)? {
            face.hear(&Event::Handler(self.handler_line(&handler)));
        }
        Ok(Exit::InStep)
    }

    /// Takes a recipe out of the configuration, and forgets what was chosen about its items.
    pub(super) fn remove_recipe(
        &mut self,
        handler: &KnownHandler,
        face: &mut dyn Face,
    ) -> Result<Exit, Failure> {
        let name = &handler.name;
        if let Way::Class(_) = handler.way {
            return Err(Failure::usage(format!("`{name}` is a COM class, and not in the configuration"))
                .hint("the installer that registered it takes it back"));
        }
        if matches!(handler.way, Way::Process(_)) {
            return Err(Failure::usage(format!("`{name}` is a program, and not in the configuration"))
                .hint(format!("`syncmgr handlers unregister {name}` forgets it")));
        }
        let config = self.config()?;
        config.replace(&config.without_recipe(name)?)?;
        self.config = None;
        self.write(|writer| writer.unregister(handler.id))?;
        let text = format!("removed `{name}`; what it kept in step stays as it is");
        face.hear(&Event::Done(line::Done { text, item: None }));
        Ok(Exit::InStep)
    }

    /// Tells what on this machine a recipe could take over. Changes nothing.
    pub(super) fn discover(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let around = self.recipe_surroundings();
        let written = self.config()?.recipes.clone();
        let mut names: Vec<String> = self.handlers()?.into_iter().map(|handler| handler.name).collect();
        names.extend(self.config()?.folders.iter().map(|folder| folder.pair.name.clone()));
        for (number, found) in (1..).zip(syncmgr_recipes::discover(&around)) {
            let same = written
                .iter()
                .find(|written| written.recipe == found.recipe && written.values == found.values);
            let added = same.map(|written| written.name.clone());
            let name = if added.is_some() { found.name.clone() } else { free_name(&found.name, &names) };
            names.push(name.clone());
            let command = command(&found.recipe, &name, &found.values);
            face.hear(&Event::Found(line::Found {
                number,
                recipe: found.recipe,
                name,
                values: found.values,
                evidence: found.evidence.display().to_string(),
                text: found.text,
                command,
                added,
            }));
        }
        Ok(Exit::InStep)
    }

    fn recipe_surroundings(&self) -> syncmgr_recipes::Surroundings {
        syncmgr_recipes::Surroundings {
            environment: surroundings::environment(),
            state_dir: self.surroundings.recipes_dir(),
            home: self.surroundings.home.clone().unwrap_or_else(|| Path::new("/").to_owned()),
        }
    }
}

fn recipe_line(recipe: &Recipe) -> line::Recipe {
    let parameters = recipe.parameters().iter().map(|parameter| line::Parameter {
        name: parameter.name.clone(),
        text: parameter.help.clone(),
        kind: match parameter.kind {
            ParameterKind::Path => line::ParameterKind::Path,
            ParameterKind::Text => line::ParameterKind::Text,
            ParameterKind::List => line::ParameterKind::List,
        },
        required: parameter.required,
        default: parameter.default.clone(),
    });
    line::Recipe {
        recipe: recipe.name().to_owned(),
        text: recipe.about().to_owned(),
        parameters: parameters.collect(),
    }
}

/// `name`, or with a number behind it if that is taken.
fn free_name(name: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// The command that adds a found set-up, ready for a shell.
fn command(recipe_name: &str, name: &str, values: &std::collections::BTreeMap<String, String>) -> String {
    let Ok(recipe) = recipe(recipe_name) else { return String::new() };
    let mut words = vec!["syncmgr".to_owned(), "add".to_owned(), recipe_name.to_owned()];
    for parameter in recipe.parameters() {
        let Some(value) = values.get(&parameter.name) else { continue };
        if !parameter.required {
            words.push(format!("--{}", parameter_flag(recipe_name, &parameter.name)));
        }
        words.push(quoted(value));
    }
    if name != recipe_name {
        words.extend(["--name".to_owned(), quoted(name)]);
    }
    words.join(" ")
}

/// A word as a shell takes it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@,+=~%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with(['~', '-', '=']) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_take_it_for_something_else() {
        for (word, expected) in [
            ("/home/ann/src", "/home/ann/src"),
            ("nas:photos", "nas:photos"),
            ("", "''"),
            ("my files", "'my files'"),
            ("it's", "'it'\\''s'"),
            ("$HOME", "'$HOME'"),
            ("-x", "'-x'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = ["src".to_owned(), "src-2".to_owned()];
        assert_eq!(free_name("src", &taken), "src-3");
        assert_eq!(free_name("code", &taken), "code");
    }
}
