//! The directories in a side's trash that a run moves things to.
//!
//! They are on the disk before anything goes into them: otherwise a power cut could keep the removal of a file from its
//! place and lose the directory that it was moved to.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::sync::Arc;

use super::flush::is_few;
use crate::config::Durability;
use crate::fs::FileSystem;
use crate::path::split;
use crate::root::{Handles, Root};

pub(super) struct TrashDirs<F: FileSystem> {
    fs: Arc<F>,
    root: Arc<Root<F>>,
    /// The run's directory in the trash.
    run: String,
    durability: Durability,
    base: Option<F::Dir>,
    handles: Handles<F>,
    /// Directories that are there, and on the disk if they have to be.
    ready: HashSet<Vec<u8>>,
    /// Why they could not be brought to the disk. A later flush that succeeds says nothing of what was lost in this one, so
    /// nothing more goes into them.
    unflushed: Option<i32>,
}

impl<F: FileSystem> TrashDirs<F> {
    pub(super) fn new(fs: &Arc<F>, root: &Arc<Root<F>>, run: &str, durability: Durability) -> Self {
        let handles = Handles::new(Arc::clone(fs));
        let (fs, root, run) = (Arc::clone(fs), Arc::clone(root), run.to_owned());
        Self { fs, root, run, durability, base: None, handles, ready: HashSet::new(), unflushed: None }
    }

    /// Whether there are any.
    pub(super) fn are_used(&self) -> bool {
        self.base.is_some()
    }

    /// Lets go of them. Returns whether there were any.
    pub(super) fn close(&mut self) -> bool {
        self.ready.clear();
        self.handles.forget(&[]);
        self.base.take().is_some()
    }

    /// The directory that entries of `parent` go to, made if needed.
    pub(super) fn get(&mut self, parent: &[u8]) -> io::Result<Arc<F::Dir>> {
        if !self.ready.contains(parent) {
            self.prepare(&BTreeSet::from([parent.to_vec()]))?;
        }
        match &self.base {
            Some(base) => self.handles.get(base, parent),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Makes the directories for entries of all these directories, and brings them to the disk in one go.
    pub(super) fn prepare(&mut self, parents: &BTreeSet<Vec<u8>>) -> io::Result<()> {
        let mut new = BTreeSet::new();
        for parent in parents.iter().filter(|parent| !self.ready.contains(*parent)) {
            let base = match self.base.take() {
                Some(base) => base,
                None => self.root.make_trash(&*self.fs, &self.run)?,
            };
            let made = self.handles.ensure(self.base.insert(base), parent);
            made?;
            let mut path = &parent[..];
            while !self.ready.contains(path) && new.insert(path.to_vec()) && !path.is_empty() {
                path = split(path).0;
            }
        }
        if let Some(error) = self.unflushed {
            return Err(io::Error::from_raw_os_error(error));
        }
        if self.durability != Durability::None
            && let Err(error) = self.flush(&new)
        {
            self.unflushed = error.raw_os_error().or(self.unflushed);
            return Err(error);
        }
        self.ready.extend(new);
        Ok(())
    }

    /// Brings the names of new directories to the disk.
    fn flush(&mut self, new: &BTreeSet<Vec<u8>>) -> io::Result<()> {
        if !is_few(&*self.fs, new.len()) && self.durability != Durability::Full {
            return self.fs.sync_all(&self.root.dir);
        }
        if new.contains(&[][..]) {
            self.root.sync_trash(&*self.fs)?;
        }
        let above: BTreeSet<&[u8]> =
            new.iter().filter(|path| !path.is_empty()).map(|path| split(path).0).collect();
        for path in above {
            if let Some(base) = &self.base {
                self.fs.sync_dir(&*self.handles.get(base, path)?)?;
            }
        }
        Ok(())
    }
}
