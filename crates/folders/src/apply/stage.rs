//! Writes files under temporary names, on several threads, while earlier ones are put in place.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use syncmgr_model::fact::Side;
use syncmgr_model::progress::ProgressUpdate;

use super::place::Staged;
use crate::copy::{CopyError, Source, copy};
use crate::fs::{FileSystem, Stat};
use crate::monitor::Monitor;
use crate::path::{display, split};
use crate::plan::index;
use crate::root::{Handles, Root};

/// A file to copy from one side to the staging directory of the other.
pub(super) struct Job<F: FileSystem> {
    pub(super) step: usize,
    pub(super) path: Vec<u8>,
    pub(super) from: Side,
    pub(super) seen: Stat,
    pub(super) staging: Arc<F::Dir>,
    pub(super) number: u64,
    pub(super) flush: bool,
}

/// What became of a [`Job`].
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
    pub(super) monitor: &'a Monitor,
    pub(super) counters: &'a Counters,
    handles: [Handles<F>; 2],
    buffer: Vec<u8>,
}

impl<'a, F: FileSystem> Stager<'a, F> {
    pub(super) fn new(
        fs: &Arc<F>,
        roots: &[Arc<Root<F>>; 2],
        monitor: &'a Monitor,
        counters: &'a Counters,
    ) -> Self {
        let handles = [Handles::new(Arc::clone(fs)), Handles::new(Arc::clone(fs))];
        let roots = roots.each_ref().map(Arc::clone);
        Self { fs: Arc::clone(fs), roots, monitor, counters, handles, buffer: Vec::new() }
    }

    /// Works until no more jobs come.
    pub(super) fn serve(mut self, jobs: &Mutex<Receiver<Job<F>>>, done: &Sender<Done>) {
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
    pub(super) fn work(&mut self, job: &Job<F>) -> Done {
        Done { step: job.step, result: self.stage(job) }
    }

    fn stage(&mut self, job: &Job<F>) -> Result<Staged, CopyError> {
        // The text is worth its cost for large files and now and then among small ones.
        let shown = job.seen.size > 1 << 20 || job.number.is_multiple_of(32);
        let text = shown.then(|| display(&job.path));
        if !self.counters.tell(self.monitor, text.as_deref()) {
            return Err(CopyError::Stopped);
        }
        let (parent, name) = split(&job.path);
        let from = index(job.from);
        let dir = self.handles[from].get(&self.roots[from].dir, parent).map_err(CopyError::Source)?;
        let source = Source { dir: &*dir, name, seen: &job.seen };
        let staged = Staged { number: job.number, digest: [0; 32] };
        let mut tick = |n: u64| {
            self.counters.bytes.fetch_add(n, Ordering::Relaxed);
            n < crate::copy::CHUNK as u64 || self.counters.tell(self.monitor, None)
        };
        let name = staged.name();
        let digest =
            copy(&*self.fs, &source, &job.staging, name.as_bytes(), job.flush, &mut self.buffer, &mut tick)?;
        Ok(Staged { digest, ..staged })
    }
}

/// Who stages: several threads while earlier files are put in place, or the caller itself, in order.
pub(super) enum Crew<'a, F: FileSystem> {
    Threads { jobs: Sender<Job<F>>, done: Receiver<Done> },
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

    /// The next finished job; `None` if there is none to wait for.
    pub(super) fn next_done(&mut self) -> Option<Done> {
        match self {
            Self::Threads { done, .. } => done.recv().ok(),
            Self::Alone { stager, waiting } => waiting.pop_front().map(|job| stager.work(&job)),
        }
    }
}
