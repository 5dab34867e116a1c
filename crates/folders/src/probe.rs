//! Tries out what each side can keep, on a file of our own that nobody else sees.
//!
//! A side is asked only when the answer decides something: when an attribute is about to flow, or when a run is about to
//! write. What a side cannot keep is not planned for it, never counts as changed by it, and is told once a run.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use syncmgr_model::fact::Side;

use crate::config::{Keep, KeepSet, Mode};
use crate::fs::{Attributes, FileSystem};
use crate::pair::{Goal, Roots};
use crate::plan::index;

const USER_KEY: &[u8] = b"user.syncmgr.probe";
const ACL_KEY: &[u8] = b"system.posix_acl_access";
/// An owner that is most likely none of ours.
const SOMEBODY: (u32, u32) = (1, 1);
/// An access list in the kernel's form, version 2: the owner and user 1 may read and write, and nobody else.
const ACL: [u8; 44] = [
    2, 0, 0, 0, //
    0x01, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF, // owner
    0x02, 0, 6, 0, 1, 0, 0, 0, // user 1
    0x04, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, // group
    0x10, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF, // mask
    0x20, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, // others
];

/// What is known of what the sides can keep.
pub(crate) struct Probes<'a, F: FileSystem> {
    fs: Arc<F>,
    roots: &'a Roots<F>,
    /// The run's directory below `staging`.
    staging: &'a str,
    keep: KeepSet,
    mode: Mode,
    goal: Goal,
    /// What each side could not keep at the last run.
    lacked: [KeepSet; 2],
    tried: Mutex<[[Option<bool>; 4]; 2]>,
}

impl<'a, F: FileSystem> Probes<'a, F> {
    pub(crate) fn new(
        fs: &Arc<F>,
        roots: &'a Roots<F>,
        staging: &'a str,
        (keep, mode, goal): (KeepSet, Mode, Goal),
        lacked: [KeepSet; 2],
    ) -> Self {
        Self { fs: Arc::clone(fs), roots, staging, keep, mode, goal, lacked, tried: Mutex::default() }
    }

    /// Whether the side can keep metadata of this kind.
    ///
    /// A preview writes nothing: it believes what the last run found. So does a run about a side that it only reads.
    pub(crate) fn can(&self, side: Side, what: Keep) -> bool {
        let only_read = side == Side::Left && matches!(self.mode, Mode::OneWaySafe | Mode::OneWayReplica);
        if self.goal == Goal::Preview || only_read {
            return !self.lacked[index(side)].has(what);
        }
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut tried[index(side)][what as usize];
        *known.get_or_insert_with(|| self.probe(side, what).unwrap_or(false))
    }

    /// What a side could not keep at the last run and can keep now.
    pub(crate) fn regained(&self) -> [KeepSet; 2] {
        Side::BOTH.map(|side| {
            let lacked = self.lacked[index(side)].iter();
            lacked.filter(|what| self.keep.has(*what) && self.can(side, *what)).collect()
        })
    }

    /// What each side can keep, to be carried along with what a run writes.
    pub(crate) fn able(&self) -> [KeepSet; 2] {
        Side::BOTH.map(|side| self.keep.iter().filter(|what| self.can(side, *what)).collect())
    }

    /// What is known not to be kept by each side.
    pub(crate) fn lacking(&self) -> [KeepSet; 2] {
        let tried = *self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        Side::BOTH.map(|side| {
            let lacks = |what: &Keep| match tried[index(side)][*what as usize] {
                Some(can) => !can,
                None => self.lacked[index(side)].has(*what),
            };
            self.keep.iter().filter(lacks).collect()
        })
    }

    /// Tries it. Whatever is refused on the way means that the side cannot; our own file goes in any case, and after a
    /// crash with the rest of the staging directory.
    fn probe(&self, side: Side, what: Keep) -> io::Result<bool> {
        let root = &self.roots[index(side)];
        let staging = root.staging(&*self.fs, self.staging)?;
        let names = [format!("probe-{what}-{side}"), format!("probe-{what}-{side}-2")];
        let name = names[0].as_bytes();
        drop(self.fs.create_file(&staging, name, 0o600)?);
        let kept = self.try_out(&staging, name, names[1].as_bytes(), what);
        for name in &names {
            let _cleared_later = self.fs.remove_file(&staging, name.as_bytes());
        }
        let _used_by_the_run = root.clean_staging(&*self.fs, self.staging, &mut || true);
        kept
    }

    fn try_out(&self, dir: &F::Dir, name: &[u8], second: &[u8], what: Keep) -> io::Result<bool> {
        let fs = &*self.fs;
        Ok(match what {
            Keep::Owner => {
                let attributes = Attributes { owner: Some(SOMEBODY), ..Attributes::default() };
                fs.set_attributes(dir, name, attributes)?;
                let now = fs.stat(dir, name)?;
                (now.uid, now.gid) == SOMEBODY
            }
            Keep::Xattrs => {
                fs.set_xattr(dir, name, USER_KEY, b"1")?;
                fs.read_xattr(dir, name, USER_KEY)?.as_deref() == Some(b"1")
            }
            Keep::Acls => {
                fs.set_xattr(dir, name, ACL_KEY, &ACL)?;
                fs.read_xattr(dir, name, ACL_KEY)?.as_deref() == Some(&ACL)
            }
            Keep::HardLinks => {
                fs.hard_link(dir, name, dir, second)?;
                let (first, second) = (fs.stat(dir, name)?, fs.stat(dir, second)?);
                first.ino == second.ino && second.nlink == 2
            }
        })
    }
}
