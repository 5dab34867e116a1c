//! Schedules: due once, caught up once, not confused by clocks.

use jiff::tz::TimeZone;
use syncmgr_keeper::*;

use crate::rig::*;

#[test]
fn an_interval_runs_again_and_again_with_one_wake_at_a_time() {
    let mut rig = Rig::asleep(vec![rule(A, &["every 15m"])], Vec::new());
    let started = Happening::Started { logon: Logon::Earlier, world: World::default() };
    assert_eq!(rig.step("00:00", started), "WAKE 00:15");
    assert_eq!(rig.moment("00:15"), "ran a every 15m; START a every 15m; WAKE 00:30");
    assert_eq!(rig.succeed("00:16", &[A]), "");
    assert_eq!(rig.moment("00:30:02"), "ran a every 15m; START a every 15m; WAKE 00:45");
    assert_eq!(rig.succeed("00:31", &[A]), "");
}

#[test]
fn a_run_that_takes_longer_than_its_interval_is_followed_by_one_more() {
    let mut rig = Rig::new(vec![rule(A, &["every 15m"])]);
    assert_eq!(rig.moment("00:15"), "ran a every 15m; START a every 15m; WAKE 00:30");
    assert_eq!(rig.moment("00:30"), "waiting a every 15m (another session runs); NO WAKE");
    assert_eq!(
        rig.succeed("00:50", &[A]),
        "ran a every 15m (was due for 20m); START a every 15m; WAKE 01:05"
    );
}

#[test]
fn what_is_due_at_the_same_moment_for_the_same_trigger_is_one_session_and_the_rest_waits() {
    let rules = vec![rule(A, &["daily 02:00"]), rule(B, &["daily 02:00"]), rule(C, &["0 2 * * *"])];
    let mut rig = Rig::new(rules);
    assert_eq!(
        rig.moment("02:00"),
        "ran a daily 02:00; ran b daily 02:00; waiting c 0 2 * * * (another session runs); \
         START a+b daily 02:00; WAKE 2026-03-24 02:00"
    );
    assert_eq!(rig.succeed("02:01", &[A, B]), "ran c 0 2 * * * (was due for 1m); START c 0 2 * * *");
    assert_eq!(rig.succeed("02:02", &[C]), "");
}

#[test]
fn moments_missed_while_the_machine_was_off_are_one_run() {
    let rules = vec![rule(A, &["daily 02:00"])];
    let mut rig = Rig::new(rules.clone());
    assert_eq!(
        rig.restart(rules, "2026-03-27 09:00", Logon::Earlier),
        "ran a daily 02:00 (was due for 103h); START a daily 02:00; WAKE 2026-03-28 02:00"
    );
    assert_eq!(rig.succeed("2026-03-27 09:01", &[A]), "");
}

#[test]
fn moments_missed_are_forgotten_where_the_rule_says_so() {
    let rules = vec![ItemRule { catch_up: CatchUp::Forget, ..rule(A, &["daily 02:00"]) }];
    let mut rig = Rig::new(rules.clone());
    assert_eq!(
        rig.restart(rules, "09:00", Logon::Earlier),
        "skipped a daily 02:00 (its moment was missed by 7h); WAKE 2026-03-24 02:00"
    );
    // A wake that is a little late is no missed moment.
    assert_eq!(
        rig.moment("2026-03-24 02:00:59"),
        "ran a daily 02:00; START a daily 02:00; WAKE 2026-03-25 02:00"
    );
}

#[test]
fn moments_that_conditions_refuse_wait_or_are_forgotten() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let patient = ItemRule { conditions, ..rule(A, &["daily 02:00"]) };
    let forgetful = ItemRule { catch_up: CatchUp::Forget, item: B, name: "b".to_owned(), ..patient.clone() };
    let mut rig = Rig::with(vec![patient, forgetful], on_battery(80));
    assert_eq!(
        rig.moment("02:00"),
        "waiting a daily 02:00 (for power); refused b daily 02:00 (for power); WAKE 2026-03-24 02:00"
    );
    assert_eq!(rig.step("07:00", Happening::World(on_battery(50))), "");
    assert_eq!(
        rig.step("08:00", Happening::World(World::default())),
        "ran a daily 02:00 (was due for 6h); START a daily 02:00"
    );
}

#[test]
fn a_window_that_is_closed_is_waited_for_by_the_clock() {
    let conditions = Conditions { window: "22:00-06:00".parse().ok(), ..Conditions::default() };
    let mut rig = Rig::new(vec![ItemRule { conditions, ..rule(A, &["daily 12:00"]) }]);
    assert_eq!(rig.moment("12:00"), "waiting a daily 12:00 (for window); WAKE 22:00");
    assert_eq!(
        rig.moment("22:00"),
        "ran a daily 12:00 (was due for 10h); START a daily 12:00; WAKE 2026-03-24 12:00"
    );
}

#[test]
fn load_is_looked_at_again_only_while_an_item_waits_for_nothing_else() {
    let conditions = Conditions { maximum_load: Some(80), power: PowerNeed::Mains, ..Conditions::default() };
    let mut rig = Rig::new(vec![ItemRule { conditions, ..rule(A, &["daily 12:00"]) }]);
    let busy = |world: World| World { load_percent: Some(200), ..world };
    assert_eq!(rig.step("11:00", Happening::World(busy(on_battery(50)))), "");
    assert_eq!(rig.moment("12:00"), "waiting a daily 12:00 (for power, load); NO WAKE");
    assert_eq!(
        rig.step("12:10", Happening::World(busy(World::default()))),
        "waiting a daily 12:00 (for load); WAKE 12:11"
    );
    assert_eq!(rig.step("12:10:30", Happening::Changed { item: A }), "");
    assert_eq!(rig.moment("12:11"), "WAKE 12:12");
    assert_eq!(
        rig.step("12:12", Happening::World(World::default())),
        "ran a daily 12:00 (was due for 12m); START a daily 12:00; WAKE 2026-03-24 12:00"
    );
}

