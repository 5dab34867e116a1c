//! `why` where something has gone wrong.

use std::time::Duration;

use syncmgr_keeper::*;

use super::*;

#[test]
fn it_failed_and_is_tried_again() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    let fails = || failed(ErrorClass::Transient, "the server does not answer");
    play(&mut rig, vec![("09:00", changed()), ("09:01", fails())]);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because something it watches changed, and failed.",
            "The error was: the server does not answer.",
            "It will be tried again on 2026-03-23 at 09:01:30, or when something it watches changes.",
        ],
        "09:01:30",
        "",
    );
    play(&mut rig, vec![("09:01:30", Happening::Moment), ("09:02", fails())]);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:01:30, because a run before had failed, and failed.",
            "It has failed 2 times in a row; the last error was: the server does not answer.",
            "It will be tried again on 2026-03-23 at 09:03, or when something it watches changes.",
        ],
        "09:03",
        "",
    );
}

#[test]
fn it_is_backed_off_from() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    let fails = failed(ErrorClass::Transient, "the server does not answer");
    play(&mut rig, vec![("09:00", changed()), ("09:01", fails), ("09:01:10", changed())]);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because something it watches changed, and failed.",
            "The error was: the server does not answer.",
            "It has been due since 2026-03-23 at 09:01:10, because something it watches changed, and waits: \
             after its failure it is not tried before 2026-03-23 at 09:01:30.",
        ],
        "09:01:30",
        "",
    );
}

#[test]
fn its_handler_does_not_want_to_be_called_yet() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    let not_before = Some(local("12:00", &rig.zone));
    let results = vec![RunResult { not_before, ..result(A, RunOutcome::Succeeded) }];
    play(
        &mut rig,
        vec![("09:00", changed()), ("09:01", Happening::RunEnded { results }), ("09:02", changed())],
    );
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because something it watches changed, and succeeded.",
            "It has been due since 2026-03-23 at 09:02, because something it watches changed, and waits: \
             its handler does not want to be called before 2026-03-23 at 12:00.",
        ],
        "12:00",
        "",
    );
}

#[test]
fn it_is_halted_by_a_safety_rule() {
    let mut rig = Rig::new(vec![photos(&["change"])]);
    play(
        &mut rig,
        vec![("09:00", changed()), ("09:01", failed(ErrorClass::Safety, "the left root is empty"))],
    );
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because something it watches changed, and was halted by \
             a safety rule.",
            "The safety rule found: the left root is empty.",
            "Nothing was changed, and it waits for you to look.",
            "It will run when something it watches changes.",
        ],
        "",
        "you to put right what the safety rule found, or to allow it",
    );
}

#[test]
fn errors_that_do_not_pass_say_who_must_do_what() {
    for (class, sentence, need) in [
        (
            ErrorClass::Configuration,
            "It is set up wrongly, so it is not tried again for that.",
            "its configuration to be corrected",
        ),
        (
            ErrorClass::Conflict,
            "Conflicts wait for a decision, so it is not tried again for them.",
            "its conflicts to be settled",
        ),
        (
            ErrorClass::Bug,
            "Its handler is broken, so it is not tried again for that.",
            "its handler to be mended",
        ),
    ] {
        let mut rig = Rig::new(vec![photos(&["daily 02:00"])]);
        play(&mut rig, vec![("02:00", Happening::Moment), ("02:01", failed(class, "it does not work"))]);
        check(
            &rig,
            &[
                "`photos` last ran on 2026-03-23 at 02:00, because its schedule `daily 02:00` said so, and failed.",
                "The error was: it does not work.",
                sentence,
                "It will run next on 2026-03-24 at 02:00 (`daily 02:00`).",
            ],
            "2026-03-24 02:00",
            need,
        );
    }
}

#[test]
fn it_is_late_because_nothing_started_it() {
    let freshness = Some(Duration::from_secs(86_400));
    let mut rig = Rig::new(vec![ItemRule { freshness, ..photos(&["change"]) }]);
    play(&mut rig, vec![("2026-03-24 00:00", Happening::Moment)]);
    check(
        &rig,
        &[
            "`photos` has not run yet.",
            "It has been late since 2026-03-24 at 00:00: it is to succeed at least once every 1d, and never has.",
            "It will run when something it watches changes.",
        ],
        "",
        "",
    );
}

#[test]
fn it_is_late_and_waits() {
    let freshness = Some(Duration::from_secs(86_400));
    let item = ItemRule { freshness, ..with(mains(), &["daily 02:00"]) };
    let mut rig = Rig::new(vec![item]);
    play(
        &mut rig,
        vec![
            ("02:00", Happening::Moment),
            ("02:05", ended(A, RunOutcome::Succeeded)),
            ("20:00", Happening::World(on_battery(90))),
            ("2026-03-24 02:00", Happening::Moment),
            ("2026-03-24 02:05", Happening::Moment),
        ],
    );
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 02:00, because its schedule `daily 02:00` said so, and succeeded.",
            "It has been late since 2026-03-24 at 02:05: it is to succeed at least once every 1d, and last did on \
             2026-03-23 at 02:05.",
            "It has been due since 2026-03-24 at 02:00, because its schedule `daily 02:00` said so, and waits: \
             the machine is on battery and its rule wants mains.",
        ],
        "",
        "mains power",
    );
}

#[test]
fn it_was_cut_off_and_is_tried_again() {
    let rules = vec![photos(&["change"])];
    let mut rig = Rig::new(rules.clone());
    play(&mut rig, vec![("09:00", changed())]);
    let _ = rig.restart(rules, "09:10", Logon::Earlier);
    check(
        &rig,
        &[
            "`photos` last ran on 2026-03-23 at 09:00, because something it watches changed, and was cut off, \
             because the machine or the daemon went away.",
            "The error was: the run was cut off.",
            "It will be tried again on 2026-03-23 at 09:10:30, or when something it watches changes.",
        ],
        "09:10:30",
        "",
    );
}
