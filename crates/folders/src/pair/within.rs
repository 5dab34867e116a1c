//! A run that looks only at what a watcher has seen change.
//!
//! Whoever starts the run vouches for the rest: since a run last went through and left nothing over, nothing has happened
//! outside the scope. The run itself decides whether that is enough. Wherever a rule needs the whole (budgets, an emptied
//! root, ignore rules, links, a directory that came or went around the scope), it gives up before anything was changed,
//! and both sides are looked at as ever.
//!
//! The baseline is not written anew: that is as much work as there are files. What the run has reached, and what it found
//! agreed on, stays in its record, which lies over the baseline like that of a run that was cut off. Every few runs, and by
//! every run that looks at everything, the records are taken into the baseline.

use std::collections::{HashSet, VecDeque};

use syncmgr_model::fact::{Side, Totals};

use super::{Goal, PairEnd, PairError, PairRun, Roots, Work, agrees_anew};
use crate::apply::{Applied, ApplyError};
use crate::baseline::{BaseEntry, Header};
use crate::config::{Durability, Evidence};
use crate::contents::DiskContents;
use crate::extended::Carried;
use crate::fs::FileSystem;
use crate::overlay::Overlay;
use crate::path::split;
use crate::plan::{After, Op, Plan, Step, index};
use crate::points;
use crate::probe::Probes;
use crate::reconcile::{ReconcileEnd, Reconciled, reconcile};
use crate::record::{Deed, Reached, Record, RecordWriter};
use crate::root::names;
use crate::rules::{OWN_DIR, RuleStack};
use crate::safety::MANY;
use crate::scan::{Batch, ScanCursor, Scanner, Seen};
use crate::scope::Scope;
use crate::state::{Agreed, Excerpt, NewBaseline, PairState};
use crate::trash;

/// With more entries than this to look at, looking at everything is as good.
const MOST_ENTRIES: usize = 50_000;
/// So many records may lie over the baseline before they are taken into it.
const MOST_OPEN_RUNS: usize = 32;

/// What a side holds within a scope.
#[derive(Default)]
struct Walked {
    batches: VecDeque<Batch>,
    /// The directories on the way there.
    ways: HashSet<Vec<u8>>,
}

/// What both sides and the baseline hold within a scope.
struct Sight {
    walks: [VecDeque<Batch>; 2],
    agreed: Excerpt,
}

/// What a pass comes to: how it ended, and what it found if it went through.
type Passed = (PairEnd, Option<Reconciled>);

