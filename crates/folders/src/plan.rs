//! The plan: what a run is going to do, as data.
//!
//! A first run can plan a million files, so a step is kept as a few dozen bytes and read back when its turn comes. Steps
//! stand in the order in which they are carried out: a directory is made before what comes into it and removed after
//! what was in it.

mod coded;

use syncmgr_model::fact::Side;

use crate::baseline::BaseEntry;
use crate::codec::{Damaged, Put, Take};
use crate::config::KeepSet;
use crate::extended::Xattrs;
use crate::fs::{Attributes, FileTime, Stat};
use crate::path::{is_within, join, split};
pub(crate) use coded::{decode_attributes, decode_entry, encode_attributes, encode_entry};
use coded::{decode_op, encode_op};

/// One thing to do about one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// Nothing on the disk: both sides agree on this, or on the path being gone.
    Agree,
    /// Make a directory.
    MakeDir { side: Side, mode: u32 },
    /// Copy a file from the other side; where something has the name, it goes to the trash.
    Copy { to: Side, source: Stat, replaces: Option<Stat> },
    /// Give a file of this side a second name, instead of copying `source`; where something has the name, it goes to the
    /// trash. The file is the one just copied to `leader`, or what the scan saw there.
    Link { to: Side, leader: Box<[u8]>, seen: Option<Stat>, source: Stat, replaces: Option<Stat> },
    /// Make a symbolic link; where something has the name, it goes to the trash.
    MakeLink { to: Side, target: Box<[u8]>, replaces: Option<Stat> },
    /// Move a file or link to the trash.
    Trash { side: Side, expect: Stat },
    /// Remove a directory that is empty by then.
    RemoveDir { side: Side },
    /// Set attributes.
    SetAttributes { side: Side, expect: Stat, attributes: Attributes, extended: Extended },
    /// Give a directory that the plan has made what is kept by option, from the other side's. Part of making it.
    FinishDir { side: Side },
    /// Give the entry at `from` this path, where nothing is. Attributes are set before it gets there.
    Move { side: Side, from: Box<[u8]>, expect: Stat, attributes: Attributes },
    /// Nothing by itself: the step with this number takes away what is here.
    MovedAway { by: u32 },
    /// Bring back what a run moved to the trash; where something has the name, it goes to the trash in turn.
    Restore { side: Side, replaces: Option<Stat> },
}

/// Extended attributes to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extended {
    /// Those of these kinds that the other side has at the same path.
    Like(KeepSet),
    /// These.
    These(Xattrs),
}

impl Op {
    /// The side that is changed, if any.
    pub(crate) fn side(&self) -> Option<Side> {
        match *self {
            Self::Agree | Self::MovedAway { .. } => None,
            Self::Copy { to: side, .. }
            | Self::MakeLink { to: side, .. }
            | Self::Link { to: side, .. }
            | Self::MakeDir { side, .. }
            | Self::Trash { side, .. }
            | Self::RemoveDir { side }
            | Self::SetAttributes { side, .. }
            | Self::FinishDir { side }
            | Self::Move { side, .. }
            | Self::Restore { side, .. } => Some(side),
        }
    }

    /// Whether something goes to the trash.
    pub(crate) fn fills_trash(&self) -> bool {
        match self {
            Self::Copy { replaces, .. }
            | Self::MakeLink { replaces, .. }
            | Self::Link { replaces, .. }
            | Self::Restore { replaces, .. } => replaces.is_some(),
            Self::Trash { .. } => true,
            _ => false,
        }
    }

    /// Whether it makes a side have what the other one has at the same path.
    pub(crate) fn follows_other(&self) -> bool {
        matches!(
            self,
            Self::MakeDir { .. }
                | Self::Copy { .. }
                | Self::MakeLink { .. }
                | Self::Link { .. }
                | Self::Move { .. }
                | Self::SetAttributes { .. }
        )
    }

    /// Whether it moves something from elsewhere that nobody may have a second copy of.
    pub(crate) fn brings_existing(&self) -> bool {
        matches!(self, Self::Move { .. } | Self::Restore { .. })
    }

    /// Whether it makes something where nothing is.
    pub(crate) fn makes(&self) -> bool {
        matches!(
            self,
            Self::MakeDir { .. }
                | Self::Copy { replaces: None, .. }
                | Self::MakeLink { replaces: None, .. }
                | Self::Link { replaces: None, .. }
                | Self::Move { .. }
                | Self::Restore { replaces: None, .. }
        )
    }

    /// Bytes of content that will be written.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Copy { source, .. } => source.size,
            _ => 0,
        }
    }
}

/// What the baseline says of a path once the step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// As before.
    Keep,
    /// Nothing.
    Forget,
    /// This, with the stamp of the changed side as it then is.
    Set(BaseEntry),
    /// The file just copied.
    Copied,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) path: Vec<u8>,
    pub(crate) op: Op,
    /// What the baseline said before, for undo.
    pub(crate) before: Option<BaseEntry>,
    pub(crate) after: After,
}

