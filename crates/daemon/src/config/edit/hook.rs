//! Hooks and the desktop, changed in the file.

use syncmgr_wire::control::HookRequest;
use toml_edit::{Array, Item, Table, value};

use crate::config::Config;
use crate::config::error::ConfigError;

impl Config {
    /// The text with one more hook, as it is asked for. What it says is not judged here.
    pub(crate) fn with_hook(&self, asked: &HookRequest) -> Result<String, ConfigError> {
        let HookRequest { name, on, run, url, items, timeout, may_refuse } = asked;
        let mut table = Table::new();
        let list = |texts: &[String]| value(texts.iter().collect::<Array>());
        if let Some(name) = name {
            table["name"] = value(name);
        }
        table["on"] = list(on);
        if !run.is_empty() {
            table["run"] = list(run);
        }
        if let Some(url) = url {
            table["url"] = value(url);
        }
        if !items.is_empty() {
            table["item"] = list(items);
        }
        if let Some(timeout) = timeout {
            table["timeout"] = value(timeout);
        }
        if *may_refuse {
            table["may_refuse"] = value(true);
        }
        self.with_table("hook", table)
    }

    /// The text without the hook with this number, from 0.
    pub(crate) fn without_hook(&self, at: usize) -> Result<String, ConfigError> {
        self.without_table("hook", Some(at))
    }

    /// The text that says whether the desktop shows what went wrong.
    pub(crate) fn with_desktop(&self, enabled: bool) -> Result<String, ConfigError> {
        let mut document = self.document()?;
        let daemon = document.entry("daemon").or_insert_with(|| Item::Table(Table::new()));
        let table = daemon.as_table_like_mut().ok_or_else(|| self.changed())?;
        match table.get_mut("desktop").and_then(Item::as_value_mut) {
            Some(written) => {
                let decor = written.decor().clone();
                *written = enabled.into();
                *written.decor_mut() = decor;
            }
            None => drop(table.insert("desktop", value(enabled))),
        }
        Ok(document.to_string())
    }
}