impl<F: FileSystem> PairRun<'_, F> {
    /// Brings in step what may have changed since the last run, if the options say what that is and looking at it alone
    /// will do; `None` if everything has to be looked at. Nothing is changed in that case.
    pub(super) fn pass_within_scope(
        &self,
        goal: Goal,
        state: &PairState<F>,
        roots: &Roots<F>,
        totals: &mut Totals,
    ) -> Result<Option<Passed>, PairError> {
        let Some(scope) = self.options.scopes.get(&self.pair.id) else { return Ok(None) };
        if goal == Goal::Preview || !self.is_plain() {
            return Ok(None);
        }
        points::reach("before-scan").map_err(PairError::Point)?;
        let Some(header) = self.header_if_as_ever(state, roots)? else { return Ok(None) };
        if scope.is_empty() {
            return Ok(Some((PairEnd::Done, Some(Reconciled::default()))));
        }
        let overlay = state.overlay(&self.surroundings.boot_id)?;
        let name = self.run_name(1);
        let kept = (self.pair.keep, self.pair.mode, goal);
        let probes = Probes::new(&self.fs, roots, &name.staging, kept, Default::default());
        let policies = self.policies(&[], &probes)?;
        let Some(Sight { walks, agreed }) = self.look_at(scope, state, roots, &overlay, &policies.rules)?
        else {
            return Ok(None);
        };
        let walks = walks.map(|mut batches| ScanCursor::new(move || batches.pop_front()));
        let contents = DiskContents::new(&self.fs, roots, self.monitor, &probes);
        let mut pulse = |_| self.monitor.may_go_on();
        let mut found = match reconcile(walks, agreed, contents, policies, &mut pulse) {
            Ok(found) => found,
            Err(ReconcileEnd::Stopped) => return Ok(Some((PairEnd::Stopped, None))),
            Err(ReconcileEnd::Damaged) => return Ok(None),
        };
        let linked = std::mem::take(&mut found.linked);
        found.plan = self.without_needless_copies(found.plan, &linked, roots, &probes);
        if !self.monitor.may_go_on() {
            return Ok(Some((PairEnd::Stopped, None)));
        }
        points::reach("after-scan").map_err(PairError::Point)?;
        if self.needs_the_whole(&found, roots) {
            return Ok(None);
        }
        self.warn_of_emptied(&found.plan);
        points::reach("after-plan").map_err(PairError::Point)?;
        if found.plan.len() == 0 {
            return Ok(Some((PairEnd::Done, Some(found))));
        }
        let (undone, carried) = (None, Carried { keep: self.pair.keep, able: Default::default() });
        let work = Work { header, overlay: &overlay, name, undone, carried, from_scratch: false };
        let (end, found) = self.carry_out_within(state, roots, &work, found, totals)?;
        Ok(Some((end, Some(found))))
    }

    /// Whether nothing was asked for that is about everything.
    fn is_plain(&self) -> bool {
        self.pair.keep.is_empty()
            && self.options.evidence == Evidence::FileSystem
            && self.options.allow.is_empty()
            && self.options.resolutions.is_empty()
    }

    /// What the baseline says about itself, if both roots are what it knows them to be.
    fn header_if_as_ever(&self, state: &PairState<F>, roots: &Roots<F>) -> Result<Option<Header>, PairError> {
        let Agreed::Known(header) = state.agreed()? else { return Ok(None) };
        let replicas = [self.marker(&roots[0])?, self.marker(&roots[1])?];
        let places = [self.place(&roots[0])?, self.place(&roots[1])?];
        let as_ever = header.lacking.is_none()
            && header.replicas == replicas
            && header.roots.iter().all(Option::is_some)
            && !self.is_elsewhere(&Agreed::Known(header), places);
        Ok(as_ever.then_some(header))
    }

    /// Looks at what is in the scope, on both sides and in the baseline. Where a directory on the way there is not one that
    /// both sides have and agree on, all of it is looked at.
    fn look_at(
        &self,
        scope: &Scope,
        state: &PairState<F>,
        roots: &Roots<F>,
        overlay: &Overlay,
        rules: &RuleStack,
    ) -> Result<Option<Sight>, PairError> {
        let mut scope = scope.clone();
        loop {
            let Some(agreed) = state.excerpt(overlay, &scope, MOST_ENTRIES)? else { return Ok(None) };
            let Some(left) = self.walk_within(&scope, roots, Side::Left, rules) else { return Ok(None) };
            let Some(right) = self.walk_within(&scope, roots, Side::Right, rules) else { return Ok(None) };
            let Some(odd) = odd_way(&scope, [&left.ways, &right.ways], &agreed) else {
                return Ok(Some(Sight { walks: [left.batches, right.batches], agreed }));
            };
            match scope.widened_to(&odd) {
                Some(wider) => scope = wider,
                None => return Ok(None),
            }
        }
    }

    /// What a side holds within the scope; `None` if that is too much to be held, or includes what only the whole can tell
    /// about: a file with other names elsewhere, rules, a disk mounted in between.
    fn walk_within(&self, scope: &Scope, roots: &Roots<F>, side: Side, rules: &RuleStack) -> Option<Walked> {
        let root = &roots[index(side)];
        let mut walk =
            Scanner::new(&*self.fs, &root.dir, rules.clone()).leaving_out(self.left_out()).within(scope);
        let (mut walked, mut n_entries) = (Walked::default(), 0);
        while let Some(batch) = walk.next_batch() {
            n_entries += batch.iter().count();
            let is_plain = |(path, seen): (&[u8], &Seen)| match seen {
                Seen::File(stat) => stat.nlink <= 1,
                // A directory on the way with rules is as before; one in the scope may be new, and its rules with it.
                Seen::Dir(stat, rules) => {
                    (rules.is_none() || !scope.holds(path)) && (!stat.is_mount || path.is_empty())
                }
                Seen::Symlink(..) | Seen::Ignored | Seen::Special | Seen::Blocked(_) => true,
            };
            if n_entries > MOST_ENTRIES || !batch.iter().all(is_plain) || !self.monitor.may_go_on() {
                return None;
            }
            let dirs =
                batch.iter().filter(|(path, seen)| matches!(seen, Seen::Dir(..)) && !scope.holds(path));
            walked.ways.extend(dirs.map(|(path, _)| path.to_vec()));
            walked.batches.push_back(batch);
        }
        Some(walked)
    }

    /// Whether a rule that looks at the whole may have something to say about this.
    fn needs_the_whole(&self, found: &Reconciled, roots: &Roots<F>) -> bool {
        let much = Side::BOTH.into_iter().any(|side| {
            let tally = found.plan.tally(side);
            tally.deletions >= MANY || tally.updates >= MANY
        });
        much || !found.lost_mounts.is_empty() || self.empties_a_root(&found.plan, roots)
    }

    /// Whether something directly below a root is to go because it went from the other root, and that one is empty now.
    fn empties_a_root(&self, plan: &Plan, roots: &Roots<F>) -> bool {
        let mut sides = [false; 2];
        for Step { path, op, .. } in plan.steps() {
            if let Op::Trash { side, .. } | Op::RemoveDir { side } = op
                && split(&path).0.is_empty()
            {
                sides[index(side.other())] = true;
            }
        }
        Side::BOTH.into_iter().filter(|side| sides[index(*side)]).any(|side| {
            let listed = names(&*self.fs, &roots[index(side)].dir);
            listed.map_or(true, |names| names.iter().all(|name| name == OWN_DIR))
        })
    }

    /// Carries a plan out and leaves its record over the baseline.
    fn carry_out_within(
        &self,
        state: &PairState<F>,
        roots: &Roots<F>,
        work: &Work<'_>,
        mut found: Reconciled,
        totals: &mut Totals,
    ) -> Result<(PairEnd, Reconciled), PairError> {
        self.announce(&found.plan);
        if self.pair.durability != Durability::None && agrees_anew(&found.plan, &Overlay::default()) {
            // Whoever put it on both sides need not have flushed it, and the record is about to say that it is there.
            self.flush(roots)?;
        }
        let mut writer = self.begin_record(state, &work.name)?;
        let applied = match found.plan.n_changes() {
            0 => Applied::nothing(),
            _ => self.apply_to(roots, work, &found.plan, &mut writer)?,
        };
        self.note_applied(&applied, &mut found, totals);
        let has_deeds = applied.records.iter().any(|&place| place > 0);
        if !applied.complete {
            return Ok((PairEnd::Stopped, found));
        }
        let n_agreed = self.note_agreed(&found.plan, &mut writer)?;
        drop(writer);
        points::reach("before-baseline-commit").map_err(PairError::Point)?;
        if !has_deeds && n_agreed == 0 {
            state.drop_run(&work.name.trash)?;
        }
        self.take_in(state, roots, work.header)?;
        points::reach("after-baseline-commit").map_err(PairError::Point)?;
        if applied.used_trash.contains(&true) {
            trash::prune(&*self.fs, roots, &self.pair.trash, self.options.started, &work.name.trash);
        }
        Ok((PairEnd::Done, found))
    }

    /// Writes down what the plan found both sides to agree on, which no step does, and tells how much that was.
    fn note_agreed(&self, plan: &Plan, writer: &mut RecordWriter<F::File>) -> Result<usize, PairError> {
        let mut n_agreed = 0;
        for Step { path, before, after, .. } in plan.steps().filter(|step| step.op == Op::Agree) {
            let after = match after {
                After::Set(entry) => Reached::Entry(entry),
                After::Forget => Reached::Nothing,
                After::Keep | After::Copied => continue,
            };
            let (side, deed) = (Side::Left, Deed::Agreed);
            writer.push(&Record { path, side, deed, from: None, replaced: None, before, after });
            n_agreed += 1;
        }
        if n_agreed > 0 {
            writer.write().map_err(ApplyError::Record)?;
            if self.pair.durability != Durability::None {
                self.fs.sync_file(writer.file()).map_err(ApplyError::Record)?;
                writer.mark_durable().map_err(ApplyError::Record)?;
            }
        }
        Ok(n_agreed)
    }

    /// Takes the records into the baseline once they are many.
    fn take_in(&self, state: &PairState<F>, roots: &Roots<F>, header: Header) -> Result<(), PairError> {
        let overlay = state.overlay(&self.surroundings.boot_id)?;
        if overlay.runs.len() < MOST_OPEN_RUNS {
            return Ok(());
        }
        let durable = self.pair.durability != Durability::None;
        if durable {
            self.flush(roots)?;
        }
        let plan = Plan::default();
        let new = NewBaseline {
            header,
            overlay: &overlay,
            plan: &plan,
            records: &[],
            run: None,
            from_scratch: false,
        };
        state.commit(&new, durable)?;
        trash::prune_records(state, &self.pair.trash, self.options.started);
        Ok(())
    }
}

/// The first directory on the way to what is in a scope that is not there on both sides and in the baseline.
fn odd_way(scope: &Scope, walked: [&HashSet<Vec<u8>>; 2], agreed: &Excerpt) -> Option<Vec<u8>> {
    scope.ways().into_iter().find(|way| {
        let agreed = way.is_empty() || matches!(agreed.get(way), Some(BaseEntry::Dir { .. }));
        !(agreed && walked.iter().all(|ways| ways.contains(way)))
    })
}
