//! What to do about one path: pure decisions, one arm for each row of the table.

use syncmgr_model::fact::{ConflictKind, Side};

use crate::baseline::Stamp;
use crate::config::{ConflictPolicy, Mode};
use crate::fs::{Attributes, Stat};

/// What happened to a path on one side since both sides agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delta {
    /// As it was; also: never there and not there now.
    Unchanged,
    /// There now, and nothing was agreed on.
    Created,
    /// Other content, or of another kind.
    Edited,
    /// No longer there.
    Deleted,
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Both sides hold the same.
    InStep,
    /// Neither side holds it any more.
    Forget,
    /// The other side becomes like this one.
    Propagate(Side),
    /// As `Propagate`, but the other side's deletion loses against this side's edit, which is worth telling.
    KeepEdit(Side),
    /// The edits exclude each other.
    Conflict(ConflictKind),
    /// Stays as it is, and that is no conflict.
    Leave,
}

/// Whether both sides hold the same now. Worked out only where the answer matters: it can cost reading both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Equality {
    /// The same content.
    Same,
    /// Different content of the same kind.
    Different,
    /// Different kinds of thing.
    DifferentKind,
}

/// Decides about a path by what happened on each side.
///
/// `equality` is looked at only where both sides hold something that changed.
pub(crate) fn decide(left: Delta, right: Delta, equality: Equality, mode: Mode) -> Decision {
    use Delta::{Created, Deleted, Edited, Unchanged};
    let conflict = |kind| match equality {
        Equality::Same => Decision::InStep,
        Equality::Different => Decision::Conflict(kind),
        Equality::DifferentKind => Decision::Conflict(ConflictKind::Type),
    };
    let safe = match (left, right) {
        (Unchanged, Unchanged) => Decision::InStep,
        (Deleted, Deleted) => Decision::Forget,
        (Unchanged, Created | Edited | Deleted) => Decision::Propagate(Side::Right),
        (Created | Edited | Deleted, Unchanged) => Decision::Propagate(Side::Left),
        (Created, Created) => conflict(ConflictKind::CreateCreate),
        (Edited, Edited) => conflict(ConflictKind::EditEdit),
        (Deleted, Edited) => Decision::KeepEdit(Side::Right),
        (Edited, Deleted) => Decision::KeepEdit(Side::Left),
        // Both sides share one baseline, so these cannot be; holding still is right whatever made them appear.
        (Created, Edited | Deleted) | (Edited | Deleted, Created) => {
            Decision::Conflict(ConflictKind::EditEdit)
        }
    };
    match mode {
        Mode::TwoWaySafe => safe,
        Mode::TwoWayResolved => match safe {
            Decision::KeepEdit(_) | Decision::Conflict(_) => Decision::Propagate(Side::Left),
            other => other,
        },
        Mode::OneWaySafe => match (safe, right) {
            (Decision::Propagate(Side::Right), Created) => Decision::Leave,
            (Decision::Propagate(Side::Right), Deleted) => Decision::Propagate(Side::Left),
            (Decision::Propagate(Side::Right), _) => Decision::Conflict(ConflictKind::EditEdit),
            (Decision::KeepEdit(Side::Right), _) => Decision::Conflict(ConflictKind::EditDelete),
            (Decision::KeepEdit(Side::Left), _) => Decision::Propagate(Side::Left),
            (other, _) => other,
        },
        Mode::OneWayReplica => match safe {
            Decision::InStep | Decision::Forget => safe,
            _ => Decision::Propagate(Side::Left),
        },
    }
}

/// How a conflict is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// Not at all: both sides stay.
    Hold,
    /// This side wins.
    Wins(Side),
    /// Both are kept, the right one under another name.
    KeepBoth,
    /// Both sides stay, and that is what was wanted.
    Leave,
}

/// Settles a conflict by policy. `newer` is the side modified last, where both are files and it can be told.
pub(crate) fn settle(policy: ConflictPolicy, mode: Mode, newer: Option<Side>) -> Settlement {
    let one_way = only_from_left(mode);
    let wins = |side| match side {
        // Nothing ever flows to the left in these modes; that the right wins means that it may differ.
        Side::Right if one_way => Settlement::Leave,
        side => Settlement::Wins(side),
    };
    match policy {
        ConflictPolicy::Hold => Settlement::Hold,
        ConflictPolicy::Left => wins(Side::Left),
        ConflictPolicy::Right => wins(Side::Right),
        ConflictPolicy::Newer => newer.map_or(Settlement::Hold, wins),
        ConflictPolicy::Both if one_way => Settlement::Leave,
        ConflictPolicy::Both => Settlement::KeepBoth,
    }
}

