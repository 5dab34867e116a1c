//! Compares both sides with what they last agreed on and writes the plan.
//!
//! Three streams in tree order (left, right, baseline) are merged by looking at their heads; memory grows with what is
//! to be done and with the depth of the tree, never with its size. What to do about a path is decided in
//! [`decide`](crate::decide); here is what only the surroundings of a path can tell: a directory may go only when
//! everything in it may, what was edited below a deleted directory brings its directory back, and a directory clash is
//! one conflict, not thousands.
//!
//! Nothing here touches a disk. Where the content of files decides, the [`Contents`] it is given are asked.

mod frame;
mod in_step;
mod judge;
mod kept;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use syncmgr_model::fact::{ConflictKind, Side};

use crate::baseline::{BaseEntry, Digest, MOUNT};
use crate::codec::Damaged;
use crate::config::{ConflictPolicy, Evidence, Keep, KeepSet, Mode};
use crate::decide::{Decision, MODE_BITS, Settlement, settle};
use crate::fs::{Attributes, FileTime, Stat};
use crate::hard_links::Linked;
use crate::kept::Kept;
use crate::path::{is_within, join, split, tree_cmp};
use crate::plan::{After, Op, Plan, index};
use crate::rules::RuleStack;
use crate::scan::Seen;
use frame::{Frame, FrameKind, Removal, Replacement};
pub(crate) use in_step::trusted_stamp;
use judge::newer;

/// A stream of what a side holds, in tree order.
pub(crate) trait SideWalk {
    /// The entry at the head.
    fn peek(&self) -> Option<(&[u8], &Seen)>;
    /// Goes on to the next one.
    fn advance(&mut self);
}

/// A stream of what was agreed on, in tree order.
pub(crate) trait BaseWalk {
    /// The entry at the head.
    fn peek(&self) -> Option<(&[u8], &BaseEntry)>;
    /// Goes on to the next one.
    fn advance(&mut self) -> Result<(), Damaged>;
}

/// Reads files where their content decides.
pub(crate) trait Contents {
    /// The digest of a file that is still what the scan saw, or why it cannot be told.
    fn digest(&mut self, side: Side, path: &[u8], seen: &Stat) -> Result<Digest, String>;
    /// Whether the run was told to stop, so that nothing more is worth reading.
    fn is_stopped(&self) -> bool {
        false
    }

    /// What the entry shows of the extended attributes and access lists in `keep`, or why that cannot be told.
    fn kept(&mut self, _side: Side, _path: &[u8], _seen: &Stat, _keep: KeepSet) -> Result<Kept, String> {
        Ok(Kept::default())
    }

    /// Whether a side can keep metadata of this kind.
    fn can_keep(&mut self, _side: Side, _what: Keep) -> bool {
        true
    }
}

/// What decides besides the three streams.
pub(crate) struct Policies {
    pub(crate) mode: Mode,
    pub(crate) conflict: ConflictPolicy,
    pub(crate) evidence: Evidence,
    /// What is kept by option.
    pub(crate) keep: KeepSet,
    /// What each side could not keep at the last run and can keep now.
    pub(crate) regained: [KeepSet; 2],
    /// Decisions about single conflicts. If there are any, nothing else is treated.
    pub(crate) resolutions: Vec<(Vec<u8>, ConflictPolicy)>,
    /// Rules of the configuration; those of the sides come with the walk.
    pub(crate) rules: RuleStack,
    /// When the walk began: what was modified this late may be modified again without a trace.
    pub(crate) walk_began: FileTime,
}

/// A path that could not be treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) side: Option<Side>,
    pub(crate) path: Vec<u8>,
    pub(crate) reason: String,
}

/// Something worth telling that is neither a conflict nor a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) path: Vec<u8>,
    pub(crate) text: String,
}

/// How much was seen; the safety rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Census {
    /// Entries directly below the root, ignored ones left out: left, right, baseline.
    pub(crate) top: [u64; 3],
    /// Files and links in the baseline.
    pub(crate) base_files: u64,
    /// Entries met in all.
    pub(crate) entries: u64,
}

/// What comparing has come to.
#[derive(Debug, Default)]
pub(crate) struct Reconciled {
    pub(crate) plan: Plan,
    pub(crate) conflicts: Vec<(Vec<u8>, ConflictKind)>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Note>,
    pub(crate) census: Census,
    /// Files with several names, for those who keep hard links.
    pub(crate) linked: Linked,
    /// New names given to keep both versions: another pass carries each to the side that lacks it.
    pub(crate) renamed: Vec<Vec<u8>>,
    /// Folders that were mount points when both sides agreed and are none now.
    pub(crate) lost_mounts: Vec<(Side, Vec<u8>)>,
    /// Whether another pass may do what this one could not: a name that was taken by another spelling of it may be free.
    pub(crate) again: bool,
}

