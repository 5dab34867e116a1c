//! Permission bits: what a copy gets, and what a directory has while it is worked in.

use crate::baseline::BaseEntry;
use crate::decide::MODE_BITS;
use crate::plan::{Op, Step};

/// The permission bits of a directory that we work in.
pub(crate) const WORKABLE: u32 = 0o700;

/// The permission bits a copy gets: those of its original, unless only the content was changed there. Then the bits of
/// what is replaced stay, which the original's side may not even be able to keep.
pub(super) fn copied_mode(step: &Step) -> u32 {
    match &step.op {
        Op::Copy { replaces: Some(replaced), .. } if leaves_mode_alone(step) => replaced.mode & MODE_BITS,
        Op::Copy { source, .. } => source.mode & MODE_BITS,
        _ => 0,
    }
}

/// Whether a copy changes the content of a file alone: the original still has the permission bits that were agreed on.
pub(super) fn leaves_mode_alone(step: &Step) -> bool {
    let Op::Copy { to, source, replaces: Some(_) } = &step.op else { return false };
    let agreed = step.before.as_ref().and_then(|before| before.stamp(to.other()));
    agreed.is_some_and(|agreed| (agreed.mode ^ source.mode) & MODE_BITS == 0)
}

/// What both sides agree on while a directory is worked in whose permission bits would keep us out; `None` if they do
/// not. It is what neither side shows once its real bits are set, so that a run cut off before that is seen as what it
/// is: the other side has changed the bits and this one follows.
pub(super) fn entry_while_working(mode: u32) -> Option<BaseEntry> {
    let working = mode | WORKABLE;
    (working != mode).then_some(BaseEntry::Dir { left_mode: working, right_mode: working, kept: None })
}
