//! [`Debounce`]: when changes below one root are told, and which. No clock, no files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::sign::{Changes, Reason};

/// What a watcher is told by its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchOptions {
    /// How long nothing may have changed before changes are told.
    pub quiet: Duration,
    /// How long a change may wait at most, while others go on.
    pub at_most: Duration,
    /// How long something that vanished is kept back, so that its new name is told with it. Not longer than `at_most`.
    pub hold: Duration,
    /// How many paths are told by name; beyond that it is everything.
    pub paths: usize,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(300),
            at_most: Duration::from_secs(2),
            hold: Duration::from_secs(1),
            paths: 512,
        }
    }
}

/// What was noticed below a root. Paths are relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// Something is there, new or changed; or it is known to have another name by now, which is noticed with it.
    Changed(PathBuf),
    /// Something is not there any more, and nobody knows whether under another name.
    Vanished(PathBuf),
    /// Anything may have happened.
    Everything(Reason),
}

/// What is to be told now, and when to ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What is to be told.
    pub changes: Option<Changes>,
    /// When to step again, if nothing is noticed before; later than now. `None` while nothing waits.
    pub next: Option<Duration>,
}

/// Gathers what is noticed below one root and says what to tell when. Times are those of any clock that never goes back.
///
/// Changes are told when nothing was noticed for [`WatchOptions::quiet`], and [`WatchOptions::at_most`] after they were
/// noticed even if there is no end of them. Whatever vanished waits longer, for [`WatchOptions::hold`], unless it is there
/// again; it too is told within [`WatchOptions::at_most`].
#[derive(Debug, Clone)]
pub struct Debounce {
    options: WatchOptions,
    paths: BTreeMap<PathBuf, Kept>,
    everything: Option<Reason>,
    /// When the oldest of what waits was noticed.
    first: Duration,
    /// When something was noticed last.
    last: Duration,
}

/// A path that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    /// When it was noticed first, since it was told last.
    noticed: Duration,
    /// When it vanished, unless it is there.
    vanished: Option<Duration>,
}

impl Debounce {
    /// Nothing was noticed yet.
    pub fn new(options: WatchOptions) -> Self {
        let hold = options.hold.min(options.at_most);
        Self {
            options: WatchOptions { hold, ..options },
            paths: BTreeMap::new(),
            everything: None,
            first: Duration::ZERO,
            last: Duration::ZERO,
        }
    }

    /// Takes what was noticed, if anything was, and says what is due. `now` never goes back from one call to the next.
    pub fn step(&mut self, now: Duration, noticed: Option<Noticed>) -> Due {
        if let Some(noticed) = noticed {
            self.note(now, noticed);
        }
        let changes = self.due().filter(|due| *due <= now).map(|_| self.release(now));
        Due { changes, next: self.due() }
    }

    /// Takes what was noticed and only says when to step next, which may be now.
    pub fn note(&mut self, now: Duration, noticed: Noticed) -> Option<Duration> {
        if self.is_empty() {
            self.first = now;
        }
        self.last = now;
        self.take(now, noticed);
        self.due()
    }

    fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.everything.is_none()
    }

    fn take(&mut self, now: Duration, noticed: Noticed) {
        match noticed {
            Noticed::Everything(reason) => {
                self.paths.clear();
                // The latest: a root that was gone and is back has been replaced.
                self.everything = Some(reason);
            }
            _ if self.everything.is_some() => {}
            Noticed::Changed(path) => self.keep(now, path, None),
            Noticed::Vanished(path) => self.keep(now, path, Some(now)),
        }
    }

    fn keep(&mut self, now: Duration, path: PathBuf, vanished: Option<Duration>) {
        if self.everything.is_some() {
            return;
        }
        self.paths.entry(path).or_insert(Kept { noticed: now, vanished }).vanished = vanished;
        if self.paths.len() > self.options.paths {
            self.paths.clear();
            self.everything = Some(Reason::TooMany);
        }
    }

    /// When something has to be told.
    fn due(&self) -> Option<Duration> {
        if self.is_empty() {
            return None;
        }
        let settled = (self.last + self.options.quiet).min(self.first + self.options.at_most);
        let waits = self.everything.is_none() && self.paths.values().all(|kept| kept.vanished.is_some());
        let held_until = self.held_until().filter(|_| waits);
        Some(held_until.map_or(settled, |until| until.max(settled)))
    }

    /// Until when what vanished is kept back: all of it together, so that a folder that goes is one report.
    fn held_until(&self) -> Option<Duration> {
        let vanished = || self.paths.values().filter_map(|kept| Some((kept.vanished?, kept.noticed)));
        let youngest = vanished().map(|(at, _)| at).max()?;
        let oldest = vanished().map(|(_, noticed)| noticed).min()?;
        Some((youngest + self.options.hold).min(oldest + self.options.at_most))
    }

    fn release(&mut self, now: Duration) -> Changes {
        if let Some(reason) = self.everything.take() {
            return Changes::Everything(reason);
        }
        let holds = self.held_until().is_some_and(|until| now < until);
        let (kept, told): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.paths)
            .into_iter()
            .partition(|(_, kept)| holds && kept.vanished.is_some());
        self.first = kept.values().map(|kept| kept.noticed).min().unwrap_or(now);
        self.paths = kept;
        Changes::Paths(told.into_keys().collect())
    }
}

#[cfg(test)]
mod tests;