/// Why comparing ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReconcileEnd {
    /// The baseline is damaged; nothing derived from it may be used.
    Damaged,
    /// Told to stop.
    Stopped,
}

/// What a side holds at a path, with everything set aside that takes no part.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Absent,
    Dir(Stat),
    File(Stat),
    Symlink(Stat, std::sync::Arc<[u8]>),
}

impl Node {
    pub(super) fn stat(&self) -> Option<&Stat> {
        match self {
            Self::Absent => None,
            Self::Dir(stat) | Self::File(stat) | Self::Symlink(stat, _) => Some(stat),
        }
    }
}

/// One path as all three streams show it.
struct Here {
    path: Vec<u8>,
    nodes: [Node; 2],
    base: Option<BaseEntry>,
    /// Digests learned while deciding.
    digests: [Option<Digest>; 2],
}

impl Here {
    fn node(&self, side: Side) -> &Node {
        &self.nodes[index(side)]
    }
}

/// Entries between two calls of the observer.
const PULSE: u64 = 1024;

/// Merges the three streams. `pulse` is called now and then with the number of entries met; `false` stops.
pub(crate) fn reconcile<W: SideWalk, B: BaseWalk, C: Contents>(
    mut walks: [W; 2],
    mut base: B,
    contents: C,
    policies: Policies,
    pulse: &mut dyn FnMut(u64) -> bool,
) -> Result<Reconciled, ReconcileEnd> {
    let side_rules = [policies.rules.clone(), policies.rules.clone()];
    let mut merge = Merge { policies, contents, side_rules, frames: Vec::new(), out: Reconciled::default() };
    loop {
        let heads = [
            walks[0].peek().map(|head| head.0),
            walks[1].peek().map(|head| head.0),
            base.peek().map(|head| head.0),
        ];
        let Some(path) = heads.into_iter().flatten().min_by(|a, b| tree_cmp(a, b)) else { break };
        let path = path.to_vec();
        let is_here = heads.map(|head| head.is_some_and(|head| tree_cmp(head, &path) == Ordering::Equal));
        let mut take = |at: usize| {
            let seen = if is_here[at] { walks[at].peek().map(|head| head.1.clone()) } else { None };
            if is_here[at] {
                walks[at].advance();
            }
            seen
        };
        let seen = [take(0), take(1)];
        let agreed = if is_here[2] { base.peek().map(|head| head.1.clone()) } else { None };
        if is_here[2] {
            base.advance().map_err(|_| ReconcileEnd::Damaged)?;
        }
        merge.out.census.entries += 1;
        if merge.out.census.entries.is_multiple_of(PULSE) && !pulse(merge.out.census.entries) {
            return Err(ReconcileEnd::Stopped);
        }
        merge.meet(path, seen, agreed);
    }
    merge.leave_frames_for(None);
    Ok(merge.out)
}

struct Merge<C> {
    policies: Policies,
    contents: C,
    side_rules: [RuleStack; 2],
    frames: Vec<Frame>,
    out: Reconciled,
}

impl<C: Contents> Merge<C> {
    /// Treats one path.
    fn meet(&mut self, path: Vec<u8>, seen: [Option<Seen>; 2], base: Option<BaseEntry>) {
        self.leave_frames_for(Some(&path));
        self.count(&path, &seen, base.as_ref());
        if let Some(Frame { kind: FrameKind::Frozen { keep_base }, .. }) = self.frames.last() {
            if !keep_base && base.is_some() {
                self.out.plan.push(&path, &Op::Agree, base.as_ref(), &After::Forget);
            }
            return;
        }
        if let Some(nodes) = self.sift(&path, seen, base.as_ref()) {
            self.note_lost_mounts(&path, &nodes, base.as_ref());
            self.treat(Here { path, nodes, base, digests: [None; 2] });
        }
    }

    fn count(&mut self, path: &[u8], seen: &[Option<Seen>; 2], base: Option<&BaseEntry>) {
        let census = &mut self.out.census;
        let is_top = !path.is_empty() && split(path).0.is_empty();
        for side in Side::BOTH {
            let counts = matches!(&seen[index(side)], Some(seen) if !matches!(seen, Seen::Ignored));
            census.top[index(side)] += u64::from(is_top && counts);
        }
        census.top[2] += u64::from(is_top && base.is_some());
        census.base_files +=
            u64::from(matches!(base, Some(BaseEntry::File { .. } | BaseEntry::Symlink { .. })));
    }

