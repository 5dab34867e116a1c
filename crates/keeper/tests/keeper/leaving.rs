//! Logging off and sleep: held for the runs that are meant for them, and for no longer than allowed.

use syncmgr_keeper::*;

use crate::rig::*;

#[test]
fn a_logoff_waits_for_its_run() {
    let mut rig = Rig::new(vec![rule(A, &["logoff"]), rule(B, &["change"])]);
    assert_eq!(
        rig.step("18:00", Happening::LoggingOff),
        "ran a logoff; HOLD Logoff; START a logoff; WAKE 18:00:30"
    );
    assert_eq!(
        rig.step("18:00:05", Happening::Changed { item: B }),
        "waiting b change (the user is logging off)"
    );
    assert_eq!(rig.succeed("18:00:10", &[A]), "RELEASE Logoff; NO WAKE");
    assert_eq!(rig.moment("18:00:30"), "NO WAKE");
}

#[test]
fn a_logoff_with_nothing_to_do_goes_on_at_once() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    assert_eq!(rig.step("18:00", Happening::LoggingOff), "RELEASE Logoff");
    assert_eq!(
        rig.step("18:00:01", Happening::Changed { item: A }),
        "waiting a change (the user is logging off)"
    );
    assert_eq!(rig.step("18:05", Happening::LogoffCanceled), "ran a change (was due for 4m); START a change");
}

#[test]
fn a_run_that_takes_too_long_is_stopped_and_the_logoff_goes_on() {
    let mut rig = Rig::new(vec![rule(A, &["logoff"])]);
    assert_eq!(
        rig.step("18:00", Happening::LoggingOff),
        "ran a logoff; HOLD Logoff; START a logoff; WAKE 18:00:30"
    );
    assert_eq!(rig.moment("18:00:30"), "STOP a hold-limit; RELEASE Logoff; NO WAKE");
    // It is still owed, should the user stay or be back.
    assert_eq!(
        rig.end("18:00:31", &[result(A, RunOutcome::Stopped)]),
        "waiting a retry (the user is logging off)"
    );
    assert_eq!(rig.step("18:00:40", Happening::LogoffCanceled), "ran a retry; START a retry");
}

#[test]
fn a_logoff_run_waits_its_turn_as_long_as_there_is_time() {
    let rules = vec![rule(A, &["change"]), rule(B, &["logoff"])];
    let mut rig = Rig::new(rules.clone());
    assert_eq!(rig.step("17:59", Happening::Changed { item: A }), "ran a change; START a change");
    assert_eq!(
        rig.step("18:00", Happening::LoggingOff),
        "waiting b logoff (another session runs); HOLD Logoff; WAKE 18:00:30"
    );
    assert_eq!(rig.succeed("18:00:05", &[A]), "ran b logoff; START b logoff");
    assert_eq!(rig.succeed("18:00:09", &[B]), "RELEASE Logoff; NO WAKE");

    let mut rig = Rig::new(rules);
    assert_eq!(rig.step("17:59", Happening::Changed { item: A }), "ran a change; START a change");
    assert_eq!(
        rig.step("18:00", Happening::LoggingOff),
        "waiting b logoff (another session runs); HOLD Logoff; WAKE 18:00:30"
    );
    assert_eq!(
        rig.moment("18:00:30"),
        "skipped b logoff (there was no time left); STOP a hold-limit; RELEASE Logoff; NO WAKE"
    );
}

#[test]
fn sleep_waits_for_what_the_network_is_needed_for_and_waking_catches_up() {
    let mut rig = Rig::with(vec![rule(A, &["disconnect"]), rule(B, &["every 1h"])], online());
    assert_eq!(
        rig.step("00:30", Happening::Suspending),
        "ran a disconnect; HOLD Suspend; START a pendingdisconnect(loggedon); WAKE 00:30:30"
    );
    assert_eq!(rig.succeed("00:30:10", &[A]), "RELEASE Suspend; NO WAKE");
    assert_eq!(
        rig.step("07:10", Happening::Resumed),
        "ran b every 1h (was due for 6h); START b every 1h; WAKE 08:10"
    );
}

#[test]
fn without_a_network_sleep_has_nothing_to_wait_for() {
    let mut rig = Rig::new(vec![rule(A, &["disconnect"])]);
    assert_eq!(rig.step("00:30", Happening::Suspending), "RELEASE Suspend");
    assert_eq!(rig.step("00:31", Happening::Resumed), "");
}

#[test]
fn a_machine_that_stays_awake_after_all_is_released_and_goes_on() {
    let rules = vec![rule(A, &["disconnect"]), rule(B, &["change"])];
    let mut rig = Rig::with(rules, online());
    assert_eq!(rig.step("09:00", Happening::Changed { item: B }), "ran b change; START b change");
    assert_eq!(
        rig.step("09:01", Happening::Suspending),
        "waiting a disconnect (another session runs); HOLD Suspend; WAKE 09:01:30"
    );
    assert_eq!(
        rig.step("09:01:05", Happening::Resumed),
        "skipped a disconnect (the machine stayed); RELEASE Suspend; NO WAKE"
    );
}