/// The permission bits that are kept in step. Set-id and sticky bits are not: they grant rights, and an owner on one
/// side is somebody else on the other.
pub(crate) const MODE_BITS: u32 = 0o777;

/// The attributes each side (left, right) has to take over so that both agree. The content is the same on both.
///
/// Each attribute flows on its own, from the side that changed it; where both did, the left one wins. A side counts as
/// having changed an attribute only if it differs from what *that side* showed when both agreed, so that a side which
/// cannot keep an attribute never sends its own version back.
pub(crate) fn decide_attributes(
    left: &Stat,
    right: &Stat,
    base: Option<(&Stamp, &Stamp)>,
    mode: Mode,
) -> [Attributes; 2] {
    let bits = |mode: u32| mode & MODE_BITS;
    let base_bits = base.map(|(left, right)| (bits(left.mode), bits(right.mode)));
    let base_mtime = base.map(|(left, right)| (left.mtime, right.mtime));
    let mut wanted = [Attributes::default(); 2];
    match flow(bits(left.mode), bits(right.mode), base_bits, mode) {
        Some(Side::Left) => wanted[1].mode = Some(bits(left.mode)),
        Some(Side::Right) => wanted[0].mode = Some(bits(right.mode)),
        None => {}
    }
    match flow(left.mtime, right.mtime, base_mtime, mode) {
        Some(Side::Left) => wanted[1].mtime = Some(left.mtime),
        Some(Side::Right) => wanted[0].mtime = Some(right.mtime),
        None => {}
    }
    wanted
}

/// The side a value flows from, if it has to flow.
pub(crate) fn flow<T: PartialEq + Copy>(left: T, right: T, base: Option<(T, T)>, mode: Mode) -> Option<Side> {
    if left == right {
        return None;
    }
    let changed = match base {
        None => [true, true],
        Some((base_left, base_right)) => [left != base_left, right != base_right],
    };
    direction(changed, mode)
}

/// The side a value flows from, where the sides differ, by which of them changed it: left, right.
pub(crate) fn direction([left_changed, right_changed]: [bool; 2], mode: Mode) -> Option<Side> {
    match mode {
        _ if left_changed => Some(Side::Left),
        Mode::TwoWaySafe | Mode::TwoWayResolved if right_changed => Some(Side::Right),
        Mode::OneWayReplica if right_changed => Some(Side::Left),
        _ => None,
    }
}

/// The side the permission bits of a folder flow from.
///
/// As any value; only where nothing was agreed on, the narrower side wins: a run that was cut off may have left its own
/// folder open to itself, which must not widen the original.
pub(crate) fn folder_mode_flow(left: u32, right: u32, base: Option<(u32, u32)>, mode: Mode) -> Option<Side> {
    let both_ways = matches!(mode, Mode::TwoWaySafe | Mode::TwoWayResolved);
    if base.is_none() && both_ways && left != right && left & right == right {
        return Some(Side::Right);
    }
    flow(left, right, base, mode)
}

