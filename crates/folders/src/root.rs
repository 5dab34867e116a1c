//! An open root: its directories by handle, and the one directory in it that is ours.
//!
//! `.syncmgr` at the top of a root holds the replica marker, what is being staged, and the trash. It is made when a run
//! first writes to the root; a root that is only read gets none.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use syncmgr_model::fact::Side;
use syncmgr_model::id::{ItemId, SessionId, Uuid};
use syncmgr_model::time::Timestamp;

use crate::apply::WORKABLE;
use crate::decide::MODE_BITS;
use crate::fs::{Attributes, FileSystem, Kind, is_absent};
use crate::path::{is_within, join};
use crate::rules::OWN_DIR;

/// Staged files, one directory a run.
pub(crate) const STAGING: &[u8] = b"staging";
/// What runs replaced or deleted, one directory a run.
pub(crate) const TRASH: &[u8] = b"trash";
const MARKER: &[u8] = b"replica";
/// Handles kept at a time.
const HANDLES: usize = 64;

/// What a run is called in the directory of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunName {
    /// Its directory below `staging`, which begins with the item: two items may share a root.
    pub(crate) staging: String,
    /// Its directory below `trash`, which begins with the time: sorted by name is sorted by age.
    pub(crate) trash: String,
}

impl RunName {
    pub(crate) fn new(item: ItemId, session: SessionId, started: Timestamp) -> Self {
        let trash = format!("{:013}-{session}", started.as_millis());
        Self { staging: format!("{item}.{trash}"), trash }
    }
}

/// An open root.
pub(crate) struct Root<F: FileSystem> {
    pub(crate) side: Side,
    pub(crate) dir: F::Dir,
}

impl<F: FileSystem> Root<F> {
    /// Opens the root at a path.
    pub(crate) fn open(fs: &F, path: &Path, side: Side) -> io::Result<Self> {
        Ok(Self { side, dir: fs.open_root(path)? })
    }

