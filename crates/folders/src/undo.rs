//! Takes a whole run back: what it made goes to the trash, what it put there comes back.
//!
//! The record of the run is read from its end and turned into a plan, which is carried out like any other, recorded, and
//! can be undone in turn. What was changed since the run is left as it is and told. Afterwards the baseline says what it
//! said before the run, so the next run would do the same again.

use std::io;

use syncmgr_model::fact::{Side, Totals};
use syncmgr_model::id::SessionId;

use crate::baseline::{BaseEntry, Header};
use crate::config::PairConfig;
use crate::decide::MODE_BITS;
use crate::fs::{Attributes, FileSystem, Kind, Stat, is_absent};
use crate::pair::{NotOpen, PairEnd, PairError, PairRun, Roots, Surroundings, Work};
use crate::path::{join, split};
use crate::plan::{After, Op, index};
use crate::reconcile::{Problem, Reconciled};
use crate::record::{Deed, Reached, Record};
use crate::root::{Handles, RunName};
use crate::state::{Agreed, PairState};
use std::sync::Arc;

const CHANGED_SINCE: &str = "changed since the run that is undone; left as it is";

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
    /// Undoes what a session has changed in this pair.
    pub(crate) fn undo(&self, session: SessionId) -> Result<PairEnd, PairError> {
        let state = self.open_state()?;
        let roots = match self.open_roots() {
            Ok(roots) => roots,
            Err(NotOpen::Halted) => return Ok(PairEnd::Halted),
            Err(NotOpen::Failed(error)) => return Err(error),
        };
        let mut totals = Totals::default();
        let mut undone = 0;
        for (name, known) in state.run_names()?.into_iter().rev() {
            let Ok(deeds) = state.read_run(&name, known, &self.surroundings.boot_id)? else { continue };
            if deeds.header.session != session || deeds.records.is_empty() {
                continue;
            }
            undone += 1;
            let end = self.undo_run(&state, &roots, &name, &deeds.records, undone, &mut totals)?;
            if end != PairEnd::Done {
                return Ok(end);
            }
        }
        if undone == 0 {
            return Err(PairError::NothingToUndo(self.pair.name.clone()));
        }
        Ok(PairEnd::Done)
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
        let mut backwards = Backwards {
            fs: Arc::clone(&self.fs),
            roots,
            handles: [Handles::new(Arc::clone(&self.fs)), Handles::new(Arc::clone(&self.fs))],
            found: &mut found,
        };
        records.iter().rev().for_each(|record| backwards.take_back(record));
        let header = match state.agreed()? {
            Agreed::Known(header) => header,
            _ => Header::default(),
        };
        let overlay = state.overlay(&self.surroundings.boot_id)?;
        let mut name = RunName::new(self.pair.id, self.options.session, self.options.started);
        if number > 1 {
            name.trash = format!("{}-{number}", name.trash);
        }
        let undone = Some(undone.to_owned());
        let work = Work { header, overlay: &overlay, name, undone, from_scratch: false };
        let (end, found) = self.carry_out(state, roots, &work, found, totals)?;
        self.tell_left_over(&found);
        Ok(end)
    }
}

/// Turns records into the steps that take them back.
struct Backwards<'a, F: FileSystem> {
    fs: Arc<F>,
    roots: &'a Roots<F>,
    handles: [Handles<F>; 2],
    found: &'a mut Reconciled,
}

