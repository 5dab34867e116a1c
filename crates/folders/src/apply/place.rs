//! Puts one step in place: the short dull part that changes a side.
//!
//! Each operation looks once more at what it is about to replace or remove, and works in single system calls that either
//! happen or do not. What goes is never deleted: it is renamed, or linked and then replaced, into the trash of its side.

mod attributes;
mod lists;
mod names;
mod reached;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use syncmgr_model::fact::Side;

use attributes::attributes_for;
pub(super) use reached::Now;

use super::modes::WORKABLE;
use super::swap::Swap;
use super::trash_dirs::TrashDirs;
use crate::baseline::{BaseEntry, Digest};
use crate::config::{Durability, Keep};
use crate::copy::{is_same_content, is_unchanged};
use crate::decide::MODE_BITS;
use crate::extended::{Carried, Xattrs};
use crate::fs::{Attributes, FileSystem, FileTime, Kind, OnExisting, Stat, is_absent, is_busy, is_no_dir};
use crate::kept::Kept;
use crate::path::split;
use crate::plan::{Extended, Op, Step, index};
use crate::points;
use crate::record::{Deed, Reached, Record, Replaced};
use crate::root::{Handles, Root, RunName, names, remove_empty_tree};

/// Why a step was not done. Nothing was changed by it.
#[derive(Debug)]
pub(super) enum StepError {
    /// What is there is not what the scan saw.
    Changed,
    /// The directory is not empty: it holds what the scan did not see.
    NotEmpty,
    /// The file system refused.
    Io(io::Error),
}

impl From<io::Error> for StepError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The inode of a directory that the plan itself makes, as a step about it expects it.
pub(crate) const JUST_MADE: u64 = 0;

/// A file written under a temporary name: not visible yet, to be put in place or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Staged {
    /// Its temporary name is this number.
    pub(super) number: u64,
    pub(super) digest: Digest,
    /// What it is like, if it has its own name already, in a directory that is put in place whole.
    pub(super) stat: Option<Stat>,
    /// What each side shows of what is kept by option.
    pub(super) kept: Option<[Kept; 2]>,
    /// What of it could not be given to the copy.
    pub(super) refused: Option<Keep>,
}

impl Staged {
    pub(super) fn name(&self) -> String {
        self.number.to_string()
    }
}

/// One side while it is being changed.
pub(super) struct Site<F: FileSystem> {
    pub(super) root: Arc<Root<F>>,
    pub(super) handles: Handles<F>,
    staging: Option<Arc<F::Dir>>,
    /// Directories below the staging directory.
    pub(super) nursery: Handles<F>,
    trash: TrashDirs<F>,
    /// The trash of the run that is being undone.
    undone: Option<(F::Dir, Handles<F>)>,
}

/// Changes the two sides, step by step.
pub(super) struct Placer<F: FileSystem> {
    pub(super) fs: Arc<F>,
    pub(super) sites: [Site<F>; 2],
    run: RunName,
    walk_began: FileTime,
    carried: Carried,
    durability: Durability,
    /// Files with several names that this run has changed through one of them: side and inode, and the change time that
    /// left. The steps about their other names expect what the scan saw.
    touched: HashMap<(Side, u64), FileTime>,
    /// What has not the access list that it should have, and why.
    unfit: Vec<(Side, Vec<u8>, io::Error)>,
    /// Files with several names that this run has copied: side and path, and what the baseline says of them.
    copied: HashMap<(Side, Vec<u8>), BaseEntry>,
}