/// How much a plan changes on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Steps that change the side.
    pub(crate) changes: u64,
    /// Files and links that go.
    pub(crate) deletions: u64,
    /// Files whose content is written.
    pub(crate) copies: u64,
    /// Those of them that replace another content.
    pub(crate) updates: u64,
    /// Files among these that had content and are to be empty.
    pub(crate) emptied: u64,
    /// Bytes of content to write.
    pub(crate) bytes: u64,
}

/// A place in a plan to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Savepoint {
    len: usize,
    n_steps: usize,
    n_dir_times: usize,
    tallies: [Tally; 2],
}

/// A directory whose modification time is set when everything in it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirTime {
    pub(crate) path: Vec<u8>,
    pub(crate) side: Side,
    pub(crate) mtime: FileTime,
}

/// The steps of a run, in the order of carrying out.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    bytes: Vec<u8>,
    starts: Vec<u64>,
    dirs: Vec<Box<[u8]>>,
    /// Directories on the way to the last step, innermost last.
    open_dirs: Vec<u32>,
    tallies: [Tally; 2],
    pub(crate) dir_times: Vec<DirTime>,
}

pub(crate) const fn index(side: Side) -> usize {
    match side {
        Side::Left => 0,
        Side::Right => 1,
    }
}

impl Plan {
    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// How much is changed on a side.
    pub(crate) fn tally(&self, side: Side) -> &Tally {
        &self.tallies[index(side)]
    }

