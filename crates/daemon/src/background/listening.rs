//! What the daemon listens to: the sources of this machine, and the folders and files it watches.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Sender;
use syncmgr_model::id::ItemId;
use syncmgr_sources::{
    Bus, Changed, Changes, Inhibitor, Logind, Netlink, NetworkManager, Reason, Sign, Source, Subject, Upower,
    Volumes, WatchOptions, Watcher,
};
use syncmgr_wire::line;

/// The root that stands for the configuration.
const CONFIGURATION: &str = "configuration";

/// The sources that run.
pub(super) struct Listening {
    signs: Sender<Sign>,
    bus: Bus,
    network_manager: Option<NetworkManager>,
    netlink: Option<Netlink>,
    logind: Option<Logind>,
    upower: Option<Upower>,
    volumes: Option<Volumes>,
    watcher: Option<Watcher>,
    /// What each source said of itself, by its name.
    said: BTreeMap<String, String>,
    /// The roots that are watched, and why they are not, where they are not.
    watched: BTreeMap<String, PathBuf>,
    inhibitor: Option<Inhibitor>,
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
    pub(super) fn start(signs: Sender<Sign>, config_file: &Path, user: u32) -> Self {
        let bus = Bus::System;
        let mut listening = Self {
            network_manager: None,
            netlink: None,
            logind: None,
            upower: None,
            volumes: None,
            watcher: None,
            said: BTreeMap::new(),
            watched: BTreeMap::new(),
            inhibitor: None,
            signs,
            bus,
        };
        let (signs, bus) = (&listening.signs, &listening.bus);
        let network_manager = NetworkManager::start(bus.clone(), signs.clone());
        let logind = Logind::start(bus.clone(), Subject::User(user), signs.clone());
        let upower = Upower::start(bus.clone(), signs.clone());
        let volumes = Volumes::start(signs.clone());
        let watcher = Watcher::start(WatchOptions::default(), signs.clone());
        listening.network_manager = listening.keep(Source::NetworkManager, network_manager);
        listening.logind = listening.keep(Source::Logind, logind);
        listening.upower = listening.keep(Source::Upower, upower);
        listening.volumes = listening.keep(Source::Volumes, volumes);
        listening.watcher = listening.keep(Source::Watcher, watcher);
        if let Some(dir) = config_file.parent() {
            listening.watch(CONFIGURATION.to_owned(), dir);
        }
        listening.hold();
        listening
    }

    fn keep<T>(&mut self, source: Source, started: std::io::Result<T>) -> Option<T> {
        match started {
            Ok(started) => Some(started),
            Err(error) => {
                self.said.insert(source.to_string(), error.to_string());
                None
            }
        }
    }

    /// Makes sleep and logoff wait for the daemon from now on, where somebody can make them.
    pub(super) fn hold(&mut self) {
        if self.inhibitor.is_none() {
            // Without logind nobody waits, which its source has told.
            self.inhibitor =
                Inhibitor::take(&self.bus, "syncmgr", "keeps your things in step before that").ok();
        }
    }

    /// How long sleep and logoff wait at most, where somebody says so.
    pub(super) fn longest_hold(&self) -> Option<Duration> {
        self.inhibitor.as_ref().and_then(Inhibitor::limit)
    }

    /// Lets sleep and logoff go on.
    pub(super) fn release(&mut self) {
        self.inhibitor = None;
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

    /// Takes what a source says of itself. Where `NetworkManager` is absent, the kernel is asked instead.
    pub(super) fn source(&mut self, source: Source, why: &str) {
        self.said.insert(source.to_string(), why.to_owned());
        if source == Source::NetworkManager && self.netlink.is_none() {
            let netlink = Netlink::start(self.signs.clone());
            self.netlink = self.keep(Source::Netlink, netlink);
        }
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
        let all = [
            (Source::NetworkManager, self.network_manager.is_some()),
            (Source::Netlink, self.netlink.is_some()),
            (Source::Logind, self.logind.is_some()),
            (Source::Upower, self.upower.is_some()),
            (Source::Volumes, self.volumes.is_some()),
            (Source::Watcher, self.watcher.is_some()),
        ];
        let mut lines: Vec<line::Source> = all
            .into_iter()
            .filter(|(source, there)| *there || *source != Source::Netlink)
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
