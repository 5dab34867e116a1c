//! Finds renames in a plan: where a file is to be copied to a side, and the same content is to go to the trash there, the
//! file is moved instead.
//!
//! A directory that was renamed is moved file by file. That costs one system call a file, and buys that nothing the plan
//! has not seen travels with it: ignored files, and whatever somebody made in there meanwhile, stay where they are.
//!
//! Candidates are told by what the file system says (the same inode, time, name, folder); what proves that two files hold
//! the same is the change time, which a rename of the directory around a file does not touch, or else the content itself,
//! read. So no shortcut ever puts an old version under a new name.

use std::collections::{HashMap, HashSet};

use syncmgr_model::fact::Side;

use crate::baseline::{BaseEntry, Digest, Stamp};
use crate::config::Evidence;
use crate::decide::MODE_BITS;
use crate::fs::{Attributes, FileTime, NO_NUMBER, Stat};
use crate::path::{is_within, split};
use crate::plan::{After, Op, Plan, Step, index};
use crate::reconcile::{Contents, trusted_stamp};

/// Turns a copy and the deletion of the same content on the same side into a move, wherever that can be proven. A copy
/// of what `stays` says so of stays one.
pub(crate) fn find_renames<C: Contents>(
    plan: Plan,
    contents: &mut C,
    evidence: Evidence,
    walk_began: FileTime,
    stays: &dyn Fn(&Stat) -> bool,
) -> Plan {
    let mut moves = Vec::new();
    for side in Side::BOTH {
        let tally = plan.tally(side);
        // A first run copies a million files and deletes none: it is not looked through.
        if tally.deletions > 0 && tally.copies > tally.updates {
            let waiting = Waiting::default();
            Pairing { plan: &plan, contents, evidence, side, stays, waiting }.pair(&mut moves);
        }
    }
    if moves.is_empty() { plan } else { rewrite(&plan, &moves, walk_began) }
}

/// A deletion and a copy that are one move; the numbers of their steps.
struct Found {
    trashed: u32,
    copied: u32,
}

/// Deletions that may turn out to be the first half of a move, by the numbers of their steps.
#[derive(Default)]
struct Waiting {
    by_ino: HashMap<u64, u32>,
    sizes: HashSet<u64>,
    /// By the beginning of the digest of their content.
    by_content: HashMap<u64, Vec<u32>>,
    taken: HashSet<u32>,
}

/// Of so many deletions of the same content the likeliest is looked for; any of them is right.
const COMPARED: usize = 64;

struct Pairing<'a, C> {
    plan: &'a Plan,
    contents: &'a mut C,
    evidence: Evidence,
    /// The side that is to be changed.
    side: Side,
    stays: &'a dyn Fn(&Stat) -> bool,
    waiting: Waiting,
}

