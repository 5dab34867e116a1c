//! The text of the file and its tables, and what it takes to say in which line something is wrong.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml_edit::{Document, Item, Table};

use super::error::ConfigError;
use super::schedule;
use crate::nearest::nearest;

/// The file.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) home: Option<&'a Path>,
}

impl Source<'_> {
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    pub(super) fn section<'b>(&'b self, table: &'b Table, line: usize) -> Section<'b> {
        Section { source: self, table, line: table.span().map_or(line, |span| self.line(&span)) }
    }

    /// What each `[[key]]` says, and its line.
    pub(super) fn each<T>(
        &self,
        document: &Document<&str>,
        key: &str,
        read: impl Fn(&Section<'_>) -> Result<T, ConfigError>,
    ) -> Result<Vec<(T, usize)>, ConfigError> {
        let Some(item) = document.get(key) else { return Ok(Vec::new()) };
        let Some(tables) = item.as_array_of_tables() else {
            let text = format!("these are written as `[[{key}]]`");
            return Err(ConfigError::wrong(self.path, self.line_of(item), Some(key), text));
        };
        tables
            .iter()
            .map(|table| {
                let section = self.section(table, 1);
                read(&section).map(|read| (read, section.line))
            })
            .collect()
    }

    /// What each `[key.NAME]` says.
    pub(super) fn each_named<T>(
        &self,
        document: &Document<&str>,
        key: &str,
        read: impl Fn(&str, &Section<'_>) -> Result<T, ConfigError>,
    ) -> Result<Vec<T>, ConfigError> {
        let Some(item) = document.get(key) else { return Ok(Vec::new()) };
        let wrong = |item: &Item| {
            let text = format!("these are written as `[{key}.NAME]`");
            ConfigError::wrong(self.path, self.line_of(item), Some(key), text)
        };
        let tables = item.as_table().ok_or_else(|| wrong(item))?;
        tables
            .iter()
            .map(|(name, item)| {
                let table = item.as_table().ok_or_else(|| wrong(item))?;
                read(name, &self.section(table, self.line_of(item)))
            })
            .collect()
    }

    fn line_of(&self, item: &Item) -> usize {
        item.span().map_or(1, |span| self.line(&span))
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
        Err(format!("`{written}` is relative; write an absolute path, or one that begins with `~/`"))
    }
}

/// A table and what it takes to say what is wrong with it.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    pub(super) table: &'a Table,
    pub(super) line: usize,
}

impl Section<'_> {
    /// A path, with `~` for the home.
    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        self.text(key)?
            .map(|written| self.source.expand(written).map_err(|text| self.wrong(key, text)))
            .transpose()
    }

    /// A path that is written in this table, with `~` for the home.
    pub(super) fn expand(&self, written: &str) -> Result<PathBuf, String> {
        self.source.expand(written)
    }

    /// A text with `~/` at its beginning read as the home; other texts stay as they are.
    pub(super) fn at_home(&self, key: &str, text: String) -> Result<String, ConfigError> {
        if text != "~" && !text.starts_with("~/") {
            return Ok(text);
        }
        let path = self.source.expand(&text).map_err(|text| self.wrong(key, text))?;
        path.into_os_string().into_string().map_err(|_| self.wrong(key, "the home directory is not UTF-8"))
    }

    /// A value in a text of its own form.
    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &self,
        key: &str,
    ) -> Result<Option<T>, ConfigError> {
        self.text(key)?
            .map(|text| text.parse().map_err(|error: T::Err| self.wrong(key, error.to_string())))
            .transpose()
    }

    /// A text that passes a check.
    pub(super) fn checked(
        &self,
        key: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        check(text).map_err(|text| self.wrong(key, text))?;
        Ok(Some(text.to_owned()))
    }

    /// An interval, as it is written.
    pub(super) fn interval(&self, key: &str) -> Result<Option<String>, ConfigError> {
        self.checked(key, schedule::check_interval)
    }

    /// What has to be there.
    pub(super) fn required<T>(&self, key: &str, value: Option<T>, what: &str) -> Result<T, ConfigError> {
        value.ok_or_else(|| {
            ConfigError::wrong(self.source.path, self.line, None, format!("this {what} has no `{key}`"))
        })
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        self.value(key, Item::as_str, "it is a text in quotes")
    }

    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.value(key, Item::as_bool, "it is true or false")
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, ConfigError> {
        self.value(key, |item| item.as_integer().and_then(|n| u64::try_from(n).ok()), "it is a number from 0")
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let texts = |item: &Item| {
            item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Ok(self.value(key, texts, "it is a list of texts: [\"…\", \"…\"]")?.unwrap_or_default())
    }

    /// A list of words of a closed set.
    pub(super) fn words<T: FromStr<Err: std::fmt::Display>>(&self, key: &str) -> Result<Vec<T>, ConfigError> {
        let parse = |text: String| text.parse().map_err(|error: T::Err| self.wrong(key, error.to_string()));
        self.texts(key)?.into_iter().map(parse).collect()
    }

    /// A table within this one, inline or under its own header.
    pub(super) fn within<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Section<'_>) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let line = item.span().map_or(self.line, |span| self.source.line(&span));
        let table = item.clone().into_table().map_err(|_| self.wrong(key, "it is a table: { … }"))?;
        read(&Section { source: self.source, table: &table, line }).map(Some)
    }

    pub(super) fn value<'b, T>(
        &'b self,
        key: &str,
        read: impl FnOnce(&'b Item) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, ConfigError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        read(item).map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    pub(super) fn refuse_unknown(&self, known: &[&str]) -> Result<(), ConfigError> {
        let Some((key, _)) = self.table.iter().find(|(key, _)| !known.contains(key)) else { return Ok(()) };
        let hint = nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let text = format!("this key is not known; known are {}", known.join(", "));
        Err(self.wrong(key, text).with_hint(hint))
    }

    pub(super) fn wrong(&self, key: &str, text: impl Into<String>) -> ConfigError {
        let span = self.table.key(key).and_then(toml_edit::Key::span);
        let line = span.map_or(self.line, |span| self.source.line(&span));
        ConfigError::wrong(self.source.path, line, Some(key), text)
    }
}
