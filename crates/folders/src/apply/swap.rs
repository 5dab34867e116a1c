//! Puts a new file or link in the place of an old one, which goes to the trash.

use std::io;

use super::place::StepError;
use crate::config::Durability;
use crate::copy::is_same_content;
use crate::fs::{FileSystem, OnExisting, Stat};

/// The new one, staged; the old one, as the scan saw it; and the directory in the trash where that is to lie.
pub(super) struct Swap<'a, F: FileSystem> {
    pub(super) fs: &'a F,
    pub(super) staging: &'a F::Dir,
    pub(super) temp: &'a [u8],
    pub(super) dir: &'a F::Dir,
    pub(super) name: &'a [u8],
    pub(super) trash: &'a F::Dir,
    pub(super) expect: &'a Stat,
}

impl<F: FileSystem> Swap<'_, F> {
    /// Moves the staged file to where the old one is to lie in the trash and swaps the two: one call takes the old one to
    /// the trash and puts the new one in its place, so that no power cut can have half of it. Whatever came out of the
    /// swap is looked at: if it is not the old one, somebody was faster, and the swap is undone.
    ///
    /// Returns whether this file system can do so.
    pub(super) fn exchange(&self) -> Result<bool, StepError> {
        let Self { fs, staging, temp, dir, name, trash, expect } = self;
        let new = fs.stat(staging, temp)?;
        match fs.rename(staging, temp, trash, name, OnExisting::Fail) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            moved => moved?,
        }
        if let Err(error) = fs.rename(trash, name, dir, name, OnExisting::Exchange) {
            fs.rename(trash, name, staging, temp, OnExisting::Fail)?;
            return match error.kind() {
                io::ErrorKind::NotFound => Err(StepError::Changed),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Ok(false),
                _ => Err(error.into()),
            };
        }
        if is_same_content(&fs.stat(trash, name)?, expect) {
            return Ok(true);
        }
        fs.rename(trash, name, dir, name, OnExisting::Exchange)?;
        // Should it be somebody else's even now, it is safe where it is.
        if is_same_content(&fs.stat(trash, name)?, &new) {
            fs.rename(trash, name, staging, temp, OnExisting::Fail)?;
        }
        Err(StepError::Changed)
    }

    /// Puts the staged file over the old one, which the trash holds by a second name. Between the last look and the
    /// rename there is a moment in which somebody could be faster; nothing better is to be had on such a file system.
    pub(super) fn replace(&self, durability: Durability) -> Result<(), StepError> {
        let Self { fs, staging, temp, dir, name, trash, expect } = self;
        let flushed = match durability {
            Durability::None => Ok(()),
            // The second name has to be on the disk before the first is taken: nothing else orders the two.
            _ => fs.sync_dir(trash),
        };
        let put = flushed
            .map_err(StepError::Io)
            .and_then(|()| self.recheck())
            .and_then(|()| fs.rename(staging, temp, dir, name, OnExisting::Replace).map_err(StepError::Io));
        if let Err(error) = put {
            // Who has taken the old one away meanwhile finds it in the trash.
            if fs.stat(dir, name).is_ok_and(|now| now.ino == expect.ino) {
                fs.remove_file(trash, name)?;
            }
            return Err(error);
        }
        Ok(())
    }

    /// The second name has moved the old one's change time, and nothing else.
    fn recheck(&self) -> Result<(), StepError> {
        let now = self.fs.stat(self.dir, self.name)?;
        if is_same_content(&now, self.expect) { Ok(()) } else { Err(StepError::Changed) }
    }
}
