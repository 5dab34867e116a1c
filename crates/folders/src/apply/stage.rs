//! Writes files under temporary names, on several threads, while earlier ones are put in place.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use syncmgr_model::fact::Side;
use syncmgr_model::progress::ProgressUpdate;

use super::place::Staged;
use crate::config::Keep;
use crate::copy::{CopyError, Source, copy, is_unchanged};
use crate::extended::{Carried, CarryError, carry};
use crate::fs::{FileSystem, Stat};
use crate::kept::Kept;
use crate::monitor::Monitor;
use crate::path::{display, join};
use crate::plan::index;
use crate::root::{Handles, Root};

/// Files of one directory to copy from one side to the other's staging directory.
pub(super) struct Job<F: FileSystem> {
    pub(super) to: Side,
    pub(super) parent: Vec<u8>,
    pub(super) staging: Arc<F::Dir>,
    pub(super) target: Target,
    pub(super) files: Vec<JobFile>,
    pub(super) bytes: u64,
    pub(super) flush: bool,
}

/// Where the files of a [`Job`] are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// In the staging directory, under numbers; each gets its name when it is put in place.
    Loose,
    /// Under their own names, in a new directory at this path below the staging directory.
    Nursery(Vec<u8>),
}

/// One file of a [`Job`].
pub(super) struct JobFile {
    pub(super) step: usize,
    pub(super) name: Vec<u8>,
    pub(super) seen: Stat,
    /// Permission bits the copy gets.
    pub(super) mode: u32,
    /// Whether the other side has something of this name that is replaced.
    pub(super) replaces: bool,
    pub(super) number: u64,
}

/// What became of a [`JobFile`].
pub(super) struct Done {
    pub(super) step: usize,
    pub(super) result: Result<Staged, CopyError>,
}

/// Counts shared by all threads of a run.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) items: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Counters {
    /// Tells the row where the run is and asks whether to go on.
    pub(super) fn tell(&self, monitor: &Monitor, text: Option<&str>) -> bool {
        monitor.progress(&ProgressUpdate {
            text,
            value: i64::try_from(self.items.load(Ordering::Relaxed)).ok(),
            bytes: Some(self.bytes.load(Ordering::Relaxed)),
            ..ProgressUpdate::POLL
        })
    }
}

/// Stages files, one at a time.
pub(super) struct Stager<'a, F: FileSystem> {
    pub(super) fs: Arc<F>,
    pub(super) roots: [Arc<Root<F>>; 2],
    carried: Carried,
    pub(super) monitor: &'a Monitor,
    pub(super) counters: &'a Counters,
    handles: [Handles<F>; 2],
    /// Directories below the staging directories.
    nurseries: [Handles<F>; 2],
    buffer: Vec<u8>,
}

impl<'a, F: FileSystem> Stager<'a, F> {
    pub(super) fn new(
        fs: &Arc<F>,
        roots: &[Arc<Root<F>>; 2],
        carried: Carried,
        monitor: &'a Monitor,
        counters: &'a Counters,
    ) -> Self {
        let handles = || Handles::new(Arc::clone(fs));
        Self {
            fs: Arc::clone(fs),
            roots: roots.each_ref().map(Arc::clone),
            carried,
            monitor,
            counters,
            handles: [handles(), handles()],
            nurseries: [handles(), handles()],
            buffer: Vec::new(),
        }
    }

    /// Works until no more jobs come.
    pub(super) fn serve(mut self, jobs: &Mutex<Receiver<Job<F>>>, done: &Sender<Vec<Done>>) {
        loop {
            // The lock is held while waiting for a job: whoever waits first is served first.
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            if done.send(self.work(&job)).is_err() {
                return;
            }
        }
    }
    /// Does one job.
    pub(super) fn work(&mut self, job: &Job<F>) -> Vec<Done> {
        job.files.iter().map(|file| Done { step: file.step, result: self.stage(job, file) }).collect()
    }

