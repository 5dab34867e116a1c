//! Every trigger that is no schedule, and what keeps it from starting anything.

use syncmgr_keeper::*;
use syncmgr_model::trigger::{Console, Trigger};

use crate::rig::*;

fn idle(since: &str, rig: &Rig, world: World) -> Happening {
    Happening::World(World { idle_since: Some(local(since, &rig.zone)), ..world })
}

#[test]
fn a_logon_runs_what_waits_for_one_and_a_start_of_the_daemon_alone_does_not() {
    let rules = vec![rule(A, &["logon"]), rule(B, &["logoff"])];
    for (logon, expected) in
        [(Logon::Now, "ran a logon; START a logon; NO WAKE"), (Logon::Earlier, "NO WAKE")]
    {
        let mut rig = Rig::asleep(rules.clone(), Vec::new());
        assert_eq!(rig.step("08:00", Happening::Started { logon, world: World::default() }), expected);
    }
}

#[test]
fn idleness_runs_after_its_wait_and_again_and_stops_when_the_user_is_back() {
    let mut rig = Rig::new(vec![rule(A, &["idle 15m every 1h"])]);
    let begins = idle("10:00", &rig, World::default());
    assert_eq!(rig.step("10:00", begins), "WAKE 10:15");
    assert_eq!(rig.moment("10:15"), "ran a idle; START a idle; WAKE 11:15");
    assert_eq!(rig.succeed("10:20", &[A]), "");
    assert_eq!(rig.moment("11:15"), "ran a idle; START a idle; WAKE 12:15");
    assert_eq!(rig.step("11:20", Happening::World(World::default())), "STOP a idle-ended; NO WAKE");
    assert_eq!(rig.step("11:20:01", Happening::World(on_battery(9))), "");
    assert_eq!(rig.end("11:20:02", &[result(A, RunOutcome::Stopped)]), "");
}

#[test]
fn idleness_without_a_repetition_runs_once_a_spell() {
    let mut rig = Rig::new(vec![rule(A, &["idle 15m"])]);
    let begins = idle("10:00", &rig, World::default());
    assert_eq!(rig.step("10:00", begins), "WAKE 10:15");
    assert_eq!(rig.moment("10:15"), "ran a idle; START a idle; NO WAKE");
    assert_eq!(rig.succeed("10:20", &[A]), "");
    // A moment of use between two reports is another spell.
    let again = idle("11:00", &rig, World::default());
    assert_eq!(rig.step("11:00", again), "WAKE 11:15");
}

#[test]
fn idleness_spares_the_battery_unless_the_rule_says_otherwise() {
    let mut rig = Rig::with(vec![rule(A, &["idle 15m"]), rule(B, &["idle 15m on battery"])], on_battery(70));
    let begins = idle("10:00", &rig, on_battery(70));
    assert_eq!(rig.step("10:00", begins), "WAKE 10:15");
    assert_eq!(rig.moment("10:15"), "waiting a idle (for power); ran b idle; START b idle; NO WAKE");
    assert_eq!(rig.succeed("10:16", &[B]), "");
    let plugged_in = idle("10:00", &rig, World::default());
    assert_eq!(rig.step("10:30", plugged_in), "ran a idle (was due for 15m); START a idle");
}

#[test]
fn idleness_that_ends_before_the_item_could_run_is_over() {
    let mut rig = Rig::with(vec![rule(A, &["idle 15m"])], on_battery(70));
    let begins = idle("10:00", &rig, on_battery(70));
    assert_eq!(rig.step("10:15", begins), "waiting a idle (for power)");
    assert_eq!(rig.step("10:30", Happening::World(World::default())), "skipped a idle (the user is back)");
}

/// It once waited on through the absence of its rule, and ran, and ran again, while the user was at work.
#[test]
fn idleness_that_ends_while_the_rule_is_gone_is_over() {
    let rules = vec![rule(A, &["idle 15m every 1h"])];
    let mut rig = Rig::with(rules.clone(), on_battery(70));
    let begins = idle("10:00", &rig, on_battery(70));
    assert_eq!(rig.step("10:15", begins), "waiting a idle (for power)");
    assert_eq!(rig.step("10:20", Happening::RulesChanged(Vec::new())), "");
    assert_eq!(rig.step("10:30", Happening::World(World::default())), "");
    let back = rig.step("10:40", Happening::RulesChanged(rules));
    assert_eq!(back, "skipped a idle (it had no rule for a while)");
}

