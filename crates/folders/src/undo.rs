//! Takes a whole run back: what it made goes to the trash, what it put there comes back.
//!
//! The record of the run is read from its end and turned into a plan, which is carried out like any other, recorded, and
//! can be undone in turn. What was changed since the run is left as it is and is a conflict. Afterwards the baseline says what it
//! said before the run, so the next run would do the same again.

use std::io;
use std::sync::Arc;

use syncmgr_model::fact::{ConflictKind, Side, Totals};
use syncmgr_model::id::SessionId;

use crate::apply::JUST_MADE;
use crate::baseline::{BaseEntry, Header};
use crate::config::{Durability, KeepSet, PairConfig};
use crate::copy::{CopyError, Source, digest};
use crate::decide::MODE_BITS;
use crate::extended::Carried;
use crate::fs::{Attributes, FileSystem, Kind, Stat, is_absent, is_no_dir};
use crate::pair::{Goal, NotOpen, PairEnd, PairError, PairRun, Roots, Surroundings, Work};
use crate::path::split;
use crate::plan::{After, Extended, Op, Plan, index};
use crate::reconcile::{Problem, Reconciled};
use crate::record::{Deed, Reached, Record};
use crate::root::{Handles, RunName};
use crate::state::{Agreed, NewBaseline, PairState};

/// A run on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// The session it was part of.
    pub session: SessionId,
    /// When that started.
    pub started: syncmgr_model::time::Timestamp,
    /// How many changes it made: left, right.
    pub changes: [u64; 2],
}

/// The runs of a pair that are on record, oldest first. An item that was never run has none.
pub fn runs(pair: &PairConfig, surroundings: &Surroundings) -> io::Result<Vec<RecordedRun>> {
    let fs = Arc::new(crate::fs::real::RealFileSystem);
    let looked = PairState::look(fs, &surroundings.state_dir, pair.id).map_err(io::Error::other)?;
    let Some(state) = looked else { return Ok(Vec::new()) };
    let mut runs: Vec<RecordedRun> = Vec::new();
    for (name, known) in state.run_names().map_err(io::Error::other)? {
        let read = state.read_run(&name, known, &surroundings.boot_id).map_err(io::Error::other)?;
        let Ok(deeds) = read else { continue };
        let mut changes = [0; 2];
        deeds.records.iter().for_each(|record| changes[index(record.side)] += 1);
        match runs.last_mut() {
            Some(last) if last.session == deeds.header.session => {
                last.changes = [last.changes[0] + changes[0], last.changes[1] + changes[1]];
            }
            _ => runs.push(RecordedRun {
                session: deeds.header.session,
                started: deeds.header.started,
                changes,
            }),
        }
    }
    Ok(runs)
}

