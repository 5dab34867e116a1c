//! [`Watcher`] on Windows: files below roots that change, as the file systems tell it to whoever asks for a folder.
//!
//! Less is promised than elsewhere: what the system drops is not always told, and a root that goes and comes back is watched anew only when
//! it is asked for again. So nobody may rely on having heard of everything; [`hears_everything`] says so.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::debounce::{Debounce, Due, Noticed, WatchOptions};
use crate::sign::{Changed, Changes, Reason, Sign, Source};
use crate::worker::{Ended, Over, Signs, Worker};

/// Our own folder at the top of a root; what happens in it is nobody's change.
const OUR_FOLDER: &str = ".syncmgr";

/// Whether a watcher of this folder hears of everything that happens below it: never for certain.
pub fn hears_everything(_root: &Path) -> bool {
    false
}

/// Watches roots; tells [`Sign::Changed`].
#[derive(Debug)]
pub struct Watcher {
    // Dropped first: this is how the thread learns that it is over.
    commands: Sender<Told>,
    _worker: Worker,
}

/// What the thread is told, by its user or by the system.
enum Told {
    Watch { key: String, root: PathBuf },
    Unwatch { key: String },
    System(notify::Result<notify::Event>),
    Over,
}

impl Watcher {
    /// Starts a watcher without any root.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(options: WatchOptions, signs: Sender<Sign>) -> io::Result<Self> {
        let (commands, told) = unbounded();
        let (system, ending) = (commands.clone(), commands.clone());
        let watcher = notify::recommended_watcher(move |event| {
            // A thread that has ended has nobody to tell anything to.
            let _ = system.send(Told::System(event));
        });
        let watcher = watcher.map_err(io::Error::other)?;
        let end = move || drop(ending.send(Told::Over));
        let worker = Worker::spawn("watcher", signs, end, move |signs| {
            let end = Watch::new(watcher, options, &signs).run(&told);
            signs.end(Source::Watcher, "the system does not tell about files", end);
        })?;
        Ok(Self { commands, _worker: worker })
    }

    /// Watches a root under a key of the caller's choice, or, if there is one of this key, watches it anew.
    ///
    /// Returns at once. [`Reason::Started`](crate::Reason::Started) is told when the watch is complete. The path has to be absolute.
    pub fn watch(&self, key: impl Into<String>, root: &Path) {
        // A thread that has ended has told so, or has nobody to tell anything to.
        let _ = self.commands.send(Told::Watch { key: key.into(), root: root.to_owned() });
    }

    /// Stops watching a root. A report that is under way may still come.
    pub fn unwatch(&self, key: impl Into<String>) {
        let _ = self.commands.send(Told::Unwatch { key: key.into() });
    }
}

/// Everything a watcher knows.
struct Watch<'s> {
    system: RecommendedWatcher,
    options: WatchOptions,
    signs: &'s Signs,
    started: Instant,
    generation: u64,
    roots: BTreeMap<String, Root>,
}

struct Root {
    path: PathBuf,
    debounce: Debounce,
    next: Option<Duration>,
}

impl<'s> Watch<'s> {
    fn new(system: RecommendedWatcher, options: WatchOptions, signs: &'s Signs) -> Self {
        Self { system, options, signs, started: Instant::now(), generation: 0, roots: BTreeMap::new() }
    }

    fn run(mut self, told: &Receiver<Told>) -> Result<(), Ended> {
        loop {
            let told = match self.tell_due()? {
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(next) => told.recv_timeout(next),
            };
            match told {
                Ok(Told::Watch { key, root }) => self.watch(key, root)?,
                Ok(Told::Unwatch { key }) => self.unwatch(&key),
                Ok(Told::System(event)) => self.take(event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::Over) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn watch(&mut self, key: String, path: PathBuf) -> Result<(), Over> {
        self.unwatch(&key);
        let is_watched = self.roots.values().any(|root| root.path == path);
        let watched = if is_watched { Ok(()) } else { self.system.watch(&path, RecursiveMode::Recursive) };
        if let Err(error) = watched {
            let message = format!("`{}` cannot be watched: {error}", path.display());
            return self.tell(key, Changes::Everything(Reason::Failed { message }));
        }
        self.roots.insert(key.clone(), Root { path, debounce: Debounce::new(self.options), next: None });
        self.tell(key, Changes::Everything(Reason::Started))
    }

    fn unwatch(&mut self, key: &str) {
        let Some(gone) = self.roots.remove(key) else { return };
        if self.roots.values().all(|root| root.path != gone.path) {
            // What is not there any more is not watched either.
            let _ = self.system.unwatch(&gone.path);
        }
    }

    fn take(&mut self, event: notify::Result<notify::Event>) -> Result<(), Over> {
        let Some(event) = event.ok().filter(|event| !event.need_rescan() && !event.paths.is_empty()) else {
            self.doubt();
            return Ok(());
        };
        if matches!(event.kind, EventKind::Access(_)) {
            return Ok(());
        }
        let is_gone = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        for path in event.paths {
            let lost: Vec<String> = self.roots_at(&path).filter(|_| is_gone && !path.exists()).collect();
            for key in lost {
                let message = format!("`{}` is not there any more", path.display());
                self.unwatch(&key);
                self.tell(key, Changes::Everything(Reason::Failed { message }))?;
            }
            self.note(&path, is_gone && !path.exists());
        }
        Ok(())
    }

    fn roots_at<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = String> + 'a {
        self.roots.iter().filter(move |(_, root)| root.path == path).map(|(key, _)| key.clone())
    }

    /// Something at a path, which may be in several roots.
    fn note(&mut self, path: &Path, has_vanished: bool) {
        let now = self.started.elapsed();
        for root in self.roots.values_mut() {
            let Ok(relative) = path.strip_prefix(&root.path) else { continue };
            if relative.as_os_str().is_empty() || relative.starts_with(OUR_FOLDER) {
                continue;
            }
            let relative = relative.to_owned();
            let noticed = if has_vanished { Noticed::Vanished(relative) } else { Noticed::Changed(relative) };
            root.next = root.debounce.note(now, noticed);
        }
    }

    /// Nobody knows what has happened.
    fn doubt(&mut self) {
        let now = self.started.elapsed();
        for root in self.roots.values_mut() {
            root.next = root.debounce.note(now, Noticed::Everything(Reason::Overflow));
        }
    }

    /// Tells what is due, and says how long there is nothing to do; `None` while nothing waits.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(signs: &Receiver<Sign>) -> (String, Changes) {
        match signs.recv().unwrap() {
            Sign::Changed(Changed { root, changes, .. }) => (root, changes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_root_is_told_as_a_whole_at_first_and_then_what_changes_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, signs) = unbounded();
        let watcher = Watcher::start(WatchOptions::default(), tell).unwrap();
        watcher.watch("a", folder.path());
        assert_eq!(next(&signs), ("a".to_owned(), Changes::Everything(Reason::Started)));
        std::fs::create_dir(folder.path().join(OUR_FOLDER)).unwrap();
        std::fs::write(folder.path().join(OUR_FOLDER).join("ours"), "x").unwrap();
        std::fs::write(folder.path().join("theirs"), "x").unwrap();
        let (_, Changes::Paths(paths)) = next(&signs) else { panic!("no paths") };
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), [PathBuf::from("theirs")]);
    }

    #[test]
    fn a_root_that_cannot_be_watched_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (tell, signs) = unbounded();
        let watcher = Watcher::start(WatchOptions::default(), tell).unwrap();
        watcher.watch("a", &folder.path().join("nothing"));
        assert!(matches!(next(&signs), (_, Changes::Everything(Reason::Failed { .. }))));
    }
}
