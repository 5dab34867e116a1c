//! Access lists that folders give to what is made in them, where such are kept.

use std::io;

use syncmgr_model::fact::Side;

use super::Placer;
use crate::fs::{FileSystem, Kind, Stat};
use crate::path::split;

impl<F: FileSystem> Placer<F> {
    /// Gives what was staged the access list that it should have at its path, in `dir`. It does not wait for that: why it could
    /// not be is remembered.
    pub(in crate::apply) fn fit_in(
        &mut self,
        side: Side,
        (staging, temp): (&F::Dir, &[u8]),
        dir: &F::Dir,
        path: &[u8],
        replaces: Option<&Stat>,
    ) {
        let replaced = replaces.filter(|old| old.kind != Kind::Dir).map(|_| split(path).1);
        if let Err(error) = self.fs.fit_in(staging, temp, dir, replaced) {
            self.unfit.push((side, path.to_vec(), error));
        }
    }

    /// Why what is at a path now has not the access list that it should have; answered once.
    pub(in crate::apply) fn take_unfit(&mut self, side: Side, path: &[u8]) -> Option<io::Error> {
        let at = self.unfit.iter().position(|(unfit, of, _)| (*unfit, &of[..]) == (side, path))?;
        Some(self.unfit.swap_remove(at).2)
    }
}
