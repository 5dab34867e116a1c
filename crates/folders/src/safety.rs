//! The rules that halt an item before anything is changed: pure predicates over what a run found.
//!
//! A halt is a state and no error: the item waits for a person, who is told what was found and the ways on.

use syncmgr_model::fact::Side;
use syncmgr_model::id::Uuid;

use crate::baseline::RootPlace;
use crate::config::{Budget, Mode, Rule};
use crate::path::display;
use crate::reconcile::Census;

/// Fewer changes than this never halt: people clear out small folders every day, and the trash has everything.
pub(crate) const MANY: u64 = 50;
/// A root with fewer entries than this at its top may become empty without a question, as long as it is itself.
const FEW_AT_TOP: u64 = 3;

/// People empty a file now and then, and hardly ever this many between two runs.
const MANY_EMPTIED: u64 = 10;

/// What the rules look at.
#[derive(Debug, Clone)]
pub(crate) struct Findings {
    pub(crate) mode: Mode,
    pub(crate) budget: Budget,
    pub(crate) census: Census,
    /// Files and links that would be deleted, renamed ones left out: left, right.
    pub(crate) deletions: [u64; 2],
    /// Files whose content would be replaced: left, right.
    pub(crate) overwrites: [u64; 2],
    /// Replica ids at the last run and now: left, right.
    pub(crate) replicas_then: [Option<Uuid>; 2],
    pub(crate) replicas_now: [Option<Uuid>; 2],
    /// Where the roots were at the last run and are now: left, right.
    pub(crate) roots_then: [Option<RootPlace>; 2],
    pub(crate) roots_now: [Option<RootPlace>; 2],
    /// A folder that was a mount point at the last run and is none now.
    pub(crate) lost_mount: Option<LostMount>,
}

/// A folder that another disk was mounted on at the last run, and is not now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LostMount {
    pub(crate) side: Side,
    pub(crate) path: Vec<u8>,
    /// Files and links below it that would be deleted on the other side.
    pub(crate) deletions: u64,
}

/// A rule that is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Halt {
    pub(crate) rule: Rule,
    pub(crate) text: String,
}

/// The first rule that is met and not allowed to pass.
///
/// Whoever allows an emptied root has said that its deletions are meant, so that the rules about many deletions and
/// about the lost marker, which an emptied root meets as well, are passed with it.
pub(crate) fn check(findings: &Findings, allowed: &[Rule]) -> Option<Halt> {
    let side_of =
        |rule: fn(&Findings, Side) -> bool| Side::BOTH.into_iter().find(|side| rule(findings, *side));
    let allows = |rule| allowed.contains(&rule);
    if let Some(side) = side_of(root_emptied) {
        return (!allows(Rule::RootEmptied)).then(|| emptied_halt(findings, side));
    }
    if let Some(side) = side_of(configuration_changed).filter(|_| !allows(Rule::ConfigurationChanged)) {
        return Some(changed_halt(side));
    }
    if let Some(side) = side_of(replica_exchanged).filter(|_| !allows(Rule::ReplicaExchanged)) {
        return Some(exchanged_halt(side));
    }
    if let Some(mount) = mount_missing(findings).filter(|_| !allows(Rule::MountMissing)) {
        return Some(mount_halt(mount));
    }
    if let Some(side) = side_of(too_many_deletions).filter(|_| !allows(Rule::TooManyDeletions)) {
        return Some(budget_halt(findings, side, Rule::TooManyDeletions));
    }
    let side = side_of(too_many_overwrites).filter(|_| !allows(Rule::TooManyOverwrites))?;
    Some(budget_halt(findings, side, Rule::TooManyOverwrites))
}

fn emptied_halt(findings: &Findings, side: Side) -> Halt {
    Halt {
        rule: Rule::RootEmptied,
        text: format!(
            "the {side} folder is empty, and held {} files at the last run; if they were deleted on purpose, `--allow \
             root-emptied` deletes them on the {} as well (to the trash); to get them back, `--allow replica-exchanged` \
             fills the {side} folder again",
            findings.census.base_files,
            side.other()
        ),
    }
}

fn exchanged_halt(side: Side) -> Halt {
    Halt {
        rule: Rule::ReplicaExchanged,
        text: format!(
            "the {side} folder is not the one of the last run (another disk, a restored copy, or a mount that is \
             missing); if it is meant to be, `--allow replica-exchanged` joins both folders anew, without any deletion"
        ),
    }
}

fn changed_halt(side: Side) -> Halt {
    Halt {
        rule: Rule::ConfigurationChanged,
        text: format!(
            "the item means another {side} folder than at the last run; if that one was moved here, `--allow \
             configuration-changed` goes on from what was agreed on; if it is a new one, `--allow replica-exchanged` \
             joins both folders anew, without any deletion"
        ),
    }
}