impl<F: FileSystem> Backwards<'_, F> {
    fn now(&mut self, side: Side, path: &[u8]) -> io::Result<Option<Stat>> {
        let (parent, name) = split(path);
        let dir = match self.handles[index(side)].get(&self.roots[index(side)].dir, parent) {
            Ok(dir) => dir,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.fs.stat(&dir, name) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn take_back(&mut self, record: &Record) {
        let path = match &record.name {
            Some(name) => join(split(&record.path).0, name),
            None => record.path.clone(),
        };
        let now = match self.now(record.side, &path) {
            Ok(now) => now,
            Err(error) => return self.problem(record, &error.to_string()),
        };
        match self.step(record, now) {
            Some(op) => self.push(record, &path, &op),
            None => self.problem(record, CHANGED_SINCE),
        }
    }

    /// The step that takes a record back, if what it did is still as it left it.
    fn step(&self, record: &Record, now: Option<Stat>) -> Option<Op> {
        let side = record.side;
        Some(match (record.deed, now) {
            (Deed::Made, Some(now)) if now.kind == Kind::Dir => Op::RemoveDir { side },
            (Deed::Made, Some(now)) if is_as_left(record, &now) => Op::Trash { side, expect: now },
            (Deed::Replaced, Some(now)) if is_as_left(record, &now) => {
                Op::Restore { side, replaces: Some(now) }
            }
            (Deed::Trashed, None) => Op::Restore { side, replaces: None },
            (Deed::Trashed, Some(_)) if self.will_be_gone(record) => Op::Restore { side, replaces: None },
            (Deed::DirRemoved, None) => Op::MakeDir { side, mode: dir_mode(record) },
            (Deed::DirRemoved, Some(_)) if self.will_be_gone(record) => {
                Op::MakeDir { side, mode: dir_mode(record) }
            }
            (Deed::AttributesSet, Some(now)) => {
                Op::SetAttributes { side, expect: now, attributes: attributes_before(record)? }
            }
            (Deed::Renamed, Some(now)) => {
                Op::Rename { side, expect: now, name: split(&record.path).1.into() }
            }
            _ => return None,
        })
    }

    /// Whether a step already planned takes away what has the record's name now: the run had put something of another
    /// kind there.
    fn will_be_gone(&self, record: &Record) -> bool {
        let steps = &self.found.plan;
        (0..steps.len()).rev().filter_map(|at| steps.get(at)).any(|step| {
            step.path == record.path
                && step.op.side() == Some(record.side)
                && matches!(step.op, Op::Trash { .. } | Op::RemoveDir { .. })
        })
    }

    fn push(&mut self, record: &Record, path: &[u8], op: &Op) {
        let before = match &record.after {
            Reached::Entry(entry) => Some(entry),
            Reached::Nothing | Reached::Unchanged => None,
        };
        let after = match (&record.before, &record.after) {
            (_, Reached::Unchanged) => After::Keep,
            (Some(entry), _) => After::Set(entry.clone()),
            (None, _) => After::Forget,
        };
        if matches!(op, Op::Rename { .. }) {
            self.found.plan.push(path, op, None, &After::Forget);
            self.found.plan.push(&record.path, &Op::Agree, None, &after);
        } else {
            self.found.plan.push(path, op, before, &after);
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

/// Whether a file or link is still what the run left there.
fn is_as_left(record: &Record, now: &Stat) -> bool {
    match &record.after {
        Reached::Entry(entry @ BaseEntry::File { size, .. }) => {
            entry.stamp(record.side).is_some_and(|stamp| {
                now.kind == Kind::File
                    && now.ino == stamp.ino
                    && now.size == *size
                    && now.mtime == stamp.mtime
            })
        }
        Reached::Entry(BaseEntry::Symlink { .. }) => now.kind == Kind::Symlink,
        // The baseline says nothing of it; that it is a file or link has to do, and it goes to the trash only.
        _ => matches!(now.kind, Kind::File | Kind::Symlink),
    }
}

fn dir_mode(record: &Record) -> u32 {
    match (&record.before, record.side) {
        (Some(BaseEntry::Dir { left_mode, .. }), Side::Left) => left_mode & MODE_BITS,
        (Some(BaseEntry::Dir { right_mode, .. }), Side::Right) => right_mode & MODE_BITS,
        _ => 0o755,
    }
}

fn attributes_before(record: &Record) -> Option<Attributes> {
    match record.before.as_ref()? {
        BaseEntry::Dir { .. } => Some(Attributes { mode: Some(dir_mode(record)), mtime: None }),
        entry => {
            let stamp = entry.stamp(record.side)?;
            Some(Attributes { mode: Some(stamp.mode & MODE_BITS), mtime: Some(stamp.mtime) })
        }
    }
}
