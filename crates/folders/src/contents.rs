//! The content of files on the disk, for decisions that need it.

use std::sync::Arc;

use syncmgr_model::fact::Side;
use syncmgr_model::progress::ProgressUpdate;

use crate::apply::explain;
use crate::baseline::Digest;
use crate::config::{Keep, KeepSet};
use crate::copy::{CopyError, Source, digest};
use crate::extended::look;
use crate::fs::{FileSystem, Stat, is_absent};
use crate::kept::Kept;
use crate::monitor::Monitor;
use crate::pair::Roots;
use crate::path::split;
use crate::plan::index;
use crate::probe::Probes;
use crate::reconcile::Contents;
use crate::root::Handles;

/// Files on the disk, read where their content decides.
pub(crate) struct DiskContents<'a, F: FileSystem> {
    probes: &'a Probes<'a, F>,
    fs: Arc<F>,
    roots: &'a Roots<F>,
    handles: [Handles<F>; 2],
    buffer: Vec<u8>,
    monitor: &'a Monitor,
}

impl<'a, F: FileSystem> DiskContents<'a, F> {
    pub(crate) fn new(
        fs: &Arc<F>,
        roots: &'a Roots<F>,
        monitor: &'a Monitor,
        probes: &'a Probes<'a, F>,
    ) -> Self {
        let handles = [Handles::new(Arc::clone(fs)), Handles::new(Arc::clone(fs))];
        Self { probes, fs: Arc::clone(fs), roots, handles, buffer: Vec::new(), monitor }
    }

    fn dir(&mut self, side: Side, path: &[u8]) -> Result<Arc<F::Dir>, String> {
        let root = &self.roots[index(side)].dir;
        self.handles[index(side)].get(root, path).map_err(|error| explain(&error))
    }
}

impl<F: FileSystem> Contents for DiskContents<'_, F> {
    fn digest(&mut self, side: Side, path: &[u8], seen: &Stat) -> Result<Digest, String> {
        let (parent, name) = split(path);
        let dir = self.dir(side, parent)?;
        let source = Source { dir: &*dir, name, seen };
        let mut tick = |_| self.monitor.progress(&ProgressUpdate::POLL);
        digest(&*self.fs, &source, &mut self.buffer, &mut tick).map_err(|error| match error {
            CopyError::Changed => "changed while it was read; the next run looks again".to_owned(),
            CopyError::Stopped => "stopped".to_owned(),
            CopyError::Source(error) if is_absent(&error) => "gone since it was looked at".to_owned(),
            CopyError::Taken => "another file has its name".to_owned(),
            CopyError::Source(error) | CopyError::Target(error) => explain(&error),
        })
    }

    fn is_stopped(&self) -> bool {
        !self.monitor.may_go_on()
    }

    fn kept(&mut self, side: Side, path: &[u8], seen: &Stat, keep: KeepSet) -> Result<Kept, String> {
        let (parent, name) = split(path);
        let dir = self.dir(side, parent)?;
        look(&*self.fs, &dir, name, seen, keep).map_err(|error| explain(&error))
    }

    fn can_keep(&mut self, side: Side, what: Keep) -> bool {
        self.probes.can(side, what)
    }
}