impl<F: FileSystem> PairRun<'_, F> {
    /// Undoes what a session has changed in this pair, or tells what that would be.
    pub(crate) fn undo(&self, session: SessionId, goal: Goal) -> Result<PairEnd, PairError> {
        let state = self.open_state()?;
        let roots = match self.open_roots() {
            Ok(roots) => roots,
            Err(NotOpen::Halted) => return Ok(PairEnd::Halted),
            Err(NotOpen::Failed(error)) => return Err(error),
        };
        let mut totals = Totals::default();
        let mut previewed = Reconciled::default();
        let mut undone = 0;
        for (name, known) in state.run_names()?.into_iter().rev() {
            let Ok(deeds) = state.read_run(&name, known, &self.surroundings.boot_id)? else { continue };
            if deeds.header.session != session || deeds.records.is_empty() {
                continue;
            }
            undone += 1;
            if goal == Goal::Preview {
                // All runs of the session in one plan: an earlier one finds its places as the later one leaves them.
                self.take_back(&roots, &deeds.records, &mut previewed);
                continue;
            }
            let end = self.undo_run(&state, &roots, &name, &deeds.records, undone, &mut totals)?;
            if end != PairEnd::Done {
                return Ok(end);
            }
        }
        if undone == 0 {
            return Err(PairError::NothingToUndo(self.pair.name.clone()));
        }
        if goal == Goal::Preview {
            self.preview(&previewed.plan);
            self.tell_left_over(&previewed);
        }
        Ok(PairEnd::Done)
    }

    /// Adds the steps that take records back to a plan.
    fn take_back(&self, roots: &Roots<F>, records: &[Record], found: &mut Reconciled) {
        let handles = [Handles::new(Arc::clone(&self.fs)), Handles::new(Arc::clone(&self.fs))];
        let mut backwards = Backwards { fs: Arc::clone(&self.fs), roots, handles, buffer: Vec::new(), found };
        records.iter().rev().for_each(|record| backwards.take_back(record));
    }

    fn undo_run(
        &self,
        state: &PairState<F>,
        roots: &Roots<F>,
        undone: &str,
        records: &[Record],
        number: u32,
        totals: &mut Totals,
    ) -> Result<PairEnd, PairError> {
        let mut found = Reconciled::default();
        self.take_back(roots, records, &mut found);
        let header = match state.agreed()? {
            Agreed::Known(header) => header,
            _ => Header::default(),
        };
        self.forget_first(state, &found.plan, header)?;
        let overlay = state.overlay(&self.surroundings.boot_id)?;
        let mut name = RunName::new(self.pair.id, self.options.session, self.options.started);
        if number > 1 {
            name.trash = format!("{}-{number}", name.trash);
        }
        let undone = Some(undone.to_owned());
        // What an undo puts back is told by the record, and nothing is carried from side to side.
        let carried = Carried { keep: self.pair.keep, ..Carried::default() };
        let work = Work { header, overlay: &overlay, name, undone, carried, from_scratch: false };
        let (end, found) = self.carry_out(state, roots, &work, found, totals)?;
        self.tell_left_over(&found);
        Ok(end)
    }
}

impl<F: FileSystem> PairRun<'_, F> {
    /// Lets the baseline say what it said before the run, before anything is taken back.
    ///
    /// Cut off in between, what was taken back and what was not is then compared like any difference. The other way
    /// round, a file that the undo had just taken away would look like one that its user deleted.
    fn forget_first(&self, state: &PairState<F>, plan: &Plan, header: Header) -> Result<(), PairError> {
        let mut before = Plan::default();
        for step in plan.steps() {
            let after = if matches!(step.op, Op::MovedAway { .. }) { After::Forget } else { step.after };
            before.push(&step.path, &Op::Agree, None, &after);
        }
        let overlay = state.overlay(&self.surroundings.boot_id)?;
        let new = NewBaseline {
            header,
            overlay: &overlay,
            plan: &before,
            records: &[],
            run: None,
            from_scratch: false,
        };
        Ok(state.commit(&new, self.pair.durability != Durability::None)?)
    }
}

/// Turns records into the steps that take them back.
struct Backwards<'a, F: FileSystem> {
    fs: Arc<F>,
    roots: &'a Roots<F>,
    handles: [Handles<F>; 2],
    buffer: Vec<u8>,
    found: &'a mut Reconciled,
}

