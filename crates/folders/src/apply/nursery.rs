//! Directories that are new on a side, built whole below the staging directory and put in place by one rename.
//!
//! A unit is such a directory with as much of what comes into it as one batch takes. Its files are written there under
//! their own names, so that they need no rename of their own and what they are like is known before they can be seen.
//! What else belongs below (links, empty directories, what is left for the next batch) is made in place afterwards, like
//! anything that comes into a directory that has been there for long. Where a directory cannot be built so, it is made
//! in its place and its files are put there one by one.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use syncmgr_model::fact::Side;

use super::modes::copied_mode;
use super::place::{Now, Placer, Staged, StepError};
use super::stage::{Job, JobFile, Target};
use crate::fs::{FileSystem, is_absent};
use crate::path::{is_within, join, split};
use crate::plan::{Op, Step, index};
use crate::points;
use crate::record::{Deed, Record};

/// Files that one thread stages in a row.
const IN_A_ROW: usize = 64;
/// Bytes after which the next file begins another row.
const BYTES_IN_A_ROW: u64 = 4 << 20;

/// The steps of a directory that is put in place whole. The first one makes it.
pub(super) struct Unit {
    pub(super) steps: Range<usize>,
    /// Its temporary name is this number.
    pub(super) number: u64,
}

/// Gathers the steps of a batch: files to stage, in rows for one thread each, and directories to build whole.
pub(super) struct Gathering<F: FileSystem> {
    pub(super) jobs: Vec<Job<F>>,
    pub(super) n_copies: usize,
    pub(super) bytes: u64,
    /// By the number of their first step.
    pub(super) units: HashMap<usize, Unit>,
    open: Option<OpenUnit>,
}

/// A unit that may get more.
struct OpenUnit {
    first: usize,
    side: Side,
    path: Vec<u8>,
    number: u64,
    /// Directories that are made once something comes into them or below: the step and the permission bits of each.
    pending: Vec<(usize, Vec<u8>, u32)>,
}

impl<F: FileSystem> Gathering<F> {
    pub(super) fn new() -> Self {
        Self { jobs: Vec::new(), n_copies: 0, bytes: 0, units: HashMap::new(), open: None }
    }

    /// Whether the batch is large enough without this step. What a directory built whole is still to get may exceed the
    /// limits by as much again: files that miss the one rename need one each.
    pub(super) fn is_enough(&self, next: &Step, files: usize, bytes: u64) -> bool {
        let is_full = |times| self.n_copies >= files * times || self.bytes >= bytes * times as u64;
        let completes = |unit: &OpenUnit| !matches!(next.op, Op::MakeDir { .. }) && unit.takes(next);
        is_full(2) || is_full(1) && !self.open.as_ref().is_some_and(completes)
    }