fn mount_halt(mount: &LostMount) -> Halt {
    let LostMount { side, path, deletions } = mount;
    Halt {
        rule: Rule::MountMissing,
        text: format!(
            "`{}` in the {side} folder had a disk mounted on it at the last run and has none now: {deletions} files would \
             be deleted on the {}; mount it and run again, or, if it is gone for good, `--allow mount-missing` deletes \
             them (to the trash)",
            display(path),
            side.other()
        ),
    }
}

fn budget_halt(findings: &Findings, side: Side, rule: Rule) -> Halt {
    let (n, what, where_to) = match rule {
        Rule::TooManyDeletions => (findings.deletions[side as usize], "deleted", "they go to the trash"),
        _ => (findings.overwrites[side as usize], "overwritten", "their old versions go to the trash"),
    };
    let text = format!(
        "{n} of {} files would be {what} on the {side}; if that is meant, `--allow {rule}` lets it pass once ({where_to})",
        findings.census.base_files
    );
    Halt { rule, text }
}

/// Whether a change on this side can flow to the other one.
const fn flows_from(side: Side, mode: Mode) -> bool {
    matches!(side, Side::Left) || matches!(mode, Mode::TwoWaySafe | Mode::TwoWayResolved)
}

/// A root that held things is empty now, and the other is not.
fn root_emptied(findings: &Findings, side: Side) -> bool {
    let top = &findings.census.top;
    let (here, there) = (top[side as usize], top[side.other() as usize]);
    let enough = top[2] >= FEW_AT_TOP || (top[2] > 0 && replica_exchanged(findings, side));
    flows_from(side, findings.mode) && here == 0 && there > 0 && enough
}

/// The item means another directory than at the last run. Under another path the same one is no other.
fn configuration_changed(findings: &Findings, side: Side) -> bool {
    match (findings.roots_then[side as usize], findings.roots_now[side as usize]) {
        (Some(then), Some(now)) => now.is_another_than(&then),
        _ => false,
    }
}

/// A root does not carry the marker it had at the last run.
fn replica_exchanged(findings: &Findings, side: Side) -> bool {
    let (then, now) = (findings.replicas_then[side as usize], findings.replicas_now[side as usize]);
    then.is_some() && then != now
}

/// A folder in a root has lost the disk that was mounted on it, and what lay there would be deleted.
fn mount_missing(findings: &Findings) -> Option<&LostMount> {
    findings.lost_mount.as_ref().filter(|mount| mount.deletions > 0)
}

/// More of what was in step would be deleted on a side than the budget allows, and not just a few files.
fn too_many_deletions(findings: &Findings, side: Side) -> bool {
    is_above(findings.deletions[side as usize], findings.census.base_files, findings.budget.deletions)
}

/// More of what was in step would be overwritten on a side than the budget allows: a restored backup, or something
/// hostile.
fn too_many_overwrites(findings: &Findings, side: Side) -> bool {
    is_above(findings.overwrites[side as usize], findings.census.base_files, findings.budget.overwrites)
}

fn is_above(n: u64, of: u64, percent: u8) -> bool {
    n >= MANY && n.saturating_mul(100) > of.saturating_mul(u64::from(percent))
}

