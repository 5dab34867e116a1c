//! Taking the kernel's notices.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::ReadFlags;

use super::Watch;
use super::walk::Arrival;
use crate::debounce::Noticed;
use crate::sign::Reason;
use crate::watcher::forest::{Forest, Notice, Number, Place, Refused};
use crate::worker::Over;

/// Something that was renamed away from a watched directory. If it arrives in another one, that is the next notice.
#[derive(Debug)]
pub(super) struct Leaving {
    cookie: u32,
    paths: Vec<PathBuf>,
}

impl Watch<'_> {
    /// Takes one notice.
    pub(super) fn take(&mut self, notice: Notice) -> Result<(), Over> {
        let Notice { number, flags, cookie, name } = notice;
        self.took_lookout(number, flags, name.as_ref())?;
        if !self.forest.is_covered(number) {
            return Ok(());
        }
        match name {
            Some(name) => self.take_child(number, flags, cookie, name),
            None => self.take_own(number, flags),
        }
    }

    /// Something in a watched directory.
    fn take_child(
        &mut self,
        number: Number,
        flags: ReadFlags,
        cookie: u32,
        name: OsString,
    ) -> Result<(), Over> {
        let paths: Vec<PathBuf> = self.forest.paths(number).iter().map(|path| path.join(&name)).collect();
        let is_directory = flags.contains(ReadFlags::ISDIR);
        let place = Place::Child(number, name);
        if flags.contains(ReadFlags::MOVED_FROM) {
            self.settle_leaving();
            self.leaving = Some(Leaving { cookie, paths });
            return Ok(());
        }
        if flags.contains(ReadFlags::MOVED_TO) {
            self.arrived(cookie, &paths);
            return if is_directory { self.enter(place, Arrival::Moved) } else { Ok(()) };
        }
        self.settle_leaving();
        if flags.contains(ReadFlags::DELETE) {
            self.note_all(&paths, Noticed::Vanished);
            return Ok(());
        }
        self.note_all(&paths, Noticed::Changed);
        // New, or with other permissions.
        if is_directory { self.enter(place, Arrival::Made) } else { Ok(()) }
    }

    /// Something about a watched directory itself.
    fn take_own(&mut self, number: Number, flags: ReadFlags) -> Result<(), Over> {
        if flags.contains(ReadFlags::UNMOUNT) {
            self.unmounted(number)
        } else if flags.contains(ReadFlags::IGNORED) {
            self.lost(number)
        } else if flags.contains(ReadFlags::MOVE_SELF) {
            // The notice about where it went, if it is still in a root, came before.
            self.moved(number)
        } else {
            Ok(())
        }
    }

    fn note_all(&mut self, paths: &[PathBuf], noticed: impl Fn(PathBuf) -> Noticed) {
        for path in paths {
            self.note(path, &noticed);
        }
    }

    /// What left did not arrive anywhere.
    pub(super) fn settle_leaving(&mut self) {
        if let Some(leaving) = self.leaving.take() {
            self.note_all(&leaving.paths, Noticed::Vanished);
        }
    }

    /// Something was renamed to these paths.
    fn arrived(&mut self, cookie: u32, paths: &[PathBuf]) {
        match self.leaving.take_if(|leaving| leaving.cookie == cookie) {
            // In whichever root only one of the names is, it is new there, or gone from there for good.
            Some(Leaving { paths: from, .. }) => {
                self.note_all(&from, Noticed::Changed);
                self.note_all(paths, Noticed::Changed);
            }
            None => {
                self.settle_leaving();
                self.note_all(paths, Noticed::Changed);
            }
        }
    }

    /// The kernel dropped notices: whatever is known about directories may be wrong.
    pub(super) fn overflow(&mut self) -> Result<(), Over> {
        self.leaving = None;
        self.walks.clear();
        self.lookouts.clear();
        let keys: Vec<String> = self.roots.keys().cloned().collect();
        match Forest::new() {
            Ok(forest) => self.forest = forest,
            Err(error) => {
                let reason = Reason::LimitReached { message: error.to_string() };
                return keys.into_iter().try_for_each(|key| self.end(&key, reason.clone()));
            }
        }
        for key in keys {
            // Now, because walking may be interrupted by the next overflow; and again after it, because of what changes
            // until then.
            self.note_root(&key, Reason::Overflow);
            self.arrive(&key, Reason::Overflow)?;
        }
        Ok(())
    }

    /// A file system was unmounted; the same notice comes for each of its directories.
    fn unmounted(&mut self, number: Number) -> Result<(), Over> {
        for place in self.forest.places(number) {
            let Some(path) = self.forest.path_of(&place) else { continue };
            if let Place::Root(_) = place {
                for key in self.keys_at(&path) {
                    self.end(&key, Reason::RootUnmounted)?;
                }
                continue;
            }
            for key in self.roots_around(&path) {
                self.note_root(&key, Reason::Unmounted);
            }
            // What it covered is visible again.
            self.enter(place, Arrival::Made)?;
        }
        Ok(())
    }

    /// A directory is not watched any more, because it is gone.
    fn lost(&mut self, number: Number) -> Result<(), Over> {
        for place in self.forest.forget(number) {
            if let Place::Root(path) = place {
                for key in self.keys_at(&path) {
                    self.arrive(&key, Reason::Replaced)?;
                }
            }
        }
        Ok(())
    }

    /// A directory was renamed: its old place is not its place any more, and if it has no new one, it has left.
    fn moved(&mut self, number: Number) -> Result<(), Over> {
        let mut lost_roots = Vec::new();
        for place in self.forest.places(number) {
            let found = self.forest.cover(place.clone());
            match found {
                Ok(covered) if covered.number == number => continue,
                Ok(covered) if covered.is_new => {
                    if let Some(path) = self.forest.path_of(&place) {
                        self.walks.below(path, covered.number);
                    }
                }
                Ok(_) | Err(Refused::Absent | Refused::Unreadable) => {}
                Err(Refused::Ends(reason)) => {
                    if let Some(path) = self.forest.path_of(&place) {
                        self.end_around(&path, &reason)?;
                    }
                }
            }
            self.forest.no_place(number, &place);
            if let Place::Root(path) = place {
                lost_roots.extend(self.keys_at(&path));
            }
        }
        if self.forest.places(number).is_empty() {
            self.sweep();
        }
        lost_roots.into_iter().try_for_each(|key| self.arrive(&key, Reason::Replaced))
    }

    fn keys_at(&self, path: &Path) -> Vec<String> {
        self.keys.get(path).into_iter().flatten().cloned().collect()
    }

    /// If it is about a directory in which the way to a root may appear, looks whether it has.
    fn took_lookout(
        &mut self,
        number: Number,
        flags: ReadFlags,
        name: Option<&OsString>,
    ) -> Result<(), Over> {
        let Some(lookouts) = self.lookouts.get(&number) else { return Ok(()) };
        let is_over = flags.intersects(ReadFlags::IGNORED | ReadFlags::MOVE_SELF);
        let is_it = |missing: &Path| name.is_some_and(|name| missing.file_name() == Some(name));
        let keys: Vec<String> = lookouts
            .iter()
            .filter(|(_, missing)| is_over || is_it(missing))
            .map(|(key, _)| key.clone())
            .collect();
        keys.into_iter().try_for_each(|key| self.arrive(&key, Reason::Replaced))
    }
}