#[test]
fn in_a_gap_and_in_an_overlap_of_the_clock_a_daily_item_runs_once() {
    let mut rig = Rig::new(vec![rule(A, &["daily 02:30"])]);
    for (time, wake) in [
        ("2026-03-28 02:30", "2026-03-29 03:00"),
        ("2026-03-29 03:00", "2026-03-30 02:30"),
        ("2026-10-24 02:30", "2026-10-25 02:30"),
        ("2026-10-25 02:30", "2026-10-26 02:30"),
    ] {
        let did = rig.moment(time);
        assert!(did.contains("START a daily 02:30"), "{time}: {did}");
        assert!(did.ends_with(&format!("WAKE {wake}")), "{time}: {did}");
        assert_eq!(rig.succeed(time, &[A]), "");
    }
}

#[test]
fn a_clock_that_is_set_back_repeats_nothing_and_stalls_nothing() {
    let rules = vec![rule(A, &["daily 02:00"]), rule(B, &["every 2h"])];
    let mut rig = Rig::new(rules);
    assert_eq!(
        rig.moment("02:00"),
        "ran a daily 02:00; waiting b every 2h (another session runs); START a daily 02:00; \
         WAKE 2026-03-24 02:00"
    );
    assert_eq!(rig.succeed("02:01", &[A]), "ran b every 2h (was due for 1m); START b every 2h; WAKE 04:00");
    // By an hour: the daily moment is over, the interval is counted from here.
    assert_eq!(rig.succeed("01:05", &[B]), "WAKE 03:05");
    assert_eq!(rig.moment("02:00"), "WAKE 03:05");
    assert_eq!(rig.moment("03:05"), "ran b every 2h; START b every 2h; WAKE 05:05");
    assert_eq!(rig.succeed("03:06", &[B]), "");
    // By a week: it was wrong before.
    assert_eq!(rig.moment("2026-03-16 03:00"), "WAKE 2026-03-16 05:00");
    assert_eq!(rig.moment("2026-03-16 05:00"), "ran b every 2h; START b every 2h; WAKE 2026-03-16 07:00");
    assert_eq!(rig.succeed("2026-03-16 05:01", &[B]), "");
    assert!(rig.moment("2026-03-17 02:00").contains("waiting a daily 02:00"));
}

#[test]
fn a_machine_that_travels_keeps_to_the_clock_on_the_wall() {
    let mut rig = Rig::new(vec![rule(A, &["daily 02:00"])]);
    let tokyo = TimeZone::posix("JST-9").unwrap();
    // 02:00 in Tokyo is 18:00 of the day before in Berlin.
    assert_eq!(rig.step("01:00", Happening::ZoneChanged(tokyo)), "WAKE 18:00");
}

#[test]
fn rules_that_change_keep_what_is_known_of_their_items() {
    let mut rig = Rig::new(vec![rule(A, &["every 2h"]), rule(B, &["daily 02:00", "change"])]);
    let rules = vec![rule(B, &["change"]), rule(A, &["every 2h", "daily 01:00"])];
    assert_eq!(rig.step("00:30", Happening::RulesChanged(rules)), "WAKE 01:00");
    assert_eq!(rig.moment("01:00"), "ran a daily 01:00; START a daily 01:00; WAKE 02:00");
    assert_eq!(rig.succeed("01:01", &[A]), "");
    assert_eq!(rig.step("01:30", Happening::RulesChanged(Vec::new())), "NO WAKE");
    // An item that had no rule for a while finds its past again.
    let rules = vec![rule(A, &["every 2h"])];
    assert_eq!(
        rig.step("03:00", Happening::RulesChanged(rules)),
        "ran a every 2h (was due for 1h); START a every 2h; WAKE 05:00"
    );
}

#[test]
fn an_item_without_triggers_needs_no_wake() {
    let mut rig = Rig::asleep(vec![rule(A, &[])], Vec::new());
    let started = Happening::Started { logon: Logon::Now, world: online() };
    assert_eq!(rig.step("00:00", started), "NO WAKE");
    for happening in [Happening::Moment, Happening::Changed { item: A }, Happening::World(World::default())] {
        let did = rig.step("05:00", happening);
        assert!(did.is_empty() || did == "NO WAKE", "{did}");
    }
}

#[test]
fn nothing_starts_before_the_keeper_is_told_that_it_may() {
    let mut rig = Rig::asleep(vec![rule(A, &["every 15m", "change"])], Vec::new());
    assert_eq!(rig.step("01:00", Happening::Asked { items: vec![A] }), "");
    assert_eq!(rig.moment("02:00"), "");
    assert_eq!(rig.step("02:00", Happening::Paused { until: None }), "");
    let started = Happening::Started { logon: Logon::Earlier, world: World::default() };
    assert_eq!(rig.step("03:00", started), "ran a asked (was due for 2h); START a manual; WAKE 03:15");
}
