//! Changing the file, and keeping what people wrote.
//!
//! An edit starts from the very text that was read and understood: a file that is broken is never written over. The new text
//! goes beside the file, is flushed, and takes its name in one step; just before, the file is read once more, so that
//! somebody else's edit meanwhile is refused and not lost.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use syncmgr_folders::{ConflictPolicy, Durability, Keep, KeepSet, Mode, PairConfig};
use syncmgr_model::id::ItemId;
use syncmgr_model::tick::TickKey;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::error::ConfigError;
use super::read::{check_name, name_for};
use super::schedule::{check_cron, check_event, check_interval};
use super::{Config, FolderConfig, RecipeConfig, Schedule, TriggerConfig};
use crate::system;

mod hook;
mod schedule;

pub(crate) use schedule::Written;

impl Config {
    /// The text with one more folder.
    pub(crate) fn with_folder(&self, folder: &FolderConfig) -> Result<String, ConfigError> {
        self.with_table("folder", table(folder))
    }

    /// The text without the folder `item`.
    pub(crate) fn without_folder(&self, item: ItemId) -> Result<String, ConfigError> {
        self.without_table("folder", self.folders.iter().position(|folder| folder.pair.id == item))
    }

    /// The text with one more recipe.
    pub(crate) fn with_recipe(&self, recipe: &RecipeConfig) -> Result<String, ConfigError> {
        self.with_table("recipe", recipe.table())
    }

    /// The text without the recipe of this name.
    pub(crate) fn without_recipe(&self, name: &str) -> Result<String, ConfigError> {
        self.without_table("recipe", self.recipes.iter().position(|recipe| recipe.name == name))
    }

    /// The text with this trigger in the place of the one with its key, or as one more.
    pub(crate) fn with_trigger(&self, trigger: &TriggerConfig) -> Result<String, ConfigError> {
        let Some(idx) = self.triggers.iter().position(|known| known.key == trigger.key) else {
            let mut new = Table::new();
            trigger.write(&mut new);
            return self.with_table("trigger", new);
        };
        let mut document = self.document()?;
        let tables = document.get_mut("trigger").and_then(Item::as_array_of_tables_mut);
        let table = tables.and_then(|tables| tables.get_mut(idx)).ok_or_else(|| self.changed())?;
        trigger.write(table);
        Ok(document.to_string())
    }

    /// The text without the trigger with this key.
    pub(crate) fn without_trigger(&self, key: &TickKey) -> Result<String, ConfigError> {
        self.without_table("trigger", self.triggers.iter().position(|trigger| trigger.key == *key))
    }

    /// The text with one more `[[key]]`.
    fn with_table(&self, key: &str, mut new: Table) -> Result<String, ConfigError> {
        let mut document = self.document()?;
        // What stands at the end of the file stays where it is, before the new table.
        let end = document.trailing().as_str().unwrap_or_default().trim_end().to_owned();
        if !end.is_empty() {
            new.decor_mut().set_prefix(format!("{end}\n\n"));
            document.set_trailing("");
        }
        let tables = document
            .entry(key)
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut()
            .ok_or_else(|| self.changed())?;
        tables.push(new);
        Ok(document.to_string())
    }

    /// The text without one `[[key]]`.
    fn without_table(&self, key: &str, idx: Option<usize>) -> Result<String, ConfigError> {
        let mut document = self.document()?;
        let tables = document.get_mut(key).and_then(Item::as_array_of_tables_mut);
        if let (Some(idx), Some(tables)) = (idx, tables) {
            tables.remove(idx);
        }
        Ok(document.to_string())
    }

    /// Puts `text` in the place of what was read.
    pub(crate) fn replace(&self, text: &str) -> Result<(), ConfigError> {
        let unwritable = |source| ConfigError::Unwritable { path: self.path.clone(), source };
        // Through a link: a file kept elsewhere is changed there, and the link stays one.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let dir = path.parent().unwrap_or(Path::new("/")).to_owned();
        fs::create_dir_all(&dir).map_err(unwritable)?;
        let new = NewFile::write(&dir, &path, text).map_err(unwritable)?;
        if read_now(&path).map_err(unwritable)? != self.text {
            return Err(self.changed());
        }
        new.publish(&dir, &path).map_err(unwritable)
    }

    fn document(&self) -> Result<DocumentMut, ConfigError> {
        let text = self.text.as_deref().unwrap_or_default();
        text.parse().map_err(|error: toml_edit::TomlError| {
            ConfigError::wrong(&self.path, 1, None, error.message().to_owned())
        })
    }

