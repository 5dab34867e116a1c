//! Retries, and what is known after the daemon was away.

use syncmgr_keeper::*;
use syncmgr_model::id::ItemId;

use crate::rig::*;

fn progress(class: ErrorClass) -> RunOutcome {
    RunOutcome::Failed(Failure { class, progress: Progress::Made, text: "cut off".to_owned() })
}

fn start(rig: &mut Rig, time: &str, item: ItemId) {
    let did = rig.step(time, Happening::Changed { item });
    assert!(did.contains("START"), "{did}");
}

#[test]
fn a_transient_error_is_tried_again_after_a_while_that_doubles() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    start(&mut rig, "09:00", A);
    let fails = [result(A, failure(ErrorClass::Transient))];
    assert_eq!(
        rig.end("09:01", &fails),
        "retry a change (transient: no answer; again in 30s); WAKE 09:01:30"
    );
    assert_eq!(rig.moment("09:01:30"), "ran a retry; START a retry; NO WAKE");
    assert_eq!(rig.end("09:02", &fails), "retry a retry (transient: no answer; again in 1m); WAKE 09:03");
    assert_eq!(rig.moment("09:03"), "ran a retry; START a retry; NO WAKE");
    assert_eq!(rig.succeed("09:04", &[A]), "");
    // Success has cleared it all.
    start(&mut rig, "09:05", A);
    assert_eq!(
        rig.end("09:06", &fails),
        "retry a change (transient: no answer; again in 30s); WAKE 09:06:30"
    );
}

#[test]
fn what_comes_during_a_back_off_waits_for_its_end() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    start(&mut rig, "09:00", A);
    let fails = [result(A, failure(ErrorClass::Transient))];
    assert_eq!(
        rig.end("09:01", &fails),
        "retry a change (transient: no answer; again in 30s); WAKE 09:01:30"
    );
    assert_eq!(
        rig.step("09:01:10", Happening::Changed { item: A }),
        "waiting a change (not before 2026-03-23 at 09:01:30)"
    );
    assert_eq!(rig.moment("09:01:30"), "ran a change; merged a retry; START a change; NO WAKE");
}

#[test]
fn a_network_that_is_back_ends_the_back_off() {
    let mut rig = Rig::with(vec![rule(A, &["change"])], online());
    start(&mut rig, "09:00", A);
    let fails = [result(A, failure(ErrorClass::Transient))];
    assert_eq!(
        rig.end("09:01", &fails),
        "retry a change (transient: no answer; again in 30s); WAKE 09:01:30"
    );
    assert_eq!(rig.step("09:01:01", Happening::World(World::default())), "");
    assert_eq!(rig.step("09:01:05", Happening::World(online())), "ran a retry; START a retry; NO WAKE");
    assert_eq!(rig.end("09:02", &fails), "retry a retry (transient: no answer; again in 30s); WAKE 09:02:30");
}

#[test]
fn progress_is_followed_by_a_try_at_once() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    start(&mut rig, "09:00", A);
    assert_eq!(
        rig.end("09:01", &[result(A, progress(ErrorClass::Transient))]),
        "retry a change (transient: cut off; again at once); ran a retry; START a retry"
    );
}

#[test]
fn errors_that_do_not_pass_are_not_tried_again_but_triggers_go_on() {
    for class in [ErrorClass::Configuration, ErrorClass::Conflict, ErrorClass::Safety, ErrorClass::Bug] {
        let mut rig = Rig::new(vec![rule(A, &["change"])]);
        start(&mut rig, "09:00", A);
        assert_eq!(
            rig.end("09:01", &[result(A, failure(class))]),
            format!("gave-up a change ({class}: no answer)")
        );
        assert_eq!(rig.step("09:02", Happening::Changed { item: A }), "ran a change; START a change");
    }
}

#[test]
fn the_handlers_word_not_before_is_kept_except_for_who_asks() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    start(&mut rig, "09:00", A);
    let not_before = Some(local("12:00", &rig.zone));
    let limited = RunResult { not_before, ..result(A, failure(ErrorClass::Transient)) };
    assert_eq!(
        rig.end("09:01", &[limited]),
        "retry a change (transient: no answer; again in 179m); WAKE 12:00"
    );
    assert_eq!(
        rig.step("09:02", Happening::World(online())),
        "waiting a retry (not before 2026-03-23 at 12:00)"
    );
    assert_eq!(
        rig.step("09:03", Happening::Asked { items: vec![A] }),
        "ran a asked; merged a retry; START a manual; NO WAKE"
    );
    let limited = RunResult { not_before, ..result(A, RunOutcome::Succeeded) };
    assert_eq!(rig.end("09:04", &[limited]), "");
    assert_eq!(
        rig.step("09:05", Happening::Changed { item: A }),
        "waiting a change (not before 2026-03-23 at 12:00); WAKE 12:00"
    );
}

