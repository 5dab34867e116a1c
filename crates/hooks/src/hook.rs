//! [`Hook`]: whom to tell, and of what.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http;

use crate::filter::Filter;

/// Somebody who is told of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What people call it; the log does.
    pub name: String,
    /// What it is told of.
    pub filter: Filter,
    /// How it is told.
    pub call: Call,
}

/// How a hook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A program is started.
    Command(Command),
    /// An address is sent a request.
    Webhook(Webhook),
}

/// A program that is started for each notice and reads it as one line of JSON from its standard input.
///
/// Ending with 0 is success. What it prints is not kept, but for the first line where it refuses or fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; never a shell. A name is looked up in the PATH of `env`.
    pub argv: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory.
    pub directory: PathBuf,
    /// How long it may run. Then it is asked to end, and killed with everything it started.
    pub limit: Duration,
    /// Whether it may keep a session from beginning.
    pub refusal: Refusal,
}

/// Whether a command that is started before a session may refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Refusal {
    /// The session begins, whatever the command says.
    #[default]
    Ignored,
    /// An exit code other than 0 refuses the session. A command that cannot be started, runs too long or is killed has said
    /// nothing: then the session begins, because a hook that is broken must not stop all synchronization for good.
    Heeded,
}

/// An address that gets each notice as a POST request with a JSON body. Any answer from 200 to 299 is success.
///
/// Redirections are not followed: what was configured is what is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address, `https` or `http`.
    pub url: String,
    /// Headers besides those of the content, such as a token. Their values are never logged.
    pub headers: Vec<(String, String)>,
    /// How long one request may take, answer included.
    pub limit: Duration,
    /// The proxy to go through, as an address; directly, if there is none.
    pub proxy: Option<String>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses hold secrets as often as headers do.
        f.debug_struct("Webhook").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Command {
    /// The usual time limit.
    pub const LIMIT: Duration = Duration::from_secs(30);

    /// A command with the usual limit that refuses nothing.
    pub fn new(argv: Vec<OsString>, env: Vec<(OsString, OsString)>, directory: PathBuf) -> Self {
        Self { argv, env, directory, limit: Self::LIMIT, refusal: Refusal::Ignored }
    }
}

impl Webhook {
    /// The usual time limit.
    pub const LIMIT: Duration = Duration::from_secs(10);

    /// A webhook with the usual limit and nothing besides.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), headers: Vec::new(), limit: Self::LIMIT, proxy: None }
    }
}

/// A hook that could never be told anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// There is no program in it.
    #[error("hook `{hook}` has no program to start")]
    NoProgram {
        /// The hook.
        hook: String,
    },
    /// The address is none.
    #[error("hook `{hook}` has no address that begins with `https://` or `http://` and names a host")]
    Address {
        /// The hook.
        hook: String,
    },
    /// A header cannot be sent.
    #[error("hook `{hook}` has a header `{header}` that cannot be sent")]
    Header {
        /// The hook.
        hook: String,
        /// The name of the header.
        header: String,
    },
    /// The proxy is none.
    #[error("hook `{hook}` has a proxy whose address cannot be used")]
    Proxy {
        /// The hook.
        hook: String,
    },
}

impl Hook {
    /// Looks whether the hook can be told anything at all, so that a mistake shows when the configuration is read and not
    /// when something goes wrong.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), HookError> {
        let hook = || self.name.clone();
        match &self.call {
            Call::Command(command) if command.argv.is_empty() => Err(HookError::NoProgram { hook: hook() }),
            Call::Command(_) => Ok(()),
            Call::Webhook(webhook) => {
                if !is_address(&webhook.url) {
                    return Err(HookError::Address { hook: hook() });
                }
                if let Some((header, _)) = webhook.headers.iter().find(|header| !is_header(header)) {
                    return Err(HookError::Header { hook: hook(), header: header.clone() });
                }
                match &webhook.proxy {
                    Some(proxy) if ureq::Proxy::new(proxy).is_err() => Err(HookError::Proxy { hook: hook() }),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn is_address(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("https" | "http")) && url.host().is_some_and(|host| !host.is_empty())
    })
}

fn is_header((name, value): &(String, String)) -> bool {
    http::HeaderName::from_bytes(name.as_bytes()).is_ok() && http::HeaderValue::from_str(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::occasion::Occasion;

    fn hook(call: Call) -> Hook {
        Hook { name: "mine".to_owned(), filter: Filter::of([Occasion::OnError]), call }
    }

    #[test]
    fn a_mistake_in_a_hook_is_named() {
        let mine = || "mine".to_owned();
        let webhook = |url: &str| Webhook::new(url);
        let with_header = |name: &str, value: &str| Webhook {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..webhook("https://example.org/hook")
        };
        let address = || Err(HookError::Address { hook: mine() });
        for (webhook, expected) in [
            (webhook("https://example.org/hook?key=1"), Ok(())),
            (webhook("http://127.0.0.1:8080"), Ok(())),
            (webhook("ftp://example.org"), address()),
            (webhook("example.org/hook"), address()),
            (webhook("https://"), address()),
            (webhook(""), address()),
            (with_header("Authorization", "Bearer x"), Ok(())),
            (
                with_header("X-Token", "a\r\nHost: b"),
                Err(HookError::Header { hook: mine(), header: "X-Token".to_owned() }),
            ),
            (with_header("a b", "c"), Err(HookError::Header { hook: mine(), header: "a b".to_owned() })),
        ] {
            assert_eq!(hook(Call::Webhook(webhook.clone())).check(), expected, "{}", webhook.url);
        }
        let empty = Command::new(Vec::new(), Vec::new(), "/".into());
        assert_eq!(hook(Call::Command(empty)).check(), Err(HookError::NoProgram { hook: mine() }));
    }

    #[test]
    fn secrets_of_a_webhook_are_not_shown() {
        let mut secret = Webhook::new("https://example.org/SECRET");
        secret.headers.push(("X-Token".to_owned(), "SECRET".to_owned()));
        assert!(!format!("{:?}", hook(Call::Webhook(secret))).contains("SECRET"));
    }
}
