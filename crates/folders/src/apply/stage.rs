//! Writes files under temporary names, on several threads, while earlier ones are put in place.

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

/// One of the threads that stage. Ends when no more jobs come.
pub(super) struct Stager<'a, F: FileSystem> {
    pub(super) fs: Arc<F>,
    pub(super) roots: [Arc<Root<F>>; 2],
    pub(super) monitor: &'a Monitor,
    pub(super) counters: &'a Counters,
    pub(super) jobs: &'a Mutex<Receiver<Job<F>>>,
    pub(super) done: Sender<Done>,
}

impl<F: FileSystem> Stager<'_, F> {
    pub(super) fn run(self) {
        let mut handles = [Handles::new(Arc::clone(&self.fs)), Handles::new(Arc::clone(&self.fs))];
        let mut buffer = Vec::new();
        loop {
            // The lock is held while waiting for a job: whoever waits first is served first.
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            let result = self.stage(&job, &mut handles[index(job.from)], &mut buffer);
            if self.done.send(Done { step: job.step, result }).is_err() {
                return;
            }
        }
    }

    fn stage(
        &self,
        job: &Job<F>,
        handles: &mut Handles<F>,
        buffer: &mut Vec<u8>,
    ) -> Result<Staged, CopyError> {
        // The text is worth its cost for large files and now and then among small ones.
        let shown = job.seen.size > 1 << 20 || job.number.is_multiple_of(32);
        let text = shown.then(|| display(&job.path));
        if !self.counters.tell(self.monitor, text.as_deref()) {
            return Err(CopyError::Stopped);
        }
        let (parent, name) = split(&job.path);
        let dir = handles.get(&self.roots[index(job.from)].dir, parent).map_err(CopyError::Source)?;
        let source = Source { dir: &*dir, name, seen: &job.seen };
        let staged = Staged { number: job.number, digest: [0; 32] };
        let mut tick = |n: u64| {
            self.counters.bytes.fetch_add(n, Ordering::Relaxed);
            n < crate::copy::CHUNK as u64 || self.counters.tell(self.monitor, None)
        };
        let digest =
            copy(&*self.fs, &source, &job.staging, staged.name().as_bytes(), job.flush, buffer, &mut tick)?;
        Ok(Staged { digest, ..staged })
    }
}
