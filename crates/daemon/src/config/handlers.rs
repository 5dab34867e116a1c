//! What a program that is a handler is told, and what it is given.
//!
//! ```toml
//! [handlers.notes]
//! server = "example.org"              # whatever the handler knows
//! stall_after = "5m"
//! grace = "1m"
//! [handlers.notes.secrets]
//! password = { command = ["pass", "show", "notes"] }
//! token = { file = "~/.config/notes-token" }
//! ```
//!
//! The keys that are ours are not passed on; all others are the handler's own and not looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};
use toml_edit::{Item, TableLike};

use super::error::ConfigError;
use super::schedule::interval;
use super::section::Section;

/// Keys that are not the handler's.
const OURS: &[&str] = &["stall_after", "grace", "secrets"];

/// One `[handlers.NAME]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct HandlerConfig {
    pub(crate) name: String,
    /// What the handler gets to see.
    pub(crate) settings: Map<String, Value>,
    /// How long it may be silent.
    pub(crate) stall_after: Option<Duration>,
    /// How long it may take after a stop.
    pub(crate) grace: Option<Duration>,
    pub(crate) secrets: BTreeMap<String, SecretSource>,
}

/// Where a secret comes from. The secret itself is never in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// The first line that a command prints.
    Command(Vec<String>),
    /// The first line of a file.
    File(PathBuf),
}

pub(super) fn read_handler(name: &str, section: &Section<'_>) -> Result<HandlerConfig, ConfigError> {
    let of_handler = section.table.iter().filter(|(key, _)| !OURS.contains(key));
    let settings = of_handler.filter_map(|(key, item)| Some((key.to_owned(), json(item)?))).collect();
    Ok(HandlerConfig {
        name: name.to_owned(),
        settings,
        stall_after: section.interval("stall_after")?.as_deref().and_then(interval),
        grace: section.interval("grace")?.as_deref().and_then(interval),
        secrets: read_secrets(section)?,
    })
}

fn read_secrets(section: &Section<'_>) -> Result<BTreeMap<String, SecretSource>, ConfigError> {
    let expected = "secrets are written as a table: KEY = { command = [\"…\"] } or { file = \"…\" }";
    let Some(table) = section.value("secrets", Item::as_table_like, expected)? else {
        return Ok(BTreeMap::new());
    };
    table
        .iter()
        .map(|(key, item)| {
            let source = item.as_table_like().and_then(|source| secret(section, source));
            let source = source.ok_or_else(|| section.wrong("secrets", format!("`{key}`: {expected}")))?;
            Ok((key.to_owned(), source))
        })
        .collect()
}

fn secret(section: &Section<'_>, source: &dyn TableLike) -> Option<SecretSource> {
    if source.len() != 1 {
        return None;
    }
    if let Some(command) = source.get("command") {
        let argv = command.as_array()?.iter().map(|argument| argument.as_str().map(str::to_owned));
        return argv.collect::<Option<Vec<_>>>().filter(|argv| !argv.is_empty()).map(SecretSource::Command);
    }
    let file = source.get("file")?.as_str()?;
    section.expand(file).ok().map(SecretSource::File)
}

/// A value of the file as the handler gets it. Dates become texts: JSON has none.
fn json(item: &Item) -> Option<Value> {
    if let Some(table) = item.as_table_like() {
        let members = table.iter().filter_map(|(key, item)| Some((key.to_owned(), json(item)?)));
        return Some(Value::Object(members.collect()));
    }
    if let Some(tables) = item.as_array_of_tables() {
        return Some(Value::Array(tables.iter().filter_map(|t| json(&Item::Table(t.clone()))).collect()));
    }
    item.as_value().map(json_value)
}

fn json_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(truth) => Value::from(*truth.value()),
        toml_edit::Value::Datetime(moment) => Value::from(moment.value().to_string()),
        toml_edit::Value::Array(values) => values.iter().map(json_value).collect(),
        toml_edit::Value::InlineTable(table) => {
            let members = table.iter().map(|(key, value)| (key.to_owned(), json_value(value)));
            Value::Object(members.collect())
        }
    }
}