    /// Takes the next step on. `numbers` is the last temporary name given.
    pub(super) fn add(
        &mut self,
        at: usize,
        step: &Step,
        placer: &mut Placer<F>,
        numbers: &mut u64,
    ) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|unit| !unit.takes(step)) {
            self.open = None;
        }
        match &step.op {
            Op::MakeDir { side, mode } => {
                let (side, mode) = (*side, *mode);
                let unit = self.open.get_or_insert_with(|| {
                    *numbers += 1;
                    OpenUnit {
                        first: at,
                        side,
                        path: step.path.clone(),
                        number: *numbers,
                        pending: Vec::new(),
                    }
                });
                unit.pending.push((at, step.path.clone(), mode));
            }
            Op::Copy { to, source, replaces } => {
                *numbers += 1;
                let (parent, name) = split(&step.path);
                let (seen, replaces, mode) = (*source, replaces.is_some(), copied_mode(step));
                let file = JobFile { step: at, name: name.to_vec(), seen, mode, replaces, number: *numbers };
                let target = self.build(at, parent, placer).unwrap_or(Target::Loose);
                self.push(*to, parent, target, placer.staging(*to)?, file);
                self.n_copies += 1;
                self.bytes += source.size;
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes the directory of a file that belongs to the open unit, where that is possible.
    fn build(&mut self, at: usize, parent: &[u8], placer: &mut Placer<F>) -> Option<Target> {
        let unit = self.open.as_mut()?;
        for (_, path, mode) in &unit.pending {
            let made = placer.make_in_nursery(unit.side, &unit.below(path), *mode);
            if *path == unit.path && made.is_ok() {
                placer.fit_unit_in(unit.side, &unit.path, unit.number);
            }
            if made.is_err() {
                // From the first directory that is not there on, everything is made in its place.
                self.open = None;
                return None;
            }
        }
        unit.pending.clear();
        let whole = Unit { steps: unit.first..at + 1, number: unit.number };
        self.units.insert(unit.first, whole);
        Some(Target::Nursery(unit.below(parent)))
    }

    fn push(&mut self, to: Side, parent: &[u8], target: Target, staging: Arc<F::Dir>, file: JobFile) {
        let bytes = file.seen.size;
        if let Some(job) = self.jobs.last_mut()
            && (job.to, &job.parent[..], &job.target) == (to, parent, &target)
            && job.files.len() < IN_A_ROW
            && job.bytes < BYTES_IN_A_ROW
        {
            job.bytes += bytes;
            return job.files.push(file);
        }
        let (parent, files) = (parent.to_vec(), vec![file]);
        self.jobs.push(Job { to, parent, staging, target, files, bytes, flush: false });
    }
}

impl OpenUnit {
    /// Whether the step belongs in here: it adds to the directory, and nothing else is to happen before it.
    fn takes(&self, step: &Step) -> bool {
        let adds = match &step.op {
            Op::MakeDir { side, .. } => *side == self.side,
            Op::Copy { to, replaces: None, .. } | Op::MakeLink { to, replaces: None, .. } => *to == self.side,
            Op::Agree => true,
            _ => false,
        };
        adds && step.path != self.path && is_within(&step.path, &self.path)
    }

    /// The path of a directory of the unit below the staging directory.
    fn below(&self, path: &[u8]) -> Vec<u8> {
        below(&self.path, self.number, path)
    }
}

/// Where a path in a unit is built, below the staging directory.
fn below(unit: &[u8], number: u64, path: &[u8]) -> Vec<u8> {
    let number = number.to_string();
    match path.get(unit.len() + 1..) {
        Some(rest) => join(number.as_bytes(), rest),
        None => number.into_bytes(),
    }
}

impl<F: FileSystem> Placer<F> {
    /// Makes a directory of a unit, at this path below the staging directory.
    fn make_in_nursery(&mut self, side: Side, path: &[u8], mode: u32) -> io::Result<()> {
        let staging = self.staging(side)?;
        let (parent, name) = split(path);
        let dir = self.sites[index(side)].nursery.get(&staging, parent)?;
        match self.make_workable(&dir, name, mode)? {
            None => Ok(()),
            // What it shows instead is looked at and remembered where it is made in its place.
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Gives the empty directory of a unit the access list that its place gives to what is made there, so that all that is
    /// made in it has the right one from the start.
    fn fit_unit_in(&mut self, side: Side, path: &[u8], number: u64) {
        let parent = split(path).0;
        let Ok(staging) = self.staging(side) else { return };
        let site = &mut self.sites[index(side)];
        // Where there is no place yet, it is made by us, and like the one that we work in.
        let Ok(dir) = site.handles.get(&site.root.dir, parent) else { return };
        self.fit_in(side, (&staging, number.to_string().as_bytes()), &dir, path, None);
    }

    /// Sees to it that nothing is left in a unit of files that could not be copied: under their own names they would look
    /// like files of the user. If that cannot be, the unit is not to be put in place.
    pub(super) fn clear_failed(
        &mut self,
        side: Side,
        (unit, number): (&[u8], u64),
        failed: &[Vec<u8>],
    ) -> io::Result<()> {
        for path in failed {
            let path = below(unit, number, path);
            let (parent, name) = split(&path);
            let staging = self.staging(side)?;
            let dir = match self.sites[index(side)].nursery.get(&staging, parent) {
                Err(error) if is_absent(&error) => continue,
                dir => dir?,
            };
            match self.fs.remove_file(&dir, name) {
                Err(error) if !is_absent(&error) => return Err(error),
                _ => {}
            }
            // A power cut must not bring back under its own name what was removed, nor a half of it.
            self.fs.sync_dir(&dir)?;
        }
        Ok(())
    }

    /// Puts a unit in place, unless something has its name by now.
    pub(super) fn place_unit(&mut self, side: Side, path: &[u8], number: u64) -> Result<(), StepError> {
        points::reach("in-apply")?;
        let staging = self.staging(side)?;
        let (parent, name) = split(path);
        let site = &mut self.sites[index(side)];
        let dir = site.handles.get(&site.root.dir, parent)?;
        let number = number.to_string();
        site.nursery.forget(number.as_bytes());
        self.rename_to_free(&staging, number.as_bytes(), &dir, name)
    }

    /// The record of a step that was done with its unit; links are made now.
    pub(super) fn settle(
        &mut self,
        step: &Step,
        staged: Option<Staged>,
    ) -> Result<Option<Record>, StepError> {
        let Some(side) = step.op.side() else { return Ok(None) };
        match &step.op {
            Op::MakeDir { .. } => {}
            Op::Copy { .. } if staged.is_some() => {}
            Op::Copy { .. } => return Ok(None),
            _ => return self.perform(step, staged),
        }
        // A directory was made with the bits that are known; a file was looked at where it was built.
        let now = Now::Known(staged.and_then(|staged| staged.stat).unwrap_or_default());
        let after = self.reached(step, side, staged, staged.and_then(|staged| staged.kept), now)?;
        let (path, before) = (step.path.clone(), step.before.clone());
        Ok(Some(Record { path, side, deed: Deed::Made, from: None, replaced: None, before, after }))
    }
}
