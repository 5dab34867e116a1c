//! What happened to a path on each side, and what follows from it.

use std::cmp::Ordering;

use syncmgr_model::fact::Side;

use super::{Contents, Forced, Here, Merge, Node};
use crate::baseline::{BaseEntry, Digest};
use crate::config::Evidence;
use crate::decide::{Decision, Delta, Equality, decide};
use crate::fs::Stat;
use crate::plan::index;

impl<C: Contents> Merge<C> {
    pub(super) fn judge(&mut self, here: &mut Here, forced: Forced) -> Result<Decision, (Side, String)> {
        let left = self.delta(here, Side::Left)?;
        let right = self.delta(here, Side::Right)?;
        let both_changed = !matches!(left, Delta::Unchanged | Delta::Deleted)
            && !matches!(right, Delta::Unchanged | Delta::Deleted);
        let equality = if both_changed { self.equality(here)? } else { Equality::Different };
        let decision = decide(left, right, equality, self.policies.mode);
        Ok(match (forced, decision) {
            (_, Decision::InStep | Decision::Forget) => decision,
            (Forced::Wins(side), _) => Decision::Propagate(side),
            _ => decision,
        })
    }

    fn delta(&mut self, here: &mut Here, side: Side) -> Result<Delta, (Side, String)> {
        Ok(match (here.node(side), &here.base) {
            (Node::Absent, None) => Delta::Unchanged,
            (Node::Absent, Some(_)) => Delta::Deleted,
            (_, None) => Delta::Created,
            (Node::Dir(_), Some(BaseEntry::Dir { .. })) => Delta::Unchanged,
            (Node::Symlink(_, text), Some(BaseEntry::Symlink { target, .. })) if **text == **target => {
                Delta::Unchanged
            }
            (Node::File(stat), Some(base @ BaseEntry::File { size, digest, .. })) => {
                if stat.size != *size {
                    return Ok(Delta::Edited);
                }
                let vouched = base.stamp(side).is_some_and(|stamp| stamp.vouches_for(stat));
                let (agreed, stat) = (*digest, *stat);
                let found = if vouched && self.policies.evidence == Evidence::FileSystem {
                    agreed
                } else {
                    self.digest(here, side, &stat)?
                };
                here.digests[index(side)] = Some(found);
                if found == agreed { Delta::Unchanged } else { Delta::Edited }
            }
            _ => Delta::Edited,
        })
    }

    fn digest(&mut self, here: &mut Here, side: Side, stat: &Stat) -> Result<Digest, (Side, String)> {
        if let Some(known) = here.digests[index(side)] {
            return Ok(known);
        }
        let digest = self.contents.digest(side, &here.path, stat).map_err(|reason| (side, reason))?;
        here.digests[index(side)] = Some(digest);
        Ok(digest)
    }

    fn equality(&mut self, here: &mut Here) -> Result<Equality, (Side, String)> {
        let same = match (&here.nodes[0], &here.nodes[1]) {
            (Node::Dir(_), Node::Dir(_)) => true,
            (Node::Symlink(_, left), Node::Symlink(_, right)) => left == right,
            (Node::File(left), Node::File(right)) => {
                let (left, right) = (*left, *right);
                left.size == right.size
                    && self.digest(here, Side::Left, &left)? == self.digest(here, Side::Right, &right)?
            }
            _ => return Ok(Equality::DifferentKind),
        };
        Ok(if same { Equality::Same } else { Equality::Different })
    }
}

/// The side whose file was modified last, where both hold files and the times differ.
pub(super) fn newer(here: &Here) -> Option<Side> {
    match (&here.nodes[0], &here.nodes[1]) {
        (Node::File(left), Node::File(right)) => match left.mtime.cmp(&right.mtime) {
            Ordering::Greater => Some(Side::Left),
            Ordering::Less => Some(Side::Right),
            Ordering::Equal => None,
        },
        _ => None,
    }
}
