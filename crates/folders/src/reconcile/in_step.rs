//! Paths that hold the same on both sides: attributes may have to follow, and the baseline may have to learn.

use syncmgr_model::fact::Side;

use super::frame::{Frame, FrameKind};
use super::kept::KeptFlow;
use super::{Contents, Forced, Here, Merge, Node};
use crate::baseline::{BaseEntry, MOUNT, Stamp};
use crate::config::Keep;
use crate::decide::{MODE_BITS, decide_attributes, folder_mode_flow};
use crate::fs::{Attributes, FileTime, Stat};
use crate::plan::{After, Extended, Op, index};

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
            (Node::Symlink(left, target), Node::Symlink(right, _)) => {
                let flow = self.kept(here, left, right);
                let entry = BaseEntry::Symlink { target: (**target).into(), kept: flow.after.clone() };
                self.settle(here, [left, right], [Attributes::default(); 2], &flow, entry);
            }
            _ => {}
        }
    }

    fn dirs_in_step(&mut self, here: &Here, left: &Stat, right: &Stat) {
        let agreed = match here.base {
            Some(BaseEntry::Dir { left_mode, right_mode, .. }) => Some((left_mode, right_mode)),
            _ => None,
        };
        let base = agreed.map(|(left, right)| (left & MODE_BITS, right & MODE_BITS));
        let mut modes = [left.mode & MODE_BITS, right.mode & MODE_BITS];
        let mut wanted = [Attributes::default(); 2];
        // The roots themselves are the user's: what is in them is kept in step, not how they are guarded.
        let from =
            folder_mode_flow(modes[0], modes[1], base, self.policies.mode).filter(|_| !here.path.is_empty());
        if let Some(from) = from {
            let mode = modes[index(from)];
            modes = [mode; 2];
            wanted[index(from.other())].mode = Some(mode);
        }
        let flow = self.kept(here, left, right);
        // The roots have their marker.
        let mount = |stat: &Stat| if stat.is_mount && !here.path.is_empty() { MOUNT } else { 0 };
        let (left_mode, right_mode) = (modes[0] | mount(left), modes[1] | mount(right));
        let entry = BaseEntry::Dir { left_mode, right_mode, kept: flow.after.clone() };
        self.settle(here, [left, right], wanted, &flow, entry);
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
        let flow = self.kept(here, left, right);
        let [left_stamp, right_stamp] = stamps;
        let kept = flow.after.clone();
        let is_linked = left.nlink > 1 || right.nlink > 1;
        let entry = BaseEntry::File { size: left.size, digest, left: left_stamp, right: right_stamp, kept };
        if is_linked && self.policies.keep.has(Keep::HardLinks) {
            self.out.linked.note(&here.path, [left, right], &entry);
        }
        self.settle(here, [left, right], wanted, &flow, entry);
    }

    /// Plans what each side has to take over; where that is nothing, the baseline may still have to learn.
    fn settle(
        &mut self,
        here: &Here,
        stats: [&Stat; 2],
        wanted: [Attributes; 2],
        flow: &KeptFlow,
        entry: BaseEntry,
    ) {
        let mut changes = false;
        for (side, wanted) in Side::BOTH.into_iter().zip(wanted) {
            let owner = flow.owner(side, stats[index(side.other())]);
            let (attributes, extended) = (Attributes { owner, ..wanted }, Extended::Like(flow.like(side)));
            if attributes != Attributes::default() || !flow.like(side).is_empty() {
                let expect = *stats[index(side)];
                let op = Op::SetAttributes { side, expect, attributes, extended };
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