#[test]
fn a_run_that_was_cut_off_is_tried_again_when_the_daemon_is_back() {
    let rules = vec![rule(A, &["change"])];
    let mut rig = Rig::new(rules.clone());
    start(&mut rig, "09:00", A);
    assert_eq!(
        rig.restart(rules.clone(), "09:10", Logon::Earlier),
        "interrupted a change (transient: the run was cut off; again in 30s); WAKE 09:10:30"
    );
    assert_eq!(rig.moment("09:10:30"), "ran a retry; START a retry; NO WAKE");
    // A run that takes the daemon with it is not begun again and again without a pause.
    assert_eq!(
        rig.restart(rules, "09:11", Logon::Earlier),
        "interrupted a retry (transient: the run was cut off; again in 1m); WAKE 09:12"
    );
}

#[test]
fn a_run_whose_rule_is_gone_ends_all_the_same_or_was_cut_off() {
    let rules = vec![rule(A, &["change"])];
    let mut rig = Rig::new(rules.clone());
    start(&mut rig, "09:00", A);
    assert_eq!(rig.step("09:01", Happening::RulesChanged(Vec::new())), "");
    assert_eq!(rig.succeed("09:02", &[A]), "");
    assert_eq!(rig.kept[0].last_end.map(|(_, ending)| ending), Some(Ending::Succeeded));

    let mut rig = Rig::new(rules.clone());
    start(&mut rig, "09:00", A);
    assert_eq!(rig.restart(Vec::new(), "09:10", Logon::Earlier), "NO WAKE");
    assert_eq!(
        rig.step("09:11", Happening::RulesChanged(rules)),
        "interrupted a change (transient: the run was cut off; again in 30s); WAKE 09:11:30"
    );
}

#[test]
fn what_was_due_when_the_daemon_went_away_runs_when_it_is_back() {
    let rules = vec![rule(A, &["logoff"]), rule(B, &["change"])];
    let mut rig = Rig::new(rules.clone());
    assert_eq!(rig.step("09:00", Happening::Paused { until: None }), "");
    assert_eq!(rig.step("09:01", Happening::Changed { item: B }), "waiting b change (paused)");
    assert_eq!(
        rig.restart(rules, "10:00", Logon::Earlier),
        "ran b change (was due for 59m); START b change; NO WAKE"
    );
}

#[test]
fn a_run_that_needs_idleness_is_tried_again_in_idleness_only() {
    let mut rig = Rig::new(vec![rule(A, &["idle 15m"])]);
    let idle_since = Some(local("09:45", &rig.zone));
    let idle = World { idle_since, ..World::default() };
    assert_eq!(rig.step("10:00", Happening::World(idle)), "ran a idle; START a idle");
    let fails = [result(A, failure(ErrorClass::Transient))];
    assert_eq!(rig.end("10:01", &fails), "retry a idle (transient: no answer; again in 30s); WAKE 10:01:30");
    assert_eq!(rig.moment("10:01:30"), "ran a idle; START a idle; NO WAKE");
    assert_eq!(rig.end("10:02", &fails), "retry a idle (transient: no answer; again in 1m); WAKE 10:03");
    assert_eq!(rig.step("10:02:30", Happening::World(World::default())), "");
    assert_eq!(
        rig.moment("10:03"),
        "skipped a retry (it runs in idleness only, and the machine is in use); NO WAKE"
    );
}

#[test]
fn an_item_of_the_session_that_nobody_names_was_stopped() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    start(&mut rig, "09:00", A);
    assert_eq!(rig.end("09:01", &[]), "");
    assert_eq!(rig.kept[0].last_end.map(|(_, ending)| ending), Some(Ending::Stopped));
}

#[test]
fn what_is_to_be_kept_is_told_before_the_session_starts_and_only_when_it_has_changed() {
    let mut rig = Rig::new(vec![rule(A, &["change"]), rule(B, &["change"])]);
    let effects = rig.keeper.step(rig.now, Happening::Changed { item: A });
    assert!(
        matches!(&effects[0], Effect::Keep(kept) if kept.item == A && kept.running_since == Some(rig.now))
    );
    assert!(effects.iter().filter(|effect| matches!(effect, Effect::Keep(_))).count() == 1);
    assert!(rig.keeper.step(rig.now, Happening::World(World::default())).is_empty());
}