    /// Steps that change something on a disk.
    pub(crate) fn n_changes(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.changes).sum()
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, path: &[u8], op: &Op, before: Option<&BaseEntry>, after: &After) {
        self.count(op);
        let (parent, name) = split(path);
        let dir = self.dir(parent);
        self.starts.push(self.bytes.len() as u64);
        self.bytes.put_uint(u64::from(dir));
        self.bytes.put_bytes(name);
        encode_op(&mut self.bytes, op);
        encode_entry(&mut self.bytes, before);
        match after {
            After::Keep => self.bytes.put_u8(0),
            After::Forget => self.bytes.put_u8(1),
            After::Copied => self.bytes.put_u8(2),
            After::Set(entry) => {
                self.bytes.put_u8(3);
                entry.encode(&mut self.bytes);
            }
        }
    }

    fn count(&mut self, op: &Op) {
        let Some(side) = op.side().filter(|_| !matches!(op, Op::FinishDir { .. })) else { return };
        let tally = &mut self.tallies[index(side)];
        tally.changes += 1;
        tally.bytes += op.bytes();
        match op {
            Op::Trash { .. } => tally.deletions += 1,
            Op::Copy { replaces, source, .. } => {
                tally.copies += 1;
                tally.updates += u64::from(replaces.is_some());
                let had_content = replaces.is_some_and(|replaced| replaced.size > 0);
                tally.emptied += u64::from(source.size == 0 && had_content);
            }
            Op::Link { replaces: Some(_), .. } => tally.updates += 1,
            _ => {}
        }
    }

    /// The number of a directory; steps come directory by directory, so the last few are all there is to look at.
    fn dir(&mut self, path: &[u8]) -> u32 {
        while let Some(&last) = self.open_dirs.last() {
            let known = &self.dirs[last as usize];
            if **known == *path {
                return last;
            }
            if is_within(path, known) && self.open_dirs.len() < 4096 {
                break;
            }
            self.open_dirs.pop();
        }
        let number = self.dirs.len() as u32;
        self.dirs.push(path.into());
        self.open_dirs.push(number);
        number
    }

    /// Reads a step. Steps never leave the process, so an unreadable one is a defect; it reads as none.
    pub(crate) fn get(&self, at: usize) -> Option<Step> {
        let mut take = Take(&self.bytes[usize::try_from(*self.starts.get(at)?).ok()?..]);
        self.decode(&mut take).ok()
    }

    /// The path of a step, without the rest.
    pub(crate) fn path(&self, at: usize) -> Option<Vec<u8>> {
        let mut take = Take(&self.bytes[usize::try_from(*self.starts.get(at)?).ok()?..]);
        self.decode_path(&mut take).ok()
    }

    /// All steps in order.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    fn decode_path(&self, take: &mut Take<'_>) -> Result<Vec<u8>, Damaged> {
        let dir = usize::try_from(take.uint()?).ok().and_then(|dir| self.dirs.get(dir));
        Ok(join(dir.ok_or(Damaged("a directory"))?, take.bytes()?))
    }

    fn decode(&self, take: &mut Take<'_>) -> Result<Step, Damaged> {
        let path = self.decode_path(take)?;
        let op = decode_op(take)?;
        let before = decode_entry(take)?;
        let after = match take.u8()? {
            0 => After::Keep,
            1 => After::Forget,
            2 => After::Copied,
            _ => After::Set(BaseEntry::decode(take)?),
        };
        Ok(Step { path, op, before, after })
    }

    /// The same plan with every step as `change` leaves it; paths and order stay.
    pub(crate) fn rewritten(self, mut change: impl FnMut(&mut Step)) -> Self {
        let mut plan = Self::default();
        for mut step in self.steps() {
            change(&mut step);
            plan.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
        plan.dir_times = self.dir_times;
        plan
    }

    /// Remembers this place.
    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint {
            len: self.bytes.len(),
            n_steps: self.starts.len(),
            n_dir_times: self.dir_times.len(),
            tallies: self.tallies,
        }
    }

    /// Drops all steps added since.
    pub(crate) fn roll_back(&mut self, to: &Savepoint) {
        self.bytes.truncate(to.len);
        self.starts.truncate(to.n_steps);
        self.dir_times.truncate(to.n_dir_times);
        self.tallies = to.tallies;
    }

    /// The numbers of all steps in tree order of their paths; steps of one path keep their order.
    pub(crate) fn in_tree_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        // Nearly sorted already: only what is done on leaving a directory comes late.
        order.sort_by(|&a, &b| match (self.path(a as usize), self.path(b as usize)) {
            (Some(a), Some(b)) => crate::path::tree_cmp(&a, &b),
            _ => a.cmp(&b),
        });
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Kind;

    fn stat(ino: u64) -> Stat {
        let time = FileTime { secs: -7, nanos: 999 };
        Stat {
            kind: Kind::File,
            mode: 0o4755,
            size: 1 << 40,
            mtime: time,
            ctime: time,
            ino,
            dev: 0,
            allocated: 0,
            uid: 0,
            gid: 0,
            nlink: 1,
            is_mount: false,
        }
    }

    fn samples() -> Vec<Step> {
        let entry = BaseEntry::Dir { left_mode: 0o755, right_mode: 0o700, kept: None };
        let attributes = Attributes { owner: Some((1000, 100)), mode: Some(0o600), mtime: None };
        let value = (Box::from(&b"user.key"[..]), Some(Box::from(&b"value"[..])));
        let extended = Extended::These(Xattrs(vec![value, (Box::from(&b"user.gone"[..]), None)]));
        let named = Stat { nlink: 3, dev: 1 << 40, ..stat(7) };
        let (leader, seen) = ((*b"a/b/f").into(), Some(named));
        let link = Op::Link { to: Side::Right, leader, seen, source: named, replaces: Some(stat(8)) };
        let ops = [
            ("a", Op::Agree, After::Set(entry.clone())),
            ("a/b", Op::MakeDir { side: Side::Right, mode: 0o755 }, After::Set(entry.clone())),
            ("a/b/f", Op::Copy { to: Side::Left, source: stat(1), replaces: Some(stat(2)) }, After::Copied),
            ("a/b/l", Op::MakeLink { to: Side::Right, target: (*b"x").into(), replaces: None }, After::Keep),
            ("a/c", Op::Trash { side: Side::Left, expect: stat(3) }, After::Forget),
            ("a", Op::RemoveDir { side: Side::Right }, After::Forget),
            ("z", Op::SetAttributes { side: Side::Left, expect: stat(4), attributes, extended }, After::Keep),
            ("y", Op::MovedAway { by: 8 }, After::Keep),
            (
                "z",
                Op::Move { side: Side::Right, from: (*b"y").into(), expect: stat(5), attributes },
                After::Set(entry.clone()),
            ),
            ("y", link, After::Copied),
            ("z/q", Op::Restore { side: Side::Right, replaces: Some(stat(6)) }, After::Set(entry.clone())),
        ];
        ops.into_iter()
            .map(|(path, op, after)| Step { path: path.into(), op, before: Some(entry.clone()), after })
            .collect()
    }

    #[test]
    fn every_step_reads_back_in_order() {
        let mut plan = Plan::default();
        for step in samples() {
            plan.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
        assert_eq!(plan.steps().collect::<Vec<_>>(), samples());
        assert_eq!(plan.n_changes(), 9);
        assert_eq!(
            *plan.tally(Side::Left),
            Tally { changes: 3, deletions: 1, copies: 1, updates: 1, emptied: 0, bytes: 1 << 40 }
        );
    }

    #[test]
    fn rolling_back_leaves_no_trace() {
        let mut plan = Plan::default();
        let steps = samples();
        for step in &steps[..2] {
            plan.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
        let savepoint = plan.savepoint();
        for step in &steps[2..] {
            plan.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
        plan.roll_back(&savepoint);
        assert_eq!(plan.steps().collect::<Vec<_>>(), &steps[..2]);
        assert_eq!(plan.n_changes(), 1);
    }

    #[test]
    fn tree_order_keeps_the_order_of_steps_of_one_path() {
        let mut plan = Plan::default();
        for step in samples() {
            plan.push(&step.path, &step.op, step.before.as_ref(), &step.after);
        }
        assert_eq!(plan.in_tree_order(), [0, 5, 1, 2, 3, 4, 7, 9, 6, 8, 10]);
    }
}