impl<C: Contents> Pairing<'_, C> {
    fn pair(mut self, moves: &mut Vec<Found>) {
        self.collect();
        if self.waiting.sizes.is_empty() {
            return;
        }
        for at in 0..self.plan.len() {
            let Some(step) = self.plan.get(at) else { continue };
            let Op::Copy { to, source, replaces: None } = &step.op else { continue };
            // Where something was agreed on, this is an edit.
            let is_new = *to == self.side && step.before.is_none();
            if !is_new || (self.stays)(source) || !self.waiting.sizes.contains(&source.size) {
                continue;
            }
            if self.contents.is_stopped() {
                return;
            }
            if let Some(trashed) = self.find(&step.path, source) {
                self.waiting.taken.insert(trashed);
                moves.push(Found { trashed, copied: at as u32 });
            }
        }
    }

    /// Gathers the deletions whose place nothing else is to take. An empty file is like any other empty file.
    fn collect(&mut self) {
        let replaced = replaced_dirs(self.plan, self.side);
        for at in 0..self.plan.len() {
            let Some(step) = self.plan.get(at) else { continue };
            let (Op::Trash { side, .. }, Some(entry)) = (&step.op, &step.before) else { continue };
            let BaseEntry::File { size, digest, .. } = entry else { continue };
            let makes_way = self.plan.path(at + 1).is_some_and(|next| next == step.path)
                || replaced.iter().any(|dir| is_within(&step.path, dir));
            if *side != self.side || *size == 0 || makes_way {
                continue;
            }
            self.waiting.sizes.insert(*size);
            self.waiting.by_content.entry(beginning(digest)).or_default().push(at as u32);
            if let Some(stamp) = entry.stamp(side.other()) {
                self.waiting.by_ino.insert(stamp.ino, at as u32);
            }
        }
    }

    /// The deletion that a copy of `source` to `path` is the other half of.
    fn find(&mut self, path: &[u8], source: &Stat) -> Option<u32> {
        let mut known = None;
        let same_file = self.waiting.by_ino.get(&source.ino).copied();
        if let Some(step) = same_file.filter(|step| self.is_half(*step, path, source, &mut known)) {
            return Some(step);
        }
        let content = self.content(path, source, &mut known)?;
        let waiting = &mut self.waiting;
        let alike = waiting.by_content.get_mut(&beginning(&content))?;
        alike.retain(|step| !waiting.taken.contains(step));
        let mut likely: Vec<(u8, u32)> = alike
            .iter()
            .take(COMPARED)
            .filter_map(|&at| Some((likeness(&self.plan.get(at as usize)?, self.side, path, source), at)))
            .collect();
        likely.sort_unstable();
        likely.into_iter().map(|(_, step)| step).find(|step| self.is_half(*step, path, source, &mut known))
    }

    /// The digest of the source, read once; what cannot be read now is no rename, and the copy will tell why.
    fn content(&mut self, path: &[u8], source: &Stat, known: &mut Option<Option<Digest>>) -> Option<Digest> {
        let from = self.side.other();
        *known.get_or_insert_with(|| self.contents.digest(from, path, source).ok())
    }

    /// Whether a deletion is of the content of `source`; that of both is proven.
    fn is_half(&mut self, step: u32, path: &[u8], source: &Stat, known: &mut Option<Option<Digest>>) -> bool {
        let Some(gone) = self.plan.get(step as usize) else { return false };
        let (Op::Trash { expect, .. }, Some(entry)) = (&gone.op, &gone.before) else { return false };
        let BaseEntry::File { size, digest, .. } = entry else { return false };
        // Neither may lie within the other: the one could not be there while the other is.
        let apart = !is_within(path, &gone.path) && !is_within(&gone.path, path);
        let apart = apart && !only_folder_respelled(path, &gone.path);
        if self.waiting.taken.contains(&step) || *size != source.size || !apart {
            return false;
        }
        let trusted = self.evidence == Evidence::FileSystem;
        let vouches = |side, stat: &Stat| {
            // Without a number, size and time would be all that one file is told from another by.
            let is_known = trusted && stat.ino != NO_NUMBER;
            is_known && entry.stamp(side).is_some_and(|stamp: &Stamp| stamp.vouches_for(stat))
        };
        let same_there =
            vouches(self.side.other(), source) || self.content(path, source, known) == Some(*digest);
        let same_here = vouches(self.side, expect)
            || self.contents.digest(self.side, &gone.path, expect).is_ok_and(|now| now == *digest);
        same_there && same_here
    }
}

/// Whether two paths lie in folders that are two, but only to a file system that tells upper and lower case apart. To others
/// the new one cannot be made before the old one has gone, and that one cannot go before it is empty.
fn only_folder_respelled(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (split(one).0, split(other).0);
    let folded = |path: &[u8]| String::from_utf8_lossy(path).to_lowercase();
    one != other && one.len() == other.len() && folded(one) == folded(other)
}

