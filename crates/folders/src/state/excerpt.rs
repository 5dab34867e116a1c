//! What was agreed on at certain paths alone.

use std::collections::BTreeMap;

use super::{BASELINE, PairState, StateError};
use crate::baseline::{BaseEntry, excerpt};
use crate::codec::Damaged;
use crate::fs::{FileSystem, is_absent};
use crate::overlay::{Overlay, TreePath};
use crate::reconcile::BaseWalk;
use crate::scope::Scope;

/// What was agreed on at the paths of a scope and at the directories above them.
pub(crate) struct Excerpt {
    entries: Vec<(Vec<u8>, BaseEntry)>,
    at: usize,
}

impl Excerpt {
    /// What was agreed on at a path.
    pub(crate) fn get(&self, path: &[u8]) -> Option<&BaseEntry> {
        let found = self.entries.binary_search_by(|(own, _)| crate::path::tree_cmp(own, path));
        found.ok().map(|at| &self.entries[at].1)
    }
}

impl BaseWalk for Excerpt {
    fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        self.entries.get(self.at).map(|(path, entry)| (&path[..], entry))
    }

    fn advance(&mut self) -> Result<(), Damaged> {
        self.at += 1;
        Ok(())
    }
}

impl<F: FileSystem> PairState<F> {
    /// Reads what was agreed on at the paths of a scope, with what unfinished runs reached laid over it. `None` where there
    /// is no baseline, it is damaged, or more than `most` entries would have to be read: whoever reads everything knows
    /// what to do about it.
    pub(crate) fn excerpt(
        &self,
        overlay: &Overlay,
        scope: &Scope,
        most: usize,
    ) -> Result<Option<Excerpt>, StateError> {
        let file = match self.fs.open_file(&self.dir, BASELINE) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(source) => return Err(StateError::Io { what: "the baseline cannot be read", source }),
        };
        let Ok(Some(below)) = excerpt(&*self.fs, file, scope, most) else { return Ok(None) };
        let mut entries: BTreeMap<TreePath, BaseEntry> =
            below.into_iter().map(|(path, entry)| (TreePath(path), entry)).collect();
        let Ok(mut over) = self.overlay_walk(overlay) else { return Ok(None) };
        loop {
            let Ok(laid) = over.next() else { return Ok(None) };
            let Some((path, entry)) = laid else { break };
            if !(scope.holds(&path) || scope.leads_through(&path)) {
                continue;
            }
            match entry {
                Some(entry) => drop(entries.insert(TreePath(path), entry)),
                None => drop(entries.remove(&TreePath(path))),
            }
        }
        let entries = entries.into_iter().map(|(TreePath(path), entry)| (path, entry)).collect();
        Ok(Some(Excerpt { entries, at: 0 }))
    }
}
