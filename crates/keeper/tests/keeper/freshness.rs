//! The freshness contract: late is told once, whatever the reason.

use std::time::Duration;

use syncmgr_keeper::*;

use crate::rig::*;

fn daily_fresh(triggers: &[&str]) -> ItemRule {
    ItemRule { freshness: Some(Duration::from_secs(86_400)), ..rule(A, triggers) }
}

#[test]
fn an_item_that_no_trigger_starts_is_late_once_and_fresh_after_it_succeeds() {
    let mut rig = Rig::new(vec![daily_fresh(&["change"])]);
    assert_eq!(
        rig.moment("2026-03-24 00:00"),
        "late a (it has not succeeded for 1d); LATE a since 2026-03-24 00:00; NO WAKE"
    );
    assert_eq!(rig.moment("2026-03-25 00:00"), "NO WAKE");
    let did = rig.step("2026-03-25 09:00", Happening::Changed { item: A });
    assert_eq!(did, "ran a change; START a change");
    assert_eq!(rig.succeed("2026-03-25 09:01", &[A]), "FRESH a; WAKE 2026-03-26 09:01");
}

#[test]
fn an_item_is_late_also_when_the_machine_was_off_and_is_not_told_twice() {
    let rules = vec![daily_fresh(&["change"])];
    let mut rig = Rig::new(rules.clone());
    assert_eq!(
        rig.restart(rules.clone(), "2026-03-26 09:00", Logon::Earlier),
        "late a (it has not succeeded for 1d); LATE a since 2026-03-24 00:00; NO WAKE"
    );
    assert_eq!(rig.restart(rules, "2026-03-26 10:00", Logon::Earlier), "NO WAKE");
}

#[test]
fn a_failure_makes_nobody_fresh() {
    let mut rig = Rig::new(vec![daily_fresh(&["change"])]);
    assert_eq!(
        rig.moment("2026-03-24 00:00"),
        "late a (it has not succeeded for 1d); LATE a since 2026-03-24 00:00; NO WAKE"
    );
    let did = rig.step("2026-03-24 09:00", Happening::Changed { item: A });
    assert_eq!(did, "ran a change; START a change");
    let did = rig.end("2026-03-24 09:01", &[result(A, failure(ErrorClass::Bug))]);
    assert_eq!(did, "gave-up a change (bug: no answer)");
}

#[test]
fn a_contract_that_is_relaxed_makes_the_item_fresh_and_one_that_stays_does_not() {
    let mut rig = Rig::new(vec![daily_fresh(&["change"])]);
    let did = rig.moment("2026-03-24 01:00");
    assert!(did.contains("LATE a since 2026-03-24 00:00"), "{did}");
    let same = vec![daily_fresh(&["logon"])];
    assert_eq!(rig.step("2026-03-24 02:00", Happening::RulesChanged(same)), "");
    let weekly = ItemRule { freshness: Some(Duration::from_secs(7 * 86_400)), ..rule(A, &[]) };
    let did = rig.step("2026-03-24 03:00", Happening::RulesChanged(vec![weekly]));
    assert_eq!(did, "FRESH a; WAKE 2026-03-30 01:00");
    assert_eq!(rig.step("2026-03-24 04:00", Happening::RulesChanged(vec![rule(A, &[])])), "NO WAKE");
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_an_item_from_being_late() {
    let mut rig = Rig::new(vec![daily_fresh(&["change"])]);
    assert_eq!(rig.moment("2026-01-01 00:00"), "WAKE 2026-01-02 00:00");
    let did = rig.moment("2026-01-02 00:00");
    assert!(did.contains("LATE a"), "{did}");
    // Neither does it make one fresh that is late.
    assert_eq!(rig.moment("2025-12-01 00:00"), "NO WAKE");
}
