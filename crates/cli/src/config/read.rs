//! Reading the file: what was written becomes what is meant, or an error that names the line.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use syncmgr_folders::{PairConfig, UnknownWord, item_id_for_roots};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::CheckState;
use toml_edit::{Document, Item, Table};

use super::error::ConfigError;
use super::schedule::{self, Schedule};
use super::{FolderConfig, KEPT_SESSIONS};
use crate::nearest::nearest;

/// Keys of a `[[folder]]`.
const FOLDER_KEYS: &[&str] = &[
    "id",
    "name",
    "left",
    "right",
    "mode",
    "conflict",
    "ignore",
    "durability",
    "ticked",
    "every",
    "at",
    "on",
    "trash_days",
    "trash_bytes",
];

/// Keys of the file itself.
const TOP_KEYS: &[&str] = &["folder", "keep_sessions"];

/// What the file says.
pub(super) struct Read {
    pub(super) folders: Vec<FolderConfig>,
    pub(super) keep_sessions: u32,
}

pub(super) fn read(path: &Path, text: &str, home: Option<&Path>) -> Result<Read, ConfigError> {
    let source = Source { path, text, home };
    let document = Document::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| source.line(&span));
        ConfigError::wrong(path, line, None, error.message().trim().replace('\n', "; "))
    })?;
    let top = source.section(document.as_table(), 1);
    top.refuse_unknown(TOP_KEYS)?;
    let keep_sessions = top.number("keep_sessions")?.unwrap_or(u64::from(KEPT_SESSIONS));
    let keep_sessions = u32::try_from(keep_sessions)
        .ok()
        .filter(|keep| *keep > 0)
        .ok_or_else(|| top.wrong("keep_sessions", "it is a number from 1 to 4294967295"))?;
    let folders = source.folders(&document)?;
    refuse_doubles(&source, &folders)?;
    Ok(Read { folders: folders.into_iter().map(|(folder, _)| folder).collect(), keep_sessions })
}

/// Two items of one name, or of one id, could not be told apart.
fn refuse_doubles(source: &Source<'_>, folders: &[(FolderConfig, usize)]) -> Result<(), ConfigError> {
    let mut names = HashMap::new();
    let mut ids = HashMap::new();
    for (folder, line) in folders {
        let pair = &folder.pair;
        if let Some(first) = names.insert(&pair.name, line) {
            let text = format!("the name `{}` is taken by the folder in line {first}", pair.name);
            return Err(ConfigError::wrong(source.path, *line, Some("name"), text));
        }
        if let Some(first) = ids.insert(pair.id, line) {
            let text = format!("this is the same pair as in line {first}");
            return Err(ConfigError::wrong(source.path, *line, None, text)
                .with_hint(Some("remove one of them, or give it an `id` of its own".to_owned())));
        }
    }
    Ok(())
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    home: Option<&'a Path>,
}

impl<'a> Source<'a> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    fn section<'b>(&'b self, table: &'b Table, line: usize) -> Section<'b> {
        Section { source: self, table, line: table.span().map_or(line, |span| self.line(&span)) }
    }

    /// Each folder and its line.
    fn folders(&self, document: &Document<&str>) -> Result<Vec<(FolderConfig, usize)>, ConfigError> {
        let Some(item) = document.get("folder") else { return Ok(Vec::new()) };
        let Some(tables) = item.as_array_of_tables() else {
            let line = item.span().map_or(1, |span| self.line(&span));
            return Err(ConfigError::wrong(
                self.path,
                line,
                Some("folder"),
                "folders are written as `[[folder]]`",
            ));
        };
        tables
            .iter()
            .map(|table| {
                let section = self.section(table, 1);
                section.folder().map(|folder| (folder, section.line))
            })
            .collect()
    }

    fn expand(&self, written: &str) -> Result<PathBuf, String> {
        let path = match (written.strip_prefix('~'), self.home) {
            (Some(""), Some(home)) => home.to_owned(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
            (Some(_), _) => {
                return Err(format!("`{written}`: only `~` and `~/…` are known, and need `HOME`"));
            }
            (None, _) => PathBuf::from(written),
        };
        if path.is_absolute() {
            return Ok(path.components().collect());
        }
        Err(format!("`{written}` is relative; a root is an absolute path, or begins with `~/`"))
    }
}

/// A table and what it takes to say what is wrong with it.
struct Section<'a> {
    source: &'a Source<'a>,
    table: &'a Table,
    line: usize,
}