    fn changed(&self) -> ConfigError {
        ConfigError::Changed { path: self.path.clone() }
    }
}

fn read_now(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file that is written and not yet visible under its name. Dropped, it is gone.
struct NewFile {
    temp: Option<PathBuf>,
}

impl NewFile {
    fn write(dir: &Path, path: &Path, text: &str) -> io::Result<Self> {
        let temp = dir.join(format!(".syncmgr-config-{}", std::process::id()));
        let mut file = File::create(&temp)?;
        let new = Self { temp: Some(temp) };
        if let Ok(before) = fs::metadata(path) {
            file.set_permissions(before.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(new)
    }

    fn publish(mut self, dir: &Path, path: &Path) -> io::Result<()> {
        let Some(temp) = self.temp.take() else { return Ok(()) };
        if let Err(error) = fs::rename(&temp, path) {
            self.temp = Some(temp);
            return Err(error);
        }
        system::flush_dir(dir)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temp) = &self.temp {
            // Nobody else knows of it; a leftover is ugly and harmless.
            let _ = fs::remove_file(temp);
        }
    }
}

/// A folder as a table; what is at its default is left out.
fn table(folder: &FolderConfig) -> Table {
    let FolderConfig { pair, schedule } = folder;
    let default = PairConfig::new(pair.id, "", PathBuf::new(), PathBuf::new());
    let mut table = Table::new();
    table["name"] = value(&pair.name);
    // Roots that are no text are refused before; see `FolderConfig::new`.
    table["left"] = value(pair.left.to_string_lossy().into_owned());
    table["right"] = value(pair.right.to_string_lossy().into_owned());
    let words = [
        ("mode", pair.mode != default.mode, pair.mode.as_str()),
        ("conflict", pair.conflict != default.conflict, pair.conflict.as_str()),
        ("durability", pair.durability != default.durability, pair.durability.as_str()),
    ];
    for (key, is_chosen, word) in words {
        if is_chosen {
            table[key] = value(word);
        }
    }
    for (key, list) in [("ignore", &pair.ignore), ("on", &schedule.on)] {
        if !list.is_empty() {
            table[key] = value(list.iter().collect::<Array>());
        }
    }
    if !pair.keep.is_empty() {
        table["keep"] = value(pair.keep.iter().map(Keep::as_str).collect::<Array>());
    }
    for (key, text) in [("every", &schedule.every), ("at", &schedule.at), ("fresh", &schedule.fresh)] {
        if let Some(text) = text {
            table[key] = value(text);
        }
    }
    schedule::write_conditions(&mut table, &schedule.when.texts());
    // The baseline hangs on the id: with it written down, roots and name may be edited later on.
    table["id"] = value(pair.id.to_string());
    table
}

/// What a new folder is made of, as typed.
pub(crate) struct NewFolder {
    pub(crate) id: ItemId,
    pub(crate) left: PathBuf,
    pub(crate) right: PathBuf,
    pub(crate) name: Option<String>,
    pub(crate) mode: Option<Mode>,
    pub(crate) conflict: Option<ConflictPolicy>,
    pub(crate) durability: Option<Durability>,
    pub(crate) ignore: Vec<String>,
    pub(crate) keep: Vec<Keep>,
    pub(crate) schedule: Schedule,
}

impl FolderConfig {
    /// A folder to be added, or what is wrong with it.
    pub(crate) fn new(new: NewFolder) -> Result<Self, String> {
        for root in [&new.left, &new.right] {
            if root.to_str().is_none() {
                return Err(format!(
                    "`{}` is not UTF-8 and cannot be written into the configuration",
                    root.display()
                ));
            }
        }
        let name = new.name.unwrap_or_else(|| name_for(&new.left));
        check_name(&name)?;
        new.schedule.every.as_deref().map_or(Ok(()), check_interval)?;
        new.schedule.at.as_deref().map_or(Ok(()), check_cron)?;
        new.schedule.on.iter().try_for_each(|event| check_event(event))?;
        new.schedule.fresh.as_deref().map_or(Ok(()), check_interval)?;
        let mut pair = PairConfig::new(new.id, name, new.left, new.right);
        pair.mode = new.mode.unwrap_or(pair.mode);
        pair.conflict = new.conflict.unwrap_or(pair.conflict);
        pair.durability = new.durability.unwrap_or(pair.durability);
        pair.ignore = new.ignore;
        pair.keep = KeepSet::from_iter(new.keep);
        Ok(Self { pair, schedule: new.schedule })
    }
}