    /// Sets aside what takes no part or cannot be treated; what is left are plain nodes.
    fn sift(&mut self, path: &[u8], seen: [Option<Seen>; 2], base: Option<&BaseEntry>) -> Option<[Node; 2]> {
        let mut nodes = [Node::Absent, Node::Absent];
        for rules in &mut self.side_rules {
            rules.leave_for(path);
        }
        let is_dir = seen.iter().flatten().any(|seen| matches!(seen, Seen::Dir(..)));
        let mut ignored = false;
        let mut blocked = None;
        for (side, seen) in Side::BOTH.into_iter().zip(seen) {
            nodes[index(side)] = match seen {
                // Rules found on one side hold for the other as well, before the rule file itself has travelled.
                None => {
                    ignored |= self.side_rules[index(side)].ignores(path, is_dir);
                    Node::Absent
                }
                Some(Seen::Dir(stat, rules)) => {
                    if let Some(rules) = rules {
                        self.side_rules[index(side)].push(path, rules);
                    }
                    Node::Dir(stat)
                }
                Some(Seen::File(stat)) => Node::File(stat),
                Some(Seen::Symlink(stat, target)) => Node::Symlink(stat, target),
                Some(Seen::Ignored) => {
                    ignored = true;
                    Node::Absent
                }
                Some(Seen::Special) => {
                    blocked = Some((side, "neither a file, a folder nor a link; left alone".to_owned()));
                    Node::Absent
                }
                Some(Seen::Blocked(reason)) => {
                    blocked = Some((side, reason.to_string()));
                    Node::Absent
                }
            };
        }
        if ignored {
            // Newly ignored content is let go of, not deleted: the baseline forgets it and both sides keep it.
            if base.is_some() {
                self.out.plan.push(path, &Op::Agree, base, &After::Forget);
            }
            self.freeze(path, false);
            return None;
        }
        if let Some((side, reason)) = blocked {
            self.problem(Some(side), path, reason);
            self.freeze(path, true);
            return None;
        }
        Some(nodes)
    }

    fn note_lost_mounts(&mut self, path: &[u8], nodes: &[Node; 2], base: Option<&BaseEntry>) {
        let Some(BaseEntry::Dir { left_mode, right_mode, .. }) = base else { return };
        for (side, mode) in Side::BOTH.into_iter().zip([left_mode, right_mode]) {
            let is_mount = nodes[index(side)].stat().is_some_and(|stat| stat.is_mount);
            if mode & MOUNT != 0 && !is_mount {
                self.out.lost_mounts.push((side, path.to_vec()));
            }
        }
    }

    fn problem(&mut self, side: Option<Side>, path: &[u8], reason: String) {
        self.out.problems.push(Problem { side, path: path.to_vec(), reason });
    }

    /// Leaves this path and everything below it alone.
    fn freeze(&mut self, path: &[u8], keep_base: bool) {
        if self.survives() {
            self.frames.push(Frame::new(path, FrameKind::Frozen { keep_base }, None));
        }
    }

    fn treat(&mut self, mut here: Here) {
        let forced = match self.resolution(&here.path) {
            Ok(forced) => forced,
            Err(NotAsked::Ancestor) => return self.pass_through(here),
            Err(NotAsked::Elsewhere) => return self.freeze(&here.path, true),
        };
        let decision = match self.judge(&mut here, forced) {
            Ok(decision) => decision,
            Err((side, reason)) => {
                self.problem(Some(side), &here.path, reason);
                return self.freeze(&here.path, true);
            }
        };
        match decision {
            Decision::InStep => self.in_step(&here, forced),
            Decision::Forget => self.forget(&here),
            // Whoever decided about this very path meant it, whatever it would have been without them.
            _ if matches!(forced, Forced::Policy(_)) => self.conflict(&here, ConflictKind::EditEdit, forced),
            Decision::Propagate(from) => self.propagate(&here, from, forced),
            Decision::KeepEdit(from) => {
                let text =
                    format!("changed on the {from} and deleted on the {}; the change was kept", from.other());
                self.out.notes.push(Note { path: here.path.clone(), text });
                self.propagate(&here, from, forced);
            }
            Decision::Leave => self.freeze(&here.path, true),
            Decision::Conflict(kind) => self.conflict(&here, kind, forced),
        }
    }

