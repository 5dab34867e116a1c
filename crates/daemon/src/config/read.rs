//! Reading the file: what was written becomes what is meant, or an error that names the line.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;

use syncmgr_folders::{Keep, PairConfig, item_id_for_roots};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::CheckState;
use toml_edit::{Document, Item, Table};

use super::connection::{ConnectionConfig, read_connection};
use super::error::ConfigError;
use super::handlers::{HandlerConfig, read_handler};
use super::hook::{HookConfig, read_hook};
use super::recipe::{RecipeConfig, read_recipe};
use super::schedule::{self, Conditions, Schedule};
use super::section::{Section, Source};
use super::trigger::{TriggerConfig, read_trigger};
use super::{FolderConfig, KEPT_SESSIONS};

/// Keys of a `[[folder]]`.
const FOLDER_KEYS: &[&str] = &[
    "id",
    "name",
    "left",
    "right",
    "mode",
    "conflict",
    "ignore",
    "keep",
    "durability",
    "ticked",
    "every",
    "at",
    "on",
    "after",
    "fresh",
    "catch_up",
    "when",
    "trash_days",
    "trash_bytes",
    "max_deletions",
    "max_overwrites",
];

/// Keys of the file itself.
const TOP_KEYS: &[&str] =
    &["folder", "recipe", "handlers", "trigger", "connection", "hook", "daemon", "keep_sessions"];

/// What the file says.
pub(super) struct Read {
    pub(super) folders: Vec<FolderConfig>,
    pub(super) recipes: Vec<RecipeConfig>,
    pub(super) handlers: Vec<HandlerConfig>,
    pub(super) triggers: Vec<TriggerConfig>,
    pub(super) connections: Vec<ConnectionConfig>,
    pub(super) hooks: Vec<HookConfig>,
    pub(super) daemon: DaemonConfig,
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
    let folders = source.each(&document, "folder", folder)?;
    let recipes = source.each(&document, "recipe", read_recipe)?;
    let triggers = source.each(&document, "trigger", read_trigger)?;
    let daemon = top.within("daemon", daemon)?.unwrap_or(DaemonConfig { listen: None, desktop: true });
    let hooks = source.each(&document, "hook", read_hook)?;
    let connections = source.each(&document, "connection", read_connection)?;
    let handlers = source.each_named(&document, "handlers", read_handler)?;
    refuse_doubles(&source, &folders, &recipes)?;
    refuse_double_triggers(&source, &triggers)?;
    Ok(Read {
        folders: without_lines(folders),
        recipes: without_lines(recipes),
        triggers: without_lines(triggers),
        connections: without_lines(connections),
        hooks: without_lines(hooks),
        daemon,
        handlers,
        keep_sessions,
    })
}

fn without_lines<T>(read: Vec<(T, usize)>) -> Vec<T> {
    read.into_iter().map(|(read, _)| read).collect()
}

/// Two items of one name, or of one id, could not be told apart; nor could a folder and a recipe.
fn refuse_doubles(
    source: &Source<'_>,
    folders: &[(FolderConfig, usize)],
    recipes: &[(RecipeConfig, usize)],
) -> Result<(), ConfigError> {
    let folder_names = folders.iter().map(|(folder, line)| (&folder.pair.name, "folder", line));
    let recipe_names = recipes.iter().map(|(recipe, line)| (&recipe.name, "recipe", line));
    let mut names = HashMap::new();
    for (name, what, line) in folder_names.chain(recipe_names) {
        if let Some((first, at)) = names.insert(name, (what, line)) {
            let text = format!("the name `{name}` is taken by the {first} in line {at}");
            return Err(ConfigError::wrong(source.path, *line, Some("name"), text));
        }
    }
    let mut ids = HashMap::new();
    for (folder, line) in folders {
        if let Some(first) = ids.insert(folder.pair.id, line) {
            let text = format!("this is the same pair as in line {first}");
            return Err(ConfigError::wrong(source.path, *line, None, text)
                .with_hint(Some("remove one of them, or give it an `id` of its own".to_owned())));
        }
    }
    Ok(())
}

fn refuse_double_triggers(
    source: &Source<'_>,
    triggers: &[(TriggerConfig, usize)],
) -> Result<(), ConfigError> {
    let mut keys = HashMap::new();
    for (trigger, line) in triggers {
        if let Some(first) = keys.insert(&trigger.key, line) {
            let text = format!("this is the same trigger and connection as in line {first}");
            return Err(ConfigError::wrong(source.path, *line, Some("for"), text));
        }
    }
    Ok(())
}

