//! `why` in prepared situations, word for word.

mod failed;

use syncmgr_keeper::*;
use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::Trigger;

use crate::rig::*;

fn photos(triggers: &[&str]) -> ItemRule {
    ItemRule { name: "photos".to_owned(), ..rule(A, triggers) }
}

fn with(conditions: Conditions, triggers: &[&str]) -> ItemRule {
    ItemRule { conditions, ..photos(triggers) }
}

fn mains() -> Conditions {
    Conditions { power: PowerNeed::Mains, ..Conditions::default() }
}

/// Lets things happen that the test is not about.
fn play(rig: &mut Rig, steps: Vec<(&str, Happening)>) {
    for (time, happening) in steps {
        let _ = rig.step(time, happening);
    }
}

fn changed() -> Happening {
    Happening::Changed { item: A }
}

fn ended(item: ItemId, outcome: RunOutcome) -> Happening {
    Happening::RunEnded { results: vec![result(item, outcome)] }
}

fn failed(class: ErrorClass, text: &str) -> Happening {
    ended(A, RunOutcome::Failed(Failure { class, progress: Progress::None, text: text.to_owned() }))
}

/// `next` is a time on the clock on the wall, or empty; `needs` are joined by semicolons.
#[track_caller]
fn check(rig: &Rig, sentences: &[&str], next: &str, needs: &str) {
    let why = rig.why();
    assert_eq!(why.sentences, sentences);
    let expected = (!next.is_empty()).then(|| local(next, &rig.zone));
    assert_eq!(why.next, expected, "{next}");
    assert_eq!(why.needs.join("; "), needs);
}

#[test]
fn it_has_a_schedule_and_has_not_run_yet() {
    let rig = Rig::new(vec![photos(&["daily 02:00"])]);
    check(
        &rig,
        &["`photos` has not run yet.", "It will run next on 2026-03-23 at 02:00 (`daily 02:00`)."],
        "02:00",
        "",
    );
}

#[test]
fn nobody_has_a_rule_for_it() {
    let rig = Rig::new(Vec::new());
    check(&rig, &["There is no rule for this item, so it runs only when it is asked for."], "", "a rule");
}

#[test]
fn nothing_starts_it() {
    let rig = Rig::new(vec![photos(&[])]);
    check(
        &rig,
        &["`photos` has not run yet.", "Nothing starts it by itself."],
        "",
        "a time, an interval or an event to run at, or somebody to ask for it",
    );
}

#[test]
fn only_events_start_it() {
    let mut rules = vec![photos(&["logon", "connect", "disconnect", "volume /media/stick", &after(B)])];
    rules.push(ItemRule { name: "mail".to_owned(), ..rule(B, &[]) });
    let rig = Rig::new(rules);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It will run when the user logs on, when a network comes up, when the network is about to go, \
             when the volume `/media/stick` appears or when `mail` has succeeded.",
        ],
        "",
        "",
    );
}

#[test]
fn it_is_running() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    play(&mut rig, vec![("09:00", changed())]);
    check(
        &rig,
        &["`photos` has been running since 2026-03-23 at 09:00, because something it watches changed."],
        "",
        "",
    );
}

#[test]
fn it_is_running_and_something_changed_since() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    play(&mut rig, vec![("09:00", changed()), ("09:01", changed())]);
    check(
        &rig,
        &[
            "`photos` has been running since 2026-03-23 at 09:00, because something it watches changed.",
            "It has been due since 2026-03-23 at 09:01, because something it watches changed, and waits: it is running.",
        ],
        "",
        "the session that is running to end",
    );
}

#[test]
fn it_succeeded_and_has_both_a_schedule_and_events() {
    let mut rig = Rig::new(vec![photos(&["every 6h", "change", "logon"])]);
    play(&mut rig, vec![("09:00", changed()), ("09:05", ended(A, RunOutcome::Succeeded))]);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because its schedule `every 6h` said so, and succeeded.",
            "It will run next on 2026-03-23 at 15:00 (`every 6h`), or when something it watches changes or \
             when the user logs on.",
        ],
        "15:00",
        "",
    );
}

#[test]
fn it_waits_for_mains() {
    let mut rig = Rig::with(vec![with(mains(), &["daily 02:00"])], on_battery(60));
    play(&mut rig, vec![("02:00", Happening::Moment)]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 02:00, because its schedule `daily 02:00` said so, and waits: \
             the machine is on battery and its rule wants mains.",
        ],
        "",
        "mains power",
    );
}

#[test]
fn it_waits_for_several_things_at_once() {
    let conditions = Conditions {
        minimum_battery: Some(50),
        metered: MeteredNeed::Unmetered,
        connections: ["office".to_owned(), "vpn".to_owned()].into(),
        maximum_load: Some(80),
        ..Conditions::default()
    };
    let world = World { online: true, metered: true, load_percent: Some(150), ..on_battery(20) };
    let mut rig = Rig::with(vec![with(conditions, &["change"])], world);
    play(&mut rig, vec![("09:00", changed())]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 09:00, because something it watches changed, and waits: \
             the battery is at 20% and its rule wants at least 50%, and the network is metered and its rule wants \
             one that is not, and what is up is online and its rule wants office or vpn, and the load is 150% and \
             its rule wants at most 80%.",
        ],
        "",
        "at least 50% of battery, or mains power; a network that is not metered; the connection office or vpn; \
         a load of at most 80%",
    );
}

