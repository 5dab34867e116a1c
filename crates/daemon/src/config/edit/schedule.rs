//! When an item runs by itself, changed in the file.

use syncmgr_model::id::ItemId;
use syncmgr_wire::control::ItemRequest;
use toml_edit::{Array, InlineTable, Item, Table, TableLike, Value, value};

use crate::config::error::ConfigError;
use crate::config::schedule::condition;
use crate::config::{Config, Schedule};

/// Where a schedule is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// With a folder.
    Folder(ItemId),
    /// With the recipe of this name, for all of its items.
    Recipe(String),
}

impl Config {
    /// What is written there about when something runs.
    pub(crate) fn schedule_at(&self, written: &Written) -> Option<&Schedule> {
        match written {
            Written::Folder(item) => self.folder(*item).map(|folder| &folder.schedule),
            Written::Recipe(name) => {
                self.recipes.iter().find(|recipe| recipe.name == *name).map(|recipe| &recipe.schedule)
            }
        }
    }

    /// The text with a schedule as it is asked for. What it says is not judged here.
    pub(crate) fn with_schedule(
        &self,
        written: &Written,
        asked: &ItemRequest,
    ) -> Result<String, ConfigError> {
        let mut document = self.document()?;
        let (key, idx) = match written {
            Written::Folder(item) => {
                ("folder", self.folders.iter().position(|folder| folder.pair.id == *item))
            }
            Written::Recipe(name) => ("recipe", self.recipes.iter().position(|recipe| recipe.name == *name)),
        };
        let tables = document.get_mut(key).and_then(Item::as_array_of_tables_mut);
        let table = idx.and_then(|idx| tables?.get_mut(idx)).ok_or_else(|| self.changed())?;
        for (key, text) in [("every", &asked.every), ("at", &asked.at), ("fresh", &asked.fresh)] {
            if let Some(text) = text {
                set(table, key, (!text.is_empty()).then(|| Value::from(text)));
            }
        }
        for (key, list) in [("on", &asked.on), ("after", &asked.after)] {
            if let Some(list) = list {
                let array = list.iter().collect::<Array>();
                set(table, key, (!list.is_empty()).then(|| Value::from(array)));
            }
        }
        if let Some(catch_up) = asked.catch_up {
            // To make up for what was missed is what happens anyway.
            set(table, "catch_up", (!catch_up).then(|| Value::from(false)));
        }
        let when: Vec<_> = asked.when.iter().map(|(key, text)| (key.clone(), text.clone())).collect();
        write_conditions(table, &when);
        Ok(document.to_string())
    }
}

/// Sets or takes away a key, and keeps what people wrote behind it.
fn set(table: &mut dyn TableLike, key: &str, new: Option<Value>) {
    let Some(mut new) = new else {
        table.remove(key);
        return;
    };
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(new),
        None => drop(table.insert(key, Item::Value(new))),
    }
}

/// Changes single conditions, in whatever form they are written; an empty text takes one away.
pub(super) fn write_conditions(table: &mut Table, when: &[(String, String)]) {
    if when.is_empty() {
        return;
    }
    if !table.contains_key("when") {
        table["when"] = value(InlineTable::new());
    }
    let mut is_empty = false;
    if let Some(conditions) = table.get_mut("when").and_then(Item::as_table_like_mut) {
        for (key, text) in when {
            set(conditions, key, (!text.is_empty()).then(|| condition(key, text)));
        }
        is_empty = conditions.is_empty();
    }
    if is_empty {
        table.remove("when");
    }
}
