//! Paths that hold the same on both sides: attributes may have to follow, and the baseline may have to learn.

use syncmgr_model::fact::Side;

use super::frame::{Frame, FrameKind};
use super::{Contents, Forced, Here, Merge, Node};
use crate::baseline::{BaseEntry, MOUNT, Stamp};
use crate::decide::{MODE_BITS, decide_attributes, folder_mode_flow};
use crate::fs::{Attributes, FileTime, Stat};
use crate::plan::{After, Op};

/// What the baseline keeps of a directory.
const KEPT: u32 = MODE_BITS | MOUNT;

impl<C: Contents> Merge<C> {
    /// Both sides hold the same content; attributes may still have to follow.
    pub(super) fn in_step(&mut self, here: &Here, forced: Forced) {
        match (&here.nodes[0], &here.nodes[1]) {
            (Node::Dir(left), Node::Dir(right)) => {
                self.dirs_in_step(here, left, right);
                let forced = match forced {
                    Forced::Wins(side) => Some(side),
                    _ => None,
                };
                let frame = Frame::new(&here.path, FrameKind::Both, forced);
                self.frames.push(frame.with_mtimes(Some(left.mtime), Some(right.mtime)));
            }
            (Node::File(left), Node::File(right)) => self.files_in_step(here, left, right),
            (Node::Symlink(_, target), _) => {
                let entry = BaseEntry::Symlink { target: (**target).into() };
                if here.base.as_ref() != Some(&entry) {
                    self.push(here, &Op::Agree, &After::Set(entry));
                }
            }
            _ => {}
        }
    }

    fn dirs_in_step(&mut self, here: &Here, left: &Stat, right: &Stat) {
        let agreed = match here.base {
            Some(BaseEntry::Dir { left_mode, right_mode }) => Some((left_mode, right_mode)),
            _ => None,
        };
        let base = agreed.map(|(left, right)| (left & MODE_BITS, right & MODE_BITS));
        let (left_mode, right_mode) = (left.mode & MODE_BITS, right.mode & MODE_BITS);
        // The roots have their marker.
        let mount = |stat: &Stat| if stat.is_mount && !here.path.is_empty() { MOUNT } else { 0 };
        let (left_mount, right_mount) = (mount(left), mount(right));
        // The roots themselves are the user's: what is in them is kept in step, not how they are guarded.
        let from = folder_mode_flow(left_mode, right_mode, base, self.policies.mode)
            .filter(|_| !here.path.is_empty());
        if let Some(from) = from {
            let (mode, expect) = if from == Side::Left { (left_mode, right) } else { (right_mode, left) };
            let attributes = Attributes { mode: Some(mode), ..Attributes::default() };
            let op = Op::SetAttributes { side: from.other(), expect: *expect, attributes };
            let (left_mode, right_mode) = (mode | left_mount, mode | right_mount);
            self.push(here, &op, &After::Set(BaseEntry::Dir { left_mode, right_mode }));
        } else {
            let (left_mode, right_mode) = (left_mode | left_mount, right_mode | right_mount);
            if agreed.is_none_or(|agreed| (agreed.0 & KEPT, agreed.1 & KEPT) != (left_mode, right_mode)) {
                self.push(here, &Op::Agree, &After::Set(BaseEntry::Dir { left_mode, right_mode }));
            }
        }
    }

    fn files_in_step(&mut self, here: &Here, left: &Stat, right: &Stat) {
        let base = match &here.base {
            Some(BaseEntry::File { left, right, .. }) => Some((left, right)),
            _ => None,
        };
        let Some(digest) = here.digests[0].or(here.digests[1]) else { return };
        let mut stamps = [self.stamp(left), self.stamp(right)];
        let wanted = decide_attributes(left, right, base, self.policies.mode);
        for (stamp, wanted) in stamps.iter_mut().zip(&wanted) {
            stamp.mode = wanted.mode.map_or(stamp.mode, |bits| stamp.mode & !MODE_BITS | bits);
            stamp.mtime = wanted.mtime.unwrap_or(stamp.mtime);
        }
        let entry = BaseEntry::File { size: left.size, digest, left: stamps[0], right: stamps[1] };
        let mut changes = false;
        for (side, wanted) in Side::BOTH.into_iter().zip(wanted) {
            if wanted != Attributes::default() {
                let expect = if side == Side::Left { *left } else { *right };
                let op = Op::SetAttributes { side, expect, attributes: wanted };
                self.push(here, &op, &After::Set(entry.clone()));
                changes = true;
            }
        }
        if !changes && here.base.as_ref() != Some(&entry) {
            self.push(here, &Op::Agree, &After::Set(entry));
        }
    }

    /// What a side says of a file now, to be trusted next time only if it was quiet when we looked.
    fn stamp(&self, stat: &Stat) -> Stamp {
        trusted_stamp(stat, self.policies.walk_began)
    }
}

/// A stamp that is to be trusted only if the file had been quiet for longer than its file system's clock ticks.
///
/// A file modified in the very tick we looked can be modified again without its times changing. Where times have no
/// fraction at all, a tick may be two seconds; elsewhere it is at most ten milliseconds.
pub(crate) fn trusted_stamp(stat: &Stat, looked: FileTime) -> Stamp {
    let stamp = Stamp::of(stat);
    let quiet_until = if stat.mtime.nanos == 0 {
        FileTime { secs: stat.mtime.secs.saturating_add(2), nanos: 0 }
    } else {
        let nanos = stat.mtime.nanos + 10_000_000;
        FileTime {
            secs: stat.mtime.secs.saturating_add(i64::from(nanos / 1_000_000_000)),
            nanos: nanos % 1_000_000_000,
        }
    };
    if quiet_until < looked { stamp } else { stamp.distrusted() }
}