    /// The side that has to win here, by a decision of the user about this path or one above it.
    fn resolution(&self, path: &[u8]) -> Result<Forced, NotAsked> {
        if let Some(Frame { forced: Some(side), .. }) = self.frames.last() {
            return Ok(Forced::Wins(*side));
        }
        if self.policies.resolutions.is_empty() {
            return Ok(Forced::No);
        }
        match self.policies.resolutions.iter().find(|(asked, _)| is_within(path, asked)) {
            Some((asked, keep)) if **asked == *path => Ok(Forced::Policy(*keep)),
            Some(_) => Ok(Forced::No),
            None if self.policies.resolutions.iter().any(|(asked, _)| is_within(asked, path)) => {
                Err(NotAsked::Ancestor)
            }
            None => Err(NotAsked::Elsewhere),
        }
    }

    /// A directory above a path that was asked for: looked through, not treated.
    fn pass_through(&mut self, here: Here) {
        let frame = match &here.nodes {
            [Node::Dir(left), Node::Dir(right)] => {
                Frame::new(&here.path, FrameKind::Both, None).with_mtimes(Some(left.mtime), Some(right.mtime))
            }
            _ => Frame::new(&here.path, FrameKind::Frozen { keep_base: true }, None),
        };
        self.frames.push(frame);
    }

    fn forget(&mut self, here: &Here) {
        self.push(here, &Op::Agree, &After::Forget);
    }

    fn conflict(&mut self, here: &Here, kind: ConflictKind, forced: Forced) {
        let policy = match forced {
            Forced::Policy(policy) => policy,
            _ => self.policies.conflict,
        };
        match settle(policy, self.policies.mode, newer(here)) {
            Settlement::Wins(side) => self.propagate(here, side, Forced::Wins(side)),
            Settlement::KeepBoth => match &here.nodes {
                [Node::Absent, _] => self.propagate(here, Side::Right, Forced::Wins(Side::Right)),
                [_, Node::Absent] => self.propagate(here, Side::Left, Forced::Wins(Side::Left)),
                _ => self.keep_both(here),
            },
            Settlement::Hold => {
                self.out.conflicts.push((here.path.clone(), kind));
                self.freeze(&here.path, true);
            }
            Settlement::Leave => self.freeze(&here.path, true),
        }
    }

    /// Gives the right one another name; the next pass copies each to the side that lacks it.
    fn keep_both(&mut self, here: &Here) {
        let Some(stat) = here.node(Side::Right).stat() else { return };
        let digest = here.digests[index(Side::Right)];
        let name = conflict_name(split(&here.path).1, digest.as_ref(), stat);
        let path = join(split(&here.path).0, &name);
        let (from, attributes) = (here.path.clone().into(), Attributes::default());
        let op = Op::Move { side: Side::Right, from, expect: *stat, attributes };
        self.touch_parent(&path, Side::Right);
        let by = self.out.plan.len() as u32;
        self.out.plan.push(&path, &op, here.base.as_ref(), &After::Keep);
        self.push(here, &Op::MovedAway { by }, &After::Keep);
        self.out.renamed.push(path);
        self.freeze(&here.path, false);
    }

    /// Makes the other side like `from`.
    fn propagate(&mut self, here: &Here, from: Side, forced: Forced) {
        let to = from.other();
        let forced = match forced {
            Forced::Wins(side) => Some(side),
            Forced::Policy(_) | Forced::No => None,
        };
        let replaces = match here.node(to) {
            Node::Dir(_) => return self.enter_dir(here, to, Fate::Going, forced),
            node => node.stat().copied(),
        };
        if let (Node::Dir(_), None, true) = (here.node(from), replaces, self.is_going(from)) {
            // New in a deleted directory: it brings that one back if there is anything in it to carry over.
            return self.enter_dir(here, from, Fate::New, forced);
        }
        if !matches!(here.node(from), Node::Absent) && !self.make_way(from) {
            return;
        }
        match here.node(from) {
            Node::Absent => {
                if let Some(expect) = replaces {
                    self.push(here, &Op::Trash { side: to, expect }, &After::Forget);
                }
            }
            Node::Dir(stat) => {
                if let Some(expect) = replaces {
                    self.push(here, &Op::Trash { side: to, expect }, &After::Forget);
                }
                self.push_make_dir(&here.path, to, stat, here.base.as_ref());
                let mut mtimes = [None; 2];
                mtimes[index(from)] = Some(stat.mtime);
                let frame = Frame::new(&here.path, FrameKind::Create, forced);
                let mode = stat.mode & MODE_BITS;
                self.frames.push(frame.with_mtimes(mtimes[0], mtimes[1]).made(to, mode));
            }
            node => self.push_replacement(&here.path, to, node, replaces, here.base.as_ref()),
        }
    }