/// Whether so many files became empty that it is worth a warning: a power cut leaves files with their names and without
/// their content.
pub(crate) fn many_emptied(emptied: u64) -> bool {
    emptied >= MANY_EMPTIED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Findings {
        let replicas = [Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))];
        let roots = [Some(RootPlace::new(b"/l", 1)), Some(RootPlace::new(b"/r", 2))];
        Findings {
            mode: Mode::TwoWaySafe,
            budget: Budget::default(),
            census: Census { top: [10, 10, 10], base_files: 100, entries: 300 },
            deletions: [0, 0],
            overwrites: [0, 0],
            replicas_then: replicas,
            replicas_now: replicas,
            roots_then: roots,
            roots_now: roots,
            lost_mount: None,
        }
    }

    fn rule(findings: &Findings, allowed: &[Rule]) -> Option<Rule> {
        check(findings, allowed).map(|halt| halt.rule)
    }

    #[test]
    fn an_ordinary_run_is_not_halted() {
        assert_eq!(rule(&nothing(), &[]), None);
        assert_eq!(
            rule(&Findings { deletions: [0, 50], ..nothing() }, &[]),
            None,
            "half is not more than half"
        );
        assert_eq!(rule(&Findings { replicas_then: [None, None], ..nothing() }, &[]), None, "never marked");
        assert_eq!(
            rule(&Findings { roots_then: [None, None], ..nothing() }, &[]),
            None,
            "an earlier baseline"
        );
    }

    #[test]
    fn an_emptied_root_halts_whatever_else_it_meets_and_one_word_lets_all_of_it_pass() {
        let census = Census { top: [0, 10, 10], ..nothing().census };
        for replicas_now in [nothing().replicas_now, [None, Some(Uuid::from_u128(2))]] {
            let findings = Findings { census, deletions: [0, 100], replicas_now, ..nothing() };
            assert_eq!(rule(&findings, &[]), Some(Rule::RootEmptied));
            assert_eq!(rule(&findings, &[Rule::RootEmptied]), None);
        }
    }

    #[test]
    fn a_small_root_may_become_empty_unless_it_is_not_itself() {
        let census = Census { top: [0, 2, 2], base_files: 2, ..nothing().census };
        assert_eq!(rule(&Findings { census, ..nothing() }, &[]), None);
        let unmounted = Findings { census, replicas_now: [None, Some(Uuid::from_u128(2))], ..nothing() };
        assert_eq!(rule(&unmounted, &[]), Some(Rule::RootEmptied));
    }

    #[test]
    fn an_emptied_right_root_of_a_one_way_pair_is_filled_again_without_a_question() {
        let census = Census { top: [10, 0, 10], ..nothing().census };
        assert_eq!(rule(&Findings { census, mode: Mode::OneWayReplica, ..nothing() }, &[]), None);
        assert_eq!(rule(&Findings { census, ..nothing() }, &[]), Some(Rule::RootEmptied));
    }

    #[test]
    fn a_root_with_another_marker_halts() {
        let exchanged =
            Findings { replicas_now: [Some(Uuid::from_u128(9)), Some(Uuid::from_u128(2))], ..nothing() };
        assert_eq!(rule(&exchanged, &[]), Some(Rule::ReplicaExchanged));
        assert_eq!(rule(&exchanged, &[Rule::ReplicaExchanged]), None);
    }

    #[test]
    fn another_root_under_another_path_halts_and_the_same_one_does_not() {
        let at = |path: &[u8], ino| Findings {
            roots_now: [Some(RootPlace::new(path, ino)), nothing().roots_now[1]],
            ..nothing()
        };
        assert_eq!(rule(&at(b"/moved", 9), &[]), Some(Rule::ConfigurationChanged));
        assert_eq!(rule(&at(b"/moved", 9), &[Rule::ConfigurationChanged]), None);
        assert_eq!(rule(&at(b"/link/to/l", 1), &[]), None, "the same directory under another path");
        assert_eq!(rule(&at(b"/l", 9), &[]), None, "made anew in its place: that is what the marker is for");
    }

    #[test]
    fn a_lost_mount_halts_only_if_it_would_cost_files() {
        let lost = |deletions| Findings {
            lost_mount: Some(LostMount { side: Side::Left, path: b"disk".to_vec(), deletions }),
            ..nothing()
        };
        let halt = check(&lost(3), &[]).unwrap();
        assert_eq!(halt.rule, Rule::MountMissing);
        assert!(
            halt.text.contains("`disk` in the left folder") && halt.text.contains("3 files"),
            "{}",
            halt.text
        );
        assert_eq!(rule(&lost(3), &[Rule::MountMissing]), None);
        assert_eq!(rule(&lost(0), &[]), None);
    }

    #[test]
    fn more_than_half_deleted_halts_until_allowed() {
        let findings = Findings { deletions: [0, 60], ..nothing() };
        let halt = check(&findings, &[]).unwrap();
        assert_eq!(halt.rule, Rule::TooManyDeletions);
        assert!(halt.text.contains("60 of 100"), "{}", halt.text);
        assert_eq!(rule(&findings, &[Rule::TooManyDeletions]), None);
        assert_eq!(rule(&findings, &[Rule::RootEmptied]), Some(Rule::TooManyDeletions));
    }

    #[test]
    fn nearly_everything_overwritten_halts_until_allowed_and_the_budgets_are_the_items_own() {
        let findings = Findings { overwrites: [0, 76], ..nothing() };
        assert_eq!(rule(&findings, &[]), Some(Rule::TooManyOverwrites));
        assert_eq!(rule(&findings, &[Rule::TooManyOverwrites]), None);
        assert_eq!(rule(&Findings { overwrites: [75, 75], ..nothing() }, &[]), None);
        let generous = Budget { deletions: 100, overwrites: 100 };
        let all = Findings { budget: generous, deletions: [100; 2], overwrites: [100; 2], ..nothing() };
        assert_eq!(rule(&all, &[]), None);
        let strict = Budget { deletions: 0, overwrites: 0 };
        assert_eq!(
            rule(&Findings { budget: strict, deletions: [49, 0], ..nothing() }, &[]),
            None,
            "a few may"
        );
        let many = Findings { budget: strict, overwrites: [50, 0], ..nothing() };
        assert_eq!(rule(&many, &[]), Some(Rule::TooManyOverwrites));
    }
}