impl Section<'_> {
    fn folder(&self) -> Result<FolderConfig, ConfigError> {
        self.refuse_unknown(FOLDER_KEYS)?;
        let left = self.root("left")?;
        let right = self.root("right")?;
        let name = match self.text("name")? {
            Some(name) => name.to_owned(),
            None => name_for(&left),
        };
        check_name(&name).map_err(|text| self.wrong("name", text))?;
        let id: ItemId = match self.parsed("id")? {
            Some(id) => id,
            None => item_id_for_roots(&left, &right),
        };
        let mut pair = PairConfig::new(id, name, left, right);
        pair.mode = self.word("mode")?.unwrap_or(pair.mode);
        pair.conflict = self.word("conflict")?.unwrap_or(pair.conflict);
        pair.durability = self.word("durability")?.unwrap_or(pair.durability);
        pair.ignore = self.texts("ignore")?;
        if self.truth("ticked")? == Some(false) {
            pair.state = CheckState::Unchecked;
        }
        if let Some(days) = self.number("trash_days")? {
            pair.trash.days =
                u32::try_from(days).map_err(|_| self.wrong("trash_days", "it is a number of days"))?;
        }
        pair.trash.bytes = self.number("trash_bytes")?.unwrap_or(pair.trash.bytes);
        Ok(FolderConfig { pair, schedule: self.schedule()? })
    }

    fn schedule(&self) -> Result<Schedule, ConfigError> {
        let every = self.text("every")?;
        let at = self.text("at")?;
        let on = self.texts("on")?;
        if let Some(every) = every {
            schedule::check_interval(every).map_err(|text| self.wrong("every", text))?;
        }
        if let Some(at) = at {
            schedule::check_cron(at).map_err(|text| self.wrong("at", text))?;
        }
        for event in &on {
            schedule::check_event(event).map_err(|text| self.wrong("on", text))?;
        }
        Ok(Schedule { every: every.map(str::to_owned), at: at.map(str::to_owned), on })
    }

    fn root(&self, key: &str) -> Result<PathBuf, ConfigError> {
        let written = self.text(key)?.ok_or_else(|| {
            ConfigError::wrong(self.source.path, self.line, None, format!("this folder has no `{key}`"))
        })?;
        self.source.expand(written).map_err(|text| self.wrong(key, text))
    }

    fn word<T: FromStr<Err = UnknownWord>>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        self.text(key)?
            .map(|word| word.parse().map_err(|error: UnknownWord| self.wrong(key, error.to_string())))
            .transpose()
    }

    fn parsed(&self, key: &str) -> Result<Option<ItemId>, ConfigError> {
        self.text(key)?
            .map(|text| {
                text.parse().map_err(|error: <ItemId as FromStr>::Err| self.wrong(key, error.to_string()))
            })
            .transpose()
    }

    fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        self.value(key, Item::as_str, "it is a text in quotes")
    }

    fn truth(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.value(key, Item::as_bool, "it is true or false")
    }

    fn number(&self, key: &str) -> Result<Option<u64>, ConfigError> {
        self.value(key, |item| item.as_integer().and_then(|n| u64::try_from(n).ok()), "it is a number from 0")
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let texts = |item: &Item| {
            item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Ok(self.value(key, texts, "it is a list of texts: [\"…\", \"…\"]")?.unwrap_or_default())
    }

    fn value<'b, T>(
        &'b self,
        key: &str,
        read: impl FnOnce(&'b Item) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, ConfigError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        read(item).map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    fn refuse_unknown(&self, known: &[&str]) -> Result<(), ConfigError> {
        let Some((key, _)) = self.table.iter().find(|(key, _)| !known.contains(key)) else { return Ok(()) };
        let hint = nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let text = format!("this key is not known; known are {}", known.join(", "));
        Err(self.wrong(key, text).with_hint(hint))
    }

    fn wrong(&self, key: &str, text: impl Into<String>) -> ConfigError {
        let span = self.table.key(key).and_then(toml_edit::Key::span);
        let line = span.map_or(self.line, |span| self.source.line(&span));
        ConfigError::wrong(self.source.path, line, Some(key), text)
    }
}

/// The name of a pair that has none: the last component of its left root.
pub(super) fn name_for(left: &Path) -> String {
    left.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A name is typed as an argument: it must not look like a path or a flag.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a name is not empty".to_owned());
    }
    if name.contains('/') || name.starts_with('-') || name.chars().any(char::is_control) {
        return Err(format!(
            "`{name}` is no name: it has a `/` or control characters in it, or begins with `-`"
        ));
    }
    Ok(())
}
