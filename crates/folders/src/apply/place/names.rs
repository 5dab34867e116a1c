//! Files with several names: giving one more, and telling our own touch of a file from somebody else's.

use syncmgr_model::fact::Side;

use super::{Placer, StepError};
use crate::fs::{FileSystem, Kind, Stat};
use crate::path::split;
use crate::record::Deed;

impl<F: FileSystem> Placer<F> {
    /// Gives the file at `leader` a second name. That is the one copied by this run, or the one seen by the scan; it is
    /// linked unseen first, and put in place only if that was it.
    pub(super) fn link(
        &mut self,
        side: Side,
        dir: &F::Dir,
        path: &[u8],
        leader: &[u8],
        (seen, source, replaces): (Option<&Stat>, &Stat, Option<&Stat>),
    ) -> Result<Deed, StepError> {
        let ino = match (seen, self.copied.get(&(side, leader.to_vec()))) {
            (Some(seen), _) => seen.ino,
            (None, Some(copied)) => copied.stamp(side).map_or(0, |stamp| stamp.ino),
            // Its copy failed, which is told; this name waits for it.
            (None, None) => return Err(StepError::Changed),
        };
        let is_leader = |now: &Stat| {
            now.kind == Kind::File
                && now.ino == ino
                && now.size == source.size
                // What was seen may still have, or just have got, another time.
                && (now.mtime == source.mtime || seen.is_some_and(|seen| now.mtime == seen.mtime))
        };
        let (leader_parent, leader_name) = split(leader);
        let leader_dir = self.dir(side, leader_parent)?;
        let staging = self.staging(side)?;
        self.fs.hard_link(&leader_dir, leader_name, &staging, b"name")?;
        let put = match self.fs.stat(&staging, b"name") {
            Ok(now) if is_leader(&now) => self.put(side, (&staging, b"name"), dir, path, replaces),
            Ok(_) => Err(StepError::Changed),
            Err(error) => Err(error.into()),
        };
        if put.is_err() {
            self.fs.remove_file(&staging, b"name")?;
        }
        if put.is_ok() {
            let now = self.fs.stat(dir, split(path).1)?;
            self.touched.insert((side, ino), now.ctime);
        }
        put
    }

    /// Remembers that this run has moved the change time of a file that has more names than the one it was treated at.
    pub(super) fn touch(&mut self, side: Side, dir: &F::Dir, name: &[u8], expect: &Stat) {
        if expect.nlink < 2 || expect.kind != Kind::File {
            return;
        }
        // If it cannot be looked at, its other names are changed for all we know, and the next run sees to them.
        if let Ok(now) = self.fs.stat(dir, name) {
            self.touched.insert((side, expect.ino), now.ctime);
        }
    }

    /// Whether a file is what the scan saw but for what this run has done to it at another of its names.
    pub(super) fn is_our_touch(&self, side: Side, now: &Stat, expect: &Stat) -> bool {
        let ours = self.touched.get(&(side, now.ino)) == Some(&now.ctime);
        ours && now.ino == expect.ino && now.kind == expect.kind && now.size == expect.size
    }
}
