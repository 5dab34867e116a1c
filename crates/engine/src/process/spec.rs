//! [`ProcessSpec`]: which program is a handler, and what it is given.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use syncmgr_model::id::HandlerId;
use syncmgr_wire::protocol::limits;

use super::fingerprint::Fingerprint;
use super::manifest::Manifest;

/// Which program is a handler, and what it is given.
#[derive(Clone)]
pub struct ProcessSpec {
    /// The name it is registered under. Its ids are made from this.
    pub name: String,
    /// The program and its arguments. Paths among them have to be absolute: it runs in a directory of its own.
    pub argv: Vec<OsString>,
    /// The user's whole environment; the program sees the harmless part of it and what its manifest declares.
    pub environment: Vec<(OsString, OsString)>,
    /// Where everything about this handler is kept: its own files, its lock, the states of its items.
    pub state_dir: PathBuf,
    /// Its table of the user's file, without secrets.
    pub config: Map<String, Value>,
    /// The user's language.
    pub locale: String,
    /// What was trusted.
    pub trusted: Trust,
    /// What it declares.
    pub manifest: Manifest,
    /// Where secrets come from.
    pub secrets: Arc<dyn Secrets>,
    /// How long it may take for what.
    pub limits: Limits,
}

impl ProcessSpec {
    /// A program with nothing configured and nothing declared, which is not compared with anything that was trusted.
    pub fn new(name: impl Into<String>, argv: Vec<OsString>, state_dir: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            argv,
            environment: Vec::new(),
            state_dir: state_dir.into(),
            config: Map::new(),
            locale: "en".to_owned(),
            trusted: Trust::Unchecked,
            manifest: Manifest::default(),
            secrets: Arc::new(NoSecrets),
            limits: Limits::default(),
        }
    }

    /// The identity that the name gives.
    pub fn id(&self) -> HandlerId {
        HandlerId::named(&self.name)
    }

    /// How long an engine has to wait after a stop until the process is surely gone by itself: its grace and the steps of
    /// ending it, for [`HandlerEntry::grace`](crate::HandlerEntry::grace).
    pub fn grace(&self) -> Duration {
        let limits = self.limits();
        limits.grace + limits.step * 3 + limits.last_read
    }

    /// The limits, with what the manifest says.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = self.limits;
        limits.grace = self.manifest.grace.unwrap_or(limits.grace);
        limits.stall_after = self.manifest.stall_after.unwrap_or(limits.stall_after);
        limits
    }
}

impl fmt::Debug for ProcessSpec {
    // The configuration may hold what people would not like to see in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessSpec")
            .field("name", &self.name)
            .field("argv", &self.argv)
            .finish_non_exhaustive()
    }
}

/// Whether the program has to be the one that was trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It has to be exactly this one.
    Fingerprint(Fingerprint),
    /// It may be any: for tests, and for the check of a program that is being written, and for our own.
    Unchecked,
}

/// Where secrets come from.
pub trait Secrets: Send + Sync {
    /// The secret that the user has put under this key for this handler. May take its time, and may ask.
    fn secret(&self, handler: &str, key: &str) -> Option<String>;

    /// A handler asked for a secret. Never told the secret itself.
    fn audit(&self, handler: &str, key: &str, used: SecretUse);
}

/// What became of the wish for a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretUse {
    /// It was handed out.
    Given,
    /// There is none under this key.
    Absent,
    /// The manifest does not declare the key.
    Undeclared,
}

/// There are no secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _handler: &str, _key: &str) -> Option<String> {
        None
    }

    fn audit(&self, _handler: &str, _key: &str, _used: SecretUse) {}
}

/// How long a handler may take for what, and how large what it says may be. Tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The reply to `initialize`.
    pub initialize: Duration,
    /// The replies to `check` and `enumerate`.
    pub enumerate: Duration,
    /// The reply to `shutdown`, the end after `exit`, and each step of ending it by force.
    pub step: Duration,
    /// How long after the end of the process its pipes are still read.
    pub last_read: Duration,
    /// How long it may take after a stop.
    pub grace: Duration,
    /// How long it may be silent before it is looked at.
    pub stall_after: Duration,
    /// How long numbered progress may wait for its acknowledgement.
    pub acknowledge: Duration,
    /// The longest line, unless `initialize` agrees on more.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            initialize: limits::INITIALIZE_LIMIT,
            enumerate: limits::ENUMERATE_LIMIT,
            step: limits::SHUTDOWN_LIMIT,
            last_read: Duration::from_secs(1),
            grace: limits::GRACE,
            stall_after: limits::STALL_AFTER,
            acknowledge: limits::ACKNOWLEDGE_EVERY,
            line: limits::LINE_MAX,
        }
    }
}