    fn push_make_dir(&mut self, path: &[u8], side: Side, like: &Stat, before: Option<&BaseEntry>) {
        let mode = like.mode & MODE_BITS;
        let theirs = if like.is_mount { mode | MOUNT } else { mode };
        let (left_mode, right_mode) = if side == Side::Left { (mode, theirs) } else { (theirs, mode) };
        let after = After::Set(BaseEntry::Dir { left_mode, right_mode, kept: self.nothing_kept_yet() });
        self.touch_parent(path, side);
        self.out.plan.push(path, &Op::MakeDir { side, mode }, before, &after);
    }

    /// Puts a file or link in place.
    fn push_replacement(
        &mut self,
        path: &[u8],
        to: Side,
        node: &Node,
        replaces: Option<Stat>,
        before: Option<&BaseEntry>,
    ) {
        self.touch_parent(path, to);
        match node {
            Node::File(source) => {
                let op = Op::Copy { to, source: *source, replaces };
                self.out.plan.push(path, &op, before, &After::Copied);
            }
            Node::Symlink(_, target) => {
                let target: Box<[u8]> = (**target).into();
                let after =
                    After::Set(BaseEntry::Symlink { target: target.clone(), kept: self.nothing_kept_yet() });
                self.out.plan.push(path, &Op::MakeLink { to, target, replaces }, before, &after);
            }
            Node::Absent | Node::Dir(_) => {}
        }
    }

    /// Begins a directory whose end is open; what becomes of it is known when everything in it has been met.
    fn enter_dir(&mut self, here: &Here, side: Side, fate: Fate, forced: Option<Side>) {
        let replacement = match here.node(side.other()) {
            Node::Absent => None,
            node => Some(Replacement { node: node.clone(), before: here.base.clone() }),
        };
        let Some(stat) = here.node(side).stat().copied() else { return };
        let savepoint = frame::Savepoint {
            plan: self.out.plan.savepoint(),
            n_conflicts: self.out.conflicts.len(),
            n_notes: self.out.notes.len(),
        };
        // Two modes and the user's own word decide against edits below; otherwise these bring the directory back.
        let removal = Removal {
            side,
            stat,
            before: here.base.clone(),
            is_new: fate == Fate::New,
            replacement,
            remade: false,
            kept: false,
            savepoint,
        };
        let kind = FrameKind::Remove(Box::new(removal));
        self.frames.push(Frame::new(&here.path, kind, forced));
    }

    fn push(&mut self, here: &Here, op: &Op, after: &After) {
        if let Some(side) = op.side()
            && !matches!(op, Op::SetAttributes { .. } | Op::FinishDir { .. })
        {
            self.touch_parent(&here.path, side);
        }
        self.out.plan.push(&here.path, op, here.base.as_ref(), after);
    }
}

/// What a directory with an open end is in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes, if everything in it may.
    Going,
    /// It is new in a directory that is going.
    New,
}

/// What the user decided about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forced {
    No,
    /// If it is a conflict, settle it so.
    Policy(ConflictPolicy),
    /// This side wins, conflict or not.
    Wins(Side),
}

/// Why a path is not treated in a run that is about certain paths only.
enum NotAsked {
    Ancestor,
    Elsewhere,
}

/// The name a kept conflict version gets: told by its content, so that the same version never gets two names.
pub(crate) fn conflict_name(name: &[u8], digest: Option<&Digest>, stat: &Stat) -> Vec<u8> {
    let mark = match digest {
        Some(digest) => digest[..4].iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        None => format!("{:08x}", stat.mtime.secs as u32 ^ stat.mtime.nanos),
    };
    let marker = format!(".conflict-right-{mark}");
    let dot = name.iter().rposition(|&byte| byte == b'.').filter(|&at| at > 0 && name.len() - at <= 16);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    // 255 bytes is the longest name; cut the stem, between characters where it is text.
    let mut keep = stem.len().min(255usize.saturating_sub(marker.len() + extension.len()));
    while keep > 0 && keep < stem.len() && stem[keep] & 0xC0 == 0x80 {
        keep -= 1;
    }
    [&stem[..keep], marker.as_bytes(), extension].concat()
}

impl SideWalk for crate::scan::ScanCursor<'_> {
    fn peek(&self) -> Option<(&[u8], &Seen)> {
        Self::peek(self)
    }

    fn advance(&mut self) {
        Self::advance(self);
    }
}