impl<F: FileSystem> Backwards<'_, F> {
    fn now(&mut self, side: Side, path: &[u8]) -> io::Result<Option<Stat>> {
        let (parent, name) = split(path);
        let dir = match self.handles[index(side)].get(&self.roots[index(side)].dir, parent) {
            Ok(dir) => dir,
            Err(error) if is_no_dir(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.fs.stat(&dir, name) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn take_back(&mut self, record: &Record) {
        if record.deed == Deed::Finished {
            // Goes with the directory.
            return;
        }
        let now = self.now(record.side, &record.path).and_then(|now| Ok((now, self.is_free(record)?)));
        let (now, free) = match now {
            Ok(looked) => looked,
            Err(error) => return self.problem(record, &error.to_string()),
        };
        let same = match now.map_or(Ok(false), |now| self.is_as_left(record, &now)) {
            Ok(same) => same,
            Err(error) => return self.problem(record, &error.to_string()),
        };
        match step_back(record, now.map(|now| Now { stat: now, same }), free) {
            Back::Step(op) => self.push(record, &op),
            Back::Done => {}
            Back::Conflict(kind) => self.found.conflicts.push((record.path.clone(), kind)),
        }
    }

    /// Whether an entry is still what the run left there. Where the stamp alone does not tell (it was written to within one
    /// tick of the clock, or its attributes have changed since), the content does.
    fn is_as_left(&mut self, record: &Record, now: &Stat) -> io::Result<bool> {
        let (Reached::Entry(entry) | Reached::Alone(entry)) = &record.after else {
            return Ok(is_kind_as_left(record, now));
        };
        let BaseEntry::File { digest: agreed, size, .. } = entry else {
            return Ok(is_kind_as_left(record, now));
        };
        let Some(stamp) = entry.stamp(record.side) else { return Ok(false) };
        let same =
            now.kind == Kind::File && now.ino == stamp.ino && now.size == *size && now.mtime == stamp.mtime;
        if !same || now.ctime == stamp.ctime {
            return Ok(same);
        }
        let (parent, name) = split(&record.path);
        let dir = self.handles[index(record.side)].get(&self.roots[index(record.side)].dir, parent)?;
        let source = Source { dir: &*dir, name, seen: now };
        match digest(&*self.fs, &source, &mut self.buffer, &mut |_| true) {
            Ok(found) => Ok(found == *agreed),
            Err(CopyError::Source(error) | CopyError::Target(error)) if !is_absent(&error) => Err(error),
            // It is no longer what it was a moment ago.
            Err(_) => Ok(false),
        }
    }

    /// Whether the place that what was taken away goes back to is free, or will be by the time it gets there.
    fn is_free(&mut self, record: &Record) -> io::Result<bool> {
        let place = match record.deed {
            Deed::Trashed | Deed::DirRemoved => &record.path[..],
            Deed::Moved => record.from.as_deref().unwrap_or_default(),
            Deed::Made | Deed::Replaced | Deed::AttributesSet | Deed::Finished => return Ok(true),
        };
        Ok(self.now(record.side, place)?.is_none() || self.will_be_gone(record.side, place))
    }

    /// Whether a step already planned takes away what is at a path now: the run had put something else there.
    fn will_be_gone(&self, side: Side, path: &[u8]) -> bool {
        let steps = &self.found.plan;
        (0..steps.len()).rev().filter_map(|at| steps.get(at)).any(|step| {
            step.op.side() == Some(side)
                && match &step.op {
                    Op::Trash { .. } | Op::RemoveDir { .. } => step.path == path,
                    Op::Move { from, .. } => **from == *path,
                    _ => false,
                }
        })
    }

    fn push(&mut self, record: &Record, op: &Op) {
        let plan = &mut self.found.plan;
        let before = match &record.after {
            Reached::Entry(entry) => Some(entry),
            Reached::Nothing | Reached::Unchanged | Reached::Alone(_) => None,
        };
        let as_before = record.before.clone().map_or(After::Forget, After::Set);
        // What is put back need not be what was agreed on before: it may be the loser of a conflict, or attributes that one
        // side alone had. So the baseline gets back what it said, and nothing read off the disk vouches for it.
        if let (Op::Move { .. }, Some(old)) = (op, &record.from) {
            let by = plan.len() as u32;
            plan.push(old, op, before, &After::Keep);
            plan.push(old, &Op::Agree, None, &as_before);
            plan.push(&record.path, &Op::MovedAway { by }, None, &After::Keep);
        } else if matches!(record.after, Reached::Unchanged | Reached::Alone(_)) {
            plan.push(&record.path, op, before, &After::Keep);
        } else if matches!(op, Op::SetAttributes { .. } | Op::Restore { .. }) {
            plan.push(&record.path, op, before, &After::Keep);
            plan.push(&record.path, &Op::Agree, None, &as_before);
        } else {
            plan.push(&record.path, op, before, &as_before);
        }
        if let (Op::MakeDir { side, mode }, Some(replaced)) = (op, &record.replaced) {
            let expect = Stat { kind: Kind::Dir, mode: *mode, ino: JUST_MADE, ..Stat::default() };
            let (attributes, extended) = (replaced.attributes, Extended::These(replaced.xattrs.clone()));
            let op = Op::SetAttributes { side: *side, expect, attributes, extended };
            plan.push(&record.path, &op, before, &as_before);
        }
    }

    fn problem(&mut self, record: &Record, reason: &str) {
        self.found.problems.push(Problem {
            side: Some(record.side),
            path: record.path.clone(),
            reason: reason.to_owned(),
        });
    }
}

/// How one thing a run has done is taken back.
enum Back {
    /// By this step.
    Step(Box<Op>),
    /// It is undone already.
    Done,
    /// Not at all: it was changed since, and nobody's change is taken back but the run's.
    Conflict(ConflictKind),
}

/// What is at a path now.
struct Now {
    stat: Stat,
    /// Whether it is still what the run left there.
    same: bool,
}

/// Decides how a record is taken back. `now` is what is at its path; `free` tells whether what it took away can go back
/// to its place.
fn step_back(record: &Record, now: Option<Now>, free: bool) -> Back {
    let side = record.side;
    if !free {
        return Back::Conflict(ConflictKind::EditEdit);
    }
    Back::Step(Box::new(match (record.deed, now) {
        (Deed::Trashed, _) => Op::Restore { side, replaces: None },
        (Deed::DirRemoved, _) => Op::MakeDir { side, mode: dir_mode(record) },
        (Deed::Made, None) => return Back::Done,
        (_, None) => return Back::Conflict(ConflictKind::EditDelete),
        (_, Some(now)) if !now.same => return Back::Conflict(ConflictKind::EditEdit),
        (Deed::Made, Some(now)) if now.stat.kind == Kind::Dir => Op::RemoveDir { side },
        (Deed::Made, Some(now)) => Op::Trash { side, expect: now.stat },
        (Deed::Replaced, Some(now)) => Op::Restore { side, replaces: Some(now.stat) },
        (Deed::AttributesSet, Some(now)) => match attributes_before(record) {
            Some((attributes, extended)) => {
                Op::SetAttributes { side, expect: now.stat, attributes, extended }
            }
            None => return Back::Done,
        },
        (Deed::Moved, Some(now)) => {
            let from = record.path.clone().into();
            let attributes =
                record.replaced.as_ref().map_or_else(Attributes::default, |were| were.attributes);
            Op::Move { side, from, expect: now.stat, attributes }
        }
        (Deed::Finished, Some(_)) => return Back::Done,
    }))
}

/// Whether something other than a file is still what the run left there.
fn is_kind_as_left(record: &Record, now: &Stat) -> bool {
    match &record.after {
        Reached::Entry(BaseEntry::Symlink { .. }) => now.kind == Kind::Symlink,
        Reached::Entry(BaseEntry::Dir { .. }) => now.kind == Kind::Dir,
        // The baseline says nothing of it. It goes to the trash only, or, a folder, only when it is empty.
        _ => now.kind != Kind::Special,
    }
}

fn dir_mode(record: &Record) -> u32 {
    match (&record.before, record.side) {
        (Some(BaseEntry::Dir { left_mode, .. }), Side::Left) => left_mode & MODE_BITS,
        (Some(BaseEntry::Dir { right_mode, .. }), Side::Right) => right_mode & MODE_BITS,
        _ => 0o755,
    }
}

/// The attributes to put back: those that were replaced; records of old do not say, but the baseline did.
fn attributes_before(record: &Record) -> Option<(Attributes, Extended)> {
    if let Some(replaced) = &record.replaced {
        return Some((replaced.attributes, Extended::These(replaced.xattrs.clone())));
    }
    let attributes = match record.before.as_ref()? {
        BaseEntry::Dir { .. } => Attributes { mode: Some(dir_mode(record)), ..Attributes::default() },
        entry => {
            let stamp = entry.stamp(record.side)?;
            let (mode, mtime) = (Some(stamp.mode & MODE_BITS), Some(stamp.mtime));
            Attributes { mode, mtime, owner: None }
        }
    };
    Some((attributes, Extended::Like(KeepSet::default())))
}
