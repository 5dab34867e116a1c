//! Both walks, read side by side.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use super::{PairError, PairRun, Roots, Threads};
use crate::config::ConflictPolicy;
use crate::contents::DiskContents;
use crate::fs::{FileSystem, NO_NUMBER};
use crate::probe::Probes;
use crate::reconcile::{Policies, ReconcileEnd, Reconciled, reconcile};
use crate::root::Root;
use crate::rules::{RuleStack, parse};
use crate::scan::{BATCHES_AHEAD, ScanCursor, Scanner};

impl<F: FileSystem> PairRun<'_, F> {
    pub(super) fn compare_with<B: crate::reconcile::BaseWalk>(
        &self,
        base: B,
        roots: &Roots<F>,
        resolutions: &[(Vec<u8>, ConflictPolicy)],
        probes: &Probes<'_, F>,
    ) -> Result<Result<Reconciled, ReconcileEnd>, PairError> {
        let policies = self.policies(resolutions, probes)?;
        let rules = policies.rules.clone();
        let contents = DiskContents::new(&self.fs, roots, self.monitor, probes);
        let stop = AtomicBool::new(false);
        let left_out = self.left_out();
        let mut pulse = |entries: u64| {
            let go_on = self.say(&format!("comparing, {entries} entries"));
            stop.fetch_or(!go_on, Ordering::Relaxed);
            go_on
        };
        let compare = |walks: [ScanCursor<'_>; 2]| reconcile(walks, base, contents, policies, &mut pulse);
        let (found, whole) = match self.threads {
            Threads::One => {
                let mut walks = roots.each_ref().map(|root| {
                    Scanner::new(&*self.fs, &root.dir, rules.clone()).leaving_out(Arc::clone(&left_out))
                });
                let cursors = walks.each_mut().map(|walk| ScanCursor::new(|| walk.next_batch()));
                (compare(cursors), true)
            }
            Threads::Several => self.walk_in_threads(roots, &rules, &left_out, &stop, compare)?,
        };
        match found {
            Ok(found) if whole && self.monitor.may_go_on() => Ok(Ok(found)),
            Ok(_) if !self.monitor.may_go_on() => Ok(Err(ReconcileEnd::Stopped)),
            Ok(_) => Err(PairError::Walk),
            Err(end) => Ok(Err(end)),
        }
    }

    /// What decides besides what is on the disks.
    pub(super) fn policies(
        &self,
        resolutions: &[(Vec<u8>, ConflictPolicy)],
        probes: &Probes<'_, F>,
    ) -> Result<Policies, PairError> {
        let configured = parse(&self.pair.ignore.join("\n")).map_err(PairError::Rules)?;
        Ok(Policies {
            mode: self.pair.mode,
            conflict: self.pair.conflict,
            evidence: self.options.evidence,
            keep: self.pair.keep,
            regained: probes.regained(),
            resolutions: resolutions.to_vec(),
            rules: RuleStack::new((!self.pair.ignore.is_empty()).then_some(configured)),
            walk_began: self.walk_began(),
        })
    }

    /// What we remember may lie in a root, as when somebody keeps a whole home in step. It takes no part: it changes with
    /// every run.
    pub(super) fn left_out(&self) -> Arc<[(u64, u64)]> {
        let ours = std::iter::once(&self.surroundings.state_dir).chain(&self.options.left_out);
        let identity = |path: &PathBuf| self.fs.stat_dir(&self.fs.open_root(path).ok()?).ok();
        let known = ours.filter_map(identity).filter(|stat| stat.ino != NO_NUMBER);
        known.map(|stat| (stat.dev, stat.ino)).collect()
    }

    /// Walks each side on a thread of its own while `compare` reads both. Tells besides whether both walks came to their
    /// end: one that broke off has shown only part of its side, and what it did not show must not count as deleted.
    fn walk_in_threads<T>(
        &self,
        roots: &Roots<F>,
        rules: &RuleStack,
        left_out: &Arc<[(u64, u64)]>,
        stop: &AtomicBool,
        compare: impl FnOnce([ScanCursor<'_>; 2]) -> T,
    ) -> Result<(T, bool), PairError> {
        std::thread::scope(|scope| {
            let walk = |root: &'_ Arc<Root<F>>| {
                let (sender, receiver) = sync_channel(BATCHES_AHEAD);
                let (fs, root, rules) = (Arc::clone(&self.fs), Arc::clone(root), rules.clone());
                let left_out = Arc::clone(left_out);
                let thread = std::thread::Builder::new()
                    .name(format!("walk {}", root.side))
                    .spawn_scoped(scope, move || {
                        Scanner::new(&*fs, &root.dir, rules).leaving_out(left_out).run(stop, &sender)
                    });
                thread.map(|thread| (thread, receiver)).map_err(|_| PairError::Walk)
            };
            let (left, left_batches) = walk(&roots[0])?;
            let (right, right_batches) = walk(&roots[1])?;
            let walks = [left_batches, right_batches].map(|from| ScanCursor::new(move || from.recv().ok()));
            let found = compare(walks);
            let whole = [left.join(), right.join()].map(|end| matches!(end, Ok(Ok(()))));
            Ok((found, whole == [true, true]))
        })
    }
}
