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
use syncmgr_wire::line;
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

impl HookConfig {
    /// Its name, without what may be secret in one that nobody gave it.
    pub(crate) fn shown_name(&self) -> String {
        match &self.call {
            HookCall::Url { url, .. } if *url == self.name => machine_of(url),
            _ => self.name.clone(),
        }
    }

    /// As it is told. Arguments and the rest of an address are where people put their tokens.
    pub(crate) fn to_line(&self) -> line::Hook {
        let (kind, calls, may_refuse) = match &self.call {
            HookCall::Run { argv, may_refuse } => {
                let more = if argv.len() > 1 { " …" } else { "" };
                let program = argv.first().map_or("", String::as_str);
                ("program", format!("{program}{more}"), *may_refuse)
            }
            HookCall::Url { url, .. } => ("url", machine_of(url), false),
        };
        line::Hook {
            name: self.shown_name(),
            kind: kind.to_owned(),
            calls,
            on: self.occasions.iter().map(ToString::to_string).collect(),
            items: self.items.clone(),
            may_refuse,
            enabled: true,
        }
    }
}

/// Where an address leads, and nothing else of it: `https://example.org/…`.
fn machine_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, more) = match rest.find(['/', '?', '#']) {
        Some(at) => (&rest[..at], rest.len() > at + 1),
        None => (rest, false),
    };
    let machine = authority.rsplit_once('@').map_or(authority, |(_, machine)| machine);
    let more = if more { "/…" } else { "" };
    if scheme.is_empty() { format!("{machine}{more}") } else { format!("{scheme}://{machine}{more}") }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_machine_is_told() {
        for (url, expected) in [
            ("https://example.org", "https://example.org"),
            ("https://example.org/", "https://example.org"),
            ("https://hooks.example.org:8443/services/T0K3N", "https://hooks.example.org:8443/…"),
            ("https://user:secret@example.org/x", "https://example.org/…"),
            ("https://example.org?token=secret", "https://example.org/…"),
            ("secret@nowhere/x", "nowhere/…"),
        ] {
            assert_eq!(machine_of(url), expected, "{url}");
        }
    }
}