fn beginning(digest: &Digest) -> u64 {
    digest.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// How likely a deletion and a copy of the same size are one move, the smaller the likelier. The same inode comes before
/// all of these.
fn likeness(gone: &Step, side: Side, path: &[u8], source: &Stat) -> u8 {
    let stamp = gone.before.as_ref().and_then(|entry| entry.stamp(side.other()));
    let same_time = stamp.is_some_and(|stamp| stamp.mtime == source.mtime);
    let (parent, name) = split(path);
    let (old_parent, old_name) = split(&gone.path);
    match (same_time, parent == old_parent, name == old_name) {
        (true, true, _) => 0,
        (true, false, true) => 1,
        (false, true, _) => 2,
        (false, false, true) => 3,
        (true, false, false) => 4,
        (false, false, false) => 5,
    }
}

/// Directories of a side that go and whose place something else takes at once.
fn replaced_dirs(plan: &Plan, of: Side) -> Vec<Vec<u8>> {
    let mut steps = plan.steps().peekable();
    let mut replaced = Vec::new();
    while let Some(step) = steps.next() {
        let next = steps.peek().filter(|next| next.path == step.path && next.op.side() == Some(of));
        if step.op == (Op::RemoveDir { side: of }) && next.is_some() {
            replaced.push(step.path);
        }
    }
    replaced
}

/// The plan with the moves in place of their halves. Directories go after everything that is moved out of them.
fn rewrite(plan: &Plan, moves: &[Found], walk_began: FileTime) -> Plan {
    let trashed_of: HashMap<u32, u32> = moves.iter().map(|found| (found.copied, found.trashed)).collect();
    let order = order(plan);
    let mut new_number = vec![0; plan.len()];
    order.iter().enumerate().for_each(|(new, &old)| new_number[old as usize] = new as u32);
    let moved_by: HashMap<u32, u32> =
        moves.iter().map(|found| (found.trashed, new_number[found.copied as usize])).collect();
    let mut rewritten = Plan::default();
    rewritten.dir_times.clone_from(&plan.dir_times);
    for &at in &order {
        let Some(step) = plan.get(at as usize) else { continue };
        let gone = trashed_of.get(&at).and_then(|&trashed| plan.get(trashed as usize));
        if let Some((op, entry)) = gone.as_ref().and_then(|gone| moved(&step, gone, walk_began)) {
            let before = gone.and_then(|gone| gone.before);
            rewritten.push(&step.path, &op, before.as_ref(), &After::Set(entry));
        } else if let Some(&by) = moved_by.get(&at) {
            rewritten.push(&step.path, &Op::MovedAway { by }, step.before.as_ref(), &After::Keep);
        } else if let Op::MovedAway { by } = step.op {
            let by = new_number[by as usize];
            rewritten.push(&step.path, &Op::MovedAway { by }, step.before.as_ref(), &step.after);
        } else {
            rewritten.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
    }
    rewritten
}

/// The numbers of all steps in the order in which they are carried out: as before, but directories go last, because
/// what is moved out of them may find its new place only late. One whose place something else takes stays where it is,
/// and so do those in it: nothing is moved out of them.
fn order(plan: &Plan) -> Vec<u32> {
    let replaced = Side::BOTH.map(|side| replaced_dirs(plan, side));
    let (mut order, mut last) = (Vec::with_capacity(plan.len()), Vec::new());
    for at in 0..plan.len() {
        let late = match plan.get(at) {
            Some(Step { path, op: Op::RemoveDir { side }, .. }) => {
                !replaced[index(side)].iter().any(|dir| is_within(&path, dir))
            }
            _ => false,
        };
        if late { last.push(at as u32) } else { order.push(at as u32) }
    }
    order.append(&mut last);
    order
}

/// The move that a copy and a deletion become, and what is agreed on afterwards.
fn moved(copy: &Step, gone: &Step, walk_began: FileTime) -> Option<(Op, BaseEntry)> {
    let (Op::Copy { to, source, .. }, Op::Trash { expect, .. }) = (&copy.op, &gone.op) else { return None };
    let mut entry = gone.before.clone()?;
    let agreed = *entry.stamp(to.other())?;
    if let BaseEntry::File { left, right, .. } = &mut entry {
        let stamp = match to {
            Side::Left => right,
            Side::Right => left,
        };
        *stamp = trusted_stamp(source, walk_began);
    }
    // What its user changed besides goes along; what is as it was agreed on is as it should be on the other side, whatever
    // that one makes of it.
    let bits = |mode: u32| mode & MODE_BITS;
    let has_bits = bits(source.mode) == bits(agreed.mode) || bits(source.mode) == bits(expect.mode);
    let has_mtime = source.mtime == agreed.mtime || source.mtime == expect.mtime;
    let attributes = Attributes {
        mode: (!has_bits).then_some(bits(source.mode)),
        mtime: (!has_mtime).then_some(source.mtime),
        ..Attributes::default()
    };
    Some((Op::Move { side: *to, from: gone.path.clone().into(), expect: *expect, attributes }, entry))
}
