//! Tools that are handlers by a recipe.
//!
//! ```toml
//! [[recipe]]
//! use = "git"
//! name = "code"
//! folder = "~/src"       # the recipe's parameters
//!
//! [[recipe]]
//! use = "~/recipes/hg.toml"   # one of the user's own
//! name = "old-code"
//! ```
//!
//! Which parameters a recipe has is for the recipe to say: here they are texts, and checked when it is composed.

use std::collections::BTreeMap;
use std::path::Path;

use syncmgr_recipes::Recipe;
use toml_edit::{Item, Table, Value, value};

use super::error::ConfigError;
use super::read::{SCHEDULE_KEYS, check_name, schedule_of};
use super::schedule::Schedule;
use super::section::Section;

/// Keys of a `[[recipe]]` that are no parameters.
const OURS: &[&str] = &["use", "name"];

/// Keys of a `[[recipe]]` that say when its items run by themselves. A recipe with a parameter of such a name keeps it.
fn is_schedule(key: &str, recipe: &str) -> bool {
    let takes = |recipe: &Recipe| recipe.parameters().iter().any(|parameter| parameter.name == key);
    SCHEDULE_KEYS.contains(&key)
        && !syncmgr_recipes::builtins().iter().find(|known| known.name() == recipe).is_some_and(takes)
}

/// One `[[recipe]]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecipeConfig {
    /// The recipe.
    pub(crate) recipe: String,
    /// What it is called here.
    pub(crate) name: String,
    pub(crate) values: BTreeMap<String, String>,
    /// When its ticked items run by themselves.
    pub(crate) schedule: Schedule,
}

pub(super) fn read_recipe(section: &Section<'_>) -> Result<RecipeConfig, ConfigError> {
    let recipe = section.required("use", section.text("use")?, "recipe")?.to_owned();
    let recipe = section.at_home("use", recipe)?;
    let name = section.checked("name", check_name)?.unwrap_or_else(|| own_name(&recipe));
    let parameters =
        section.table.iter().filter(|(key, _)| !OURS.contains(key) && !is_schedule(key, &recipe));
    let values = parameters
        .map(|(key, item)| {
            let text = parameter(item).ok_or_else(|| {
                section.wrong(key, "a parameter is a text, a number, true, false or a list of texts")
            })?;
            Ok((key.to_owned(), section.at_home(key, text)?))
        })
        .collect::<Result<_, _>>()?;
    let schedule = schedule_of(section)?;
    Ok(RecipeConfig { recipe, name, values, schedule })
}

/// What a recipe is called where nobody says: as itself, or as its file.
fn own_name(recipe: &str) -> String {
    let stem = Path::new(recipe).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A parameter as the recipe takes it: a list has commas between its texts.
fn parameter(item: &Item) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        _ => None,
    };
    match item.as_value()? {
        Value::Array(values) => {
            values.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        one => text(one),
    }
}

impl RecipeConfig {
    /// As a new table.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new();
        table["use"] = value(&self.recipe);
        table["name"] = value(&self.name);
        for (key, text) in &self.values {
            table[key] = value(text);
        }
        table
    }
}