impl<F: FileSystem> Placer<F> {
    /// Gets ready to change both roots. `undone` names the run whose trash is brought back, in an undo.
    pub(super) fn new(
        fs: Arc<F>,
        roots: [Arc<Root<F>>; 2],
        run: RunName,
        undone: Option<&str>,
        walk_began: FileTime,
        carried: Carried,
        durability: Durability,
    ) -> io::Result<Self> {
        let site = |root: Arc<Root<F>>| -> io::Result<Site<F>> {
            let undone = match (undone, root.trash(&*fs)?) {
                (Some(run), Some(trash)) => match fs.open_dir(&trash, run.as_bytes()) {
                    Ok(dir) => Some((dir, Handles::new(Arc::clone(&fs)))),
                    Err(error) if is_absent(&error) => None,
                    Err(error) => return Err(error),
                },
                _ => None,
            };
            let handles = || Handles::new(Arc::clone(&fs));
            let trash = TrashDirs::new(&fs, &root, &run.trash, durability);
            Ok(Site { root, handles: handles(), staging: None, nursery: handles(), trash, undone })
        };
        let [left, right] = roots;
        let sites = [site(left)?, site(right)?];
        let (touched, copied) = (HashMap::new(), HashMap::new());
        Ok(Self { fs, sites, run, walk_began, carried, durability, touched, unfit: Vec::new(), copied })
    }

    /// The directory that files for `side` are staged in.
    pub(super) fn staging(&mut self, side: Side) -> io::Result<Arc<F::Dir>> {
        let site = &mut self.sites[index(side)];
        if let Some(staging) = &site.staging {
            return Ok(Arc::clone(staging));
        }
        let staging = Arc::new(site.root.staging(&*self.fs, &self.run.staging)?);
        site.staging = Some(Arc::clone(&staging));
        Ok(staging)
    }

    /// Carries out a step that changes a side.
    pub(super) fn perform(
        &mut self,
        step: &Step,
        staged: Option<Staged>,
    ) -> Result<Option<Record>, StepError> {
        let Some(side) = step.op.side() else { return Ok(None) };
        points::reach("in-apply")?;
        let (parent, name) = split(&step.path);
        let site = &mut self.sites[index(side)];
        let dir = site.handles.get(&site.root.dir, parent)?;
        let mut known = None;
        let mut kept = staged.and_then(|staged| staged.kept);
        let mut replaced = None;
        let deed = match &step.op {
            Op::Agree | Op::MovedAway { .. } => return Ok(None),
            Op::MakeDir { mode, .. } => {
                known = self.make_workable(&dir, name, *mode).map_err(taken)?;
                Deed::Made
            }
            Op::Copy { replaces, .. } => {
                let Some(staged) = staged else { return Ok(None) };
                let staging = self.staging(side)?;
                let temp = staged.name();
                self.fit_in(side, (&staging, temp.as_bytes()), &dir, &step.path, replaces.as_ref());
                self.put(side, (&staging, temp.as_bytes()), &dir, &step.path, replaces.as_ref())?
            }
            Op::MakeLink { target, replaces, .. } => match replaces {
                None if !self.carried.keep.has(Keep::Owner) => {
                    self.fs.make_link(&dir, name, target).map(|()| Deed::Made).map_err(taken)?
                }
                _ => {
                    let staging = self.staging(side)?;
                    self.fs.make_link(&staging, b"link", target)?;
                    let finished = match self.carried.with_entries() {
                        true => self.finish(side, parent, name, (&staging, b"link"), replaces.map(|_| &*dir)),
                        false => Ok(None),
                    };
                    let put = finished.and_then(|finished| {
                        kept = finished;
                        self.fit_in(side, (&staging, b"link"), &dir, &step.path, replaces.as_ref());
                        self.put(side, (&staging, b"link"), &dir, &step.path, replaces.as_ref())
                    });
                    if put.is_err() {
                        self.fs.remove_file(&staging, b"link")?;
                    }
                    put?
                }
            },
            Op::Link { leader, seen, source, replaces, .. } => {
                self.link(side, &dir, &step.path, leader, (seen.as_ref(), source, replaces.as_ref()))?
            }
            Op::FinishDir { .. } => {
                kept = self.finish(side, parent, name, (&dir, name), None)?;
                Deed::Finished
            }
            Op::Trash { expect, .. } => {
                self.trash(side, &dir, &step.path, expect)?;
                Deed::Trashed
            }
            Op::RemoveDir { .. } => {
                if self.carried.with_entries() {
                    replaced = Some(Box::new(self.everything(&dir, name)?));
                }
                self.remove_dir(side, &dir, &step.path)?
            }
            Op::SetAttributes { expect, attributes, extended, .. } => {
                let model = match extended {
                    Extended::Like(keep) if keep.is_empty() => None,
                    Extended::Like(_) => Some(self.dir(side.other(), parent)?),
                    Extended::These(_) => None,
                };
                let set =
                    self.set_attributes(side, &dir, name, expect, (*attributes, extended, model.as_deref()))?;
                replaced = Some(Box::new(set));
                Deed::AttributesSet
            }
            Op::Move { from, expect, attributes, .. } => {
                known = Some(self.move_here(side, &dir, name, from, expect, *attributes)?);
                let (mode, mtime) = (attributes.mode, attributes.mtime);
                let were = Attributes {
                    mode: mode.map(|_| expect.mode & MODE_BITS),
                    mtime: mtime.map(|_| expect.mtime),
                    ..Attributes::default()
                };
                replaced = Some(Box::new(Replaced { attributes: were, xattrs: Xattrs::default() }));
                Deed::Moved
            }
            Op::Restore { replaces, .. } => self.restore(side, &dir, &step.path, replaces.as_ref())?,
        };
        let from = match &step.op {
            Op::Move { from, .. } => Some(from.clone()),
            _ => None,
        };
        if let Op::SetAttributes { expect, .. } = &step.op {
            self.touch(side, &dir, name, expect);
        }
        let known = staged.and_then(|staged| staged.stat).or(known);
        let after = self.reached(step, side, staged, kept, Now::At(&*dir, name, known))?;
        if let (Op::Copy { source, .. }, Reached::Entry(entry)) = (&step.op, &after)
            && source.nlink > 1
            && self.carried.keep.has(Keep::HardLinks)
        {
            self.copied.insert((side, step.path.clone()), entry.clone());
        }
        let (path, before) = (step.path.clone(), step.before.clone());
        Ok(Some(Record { path, side, deed, from, replaced, before, after }))
    }