#[test]
fn idleness_that_lasts_while_the_rule_is_gone_counts() {
    let rules = vec![rule(A, &["idle 15m"])];
    let mut rig = Rig::with(rules.clone(), on_battery(70));
    let begins = idle("10:00", &rig, on_battery(70));
    assert_eq!(rig.step("10:15", begins), "waiting a idle (for power)");
    assert_eq!(rig.step("10:20", Happening::RulesChanged(Vec::new())), "");
    let back = rig.step("10:40", Happening::RulesChanged(rules));
    assert_eq!(back, "skipped a idle (it had no rule for a while); waiting a idle (for power)");
}

#[test]
fn a_network_that_comes_up_runs_what_waits_for_it() {
    let mut rig = Rig::new(vec![rule(A, &["connect"])]);
    assert_eq!(rig.step("09:00", Happening::World(online())), "ran a connect; START a connect");
    assert_eq!(rig.succeed("09:01", &[A]), "");
    assert_eq!(rig.step("09:02", Happening::World(World { metered: true, ..online() })), "");
    let vpn = World { connections: ["vpn".to_owned()].into(), ..online() };
    assert_eq!(rig.step("09:03", Happening::World(vpn)), "ran a connect; START a connect");
}

#[test]
fn a_network_that_is_gone_before_the_run_is_no_reason_any_more() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let mut rig = Rig::with(vec![ItemRule { conditions, ..rule(A, &["connect"]) }], on_battery(50));
    let world = World { online: true, ..on_battery(50) };
    assert_eq!(rig.step("09:00", Happening::World(world)), "waiting a connect (for power)");
    assert_eq!(
        rig.step("09:05", Happening::World(on_battery(49))),
        "skipped a connect (the network is gone)"
    );
}

#[test]
fn a_network_about_to_go_is_used_at_once_or_not_at_all() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let rules = vec![rule(A, &["disconnect"]), ItemRule { conditions, ..rule(B, &["disconnect"]) }];
    let mut rig = Rig::with(rules, World { online: true, console: Console::Nobody, ..on_battery(50) });
    assert_eq!(
        rig.step("09:00", Happening::Disconnecting),
        "refused b disconnect (for power); ran a disconnect; START a pendingdisconnect(nobody)"
    );
}

#[test]
fn a_change_during_a_run_is_followed_by_another_one() {
    let mut rig = Rig::new(vec![rule(A, &["change"]), rule(B, &["logon"])]);
    assert_eq!(rig.step("09:00", Happening::Changed { item: A }), "ran a change; START a change");
    for _ in 0..3 {
        let did = rig.step("09:00:01", Happening::Changed { item: A });
        assert!(did == "waiting a change (another session runs)" || did.is_empty(), "{did}");
    }
    assert_eq!(rig.succeed("09:00:02", &[A]), "ran a change; START a change");
    assert_eq!(rig.succeed("09:00:03", &[A]), "");
    assert_eq!(rig.step("09:01", Happening::Changed { item: B }), "");
    assert_eq!(rig.step("09:01", Happening::Changed { item: C }), "");
}

#[test]
fn a_volume_runs_what_waits_for_it_and_nothing_else() {
    let mut rig = Rig::new(vec![rule(A, &["volume /media/stick"])]);
    let appears = |path: &str| Happening::VolumeAppeared { path: path.to_owned() };
    assert_eq!(rig.step("09:00", appears("/media/other")), "");
    assert_eq!(rig.step("09:00", appears("/media/stick")), "ran a volume /media/stick; START a change");
}

#[test]
fn an_item_runs_after_another_has_succeeded_and_only_then() {
    let rules = vec![rule(A, &["change"]), rule(B, &[&after(A)])];
    let mut rig = Rig::new(rules);
    assert_eq!(rig.step("09:00", Happening::Changed { item: A }), "ran a change; START a change");
    assert_eq!(rig.end("09:01", &[result(A, failure(ErrorClass::Bug))]), "gave-up a change (bug: no answer)");
    assert_eq!(rig.step("09:02", Happening::Changed { item: A }), "ran a change; START a change");
    assert_eq!(rig.succeed("09:03", &[A]), format!("ran b {}; START b change", after(A)));
    assert_eq!(rig.succeed("09:04", &[B]), "");
}