#[test]
fn it_waits_for_its_part_of_the_day() {
    let night = Conditions { window: "22:00-06:00".parse().ok(), ..Conditions::default() };
    let mut rig = Rig::new(vec![with(night, &["change"])]);
    play(&mut rig, vec![("12:00", changed())]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 12:00, because something it watches changed, and waits: \
             it is 12:00 and its rule wants 22:00-06:00.",
            "It will run on 2026-03-23 at 22:00, if nothing changes until then.",
        ],
        "22:00",
        "a time within 22:00-06:00",
    );
}

#[test]
fn it_will_be_due_outside_of_its_part_of_the_day() {
    let night = Conditions { window: "22:00-06:00".parse().ok(), ..Conditions::default() };
    let rig = Rig::new(vec![with(night, &["daily 12:00"])]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It will run next on 2026-03-23 at 12:00 (`daily 12:00`).",
            "As things are it would wait then: it is 12:00 and its rule wants 22:00-06:00.",
        ],
        "22:00",
        "a time within 22:00-06:00",
    );
}

#[test]
fn it_would_be_refused_if_it_were_due_now() {
    let rig = Rig::with(vec![with(mains(), &["change"])], on_battery(60));
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It will run when something it watches changes.",
            "As things are it would wait then: the machine is on battery and its rule wants mains.",
        ],
        "",
        "mains power",
    );
}

#[test]
fn another_session_is_running() {
    let mut rig = Rig::new(vec![photos(&["change"]), rule(B, &[])]);
    let began = Happening::RunBegan { items: vec![B], trigger: Trigger::Manual };
    play(&mut rig, vec![("09:00", began), ("09:01", changed())]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 09:01, because something it watches changed, and waits: \
             another session is running.",
        ],
        "",
        "the session that is running to end",
    );
}

#[test]
fn everything_is_paused_for_a_while() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    let until = Some(local("12:00", &rig.zone));
    play(&mut rig, vec![("09:00", Happening::Paused { until }), ("09:01", changed())]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 09:01, because something it watches changed, and waits: \
             everything is paused until 2026-03-23 at 12:00.",
        ],
        "12:00",
        "the pause to end",
    );
}

#[test]
fn everything_is_paused_and_it_is_not_due_yet() {
    let mut rig = Rig::new(vec![photos(&["daily 02:00"])]);
    play(&mut rig, vec![("01:00", Happening::Paused { until: None })]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It will run next on 2026-03-23 at 02:00 (`daily 02:00`).",
            "Before, the pause must end: everything is paused.",
        ],
        "",
        "the pause to end",
    );
}

#[test]
fn it_was_stopped_because_the_user_came_back() {
    let mut rig = Rig::new(vec![photos(&["idle 15m"])]);
    let idle = World { idle_since: Some(local("09:45", &rig.zone)), ..World::default() };
    play(
        &mut rig,
        vec![
            ("10:00", Happening::World(idle)),
            ("10:05", Happening::World(World::default())),
            ("10:05:01", ended(A, RunOutcome::Stopped)),
        ],
    );
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 10:00, because the machine was idle, and was stopped before it was done.",
            "It will run when the machine has been idle for 15m on mains.",
        ],
        "",
        "",
    );
}

#[test]
fn the_machine_is_idle_already() {
    let mut rig = Rig::new(vec![photos(&["idle 15m on battery", "logoff"])]);
    let idle = World { idle_since: Some(local("10:00", &rig.zone)), ..World::default() };
    play(&mut rig, vec![("10:00", Happening::World(idle))]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It will run on 2026-03-23 at 10:15, if the machine stays idle, or when the user logs off.",
        ],
        "10:15",
        "",
    );
}

#[test]
fn the_machine_is_about_to_sleep() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    play(&mut rig, vec![("09:00", Happening::Suspending), ("09:00:01", changed())]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been due since 2026-03-23 at 09:00:01, because something it watches changed, and waits: \
             the machine is about to go.",
        ],
        "",
        "the machine to be back",
    );
}

#[test]
fn it_was_asked_for_and_skipped() {
    let mut rig = Rig::new(vec![photos(&["0 9 * * MON-FRI"])]);
    let asked = Happening::Asked { items: vec![A] };
    play(&mut rig, vec![("08:00", asked), ("08:01", ended(A, RunOutcome::Skipped))]);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 08:00, because it was asked for, and was skipped.",
            "It will run next on 2026-03-23 at 09:00 (`0 9 * * MON-FRI`).",
        ],
        "09:00",
        "",
    );
}

#[test]
fn it_ran_after_another_one() {
    let mail = ItemRule { name: "mail".to_owned(), ..rule(B, &["change"]) };
    let mut rig = Rig::new(vec![photos(&[&after(B)]), mail]);
    play(
        &mut rig,
        vec![
            ("09:00", Happening::Changed { item: B }),
            ("09:01", ended(B, RunOutcome::Succeeded)),
            ("09:02", ended(A, RunOutcome::Succeeded)),
        ],
    );
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:01, because `mail` had succeeded, and succeeded.",
            "It will run when `mail` has succeeded.",
        ],
        "",
        "",
    );
}