    /// The replica id of this root, if it has been marked.
    pub(crate) fn marker(&self, fs: &F) -> io::Result<Option<Uuid>> {
        let read = fs.open_dir(&self.dir, OWN_DIR).and_then(|own| fs.open_file(&own, MARKER));
        let mut text = String::new();
        match read {
            Ok(file) => file.take(4096).read_to_string(&mut text)?,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(text.lines().find_map(|line| Uuid::parse_str(line.strip_prefix("id ")?.trim()).ok()))
    }

    /// Marks this root as the replica `id`.
    pub(crate) fn mark(&self, fs: &F, id: Uuid) -> io::Result<()> {
        let own = self.own_dir(fs)?;
        // A marker cut short by a crash names no replica; it is made anew.
        match fs.remove_file(&own, MARKER) {
            Err(error) if !is_absent(&error) => return Err(error),
            _ => {}
        }
        let mut file = fs.create_file(&own, MARKER, 0o644)?;
        let text = format!(
            "This folder is kept in step by syncmgr. Its trash is beside this file.\nid {}\n",
            id.as_hyphenated()
        );
        file.write_all(text.as_bytes())?;
        Ok(())
    }

    /// Brings the marker to the disk, whichever run made it, and the way to it.
    pub(crate) fn sync_marker(&self, fs: &F) -> io::Result<()> {
        let own = fs.open_dir(&self.dir, OWN_DIR)?;
        fs.sync_file(&fs.open_file(&own, MARKER)?)?;
        fs.sync_dir(&own)?;
        fs.sync_dir(&self.dir)
    }

    /// Opens the directory of ours, making it if needed; the root's own modification time stays the user's.
    fn own_dir(&self, fs: &F) -> io::Result<F::Dir> {
        match fs.open_dir(&self.dir, OWN_DIR) {
            Err(error) if is_absent(&error) => {}
            result => return result,
        }
        let mtime = fs.stat_dir(&self.dir)?.mtime;
        let own = ensure_dir(fs, &self.dir, OWN_DIR, 0o700)?;
        fs.set_attributes(&self.dir, b".", Attributes { mtime: Some(mtime), ..Attributes::default() })?;
        Ok(own)
    }

    /// The directory a run stages in.
    pub(crate) fn staging(&self, fs: &F, run: &str) -> io::Result<F::Dir> {
        let staging = ensure_dir(fs, &self.own_dir(fs)?, STAGING, 0o700)?;
        ensure_dir(fs, &staging, run.as_bytes(), 0o700)
    }

    /// The directory that holds all trash of this root, if there is one.
    pub(crate) fn trash(&self, fs: &F) -> io::Result<Option<F::Dir>> {
        match fs.open_dir(&self.dir, &join(OWN_DIR, TRASH)) {
            Ok(dir) => Ok(Some(dir)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The directory a run's trash goes to, made if needed.
    pub(crate) fn make_trash(&self, fs: &F, run: &str) -> io::Result<F::Dir> {
        let trash = ensure_dir(fs, &self.own_dir(fs)?, TRASH, 0o700)?;
        ensure_dir(fs, &trash, run.as_bytes(), 0o700)
    }

    /// Brings the names of all runs' trash to the disk, and the way to them.
    pub(crate) fn sync_trash(&self, fs: &F) -> io::Result<()> {
        let own = fs.open_dir(&self.dir, OWN_DIR)?;
        fs.sync_dir(&fs.open_dir(&own, TRASH)?)?;
        fs.sync_dir(&own)?;
        fs.sync_dir(&self.dir)
    }

    /// Removes what earlier runs of an item left staged: their names begin with `prefix`. The caller holds the pair's
    /// lock, so those runs are over. `go_on` is asked before each entry; what is left is removed by a later run.
    pub(crate) fn clean_staging(
        &self,
        fs: &F,
        prefix: &str,
        go_on: &mut dyn FnMut() -> bool,
    ) -> io::Result<()> {
        let staging = match fs.open_dir(&self.dir, &join(OWN_DIR, STAGING)) {
            Ok(staging) => staging,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        for run in names(fs, &staging)? {
            if run.starts_with(prefix.as_bytes()) {
                remove_tree(fs, &staging, &run, go_on)?;
            }
        }
        Ok(())
    }
}

/// The names in a directory.
pub(crate) fn names<F: FileSystem>(fs: &F, dir: &F::Dir) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    fs.list(dir, &mut |name| names.push(name.to_vec()))?;
    Ok(names)
}

/// Removes an entry and everything below it, by handle: nothing outside can be reached. Ends early when `go_on` says no.
pub(crate) fn remove_tree<F: FileSystem>(
    fs: &F,
    parent: &F::Dir,
    name: &[u8],
    go_on: &mut dyn FnMut() -> bool,
) -> io::Result<()> {
    // A list instead of recursion: trees are deeper than stacks. A directory is met twice, last when it is empty.
    let mut waiting = vec![(name.to_vec(), false)];
    while let Some((path, emptied)) = waiting.pop() {
        if !go_on() {
            return Ok(());
        }
        let (above, last) = crate::path::split(&path);
        let opened;
        let dir = if above.is_empty() {
            parent
        } else {
            opened = fs.open_dir(parent, above)?;
            &opened
        };
        if emptied {
            fs.remove_dir(dir, last)?;
            continue;
        }
        let stat = fs.stat(dir, last)?;
        if stat.kind == Kind::Dir {
            if stat.mode & WORKABLE != WORKABLE {
                // It was to become a directory that its owner may not work in. Where this fails, the next call tells.
                let mode = Some(stat.mode & MODE_BITS | WORKABLE);
                let _told = fs.set_attributes(dir, last, Attributes { mode, ..Attributes::default() });
            }
            waiting.push((path.clone(), true));
            let below = names(fs, &fs.open_dir(dir, last)?)?;
            waiting.extend(below.iter().map(|name| (join(&path, name), false)));
        } else {
            fs.remove_file(dir, last)?;
        }
    }
    Ok(())
}

/// Removes a directory and all below it as far as they hold nothing but directories. What holds something stays.
pub(crate) fn remove_empty_tree<F: FileSystem>(fs: &F, parent: &F::Dir, name: &[u8]) -> io::Result<()> {
    let mut waiting = vec![(name.to_vec(), false)];
    while let Some((path, emptied)) = waiting.pop() {
        let (above, last) = crate::path::split(&path);
        let dir = fs.open_dir(parent, above)?;
        if emptied {
            match fs.remove_dir(&dir, last) {
                Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
                _ => {}
            }
        } else if fs.stat(&dir, last)?.kind == crate::fs::Kind::Dir {
            waiting.push((path.clone(), true));
            let below = names(fs, &fs.open_dir(&dir, last)?)?;
            waiting.extend(below.iter().map(|name| (join(&path, name), false)));
        }
    }
    Ok(())
}

/// Opens a directory, making it if it is not there.
pub(crate) fn ensure_dir<F: FileSystem>(fs: &F, dir: &F::Dir, name: &[u8], mode: u32) -> io::Result<F::Dir> {
    match fs.open_dir(dir, name) {
        Err(error) if is_absent(&error) => {}
        result => return result,
    }
    match fs.make_dir(dir, name, mode) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs.open_dir(dir, name),
    }
}

/// Handles of directories below one directory, the recent ones kept open.
pub(crate) struct Handles<F: FileSystem> {
    fs: Arc<F>,
    open: HashMap<Vec<u8>, Arc<F::Dir>>,
}

impl<F: FileSystem> Handles<F> {
    pub(crate) fn new(fs: Arc<F>) -> Self {
        Self { fs, open: HashMap::new() }
    }

    /// The directory at `path` below `base`.
    pub(crate) fn get(&mut self, base: &F::Dir, path: &[u8]) -> io::Result<Arc<F::Dir>> {
        if let Some(dir) = self.open.get(path) {
            return Ok(Arc::clone(dir));
        }
        let dir = Arc::new(self.fs.open_dir(base, path)?);
        self.keep(path, &dir);
        Ok(dir)
    }

    /// The same, with all directories on the way made if needed.
    pub(crate) fn ensure(&mut self, base: &F::Dir, path: &[u8]) -> io::Result<Arc<F::Dir>> {
        match self.get(base, path) {
            Err(error) if is_absent(&error) && !path.is_empty() => {}
            result => return result,
        }
        let (parent, name) = crate::path::split(path);
        let parent = self.ensure(base, parent)?;
        let dir = Arc::new(ensure_dir(&*self.fs, &parent, name, 0o700)?);
        self.keep(path, &dir);
        Ok(dir)
    }

    fn keep(&mut self, path: &[u8], dir: &Arc<F::Dir>) {
        if self.open.len() >= HANDLES {
            self.open.clear();
        }
        self.open.insert(path.to_vec(), Arc::clone(dir));
    }

    /// Lets go of a directory that is about to be removed or renamed, and of all below it.
    pub(crate) fn forget(&mut self, path: &[u8]) {
        self.open.retain(|open, _| !is_within(open, path));
    }
}
