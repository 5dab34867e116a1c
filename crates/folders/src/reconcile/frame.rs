//! The directories on the way to the current path, and what leaving each of them brings.

use syncmgr_model::fact::{ConflictKind, Side};

use super::{Contents, Merge, Node, Note};
use crate::baseline::BaseEntry;
use crate::decide::MODE_BITS;
use crate::fs::{FileTime, Stat};
use crate::path::is_within;
use crate::plan::{self, After, DirTime, Op, index};

/// A directory (or a path left alone) that the merge is in.
pub(super) struct Frame {
    pub(super) path: Vec<u8>,
    pub(super) kind: FrameKind,
    /// The side that wins in here, by the user's word.
    pub(super) forced: Option<Side>,
    mtimes: [Option<FileTime>; 2],
    touched: [bool; 2],
    /// The side the plan has made it on, and its permission bits there.
    made: Option<(Side, u32)>,
}

/// What is going on in a directory.
pub(super) enum FrameKind {
    /// Both sides have it.
    Both,
    /// One side has it and the other gets it.
    Create,
    /// It is to go from one side, if everything in it may.
    Remove(Box<Removal>),
    /// Left alone, with everything below.
    Frozen {
        /// Whether the baseline keeps what it says of it.
        keep_base: bool,
    },
}

/// A directory that is to go from `side`, if everything in it may.
pub(super) struct Removal {
    pub(super) side: Side,
    pub(super) stat: Stat,
    pub(super) before: Option<BaseEntry>,
    /// Whether it is new there: then it does not go, but it is carried over only with something in it.
    pub(super) is_new: bool,
    /// What comes in its place.
    pub(super) replacement: Option<Replacement>,
    /// Something below was edited, so the other side got it back.
    pub(super) remade: bool,
    /// Something below stays, so it cannot go.
    pub(super) kept: bool,
    pub(super) savepoint: Savepoint,
}

/// What takes the place of a removed directory.
pub(super) struct Replacement {
    pub(super) node: Node,
    pub(super) before: Option<BaseEntry>,
}

/// Where to go back to when a directory turns out not to be removable.
pub(super) struct Savepoint {
    pub(super) plan: plan::Savepoint,
    pub(super) n_conflicts: usize,
    pub(super) n_notes: usize,
}

impl Frame {
    pub(super) fn new(path: &[u8], kind: FrameKind, forced: Option<Side>) -> Self {
        Self { path: path.to_vec(), kind, forced, mtimes: [None; 2], touched: [false; 2], made: None }
    }

    pub(super) fn with_mtimes(mut self, left: Option<FileTime>, right: Option<FileTime>) -> Self {
        self.mtimes = [left, right];
        self
    }

    /// The plan makes it on `side`, which touches it.
    pub(super) fn made(mut self, side: Side, mode: u32) -> Self {
        self.made = Some((side, mode));
        self.touched(side)
    }

    fn touched(mut self, side: Side) -> Self {
        self.touched[index(side)] = true;
        self
    }

    /// The modification time both sides of the directory should show after we have worked in it: that of the side
    /// which only its owner touched; if we touched both, the later one.
    fn common_mtime(&self) -> Option<FileTime> {
        match self.touched {
            [false, false] => None,
            [true, false] => self.mtimes[1],
            [false, true] => self.mtimes[0],
            [true, true] => self.mtimes[0].max(self.mtimes[1]),
        }
    }
}

impl<C: Contents> Merge<C> {
    /// Leaves all directories that the next path is not in; all of them at the end.
    pub(super) fn leave_frames_for(&mut self, next: Option<&[u8]>) {
        while self.frames.last().is_some_and(|frame| next.is_none_or(|path| !is_within(path, &frame.path))) {
            if let Some(frame) = self.frames.pop() {
                self.leave(frame);
            }
        }
    }

