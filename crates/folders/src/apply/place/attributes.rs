//! Attributes of entries in their places: set, given to what is new, and remembered for an undo.

use std::io;

use syncmgr_model::fact::Side;

use super::{Placer, StepError, is_as_moved};
use crate::config::Keep;
use crate::decide::MODE_BITS;
use crate::extended::{Xattrs, carry, imitate, read_all, set};
use crate::fs::{Attributes, FileSystem, Kind, Stat};
use crate::kept::Kept;
use crate::path::split;
use crate::plan::{DirTime, Extended, index};
use crate::record::Replaced;

impl<F: FileSystem> Placer<F> {
    /// Gives something new on `side` what is kept by option. Returns what each side shows then.
    pub(super) fn finish(
        &mut self,
        side: Side,
        parent: &[u8],
        name: &[u8],
        new: (&F::Dir, &[u8]),
        replaces: Option<&F::Dir>,
    ) -> Result<Option<[Kept; 2]>, StepError> {
        let from = self.dir(side.other(), parent)?;
        let replaces = replaces.map(|dir| (dir, name));
        let (shown, reached, _told_by_the_next_run) =
            carry(&*self.fs, (&from, name), replaces, new, &self.carried, side.other())
                .map_err(io::Error::from)?;
        let mut kept = [shown; 2];
        kept[index(side)] = reached;
        Ok(Some(kept))
    }

    /// All that an undo has to give back to a directory that goes.
    pub(super) fn everything(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Replaced> {
        let now = self.fs.stat(dir, name)?;
        let owner = self.carried.keep.has(Keep::Owner).then_some((now.uid, now.gid));
        let xattrs = read_all(&*self.fs, dir, name, self.carried.keep)?;
        Ok(Replaced { attributes: Attributes { owner, ..Attributes::default() }, xattrs })
    }

    pub(super) fn set_attributes(
        &self,
        side: Side,
        dir: &F::Dir,
        name: &[u8],
        expect: &Stat,
        (attributes, extended, model): (Attributes, &Extended, Option<&F::Dir>),
    ) -> Result<Replaced, StepError> {
        let now = self.fs.stat(dir, name)?;
        if !is_as_moved(&now, expect) && !self.is_our_touch(side, &now, expect) {
            return Err(StepError::Changed);
        }
        self.fs.set_attributes(dir, name, attributes_for(&now, attributes))?;
        let xattrs = match (extended, model) {
            (Extended::Like(keep), Some(model)) => imitate(&*self.fs, (model, name), (dir, name), *keep)?,
            (Extended::Like(_), None) => Xattrs::default(),
            (Extended::These(xattrs), _) => set(&*self.fs, dir, name, xattrs)?,
        };
        let attributes = Attributes {
            owner: attributes.owner.map(|_| (now.uid, now.gid)),
            mode: attributes.mode.map(|_| now.mode & MODE_BITS),
            mtime: attributes.mtime.map(|_| now.mtime),
        };
        Ok(Replaced { attributes, xattrs })
    }

    /// Gives directories their times. Failures are harmless: the times are only for the eye.
    pub(in crate::apply) fn set_dir_times<'t>(&mut self, times: impl Iterator<Item = &'t DirTime>) {
        for time in times {
            let _cosmetic = self.set_dir(
                time.side,
                &time.path,
                Attributes { mtime: Some(time.mtime), ..Attributes::default() },
            );
        }
    }

    /// Sets attributes of a directory.
    pub(in crate::apply) fn set_dir(
        &mut self,
        side: Side,
        path: &[u8],
        attributes: Attributes,
    ) -> io::Result<()> {
        let (parent, name) = split(path);
        let name = if path.is_empty() { b"." } else { name };
        let site = &mut self.sites[index(side)];
        let dir = site.handles.get(&site.root.dir, parent)?;
        let now = self.fs.stat(&dir, name)?;
        if now.kind != Kind::Dir {
            return Ok(());
        }
        self.fs.set_attributes(&dir, name, attributes_for(&now, attributes))
    }
}

/// The same attributes, with the set-id and sticky bits that a directory has beside its permissions: they say who owns
/// and may remove what is made in it, on this side. Those of files grant rights and go whenever permissions are set.
pub(super) fn attributes_for(now: &Stat, attributes: Attributes) -> Attributes {
    let own = if now.kind == Kind::Dir { now.mode & !MODE_BITS } else { 0 };
    Attributes { mode: attributes.mode.map(|mode| mode | own), ..attributes }
}