    fn stage(&mut self, job: &Job<F>, file: &JobFile) -> Result<Staged, CopyError> {
        // The text is worth its cost for large files and now and then among small ones.
        let shown = file.seen.size > 1 << 20 || file.number.is_multiple_of(32);
        let text = shown.then(|| display(&join(&job.parent, &file.name)));
        if !self.counters.tell(self.monitor, text.as_deref()) {
            return Err(CopyError::Stopped);
        }
        let (from, to) = (index(job.to.other()), index(job.to));
        let from_dir =
            self.handles[from].get(&self.roots[from].dir, &job.parent).map_err(CopyError::Source)?;
        let source = Source { dir: &*from_dir, name: &file.name, seen: &file.seen };
        let mut tick = |n: u64| {
            self.counters.bytes.fetch_add(n, Ordering::Relaxed);
            n < crate::copy::CHUNK as u64 || self.counters.tell(self.monitor, None)
        };
        let number = file.number.to_string();
        let (dir, name) = match &job.target {
            Target::Loose => (Arc::clone(&job.staging), number.as_bytes()),
            Target::Nursery(path) => {
                let dir = self.nurseries[to].get(&job.staging, path).map_err(CopyError::Target)?;
                (dir, &file.name[..])
            }
        };
        let keeps_name = job.target != Target::Loose;
        let carries = self.carried.with_entries();
        let flush = job.flush && !carries;
        let target = crate::copy::Target { dir: &*dir, name, mode: file.mode, keeps_name, flush };
        let copied = copy(&*self.fs, &source, &target, &mut self.buffer, &mut tick)?;
        let (number, digest, stat) = (file.number, copied.digest, copied.stat);
        if !carries {
            return Ok(Staged { number, digest, stat, kept: None, refused: None });
        }
        let (kept, refused) = self.carry(job, file, &from_dir, (&dir, name))?;
        // What it is like is other than it was.
        let stat = keeps_name.then(|| self.fs.stat(&dir, name)).transpose().map_err(CopyError::Target)?;
        Ok(Staged { number, digest, stat, kept: Some(kept), refused })
    }

    /// Gives a staged file what is kept by option, before it is flushed and put in place.
    fn carry(
        &mut self,
        job: &Job<F>,
        file: &JobFile,
        from_dir: &F::Dir,
        staged: (&F::Dir, &[u8]),
    ) -> Result<([Kept; 2], Option<Keep>), CopyError> {
        let (fs, carried, to) = (&*self.fs, &self.carried, index(job.to));
        let target = match file.replaces {
            true => self.handles[to].get(&self.roots[to].dir, &job.parent).map(Some),
            false => Ok(None),
        };
        let target = target.map_err(CopyError::Target)?;
        let replaces = target.as_deref().map(|dir| (dir, &file.name[..]));
        let (shown, reached, refused) =
            carry(fs, (from_dir, &file.name), replaces, staged, carried, job.to.other()).map_err(
                |error| match error {
                    CarryError::Original(error) => CopyError::Source(error),
                    CarryError::New(error) => CopyError::Target(error),
                },
            )?;
        let now = fs.stat(from_dir, &file.name).map_err(CopyError::Source)?;
        if !is_unchanged(&now, &file.seen) {
            return Err(CopyError::Changed);
        }
        if job.flush {
            let flushed = fs.open_file(staged.0, staged.1).and_then(|file| fs.sync_file(&file));
            flushed.map_err(CopyError::Target)?;
        }
        let mut kept = [shown; 2];
        kept[to] = reached;
        Ok((kept, refused))
    }
}

/// Who stages: several threads while earlier files are put in place, or the caller itself, in order.
pub(super) enum Crew<'a, F: FileSystem> {
    Threads { jobs: Sender<Job<F>>, done: Receiver<Vec<Done>> },
    Alone { stager: Box<Stager<'a, F>>, waiting: VecDeque<Job<F>> },
}

impl<F: FileSystem> Crew<'_, F> {
    /// Hands a job over.
    pub(super) fn take_on(&mut self, job: Job<F>) {
        match self {
            // The threads outlive this sender; a send cannot fail while they run.
            Self::Threads { jobs, .. } => drop(jobs.send(job)),
            Self::Alone { waiting, .. } => waiting.push_back(job),
        }
    }

    /// The files of the next finished job; `None` if there is none to wait for.
    pub(super) fn next_done(&mut self) -> Option<Vec<Done>> {
        match self {
            Self::Threads { done, .. } => done.recv().ok(),
            Self::Alone { stager, waiting } => waiting.pop_front().map(|job| stager.work(&job)),
        }
    }
}
