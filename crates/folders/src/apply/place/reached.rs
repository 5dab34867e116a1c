//! What the baseline is to say of a path after a step.

use syncmgr_model::fact::Side;

use super::{Placer, Staged, StepError};
use crate::apply::modes::{WORKABLE, entry_while_working, leaves_mode_alone};
use crate::baseline::{BaseEntry, MOUNT, Stamp};
use crate::decide::MODE_BITS;
use crate::extended::look;
use crate::fs::{Attributes, FileSystem, FileTime, Stat, is_absent};
use crate::kept::Kept;
use crate::plan::{After, Op, Step, index};
use crate::reconcile::trusted_stamp;
use crate::record::Reached;

/// How what a step has left on a side is told.
pub(in crate::apply) enum Now<'a, F: FileSystem> {
    /// It is here; looked at if that is not known already.
    At(&'a F::Dir, &'a [u8], Option<Stat>),
    /// It is this.
    Known(Stat),
}

impl<F: FileSystem> Placer<F> {
    /// What the baseline is to say now: the stamp of the changed side is read back from the disk, if it is not known.
    pub(in crate::apply) fn reached(
        &self,
        step: &Step,
        side: Side,
        staged: Option<Staged>,
        kept: Option<[Kept; 2]>,
        now: Now<'_, F>,
    ) -> Result<Reached, StepError> {
        let mut entry = match (&step.after, &step.op, staged) {
            (After::Keep, ..) => return Ok(Reached::Unchanged),
            (After::Forget, ..) => return Ok(Reached::Nothing),
            (After::Set(entry), ..) => entry.clone(),
            (After::Copied, Op::Copy { source, .. }, Some(staged)) => {
                let stamp = trusted_stamp(source, self.walk_began);
                BaseEntry::File {
                    size: source.size,
                    digest: staged.digest,
                    left: stamp,
                    right: stamp,
                    kept: None,
                }
            }
            (After::Copied, Op::Link { leader, .. }, None) => {
                let Some(entry) = self.copied.get(&(side, leader.to_vec())) else {
                    return Ok(Reached::Unchanged);
                };
                entry.clone()
            }
            (After::Copied, ..) => return Ok(Reached::Unchanged),
        };
        if let (
            Op::MakeDir { .. },
            BaseEntry::Dir { left_mode, right_mode, .. },
            Now::At(_, _, Some(shown)),
        ) = (&step.op, &mut entry, &now)
        {
            let own = if side == Side::Left { left_mode } else { right_mode };
            *own = shown.mode & MODE_BITS;
            return Ok(Reached::Entry(entry));
        }
        if let Op::MakeDir { mode, .. } = step.op {
            return Ok(Reached::Entry(entry_while_working(mode).unwrap_or(entry)));
        }
        let looked = match now {
            Now::At(_, _, Some(known)) | Now::Known(known) => Ok(known),
            Now::At(dir, name, None) => self.fs.stat(dir, name),
        };
        let stat = match looked {
            Ok(stat) => stat,
            // An undo took it away; the entry is what was agreed on before, as it was.
            Err(error) if is_absent(&error) => return Ok(Reached::Entry(entry)),
            Err(error) => return Err(error.into()),
        };
        match (&mut entry, side) {
            (BaseEntry::File { left: stamp, .. }, Side::Left)
            | (BaseEntry::File { right: stamp, .. }, Side::Right) => {
                // Somebody may have been at it since it was put in place: what is told then is how we left it, and that
                // it is to be looked at.
                *stamp = match &step.op {
                    Op::Copy { source, .. } if !is_as_left(&stat, source.size, source.mtime) => {
                        Stamp { mtime: source.mtime, ..Stamp::of(&stat) }.distrusted()
                    }
                    // Setting attributes hides an edit that was made just before, with its time put back or not.
                    Op::SetAttributes { expect, attributes, .. } => {
                        let wanted = attributes.mtime.unwrap_or(expect.mtime);
                        let kept = is_as_left(&stat, stat.size, wanted);
                        let mtime = if kept { stat.mtime } else { wanted };
                        Stamp { mtime, ..Stamp::of(&stat) }.distrusted()
                    }
                    // It may be another content than the one agreed on: what a conflict's loser had.
                    Op::Restore { .. } => Stamp::of(&stat).distrusted(),
                    Op::Move { attributes, .. } if *attributes != Attributes::default() => {
                        Stamp::of(&stat).distrusted()
                    }
                    _ => trusted_stamp(&stat, self.walk_began),
                };
                // What was left alone and is other than it was agreed on was set by its user; the next run carries it over.
                let (mode, mtime) = left_alone(step, side);
                stamp.mode = mode.map_or(stamp.mode, |bits| stamp.mode & !MODE_BITS | bits);
                stamp.mtime = mtime.unwrap_or(stamp.mtime);
            }
            // Its real bits come at the end, as those of any directory that is worked in.
            (BaseEntry::Dir { left_mode, right_mode, .. }, _) if matches!(step.op, Op::FinishDir { .. }) => {
                let meanwhile = entry_while_working(*left_mode & MODE_BITS).map_or(0, |_| WORKABLE);
                (*left_mode, *right_mode) = (*left_mode | meanwhile, *right_mode | meanwhile);
            }
            (BaseEntry::Dir { left_mode: mode, .. }, Side::Left)
            | (BaseEntry::Dir { right_mode: mode, .. }, Side::Right) => {
                *mode = stat.mode & MODE_BITS | *mode & MOUNT;
            }
            _ => {}
        }
        if let (BaseEntry::File { left, right, .. }, Op::Link { seen: Some(_), .. }) = (&mut entry, &step.op)
        {
            // Nobody has read what the new name leads to since the scan.
            (*left, *right) = (left.distrusted(), right.distrusted());
        }
        match (entry.kept_mut(), kept, now) {
            (of_entry, Some(kept), _) => *of_entry = Some(Box::new(kept)),
            (Some(of_entry), None, Now::At(dir, name, _)) => {
                // What cannot be read is what nobody has looked at: the next run does.
                let shown = look(&*self.fs, dir, name, &stat, self.carried.keep);
                of_entry[index(side)] = shown.unwrap_or_default();
            }
            (_, None, _) => {}
        }
        Ok(Reached::Entry(entry))
    }
}

/// The permission bits and the time that were agreed on for a side, where a step leaves them alone.
fn left_alone(step: &Step, side: Side) -> (Option<u32>, Option<FileTime>) {
    let Some(agreed) = step.before.as_ref().and_then(|before| before.stamp(side)) else {
        return (None, None);
    };
    let bits = agreed.mode & MODE_BITS;
    match &step.op {
        Op::Copy { .. } => (leaves_mode_alone(step).then_some(bits), None),
        Op::Move { attributes, .. } => {
            let mtime = agreed.mtime;
            (attributes.mode.is_none().then_some(bits), attributes.mtime.is_none().then_some(mtime))
        }
        _ => (None, None),
    }
}

/// Whether a file still has the size and time that we left it with. A file system that keeps no fractions of seconds may
/// have rounded the time.
fn is_as_left(now: &Stat, size: u64, mtime: FileTime) -> bool {
    let rounded = now.mtime.nanos == 0 && now.mtime.secs.abs_diff(mtime.secs) <= 2;
    now.size == size && (now.mtime == mtime || rounded)
}