#[test]
fn items_that_run_after_each_other_in_a_circle_come_to_rest() {
    let mut rig = Rig::new(vec![rule(A, &["change", &after(B)]), rule(B, &[&after(A)])]);
    assert_eq!(rig.step("09:00", Happening::Changed { item: A }), "ran a change; START a change");
    assert_eq!(rig.succeed("09:01", &[A]), "");
}

#[test]
fn who_asks_is_not_held_back_by_conditions_or_a_pause() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let mut rig = Rig::with(vec![ItemRule { conditions, ..rule(A, &["change"]) }], on_battery(50));
    assert_eq!(rig.step("09:00", Happening::Paused { until: None }), "");
    assert_eq!(rig.step("09:01", Happening::Changed { item: A }), "waiting a change (paused)");
    let ask = Happening::Asked { items: vec![A, C] };
    assert_eq!(rig.step("09:02", ask.clone()), "ran a asked; merged a change; START a manual");
    assert_eq!(rig.step("09:03", ask.clone()), "waiting a asked (another session runs)");
    assert_eq!(rig.step("09:04", ask), "");
    assert_eq!(rig.succeed("09:05", &[A]), "ran a asked (was due for 2m); START a manual");
}

#[test]
fn a_pause_ends_by_itself_or_by_word() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    let until = Some(local("10:00", &rig.zone));
    assert_eq!(rig.step("09:00", Happening::Paused { until }), "WAKE 10:00");
    assert_eq!(rig.keeper.pause(), Pause::Until(until));
    assert_eq!(
        rig.step("09:30", Happening::Changed { item: A }),
        "waiting a change (paused until 2026-03-23 at 10:00)"
    );
    assert_eq!(rig.moment("10:00"), "ran a change (was due for 30m); GO ON; START a change; NO WAKE");
    assert_eq!(rig.keeper.pause(), Pause::Off);
    assert_eq!(rig.succeed("10:01", &[A]), "");
    assert_eq!(rig.step("11:00", Happening::Paused { until: None }), "");
    assert_eq!(rig.step("11:01", Happening::Changed { item: A }), "waiting a change (paused)");
    assert_eq!(rig.step("11:02", Happening::Continued), "ran a change (was due for 1m); START a change");
}

#[test]
fn a_pause_ends_in_time_for_a_session_that_it_holds_though_nothing_waits() {
    let mut rig = Rig::new(vec![rule(A, &["change"])]);
    assert_eq!(rig.step("09:00", Happening::Changed { item: A }), "ran a change; START a change");
    let until = Some(local("10:00", &rig.zone));
    assert_eq!(rig.step("09:01", Happening::Paused { until }), "WAKE 10:00");
    assert_eq!(rig.moment("10:00"), "GO ON; NO WAKE");
}

#[test]
fn a_pause_that_was_told_before_the_start_holds_from_then_on() {
    let mut rig = Rig::asleep(vec![rule(A, &["logon"])], Vec::new());
    let until = Some(local("10:00", &rig.zone));
    assert_eq!(rig.step("08:00", Happening::Paused { until }), "");
    let started = Happening::Started { logon: Logon::Now, world: World::default() };
    assert_eq!(rig.step("08:00", started), "waiting a logon (paused until 2026-03-23 at 10:00); WAKE 10:00");
}

fn up(names: &[&str]) -> World {
    World { connections: names.iter().map(|name| (*name).to_owned()).collect(), ..online() }
}

#[test]
fn a_connection_that_has_triggers_of_its_own_is_left_out_of_those_for_any() {
    let rules = vec![rule(A, &["connect to office"]), rule(B, &["connect except office"])];
    for (world, expected) in [
        (up(&["office"]), "ran a connect to office; START a connect"),
        (up(&["home"]), "ran b connect; START b connect"),
        (up(&[]), "ran b connect; START b connect"),
        (up(&["home", "office"]), "ran a connect to office; ran b connect; START a+b connect"),
    ] {
        let mut rig = Rig::new(rules.clone());
        assert_eq!(rig.step("09:00", Happening::World(world.clone())), expected, "{world:?}");
    }
}

