//! [`Watch`]: the thread of a watcher. Notices of the kernel in, reports out.

mod notices;
mod walk;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError};
use rustix::event::{PollFlags, Timespec};

use super::forest::{Forest, Notice, Number, Place, Refused};
use super::{Command, OUR_FOLDER};
use crate::bell::{Bell, Woken, wait};
use crate::debounce::{Debounce, Due, Noticed, WatchOptions};
use crate::sign::{Changed, Changes, Reason, Sign};
use crate::worker::{Ended, Over, Signs};
use notices::Leaving;
use walk::Walks;

/// How often a directory that seems to be there and cannot be watched is tried, before it counts as gone.
const ATTEMPTS: usize = 8;

/// Everything a watcher knows.
pub(super) struct Watch<'s> {
    forest: Forest,
    options: WatchOptions,
    signs: &'s Signs,
    started: Instant,
    generation: u64,
    roots: BTreeMap<String, Root>,
    /// The roots at a path.
    keys: HashMap<PathBuf, BTreeSet<String>>,
    walks: Walks,
    /// What was renamed away and has not arrived anywhere so far.
    leaving: Option<Leaving>,
    /// Directories in which the next part of the way to a root may appear: the root's key, and the part.
    lookouts: HashMap<Number, Vec<(String, PathBuf)>>,
}

struct Root {
    path: PathBuf,
    debounce: Debounce,
    next: Option<Duration>,
    presence: Presence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Here,
    Gone,
}

impl<'s> Watch<'s> {
    pub(super) fn new(forest: Forest, options: WatchOptions, signs: &'s Signs) -> Self {
        Self {
            forest,
            options,
            signs,
            started: Instant::now(),
            generation: 0,
            roots: BTreeMap::new(),
            keys: HashMap::new(),
            walks: Walks::default(),
            leaving: None,
            lookouts: HashMap::new(),
        }
    }

    /// Works until nobody gives commands any more.
    pub(super) fn run(mut self, commands: &Receiver<Command>, bell: &Bell) -> Result<(), Ended> {
        loop {
            loop {
                match commands.try_recv() {
                    Ok(Command::Watch { key, root }) => self.watch(key, &root)?,
                    Ok(Command::Unwatch { key }) => self.unwatch(&key),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            let notices = self.forest.read()?;
            let is_calm = notices.is_empty();
            if notices.iter().any(Notice::is_overflow) {
                // The others are about directories by numbers that mean something else from now on.
                self.overflow()?;
            } else {
                notices.into_iter().try_for_each(|notice| self.take(notice))?;
            }
            if is_calm {
                self.settle_leaving();
            }
            // A slice at a time, so that the queue does not overflow while a large root is walked.
            self.walk()?;
            let next = self.tell_due()?;
            // While there is work, look at the bell only.
            let at_most = if is_calm && self.walks.is_empty() { next } else { Some(Duration::ZERO) };
            let at_most = at_most.map(timespec);
            if wait(&self.forest, PollFlags::IN, bell, at_most.as_ref())? == Woken::Bell {
                bell.hush();
            }
        }
    }

    fn watch(&mut self, key: String, path: &Path) -> Result<(), Over> {
        self.unwatch(&key);
        // One that is not there yet has no links to follow.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let root = Root {
            path: path.clone(),
            debounce: Debounce::new(self.options),
            next: None,
            presence: Presence::Here,
        };
        self.roots.insert(key.clone(), root);
        self.keys.entry(path).or_default().insert(key.clone());
        self.arrive(&key, Reason::Started)
    }

    fn unwatch(&mut self, key: &str) {
        let Some(root) = self.roots.remove(key) else { return };
        if let Some(keys) = self.keys.get_mut(&root.path) {
            keys.remove(key);
            if keys.is_empty() {
                self.keys.remove(&root.path);
            }
        }
        self.end_lookouts(key);
        self.walks.forget_root(key);
        self.sweep();
    }

    /// Watches no directory that is in no root.
    fn sweep(&mut self) {
        let keys = &self.keys;
        self.forest.sweep(|path| path.ancestors().any(|it| keys.contains_key(it)));
    }

    /// Watches a root that is there, or looks out for it.
    fn arrive(&mut self, key: &str, reason: Reason) -> Result<(), Over> {
        self.end_lookouts(key);
        let Some(path) = self.roots.get(key).map(|root| root.path.clone()) else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            match self.forest.cover(Place::Root(path.clone())) {
                Ok(covered) => {
                    self.walks.root(key, reason, covered.number);
                    if let Some(root) = self.roots.get_mut(key) {
                        root.presence = Presence::Here;
                    }
                    return Ok(());
                }
                Err(Refused::Absent) => {}
                Err(Refused::Unreadable) => {
                    let message = format!("`{}` may not be read", path.display());
                    return self.end(key, Reason::Failed { message });
                }
                Err(Refused::Ends(reason)) => return self.end(key, reason),
            }
            match self.look_out(key, &path) {
                // Something appeared between the two looks.
                Ok(Presence::Here) => {}
                Ok(Presence::Gone) => break,
                Err(Refused::Absent | Refused::Unreadable) => break,
                Err(Refused::Ends(reason)) => return self.end(key, reason),
            }
        }
        if let Some(root) = self.roots.get_mut(key)
            && std::mem::replace(&mut root.presence, Presence::Gone) == Presence::Here
        {
            self.note_root(key, Reason::Gone);
        }
        Ok(())
    }

