//! Walking directories that are new to a watch, a slice at a time.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::Watch;
use crate::debounce::Noticed;
use crate::sign::Reason;
use crate::watcher::forest::{Limit, Number, Place, Refused};
use crate::worker::Over;

/// How many directories are read before the queue is looked at again.
const SLICE: usize = 64;

/// Directories that are watched and have to be read for the directories in them.
#[derive(Debug, Default)]
pub(super) struct Walks {
    unread: Vec<(u64, Number)>,
    walks: HashMap<u64, Walk>,
    last: u64,
}

#[derive(Debug)]
struct Walk {
    /// Every directory once: one may be mounted inside itself.
    seen: HashSet<Number>,
    left: usize,
    done: Done,
}

/// What is told when the last directory of a walk is watched.
#[derive(Debug, Clone)]
pub(super) enum Done {
    /// A root, by its key, is watched in full.
    Root(String, Reason),
    /// A directory that appeared is: whoever has looked into it before did not see all.
    Below(PathBuf),
}

impl Walks {
    pub(super) fn is_empty(&self) -> bool {
        self.unread.is_empty()
    }

    pub(super) fn root(&mut self, key: &str, reason: Reason, number: Number) {
        self.start(Done::Root(key.to_owned(), reason), number);
    }

    pub(super) fn below(&mut self, path: PathBuf, number: Number) {
        self.start(Done::Below(path), number);
    }

    pub(super) fn clear(&mut self) {
        self.unread.clear();
        self.walks.clear();
    }

    /// Nobody waits for a root any more.
    pub(super) fn forget_root(&mut self, key: &str) {
        self.walks.retain(|_, walk| !matches!(&walk.done, Done::Root(it, _) if it == key));
        self.unread.retain(|(walk, _)| self.walks.contains_key(walk));
    }

    fn start(&mut self, done: Done, number: Number) {
        self.last += 1;
        self.walks.insert(self.last, Walk { seen: HashSet::new(), left: 0, done });
        self.push(self.last, number);
    }

    fn push(&mut self, walk: u64, number: Number) {
        if let Some(it) = self.walks.get_mut(&walk)
            && it.seen.insert(number)
        {
            it.left += 1;
            self.unread.push((walk, number));
        }
    }

    /// One directory of a walk has been read. Gives back what to tell if it was the last.
    fn read(&mut self, walk: u64) -> Option<Done> {
        let it = self.walks.get_mut(&walk)?;
        it.left -= 1;
        if it.left > 0 {
            return None;
        }
        self.walks.remove(&walk).map(|walk| walk.done)
    }
}

impl Watch<'_> {
    /// Reads a slice of the directories that have to be read.
    pub(super) fn walk(&mut self) -> Result<(), Over> {
        for _ in 0..SLICE {
            let Some((walk, number)) = self.walks.unread.pop() else { break };
            // One that is in no root any more has no path.
            for path in self.forest.paths(number) {
                self.cover_children(walk, number, &path)?;
            }
            match self.walks.read(walk) {
                // What waits is covered by it, also when the root was noticed to be gone or doubtful meanwhile.
                Some(Done::Root(key, Reason::Started)) => self.tell_at_once(&key, Reason::Started)?,
                Some(Done::Root(key, reason)) => self.note_root(&key, reason),
                Some(Done::Below(path)) => self.note(&path, Noticed::Changed),
                None => {}
            }
        }
        Ok(())
    }

    fn cover_children(&mut self, walk: u64, number: Number, path: &Path) -> Result<(), Over> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.unreadable(path, &error),
            };
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let child = path.join(entry.file_name());
            if !is_directory || self.is_ours(&child) {
                continue;
            }
            match self.forest.cover(Place::Child(number, entry.file_name())) {
                Ok(covered) => self.walks.push(walk, covered.number),
                Err(Refused::Absent | Refused::Unreadable) => {}
                Err(Refused::Ends(reason)) => return self.end_around(&child, &reason),
            }
        }
        Ok(())
    }

    /// A directory that cannot be read. One that went away, or that is closed to us, holds nothing that anybody here could
    /// look at; of any other it is not known what is in it.
    fn unreadable(&mut self, path: &Path, error: &std::io::Error) -> Result<(), Over> {
        let reason = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied => return Ok(()),
            _ if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
                Reason::LimitReached { message: Limit::Files.message() }
            }
            _ => Reason::Failed { message: format!("`{}` cannot be read: {error}", path.display()) },
        };
        self.end_around(path, &reason)
    }

    /// Ends all roots that something which cannot be watched is in.
    pub(super) fn end_around(&mut self, path: &Path, reason: &Reason) -> Result<(), Over> {
        self.roots_around(path).into_iter().try_for_each(|key| self.end(&key, reason.clone()))
    }

    /// Watches the directory at a place that was noticed, and all below it.
    pub(super) fn enter(&mut self, place: Place, arrival: Arrival) -> Result<(), Over> {
        let Some(path) = self.forest.path_of(&place) else { return Ok(()) };
        if self.is_ours(&path) {
            return Ok(());
        }
        match self.forest.cover(place) {
            // What was known and moved may have been moved while it was read.
            Ok(covered) if covered.is_new || arrival == Arrival::Moved => {
                self.walks.below(path, covered.number);
                Ok(())
            }
            Ok(_) | Err(Refused::Absent | Refused::Unreadable) => Ok(()),
            Err(Refused::Ends(reason)) => self.end_around(&path, &reason),
        }
    }
}

/// How a directory came to where it was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It was made, or may be read by now.
    Made,
    /// It was renamed.
    Moved,
}
