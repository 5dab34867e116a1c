//! Who is told what happened.
//!
//! ```toml
//! [[hook]]
//! on = ["on-error", "on-late"]         # before-session, after-session, on-conflict, on-halt
//! run = ["notify-me", "--loud"]        # reads one line of JSON; or
//! url = "https://example.org/hook"     # … gets it as a POST request
//! item = ["photos"]                    # left out: all
//! timeout = "30s"
//! may_refuse = true                    # before-session: an exit code other than 0 keeps the session from beginning
//! headers = { Authorization = "Bearer …" }
//! ```

use std::time::Duration;

use syncmgr_hooks::Occasion;
use toml_edit::Item;

use super::error::ConfigError;
use super::schedule::interval;
use super::section::Section;

/// Keys of a `[[hook]]`.
const KEYS: &[&str] = &["name", "on", "run", "url", "item", "timeout", "may_refuse", "headers", "proxy"];

/// One `[[hook]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HookConfig {
    /// What people call it.
    pub(crate) name: String,
    pub(crate) occasions: Vec<Occasion>,
    pub(crate) call: HookCall,
    /// Only about these items; about all if there are none.
    pub(crate) items: Vec<String>,
    pub(crate) timeout: Option<Duration>,
}

/// How it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HookCall {
    /// A program, and whether it may refuse a session.
    Run { argv: Vec<String>, may_refuse: bool },
    /// An address.
    Url { url: String, headers: Vec<(String, String)>, proxy: Option<String> },
}

pub(super) fn read_hook(section: &Section<'_>) -> Result<HookConfig, ConfigError> {
    section.refuse_unknown(KEYS)?;
    let occasions = section.words::<Occasion>("on")?;
    if occasions.is_empty() {
        return Err(section.wrong("on", "this hook has no occasion: `on` lists them"));
    }
    let run = section.texts("run")?;
    let url = section.text("url")?.map(str::to_owned);
    let may_refuse = section.truth("may_refuse")?.unwrap_or(false);
    let headers = section.within("headers", headers)?.unwrap_or_default();
    let proxy = section.text("proxy")?.map(str::to_owned);
    let (what, call) = match (run.first().cloned(), url) {
        (Some(program), None) => (program, HookCall::Run { argv: run, may_refuse }),
        (None, Some(url)) if !may_refuse => (url.clone(), HookCall::Url { url, headers, proxy }),
        (None, Some(_)) => return Err(section.wrong("may_refuse", "only a command may refuse a session")),
        (Some(_), Some(_)) => return Err(section.wrong("url", "a hook has `run` or `url`, not both")),
        (None, None) => return Err(section.wrong("on", "this hook has neither `run` nor `url`")),
    };
    Ok(HookConfig {
        name: section.text("name")?.map_or(what, str::to_owned),
        occasions,
        call,
        items: section.texts("item")?,
        timeout: section.interval("timeout")?.as_deref().and_then(interval),
    })
}

fn headers(section: &Section<'_>) -> Result<Vec<(String, String)>, ConfigError> {
    section
        .table
        .iter()
        .map(|(name, item): (&str, &Item)| match item.as_str() {
            Some(value) => Ok((name.to_owned(), value.to_owned())),
            None => Err(section.wrong(name, "it is a text in quotes")),
        })
        .collect()
}