    fn leave(&mut self, frame: Frame) {
        if let Some(mtime) = frame.common_mtime() {
            for side in Side::BOTH {
                if frame.touched[index(side)] {
                    self.out.plan.dir_times.push(DirTime { path: frame.path.clone(), side, mtime });
                }
            }
        }
        if let Some((side, mode)) = frame.made {
            self.push_finish_dir(&frame.path, side, mode);
        }
        let FrameKind::Remove(removal) = frame.kind else { return };
        let Removal { side, stat, before, is_new, replacement, remade, kept, .. } = *removal;
        if is_new && !kept && !remade {
            if self.make_way(side) {
                self.push_make_dir(&frame.path, side.other(), &stat, before.as_ref());
                self.push_finish_dir(&frame.path, side.other(), stat.mode & MODE_BITS);
            }
            return;
        }
        if kept && !remade {
            let text = format!("stays on the {side}: it holds what takes no part or could not be treated");
            self.out.notes.push(Note { path: frame.path, text });
            return;
        }
        if remade {
            self.push_finish_dir(&frame.path, side.other(), stat.mode & MODE_BITS);
        }
        if remade || kept {
            return;
        }
        self.touch_parent(&frame.path, side);
        self.out.plan.push(&frame.path, &Op::RemoveDir { side }, before.as_ref(), &After::Forget);
        if let Some(Replacement { node, before }) = replacement {
            self.push_replacement(&frame.path, side, &node, None, before.as_ref());
        }
    }

    /// The path just met stays where it is. Directories that were to go from around it cannot go; where something else
    /// was to take the place of one, that is a conflict of the two, and everything planned below it is dropped.
    ///
    /// Returns whether the path is still to be treated.
    pub(super) fn survives(&mut self) -> bool {
        for at in 0..self.frames.len() {
            if let FrameKind::Remove(removal) = &mut self.frames[at].kind {
                if removal.replacement.is_some() {
                    self.turn_into_conflict(at);
                    return false;
                }
                removal.kept = true;
            }
        }
        true
    }

    fn turn_into_conflict(&mut self, at: usize) {
        self.frames.truncate(at + 1);
        let Some(frame) = self.frames.last_mut() else { return };
        let kind = std::mem::replace(&mut frame.kind, FrameKind::Frozen { keep_base: true });
        let path = frame.path.clone();
        if let FrameKind::Remove(removal) = kind {
            self.out.plan.roll_back(&removal.savepoint.plan);
            self.out.conflicts.truncate(removal.savepoint.n_conflicts);
            self.out.notes.truncate(removal.savepoint.n_notes);
        }
        self.out.conflicts.push((path, ConflictKind::Type));
    }

    /// Whether the path just met is in a directory that is to go from `side`, with nothing else to take its place.
    pub(super) fn is_going(&self, side: Side) -> bool {
        let mut going = false;
        for frame in &self.frames {
            if let FrameKind::Remove(removal) = &frame.kind {
                if removal.replacement.is_some() {
                    return false;
                }
                going |= removal.side == side;
            }
        }
        going
    }

    /// Something of side `from` is to go to the other side: brings back the directories around it that were deleted
    /// there. Returns whether it can go there.
    pub(super) fn make_way(&mut self, from: Side) -> bool {
        let removing = self.frames.iter().any(|frame| matches!(frame.kind, FrameKind::Remove(_)));
        if removing && !self.survives() {
            return false;
        }
        for at in 0..self.frames.len() {
            let FrameKind::Remove(removal) = &mut self.frames[at].kind else { continue };
            if removal.side != from || removal.remade {
                continue;
            }
            removal.remade = true;
            let (stat, before) = (removal.stat, removal.before.clone());
            let dir = self.frames[at].path.clone();
            self.push_make_dir(&dir, from.other(), &stat, before.as_ref());
        }
        true
    }

    /// Plans what is kept by option for a directory that the plan has made on `side`.
    fn push_finish_dir(&mut self, path: &[u8], side: Side, mode: u32) {
        if self.keeps() {
            let kept = self.nothing_kept_yet();
            let entry = BaseEntry::Dir { left_mode: mode, right_mode: mode, kept };
            self.out.plan.push(path, &Op::FinishDir { side }, None, &After::Set(entry));
        }
    }

    /// Remembers that the directory around a path is changed on a side.
    pub(super) fn touch_parent(&mut self, path: &[u8], side: Side) {
        let parent = crate::path::split(path).0;
        if let Some(frame) =
            self.frames.iter_mut().rev().find(|frame| frame.path == parent && frame.path != path)
        {
            frame.touched[index(side)] = true;
        }
    }
}