    /// Watches for the first part of the way to a root that is not there, and says whether that part is there by now.
    fn look_out(&mut self, key: &str, root: &Path) -> Result<Presence, Refused> {
        self.end_lookouts(key);
        let mut missing = root;
        for ancestor in root.ancestors().skip(1) {
            match self.forest.look_out(ancestor) {
                Ok(number) => {
                    let lookout = (key.to_owned(), missing.to_owned());
                    self.lookouts.entry(number).or_default().push(lookout);
                    return Ok(if missing.is_dir() { Presence::Here } else { Presence::Gone });
                }
                Err(Refused::Absent) => missing = ancestor,
                Err(refused) => return Err(refused),
            }
        }
        Err(Refused::Absent)
    }

    fn end_lookouts(&mut self, key: &str) {
        let forest = &self.forest;
        self.lookouts.retain(|number, lookouts| {
            lookouts.retain(|(it, _)| it != key);
            if lookouts.is_empty() {
                forest.no_lookout(*number);
            }
            !lookouts.is_empty()
        });
    }

    /// Something at a path, which may be in several roots.
    fn note(&mut self, path: &Path, noticed: impl Fn(PathBuf) -> Noticed) {
        if self.is_ours(path) {
            return;
        }
        for ancestor in path.ancestors() {
            let Some(keys) = self.keys.get(ancestor) else { continue };
            // What happens to the root itself is heard in another way.
            let Ok(relative) = path.strip_prefix(ancestor) else { continue };
            if relative.as_os_str().is_empty() {
                continue;
            }
            for key in keys.clone() {
                self.notice(&key, noticed(relative.to_owned()));
            }
        }
    }

    /// Whether a path is in our own folder of any root.
    fn is_ours(&self, path: &Path) -> bool {
        path.ancestors().any(|it| {
            it.file_name().is_some_and(|name| name == OUR_FOLDER)
                && it.parent().is_some_and(|parent| self.keys.contains_key(parent))
        })
    }

    /// The keys of all roots that a path is in or at.
    fn roots_around(&self, path: &Path) -> BTreeSet<String> {
        path.ancestors().filter_map(|it| self.keys.get(it)).flatten().cloned().collect()
    }

    fn note_root(&mut self, key: &str, reason: Reason) {
        self.notice(key, Noticed::Everything(reason));
    }

    fn notice(&mut self, key: &str, noticed: Noticed) {
        let now = self.started.elapsed();
        if let Some(root) = self.roots.get_mut(key) {
            root.next = root.debounce.note(now, noticed);
        }
    }

    /// Tells what is due, and says how long there is nothing to do.
    fn tell_due(&mut self) -> Result<Option<Duration>, Over> {
        let now = self.started.elapsed();
        let mut due = Vec::new();
        for (key, root) in &mut self.roots {
            if root.next.is_some_and(|next| next <= now) {
                let Due { changes, next } = root.debounce.step(now, None);
                root.next = next;
                due.extend(changes.map(|changes| (key.clone(), changes)));
            }
        }
        for (key, changes) in due {
            self.tell(key, changes)?;
        }
        let next = self.roots.values().filter_map(|root| root.next).min();
        Ok(next.map(|next| next.saturating_sub(self.started.elapsed())))
    }

    fn tell(&mut self, root: String, changes: Changes) -> Result<(), Over> {
        self.generation += 1;
        self.signs.send(Sign::Changed(Changed { root, generation: self.generation, changes }))
    }

    /// Tells something about a whole root without waiting; it covers all that waits.
    fn tell_at_once(&mut self, key: &str, reason: Reason) -> Result<(), Over> {
        let Some(root) = self.roots.get_mut(key) else { return Ok(()) };
        root.debounce = Debounce::new(self.options);
        root.next = None;
        self.tell(key.to_owned(), Changes::Everything(reason))
    }

    /// Tells why a root cannot be watched, and watches it no more.
    fn end(&mut self, key: &str, reason: Reason) -> Result<(), Over> {
        self.tell_at_once(key, reason)?;
        self.unwatch(key);
        Ok(())
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