/// Whether nothing ever flows to the left.
pub(crate) const fn only_from_left(mode: Mode) -> bool {
    matches!(mode, Mode::OneWaySafe | Mode::OneWayReplica)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::*;
    use Delta::*;

    const ALL: [Delta; 4] = [Unchanged, Created, Edited, Deleted];
    const LEFT: Decision = Propagate(Side::Left);
    const RIGHT: Decision = Propagate(Side::Right);

    #[test]
    fn the_table_of_decisions_for_different_content() {
        let edit = Conflict(ConflictKind::EditEdit);
        let create = Conflict(ConflictKind::CreateCreate);
        let delete = Conflict(ConflictKind::EditDelete);
        // left, right: two-way-safe, two-way-resolved, one-way-safe, one-way-replica
        let table = [
            (Unchanged, Unchanged, [InStep, InStep, InStep, InStep]),
            (Deleted, Deleted, [Forget, Forget, Forget, Forget]),
            (Created, Unchanged, [LEFT, LEFT, LEFT, LEFT]),
            (Edited, Unchanged, [LEFT, LEFT, LEFT, LEFT]),
            (Deleted, Unchanged, [LEFT, LEFT, LEFT, LEFT]),
            (Unchanged, Created, [RIGHT, RIGHT, Leave, LEFT]),
            (Unchanged, Edited, [RIGHT, RIGHT, edit, LEFT]),
            (Unchanged, Deleted, [RIGHT, RIGHT, LEFT, LEFT]),
            (Created, Created, [create, LEFT, create, LEFT]),
            (Edited, Edited, [edit, LEFT, edit, LEFT]),
            (Deleted, Edited, [KeepEdit(Side::Right), LEFT, delete, LEFT]),
            (Edited, Deleted, [KeepEdit(Side::Left), LEFT, LEFT, LEFT]),
        ];
        for (left, right, expected) in table {
            for (mode, expected) in Mode::ALL.iter().zip(expected) {
                let decision = decide(left, right, Equality::Different, *mode);
                assert_eq!(decision, expected, "left {left:?}, right {right:?}, {mode}");
            }
        }
    }

    #[test]
    fn the_same_edit_on_both_sides_is_agreement_in_every_mode() {
        for mode in Mode::ALL {
            for change in [Created, Edited] {
                assert_eq!(decide(change, change, Equality::Same, *mode), InStep, "{change:?} {mode}");
            }
        }
    }

    #[test]
    fn one_way_modes_never_write_the_left() {
        for mode in [Mode::OneWaySafe, Mode::OneWayReplica] {
            for left in ALL {
                for right in ALL {
                    for equality in [Equality::Same, Equality::Different, Equality::DifferentKind] {
                        let decision = decide(left, right, equality, mode);
                        assert!(
                            !matches!(decision, RIGHT | KeepEdit(Side::Right)),
                            "{left:?} {right:?} {mode}"
                        );
                    }
                }
            }
            for policy in ConflictPolicy::ALL {
                for newer in [None, Some(Side::Left), Some(Side::Right)] {
                    assert_ne!(settle(*policy, mode, newer), Settlement::Wins(Side::Right));
                }
            }
        }
    }

    #[test]
    fn an_edit_is_never_lost_to_a_deletion_in_the_default_mode() {
        for (left, right) in [(Deleted, Edited), (Edited, Deleted)] {
            assert!(matches!(decide(left, right, Equality::Different, Mode::TwoWaySafe), KeepEdit(_)));
        }
    }

    #[test]
    fn newer_holds_where_it_cannot_be_told() {
        let settled = |newer| settle(ConflictPolicy::Newer, Mode::TwoWaySafe, newer);
        assert_eq!(settled(None), Settlement::Hold);
        assert_eq!(settled(Some(Side::Right)), Settlement::Wins(Side::Right));
    }

    #[test]
    fn an_attribute_flows_from_the_side_that_changed_it() {
        for (left, right, base, expected) in [
            (1, 1, Some((1, 1)), None),
            (2, 1, Some((1, 1)), Some(Side::Left)),
            (1, 2, Some((1, 1)), Some(Side::Right)),
            (2, 3, Some((1, 1)), Some(Side::Left)),
            (1, 2, None, Some(Side::Left)),
            // The right cannot keep 1 and shows 7; that is no change.
            (1, 7, Some((1, 7)), None),
            (2, 7, Some((1, 7)), Some(Side::Left)),
        ] {
            assert_eq!(flow(left, right, base, Mode::TwoWaySafe), expected, "{left} {right} {base:?}");
        }
        let folder = |left, right, base| folder_mode_flow(left, right, base, Mode::TwoWaySafe);
        assert_eq!(folder(0o755, 0o555, None), Some(Side::Right), "left open by a run that was cut off");
        assert_eq!(folder(0o555, 0o755, None), Some(Side::Left));
        assert_eq!(folder(0o750, 0o705, None), Some(Side::Left), "neither is narrower");
        assert_eq!(folder(0o755, 0o555, Some((0o555, 0o555))), Some(Side::Left), "widened by its owner");
        assert_eq!(folder_mode_flow(0o755, 0o555, None, Mode::OneWaySafe), Some(Side::Left));
        assert_eq!(flow(1, 2, Some((1, 1)), Mode::OneWaySafe), None);
        assert_eq!(flow(1, 2, Some((1, 1)), Mode::OneWayReplica), Some(Side::Left));
    }
}
