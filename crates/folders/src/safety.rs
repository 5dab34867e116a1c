//! The rules that halt an item before anything is changed: pure predicates over what a run found.
//!
//! A halt is a state and no error: the item waits for a person, who is told what was found and the ways on.

use syncmgr_model::fact::Side;
use syncmgr_model::id::Uuid;

use crate::config::{Mode, Rule};
use crate::reconcile::Census;

/// Fewer deletions than this never halt: people clear out small folders every day, and the trash has everything.
const MANY: u64 = 50;
/// A root with fewer entries than this at its top may become empty without a question, as long as it is itself.
const FEW_AT_TOP: u64 = 3;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Findings {
    pub(crate) mode: Mode,
    pub(crate) census: Census,
    /// Files and links that would be deleted: left, right.
    pub(crate) deletions: [u64; 2],
    /// Replica ids at the last run and now: left, right.
    pub(crate) replicas_then: [Option<Uuid>; 2],
    pub(crate) replicas_now: [Option<Uuid>; 2],
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
    let emptied = Side::BOTH.into_iter().find(|side| root_emptied(findings, *side));
    if let Some(side) = emptied {
        return (!allowed.contains(&Rule::RootEmptied)).then(|| emptied_halt(findings, side));
    }
    if let Some(side) = Side::BOTH.into_iter().find(|side| replica_exchanged(findings, *side))
        && !allowed.contains(&Rule::ReplicaExchanged)
    {
        return Some(Halt {
            rule: Rule::ReplicaExchanged,
            text: format!(
                "the {side} folder is not the one of the last run (another disk, a restored copy, or a mount that is \
                 missing); if it is meant to be, `--allow replica-exchanged` joins both folders anew, without any \
                 deletion"
            ),
        });
    }
    let side = Side::BOTH.into_iter().find(|side| too_many_deletions(findings, *side))?;
    (!allowed.contains(&Rule::TooManyDeletions)).then(|| Halt {
        rule: Rule::TooManyDeletions,
        text: format!(
            "{} of {} files would be deleted on the {side}; if that is meant, `--allow too-many-deletions` lets it pass \
             once (they go to the trash)",
            findings.deletions[side as usize], findings.census.base_files
        ),
    })
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

/// A root does not carry the marker it had at the last run.
fn replica_exchanged(findings: &Findings, side: Side) -> bool {
    let (then, now) = (findings.replicas_then[side as usize], findings.replicas_now[side as usize]);
    then.is_some() && then != now
}

/// More than half of what was in step would be deleted on a side, and not just a few files.
fn too_many_deletions(findings: &Findings, side: Side) -> bool {
    let deletions = findings.deletions[side as usize];
    deletions >= MANY && deletions * 2 > findings.census.base_files
}

/// Whether so much would be replaced on one side that it is worth a warning: a restored backup, or something hostile.
pub(crate) fn many_updates(updates: u64, base_files: u64) -> bool {
    updates >= MANY && updates * 2 > base_files
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Findings = Findings {
        mode: Mode::TwoWaySafe,
        census: Census { top: [10, 10, 10], base_files: 100, entries: 300 },
        deletions: [0, 0],
        replicas_then: [Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))],
        replicas_now: [Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))],
    };

    fn rule(findings: Findings, allowed: &[Rule]) -> Option<Rule> {
        check(&findings, allowed).map(|halt| halt.rule)
    }

    #[test]
    fn an_ordinary_run_is_not_halted() {
        assert_eq!(rule(NOTHING, &[]), None);
        assert_eq!(rule(Findings { deletions: [0, 50], ..NOTHING }, &[]), None, "half is not more than half");
        assert_eq!(rule(Findings { replicas_then: [None, None], ..NOTHING }, &[]), None, "never marked");
    }

    #[test]
    fn an_emptied_root_halts_whatever_else_it_meets_and_one_word_lets_all_of_it_pass() {
        let census = Census { top: [0, 10, 10], ..NOTHING.census };
        for replicas_now in [NOTHING.replicas_now, [None, Some(Uuid::from_u128(2))]] {
            let findings = Findings { census, deletions: [0, 100], replicas_now, ..NOTHING };
            assert_eq!(rule(findings, &[]), Some(Rule::RootEmptied));
            assert_eq!(rule(findings, &[Rule::RootEmptied]), None);
        }
    }

    #[test]
    fn a_small_root_may_become_empty_unless_it_is_not_itself() {
        let census = Census { top: [0, 2, 2], base_files: 2, ..NOTHING.census };
        assert_eq!(rule(Findings { census, ..NOTHING }, &[]), None);
        let unmounted = Findings { census, replicas_now: [None, Some(Uuid::from_u128(2))], ..NOTHING };
        assert_eq!(rule(unmounted, &[]), Some(Rule::RootEmptied));
    }

    #[test]
    fn an_emptied_right_root_of_a_one_way_pair_is_filled_again_without_a_question() {
        let census = Census { top: [10, 0, 10], ..NOTHING.census };
        assert_eq!(rule(Findings { census, mode: Mode::OneWayReplica, ..NOTHING }, &[]), None);
        assert_eq!(rule(Findings { census, ..NOTHING }, &[]), Some(Rule::RootEmptied));
    }

    #[test]
    fn a_root_with_another_marker_halts() {
        let exchanged =
            Findings { replicas_now: [Some(Uuid::from_u128(9)), Some(Uuid::from_u128(2))], ..NOTHING };
        assert_eq!(rule(exchanged, &[]), Some(Rule::ReplicaExchanged));
        assert_eq!(rule(exchanged, &[Rule::ReplicaExchanged]), None);
    }

    #[test]
    fn more_than_half_deleted_halts_until_allowed() {
        let findings = Findings { deletions: [0, 60], ..NOTHING };
        let halt = check(&findings, &[]).unwrap();
        assert_eq!(halt.rule, Rule::TooManyDeletions);
        assert!(halt.text.contains("60 of 100"), "{}", halt.text);
        assert_eq!(rule(findings, &[Rule::TooManyDeletions]), None);
        assert_eq!(rule(findings, &[Rule::RootEmptied]), Some(Rule::TooManyDeletions));
    }
}
