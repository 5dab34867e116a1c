//! What the daemon listens to: the sources of this machine, and the folders and files it watches.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Sender;
use syncmgr_model::id::ItemId;
use syncmgr_sources::{Changed, Changes, Reason, Sign, Source, WatchOptions, Watcher};
use syncmgr_wire::line;

use crate::system::{self, Sources};

/// The root that stands for the configuration.
const CONFIGURATION: &str = "configuration";

/// The sources that run.
pub(super) struct Listening {
    system: Sources,
    watcher: Option<Watcher>,
    /// What each source said of itself, by its name.
    said: BTreeMap<String, String>,
    /// The roots that are watched, and why they are not, where they are not.
    watched: BTreeMap<String, PathBuf>,
}

/// What a report of the watcher means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// The configuration may have changed.
    Configuration,
    /// Something below one of the two roots of this item has.
    Item(ItemId, usize, PathBuf),
    /// Nothing new.
    Nothing,
}

impl Listening {
    /// Starts all sources that this machine has.
    pub(super) fn start(signs: Sender<Sign>, config_file: &Path) -> Self {
        let mut said = BTreeMap::new();
        let mut lost = |source: Source, why: String| drop(said.insert(source.to_string(), why));
        let system = Sources::start(&signs, &mut lost);
        let watcher = Watcher::start(WatchOptions::default(), signs);
        let watcher = watcher.map_err(|error| lost(Source::Watcher, error.to_string())).ok();
        let mut listening = Self { system, watcher, said, watched: BTreeMap::new() };
        if let Some(dir) = config_file.parent() {
            system::make_watchable(dir);
            listening.watch(CONFIGURATION.to_owned(), dir);
        }
        listening
    }

    /// Makes sleep and logoff wait for the daemon from now on, where somebody can make them.
    pub(super) fn hold(&mut self) {
        self.system.hold();
    }

    /// How long sleep and logoff wait at most, where somebody says so.
    pub(super) fn longest_hold(&self) -> Option<Duration> {
        self.system.longest_hold()
    }

    /// Lets sleep and logoff go on.
    pub(super) fn release(&mut self) {
        self.system.release();
    }

    /// Watches exactly these roots besides the configuration's.
    pub(super) fn watch_items(&mut self, roots: &[(ItemId, PathBuf)]) {
        let wanted: BTreeMap<String, PathBuf> = roots
            .iter()
            .enumerate()
            .map(|(at, (item, root))| (format!("{item} {}", at % 2), root.clone()))
            .collect();
        let gone: Vec<String> = self
            .watched
            .iter()
            .filter(|(key, root)| *key != CONFIGURATION && wanted.get(*key) != Some(root))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.watched.remove(&key);
            if let Some(watcher) = &self.watcher {
                watcher.unwatch(&key);
            }
        }
        for (key, root) in wanted {
            if !self.watched.contains_key(&key) {
                self.watch(key, &root);
            }
        }
    }

    fn watch(&mut self, key: String, root: &Path) {
        if let Some(watcher) = &self.watcher {
            watcher.watch(&key, root);
            self.watched.insert(key, root.to_owned());
        }
    }

    /// Takes what a source says of itself, and does without it as far as that goes.
    pub(super) fn source(&mut self, source: Source, why: &str) {
        self.said.insert(source.to_string(), why.to_owned());
        let said = &mut self.said;
        self.system.do_without(source, &mut |source, why| drop(said.insert(source.to_string(), why)));
    }

    /// What a report of the watcher means.
    pub(super) fn changed(&mut self, changed: &Changed) -> Meant {
        let Changed { root, changes, .. } = changed;
        if let Changes::Everything(reason) = changes
            && let Some(text) = worth_telling(reason)
        {
            self.said.insert(format!("watcher {}", self.shown(root)), text);
        } else {
            self.said.remove(&format!("watcher {}", self.shown(root)));
        }
        if root == CONFIGURATION {
            // It has just been read when the watch begins.
            let is_new = !matches!(changes, Changes::Everything(Reason::Started));
            return if is_new { Meant::Configuration } else { Meant::Nothing };
        }
        let meant = || {
            let (item, side) = root.split_once(' ')?;
            Some(Meant::Item(item.parse().ok()?, side.parse().ok()?, self.watched.get(root)?.clone()))
        };
        meant().unwrap_or(Meant::Nothing)
    }

    fn shown(&self, root: &str) -> String {
        self.watched.get(root).map_or_else(|| root.to_owned(), |path| path.display().to_string())
    }

    /// What it listens to, for people.
    pub(super) fn lines(&self) -> Vec<line::Source> {
        let mut lines: Vec<line::Source> = self
            .system
            .all()
            .into_iter()
            .chain([(Source::Watcher, self.watcher.is_some())])
            .map(|(source, there)| {
                let text = self.said.get(&source.to_string()).cloned().unwrap_or_default();
                line::Source { name: source.to_string(), there: there && text.is_empty(), text }
            })
            .collect();
        let roots = self.said.iter().filter(|(name, _)| name.starts_with("watcher "));
        lines.extend(roots.map(|(name, text)| line::Source {
            name: name.clone(),
            there: false,
            text: text.clone(),
        }));
        lines
    }
}

/// Why a root is not watched, if that is so.
fn worth_telling(reason: &Reason) -> Option<String> {
    match reason {
        Reason::LimitReached { message } | Reason::Failed { message } => Some(message.clone()),
        Reason::Gone => Some("the folder is not there".to_owned()),
        Reason::RootUnmounted => Some("the folder's disk was unmounted".to_owned()),
        Reason::Started | Reason::TooMany | Reason::Overflow | Reason::Unmounted | Reason::Replaced => None,
    }
}