    fn dir(&mut self, side: Side, path: &[u8]) -> io::Result<Arc<F::Dir>> {
        let site = &mut self.sites[index(side)];
        site.handles.get(&site.root.dir, path)
    }

    /// Makes a directory that we can work in, whatever its permission bits are to be in the end. Returns what it shows
    /// instead on a file system that keeps none.
    pub(super) fn make_workable(&self, dir: &F::Dir, name: &[u8], mode: u32) -> io::Result<Option<Stat>> {
        let while_working = mode | WORKABLE;
        self.fs.make_dir(dir, name, while_working)?;
        let made = self.fs.stat(dir, name)?;
        if made.mode & MODE_BITS != while_working {
            // The process's umask took bits away, or the file system keeps none.
            let wanted = Attributes { mode: Some(while_working), ..Attributes::default() };
            match self.fs.set_attributes(dir, name, attributes_for(&made, wanted)) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    // Where no bits are kept, all directories show the same ones.
                    if self.fs.stat_dir(dir)?.mode & MODE_BITS != made.mode & MODE_BITS {
                        return Err(error);
                    }
                    return Ok(Some(made));
                }
                result => result?,
            }
        }
        Ok(None)
    }

    /// Renames something of ours to a name that has to be free.
    pub(super) fn rename_to_free(
        &self,
        from: &F::Dir,
        temp: &[u8],
        to: &F::Dir,
        name: &[u8],
    ) -> Result<(), StepError> {
        self.fs.rename(from, temp, to, name, OnExisting::Fail).map_err(taken)
    }

    /// Puts something staged in place; what is there goes to the trash.
    fn put(
        &mut self,
        side: Side,
        (staging, temp): (&F::Dir, &[u8]),
        dir: &F::Dir,
        path: &[u8],
        replaces: Option<&Stat>,
    ) -> Result<Deed, StepError> {
        let name = split(path).1;
        let Some(expect) = replaces else {
            self.rename_to_free(staging, temp, dir, name)?;
            return Ok(Deed::Made);
        };
        self.recheck(side, dir, name, expect)?;
        let trash = self.trash_dir(side, split(path).0)?;
        let swap = Swap { fs: &*self.fs, staging, temp, dir, name, trash: &trash, expect };
        if swap.exchange()? {
            self.touch(side, &trash, name, expect);
            return Ok(Deed::Replaced);
        }
        if self.fs.hard_link(dir, name, &trash, name).is_ok() {
            swap.replace(self.durability)?;
            self.touch(side, &trash, name, expect);
        } else {
            // No hard links here, or the trash holds the name already: move it away first, and back if that fails.
            let kept = self.trash(side, dir, path, expect)?;
            if let Err(error) = self.fs.rename(staging, temp, dir, name, OnExisting::Fail) {
                self.fs.rename(&kept, name, dir, name, OnExisting::Fail)?;
                return Err(taken(error));
            }
        }
        Ok(Deed::Replaced)
    }

    /// Moves an entry to the trash; returns the directory it lies in there.
    fn trash(
        &mut self,
        side: Side,
        dir: &F::Dir,
        path: &[u8],
        expect: &Stat,
    ) -> Result<Arc<F::Dir>, StepError> {
        let (parent, name) = split(path);
        self.recheck(side, dir, name, expect)?;
        let trash = self.trash_dir(side, parent)?;
        self.fs.rename(dir, name, &trash, name, OnExisting::Fail)?;
        let moved = self.fs.stat(&trash, name)?;
        if !is_same_content(&moved, expect) {
            // Somebody put something else there since the look above: it is not ours to take.
            self.fs.rename(&trash, name, dir, name, OnExisting::Fail)?;
            return Err(StepError::Changed);
        }
        self.touch(side, &trash, name, expect);
        Ok(trash)
    }

    fn trash_dir(&mut self, side: Side, parent: &[u8]) -> io::Result<Arc<F::Dir>> {
        self.sites[index(side)].trash.get(parent)
    }

    /// Makes the directories in the trash that entries of these directories will go to.
    pub(super) fn prepare_trash(&mut self, side: Side, parents: &BTreeSet<Vec<u8>>) -> io::Result<()> {
        self.sites[index(side)].trash.prepare(parents)
    }

    /// Whether any step so far moved something to the trash of a side.
    pub(super) fn used_trash(&self, side: Side) -> bool {
        self.sites[index(side)].trash.are_used()
    }

    fn remove_dir(&mut self, side: Side, dir: &F::Dir, path: &[u8]) -> Result<Deed, StepError> {
        self.sites[index(side)].handles.forget(path);
        match self.fs.remove_dir(dir, split(path).1) {
            Ok(()) => Ok(Deed::DirRemoved),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(StepError::NotEmpty),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves the entry at `from` to a free name, and tells what it is there.
    ///
    /// Attributes are set while it still has its old path: cut off in between, the next run sees an unchanged file with
    /// other attributes, and not a new file with old ones.
    fn move_here(
        &mut self,
        side: Side,
        dir: &F::Dir,
        name: &[u8],
        from: &[u8],
        expect: &Stat,
        attributes: Attributes,
    ) -> Result<Stat, StepError> {
        let (parent, old_name) = split(from);
        let site = &mut self.sites[index(side)];
        let old_dir = site.handles.get(&site.root.dir, parent)?;
        site.handles.forget(from);
        self.expect_before_move(&old_dir, old_name, expect)?;
        let mut expect = *expect;
        if attributes != Attributes::default() {
            self.fs.set_attributes(&old_dir, old_name, attributes)?;
            // The file system may have rounded the time.
            expect.mtime = self.fs.stat(&old_dir, old_name)?.mtime;
        }
        match self.fs.rename(&old_dir, old_name, dir, name, OnExisting::Fail) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !self.is_other_spelling(dir, name, &expect) {
                    return Err(StepError::Changed);
                }
                self.respell(side, (&old_dir, from), (dir, name), &expect)?;
            }
            moved => moved?,
        }
        let moved = self.fs.stat(dir, name)?;
        if !is_as_moved(&moved, &expect) {
            // Somebody put something else there since the look above.
            self.fs.rename(dir, name, &old_dir, old_name, OnExisting::Fail)?;
            return Err(StepError::Changed);
        }
        Ok(moved)
    }

    /// Whether a name is another spelling of the only one that an entry has, to a file system that does not tell them apart.
    fn is_other_spelling(&self, dir: &F::Dir, name: &[u8], expect: &Stat) -> bool {
        self.fs.stat(dir, name).is_ok_and(|taken| taken.ino == expect.ino && taken.nlink <= 1)
    }

    /// Gives an entry its name in another spelling. To some file systems that is no rename at all, so it goes by way of the
    /// trash, where it is safe should we be cut off.
    fn respell(
        &mut self,
        side: Side,
        (old_dir, from): (&F::Dir, &[u8]),
        (dir, name): (&F::Dir, &[u8]),
        expect: &Stat,
    ) -> Result<(), StepError> {
        let old_name = split(from).1;
        let (trash, old) = (self.trash_dir(side, split(from).0)?, self.fs.stat(old_dir, old_name)?);
        if !is_as_moved(&old, expect) {
            return Err(StepError::Changed);
        }
        self.fs.rename(old_dir, old_name, &trash, old_name, OnExisting::Fail)?;
        if let Err(error) = self.fs.rename(&trash, old_name, dir, name, OnExisting::Fail) {
            self.fs.rename(&trash, old_name, old_dir, old_name, OnExisting::Fail)?;
            return Err(taken(error));
        }
        Ok(())
    }

    fn expect_before_move(&self, dir: &F::Dir, name: &[u8], expect: &Stat) -> Result<(), StepError> {
        match self.fs.stat(dir, name) {
            Ok(now) if is_as_moved(&now, expect) => Ok(()),
            Ok(_) => Err(StepError::Changed),
            Err(error) if is_absent(&error) => Err(StepError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings an entry back from the trash of the run that is being undone.
    fn restore(
        &mut self,
        side: Side,
        dir: &F::Dir,
        path: &[u8],
        replaces: Option<&Stat>,
    ) -> Result<Deed, StepError> {
        let (parent, name) = split(path);
        let from = match &mut self.sites[index(side)].undone {
            Some((base, handles)) => handles.get(base, parent)?,
            None => return Err(StepError::Io(io::ErrorKind::NotFound.into())),
        };
        if let Some(expect) = replaces {
            self.trash(side, dir, path, expect)?;
        }
        let restored = self.fs.rename(&from, name, dir, name, OnExisting::Fail);
        if restored.is_err() && replaces.is_some() {
            let trash = self.trash_dir(side, parent)?;
            self.fs.rename(&trash, name, dir, name, OnExisting::Fail)?;
        }
        restored.map_err(taken)?;
        Ok(if replaces.is_some() { Deed::Replaced } else { Deed::Made })
    }

    fn recheck(&self, side: Side, dir: &F::Dir, name: &[u8], expect: &Stat) -> Result<(), StepError> {
        match self.fs.stat(dir, name) {
            Ok(now) if is_unchanged(&now, expect) || self.is_our_touch(side, &now, expect) => Ok(()),
            Ok(_) => Err(StepError::Changed),
            Err(error) if is_absent(&error) => Err(StepError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    /// The name of what lies at a path, where that is not the path's own name: the file system takes the two for the same.
    pub(super) fn clash(&mut self, side: Side, path: &[u8]) -> Option<Vec<u8>> {
        let (parent, name) = split(path);
        let site = &mut self.sites[index(side)];
        let dir = site.handles.get(&site.root.dir, parent).ok()?;
        let there = self.fs.stat(&dir, name).ok()?;
        let names = names(&*self.fs, &dir).ok()?;
        if names.iter().any(|listed| listed == name) {
            return None;
        }
        let is_it = |listed: &&Vec<u8>| self.fs.stat(&dir, listed).is_ok_and(|stat| stat.ino == there.ino);
        names.iter().find(is_it).cloned()
    }

    /// Flushes the directories of the given paths on a side.
    pub(super) fn sync_dirs(&mut self, side: Side, parents: &[Vec<u8>]) -> io::Result<()> {
        let site = &mut self.sites[index(side)];
        for parent in parents {
            match site.handles.get(&site.root.dir, parent) {
                Ok(dir) => self.fs.sync_dir(&dir)?,
                // Removed or replaced by a later step; that was in its parent, which is flushed as well.
                Err(error) if is_no_dir(&error) => {}
                // By now it is closed to everybody, as its original is: then everything is flushed.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return self.fs.sync_all(&site.root.dir);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings entries that the user made to the disk, and their names, as far as the file system lets us.
    pub(super) fn sync_files(&mut self, side: Side, paths: &[Vec<u8>]) -> io::Result<()> {
        let mut parents = BTreeSet::new();
        for path in paths {
            let (parent, name) = split(path);
            parents.insert(parent.to_vec());
            let site = &mut self.sites[index(side)];
            let found =
                site.handles.get(&site.root.dir, parent).and_then(|dir| self.fs.open_seen(&dir, name));
            match found {
                Ok((file, _)) => match self.fs.sync_file(&file) {
                    Err(error) if cannot_be_flushed(&error) => {}
                    flushed => flushed?,
                },
                // A link or a directory has its name flushed; what is gone by now is seen by the next run.
                Err(error) if is_no_dir(&error) || is_busy(&error) || cannot_be_flushed(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return self.fs.sync_all(&self.sites[index(side)].root.dir);
                }
                Err(error) => return Err(error),
            }
        }
        self.sync_dirs(side, &parents.into_iter().collect::<Vec<_>>())
    }

    /// Removes the run's trash on a side where nothing went into it: it was made for steps that were refused.
    pub(super) fn drop_empty_trash(&mut self, side: Side) {
        let site = &mut self.sites[index(side)];
        if site.trash.close()
            && let Ok(Some(trash)) = site.root.trash(&*self.fs)
        {
            // An empty directory too many only takes room.
            let _left = remove_empty_tree(&*self.fs, &trash, self.run.trash.as_bytes());
        }
    }

    /// Removes what was staged and not put in place, while `go_on` says so.
    pub(super) fn drop_staging(&mut self, go_on: &mut dyn FnMut() -> bool) {
        for site in &mut self.sites {
            if site.staging.take().is_some() {
                // What cannot be removed now is cleared by the next run of this item.
                let _leftover = site.root.clean_staging(&*self.fs, &self.run.staging, go_on);
            }
        }
    }
}

/// Whether an entry is the one that is meant: of a directory what it is, of anything else also its content.
fn is_as_moved(now: &Stat, expect: &Stat) -> bool {
    match expect.kind {
        Kind::Dir => now.kind == Kind::Dir && (now.ino == expect.ino || expect.ino == JUST_MADE),
        _ => is_same_content(now, expect),
    }
}

/// Whether there is nothing to flush, or no way to do it.
fn cannot_be_flushed(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, ReadOnlyFilesystem, Unsupported};
    matches!(error.kind(), InvalidInput | ReadOnlyFilesystem | Unsupported)
}

/// A name that should have been free and is not: somebody made something there since the scan.
fn taken(error: io::Error) -> StepError {
    if error.kind() == io::ErrorKind::AlreadyExists { StepError::Changed } else { StepError::Io(error) }
}