#[test]
fn a_named_connection_that_is_gone_before_the_run_is_no_reason_any_more() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let mut rig = Rig::with(vec![ItemRule { conditions, ..rule(A, &["connect to office"]) }], on_battery(50));
    let there = World { power: syncmgr_model::trigger::Power::Battery, ..up(&["office"]) };
    let gone = World { connections: Default::default(), ..there.clone() };
    assert_eq!(rig.step("09:00", Happening::World(there)), "waiting a connect to office (for power)");
    assert_eq!(
        rig.step("09:01", Happening::World(gone)),
        "skipped a connect to office (the connection is gone)"
    );
}

#[test]
fn what_is_bound_to_a_connection_waits_for_it_and_the_rest_does_not() {
    let bound = Bound { trigger: "daily 02:00".parse().unwrap(), connections: ["office".to_owned()].into() };
    let item = ItemRule { bound: vec![bound], ..rule(A, &["daily 02:00", "change"]) };
    let mut rig = Rig::new(vec![item]);
    assert_eq!(rig.moment("02:00"), "waiting a daily 02:00 (for connection); NO WAKE");
    let why = rig.why();
    assert_eq!(why.needs, ["the connection office"]);
    assert_eq!(
        rig.step("08:00", Happening::World(up(&["office"]))),
        "ran a daily 02:00 (was due for 6h); START a daily 02:00; WAKE 2026-03-24 02:00"
    );
    let _ = rig.succeed("08:01", &[A]);
    let _ = rig.step("08:02", Happening::World(up(&[])));
    assert_eq!(rig.step("08:03", Happening::Changed { item: A }), "ran a change; START a change");
}

#[test]
fn what_speaks_against_a_connection_is_power_battery_and_cost_alone() {
    let conditions = Conditions {
        power: PowerNeed::Mains,
        metered: MeteredNeed::Unmetered,
        window: "09:00-10:00".parse().ok(),
        ..Conditions::default()
    };
    let mut rig = Rig::new(vec![ItemRule { conditions, ..rule(A, &["change"]) }]);
    let obstacles = |rig: &Rig| rig.keeper.obstacles_to_connect(&[A, B], rig.now);
    assert!(obstacles(&rig).is_empty(), "the time of day is for beginning, not for going on");
    let _ = rig.step("09:30", Happening::World(World { metered: true, ..on_battery(9) }));
    assert_eq!(
        obstacles(&rig),
        [
            "the machine is on battery and its rule wants mains",
            "the network is metered and its rule wants one that is not"
        ]
    );
}

#[test]
fn one_run_stands_for_everything_its_item_was_due_for() {
    let conditions = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let item = ItemRule { conditions, ..rule(A, &["change", "daily 02:00", "connect"]) };
    let mut rig = Rig::with(vec![item], on_battery(50));
    assert_eq!(rig.moment("02:00"), "waiting a daily 02:00 (for power); NO WAKE");
    assert_eq!(rig.step("03:00", Happening::Changed { item: A }), "waiting a change (for power)");
    assert_eq!(
        rig.step("04:00", Happening::World(online())),
        "ran a daily 02:00 (was due for 2h); merged a change; merged a connect; START a daily 02:00; \
         WAKE 2026-03-24 02:00"
    );
    assert_eq!(rig.succeed("04:01", &[A]), "");
}

#[test]
fn a_session_begun_from_outside_keeps_others_waiting() {
    let mut rig = Rig::new(vec![rule(A, &["change"]), rule(B, &["change"])]);
    let began = Happening::RunBegan { items: vec![A, C], trigger: Trigger::Manual };
    assert_eq!(rig.step("09:00", began), "ran a asked (begun from outside)");
    assert_eq!(rig.step("09:01", Happening::Changed { item: B }), "waiting b change (another session runs)");
    assert_eq!(rig.succeed("09:02", &[A]), "ran b change (was due for 1m); START b change");
    // The word that our own session began changes nothing.
    let began = Happening::RunBegan { items: vec![B], trigger: Trigger::Change };
    assert_eq!(rig.step("09:03", began), "");
}