fn folder(section: &Section<'_>) -> Result<FolderConfig, ConfigError> {
    section.refuse_unknown(FOLDER_KEYS)?;
    let left = section.required("left", section.path("left")?, "folder")?;
    let right = section.required("right", section.path("right")?, "folder")?;
    let name = match section.text("name")? {
        Some(name) => name.to_owned(),
        None => name_for(&left),
    };
    check_name(&name).map_err(|text| section.wrong("name", text))?;
    let id: ItemId = match section.parsed("id")? {
        Some(id) => id,
        None => item_id_for_roots(&left, &right),
    };
    let mut pair = PairConfig::new(id, name, left, right);
    pair.mode = section.parsed("mode")?.unwrap_or(pair.mode);
    pair.conflict = section.parsed("conflict")?.unwrap_or(pair.conflict);
    pair.durability = section.parsed("durability")?.unwrap_or(pair.durability);
    pair.ignore = section.texts("ignore")?;
    pair.keep = section.words::<Keep>("keep")?.into_iter().collect();
    if section.truth("ticked")? == Some(false) {
        pair.state = CheckState::Unchecked;
    }
    if let Some(days) = section.number("trash_days")? {
        pair.trash.days =
            u32::try_from(days).map_err(|_| section.wrong("trash_days", "it is a number of days"))?;
    }
    pair.trash.bytes = section.number("trash_bytes")?.unwrap_or(pair.trash.bytes);
    pair.budget.deletions = percent(section, "max_deletions")?.unwrap_or(pair.budget.deletions);
    pair.budget.overwrites = percent(section, "max_overwrites")?.unwrap_or(pair.budget.overwrites);
    Ok(FolderConfig { pair, schedule: schedule_of(section)? })
}

/// `[daemon]`.
pub(super) struct DaemonConfig {
    /// Where it listens besides its socket.
    pub(super) listen: Option<SocketAddr>,
    /// Whether it shows notifications.
    pub(super) desktop: bool,
}

fn daemon(section: &Section<'_>) -> Result<DaemonConfig, ConfigError> {
    section.refuse_unknown(&["listen", "desktop"])?;
    let listen = section.parsed::<SocketAddr>("listen")?;
    if listen.is_some_and(|address| !address.ip().is_loopback()) {
        let text = "it is an address of this machine alone: `127.0.0.1:PORT` or `[::1]:PORT`";
        return Err(section.wrong("listen", text));
    }
    Ok(DaemonConfig { listen, desktop: section.truth("desktop")?.unwrap_or(true) })
}

/// A share of the files in step.
fn percent(section: &Section<'_>, key: &str) -> Result<Option<u8>, ConfigError> {
    let Some(number) = section.number(key)? else { return Ok(None) };
    match u8::try_from(number) {
        Ok(percent) if percent <= 100 => Ok(Some(percent)),
        _ => Err(section.wrong(key, "it is a percentage, from 0 to 100")),
    }
}

/// Keys that say when an item runs by itself.
pub(super) const SCHEDULE_KEYS: &[&str] = &["every", "at", "on", "after", "fresh", "catch_up", "when"];

/// Keys of `when`.
const CONDITION_KEYS: &[&str] = &["power", "battery", "metered", "network", "between", "load"];

pub(super) fn schedule_of(section: &Section<'_>) -> Result<Schedule, ConfigError> {
    let on = section.texts("on")?;
    for event in &on {
        schedule::check_event(event).map_err(|text| section.wrong("on", text))?;
    }
    Ok(Schedule {
        every: section.interval("every")?,
        at: section.checked("at", schedule::check_cron)?,
        on,
        after: section.texts("after")?,
        fresh: section.interval("fresh")?,
        catch_up: section.truth("catch_up")?,
        when: section.within("when", conditions_of)?.unwrap_or_default(),
    })
}

impl Conditions {
    /// Conditions that were said as texts, read as if they were written.
    pub(crate) fn from_texts(texts: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let table: Table = texts
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| (key.clone(), Item::Value(schedule::condition(key, text))))
            .collect();
        let source = Source { path: Path::new(""), text: "", home: None };
        conditions_of(&source.section(&table, 1))
    }
}

fn conditions_of(section: &Section<'_>) -> Result<Conditions, ConfigError> {
    section.refuse_unknown(CONDITION_KEYS)?;
    let mains = match section.text("power")? {
        None | Some("any") => false,
        Some("mains") => true,
        Some(_) => return Err(section.wrong("power", "it is `mains` or `any`")),
    };
    let between = match section.text("between")? {
        None => None,
        Some(text) => Some(
            schedule::between(text)
                .ok_or_else(|| section.wrong("between", "it is two times of day: `22:00-06:00`"))?,
        ),
    };
    let load = section.value(
        "load",
        |item| item.as_float().or(item.as_integer().map(|n| n as f64)),
        "it is a number",
    )?;
    if load.is_some_and(|load: f64| load.is_nan() || load <= 0.0) {
        return Err(section.wrong("load", "it is a number above 0"));
    }
    Ok(Conditions {
        mains,
        battery: percent(section, "battery")?,
        unmetered: section.truth("metered")? == Some(false),
        networks: section.texts("network")?,
        between,
        load,
    })
}

/// The name of a pair that has none: the last component of its left root.
pub(super) fn name_for(left: &Path) -> String {
    left.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A name is typed as an argument: it must not look like a path or a flag.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
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
