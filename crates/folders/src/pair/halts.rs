//! What a run found, held against the safety rules.

use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::Side;
use syncmgr_model::id::Uuid;

use super::{PairError, PairRun};
use crate::baseline::RootPlace;
use crate::fs::FileSystem;
use crate::path::is_within;
use crate::plan::{Op, Plan, Step};
use crate::reconcile::Reconciled;
use crate::root::Root;
use crate::safety::{Findings, Halt, LostMount, check, many_emptied};
use crate::state::Agreed;

impl<F: FileSystem> PairRun<'_, F> {
    /// Where a root is now.
    pub(super) fn place(&self, root: &Root<F>) -> Result<Option<RootPlace>, PairError> {
        let path = self.path(root.side);
        let stat = self.fs.stat_dir(&root.dir);
        let stat =
            stat.map_err(|source| PairError::Root { side: root.side, path: path.to_owned(), source })?;
        Ok(Some(RootPlace::new(path.as_os_str().as_encoded_bytes(), stat.ino)))
    }

    /// Whether a root is another one than the baseline says; it got here by the user's word, and is to be remembered.
    pub(super) fn is_elsewhere(&self, agreed: &Agreed, places: [Option<RootPlace>; 2]) -> bool {
        let Agreed::Known(header) = agreed else { return false };
        let both = header.roots.iter().zip(&places);
        both.into_iter()
            .any(|(then, now)| matches!((then, now), (Some(then), Some(now)) if now.is_another_than(then)))
    }

    pub(super) fn halted(
        &self,
        found: &Reconciled,
        agreed: &Agreed,
        replicas_now: [Option<Uuid>; 2],
        roots_now: [Option<RootPlace>; 2],
    ) -> Option<Halt> {
        let Agreed::Known(header) = agreed else { return None };
        let findings = Findings {
            mode: self.pair.mode,
            budget: self.pair.budget,
            census: found.census,
            deletions: Side::BOTH.map(|side| found.plan.tally(side).deletions),
            overwrites: Side::BOTH.map(|side| found.plan.tally(side).updates),
            replicas_then: header.replicas,
            replicas_now,
            roots_then: header.roots,
            roots_now,
            lost_mount: lost_mount(found),
        };
        let halt = check(&findings, &self.options.allow);
        if halt.is_none() {
            self.warn_of_emptied(&found.plan);
        }
        halt
    }

    pub(super) fn warn_of_emptied(&self, plan: &Plan) {
        for side in Side::BOTH {
            let emptied = plan.tally(side).emptied;
            if many_emptied(emptied) {
                let text = format!(
                    "{emptied} files became empty on the {}, which happens in a power cut; what they held is in the \
                     trash of the {side}",
                    side.other()
                );
                self.monitor.log(LogLevel::Warning, &text);
            }
        }
    }
}

/// The folder that lost the disk mounted on it whose files are about to be deleted on the other side, if any.
fn lost_mount(found: &Reconciled) -> Option<LostMount> {
    let lost = found.lost_mounts.iter().map(|(side, path)| {
        let goes = |step: &Step| {
            matches!(&step.op, Op::Trash { side: on, .. } if *on == side.other())
                && is_within(&step.path, path)
        };
        let deletions = found.plan.steps().filter(goes).count() as u64;
        LostMount { side: *side, path: path.clone(), deletions }
    });
    lost.max_by_key(|mount| mount.deletions)
}
