//! Metadata kept by option, where both sides hold the same content: what flows, and what the baseline learns.

use syncmgr_model::fact::Side;

use super::{Contents, Here, Merge, Node};
use crate::config::{Keep, KeepSet};
use crate::decide::{direction, only_from_left};
use crate::fs::Stat;
use crate::kept::{Kept, KeptSides, NO_ATTRIBUTES, Value};
use crate::plan::index;

/// What is to be done about a path's metadata kept by option.
#[derive(Debug, Default)]
pub(super) struct KeptFlow {
    /// What each side shows once that is done.
    pub(super) after: KeptSides,
    /// What each side takes over from the other.
    pub(super) take_over: [KeepSet; 2],
}

impl KeptFlow {
    /// The owner that a side gets.
    pub(super) fn owner(&self, side: Side, other: &Stat) -> Option<(u32, u32)> {
        self.take_over[index(side)].has(Keep::Owner).then_some((other.uid, other.gid))
    }

    /// Which kinds of extended attributes a side takes over.
    pub(super) fn like(&self, side: Side) -> KeepSet {
        self.take_over[index(side)].iter().filter(|what| *what != Keep::Owner).collect()
    }
}

const WITH_ENTRIES: [Keep; 3] = [Keep::Owner, Keep::Xattrs, Keep::Acls];

impl<C: Contents> Merge<C> {
    /// Whether anything is kept by option that each entry has of its own.
    pub(super) fn keeps(&self) -> bool {
        WITH_ENTRIES.iter().any(|what| self.policies.keep.has(*what))
    }

    /// What a new entry says as long as nobody has looked: that both sides still have to be brought in step.
    pub(super) fn nothing_kept_yet(&self) -> KeptSides {
        self.keeps().then(Box::default)
    }

    /// Looks at both sides and decides what flows. Each kind flows on its own, from the side that changed it relative to
    /// what *that side* showed when both agreed; a side that cannot keep a kind neither gives nor takes it.
    pub(super) fn kept(&mut self, here: &Here, left: &Stat, right: &Stat) -> KeptFlow {
        // The roots themselves are the user's.
        if !self.keeps() || here.path.is_empty() {
            return KeptFlow::default();
        }
        let base = here.base.as_ref().and_then(|base| base.kept().copied());
        let mut now = [self.shown(here, Side::Left, left), self.shown(here, Side::Right, right)];
        let mut take_over = [KeepSet::default(); 2];
        let keep = self.policies.keep;
        for what in WITH_ENTRIES.into_iter().filter(|what| keep.has(*what)) {
            if let Some(from) = self.flows(what, &now, base.as_ref()) {
                let source = now[index(from)];
                now[index(from.other())].take_over(what, &source);
                take_over[index(from.other())].insert(what);
            }
        }
        KeptFlow { after: Some(Box::new(now)), take_over }
    }

    fn flows(&mut self, what: Keep, now: &[Kept; 2], base: Option<&[Kept; 2]>) -> Option<Side> {
        let values = [now[0].value(what), now[1].value(what)];
        if values[0] == values[1] {
            return None;
        }
        if let Some(silent) = Side::BOTH.into_iter().find(|side| values[index(*side)].is_none()) {
            // It cannot even say. That is worth knowing if the other side has something to lose.
            if !matches!(values[index(silent.other())], None | Some(Value::Sum(NO_ATTRIBUTES))) {
                self.contents.can_keep(silent, what);
            }
            return None;
        }
        let regained = self.policies.regained.map(|side| side.has(what));
        let changed = match (regained, base) {
            // What it shows is not what it was given: the other side knows better.
            ([true, false], _) => [false, true],
            ([false, true], _) => [true, false],
            (_, None) => [true, true],
            (_, Some(base)) => [0, 1].map(|side| base[side].value(what) != values[side]),
        };
        let from = direction(changed, self.policies.mode)?;
        let can_take = self.contents.can_keep(from.other(), what);
        let can_give = only_from_left(self.policies.mode) || self.contents.can_keep(from, what);
        (can_take && can_give).then_some(from)
    }

    /// What a side shows. A file that its stamp vouches for has not been touched, attributes included; what cannot be
    /// read is a problem and counts as unchanged.
    fn shown(&mut self, here: &Here, side: Side, stat: &Stat) -> Kept {
        let keep = self.policies.keep;
        let base = here.base.as_ref().and_then(|base| base.kept().map(|kept| kept[index(side)]));
        let stamp = here.base.as_ref().and_then(|base| base.stamp(side));
        let is_known = |known: &Kept| {
            (known.xattrs.is_some() || !keep.has(Keep::Xattrs))
                && (known.acls.is_some() || !keep.has(Keep::Acls))
        };
        let owner = keep.has(Keep::Owner).then_some((stat.uid, stat.gid));
        let is_link = matches!(here.node(side), Node::Symlink(..));
        if is_link || !(keep.has(Keep::Xattrs) || keep.has(Keep::Acls)) {
            return Kept { owner, ..Kept::default() };
        }
        if let (Some(known), Some(stamp)) = (base.filter(is_known), stamp)
            && stamp.vouches_for(stat)
        {
            return Kept {
                owner,
                xattrs: known.xattrs.filter(|_| keep.has(Keep::Xattrs)),
                acls: known.acls.filter(|_| keep.has(Keep::Acls)),
            };
        }
        match self.contents.kept(side, &here.path, stat, keep) {
            Ok(kept) => Kept { owner, ..kept },
            Err(reason) => {
                self.problem(Some(side), &here.path, reason);
                Kept { owner, ..base.unwrap_or_default() }
            }
        }
    }
}
