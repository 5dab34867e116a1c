//! Programs that are told, refuse, hang and fork away.

use std::fs;
use std::path::Path;
use std::time::Duration;

use syncmgr_hooks::{Call, Command, Decision, DeliveryEnd, Filter, Hook, Items, Occasion, Refusal, Stage};

use crate::programs::{failed, lives, script};
use crate::{Bench, LONG, hook, notice};

fn heeded(command: Command) -> Call {
    Call::Command(Command { refusal: Refusal::Heeded, ..command })
}

/// Makes a named pipe; reading from it returns when somebody has written and closed it.
fn gate(path: &Path) {
    rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
}

#[test]
fn a_command_reads_the_notice_and_has_the_environment_it_was_given() {
    let dir = tempfile::tempdir().unwrap();
    let told = script(dir.path(), "cat > stdin; env > env; pwd > pwd");
    let bench = Bench::new(vec![hook("mine", Call::Command(told))]);
    let error = notice(Occasion::OnError, "no disk");
    bench.hooks.notify(error.clone());
    assert_eq!(bench.delivery(), ("mine".to_owned(), 1, DeliveryEnd::Done));
    let read = |name| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(read("stdin"), error.to_json() + "\n");
    let value: serde_json::Value = serde_json::from_str(&read("stdin")).unwrap();
    assert_eq!(value["name"], "photos");
    let env = read("env");
    assert!(env.contains("PATH=/usr/local/bin:/usr/bin:/bin\n") && !env.contains("CARGO"), "{env}");
    assert_eq!(Path::new(read("pwd").trim()), dir.path().canonicalize().unwrap());
    assert_eq!(bench.rest(), []);
}

#[test]
fn only_those_are_told_that_want_to_hear() {
    let dir = tempfile::tempdir().unwrap();
    let only = |name: &str, occasion, items| Hook {
        filter: Filter { occasions: vec![occasion], items },
        ..hook(name, Call::Command(script(dir.path(), "exit 0")))
    };
    let bench = Bench::new(vec![
        only("late", Occasion::OnLate, Items::Any),
        only("notes", Occasion::OnError, Items::Listed(vec!["notes".to_owned()])),
        only("photos", Occasion::OnError, Items::Listed(vec!["photos".to_owned()])),
    ]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(bench.delivery().0, "photos");
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_command_that_fails_is_told_with_its_first_line() {
    let dir = tempfile::tempdir().unwrap();
    let run = |text: &str| hook(text, Call::Command(script(dir.path(), text)));
    let missing = Command { argv: vec!["syncmgr-has-no-such-program".into()], ..script(dir.path(), "") };
    let bench = Bench::new(vec![
        run("echo; echo 'no mail today' >&2; exit 7"),
        run("exit 1"),
        run("kill -9 $$"),
        hook("missing", Call::Command(missing)),
    ]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    for why in [
        "it ended with 7: no mail today",
        "it ended with 1",
        "it was ended by signal 9",
        "it cannot be run: `syncmgr-has-no-such-program` is not on the path",
    ] {
        assert_eq!(bench.delivery().2, failed(why));
    }
}

#[test]
fn a_command_that_neither_reads_nor_stops_talking_ends_as_it_wants() {
    let dir = tempfile::tempdir().unwrap();
    let text = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 0";
    let bench = Bench::new(vec![hook("mine", Call::Command(script(dir.path(), text)))]);
    bench.hooks.notify(notice(Occasion::OnError, &"x".repeat(1 << 20)));
    assert_eq!(bench.delivery().2, DeliveryEnd::Done);
}

#[test]
fn a_command_that_reads_all_of_a_long_notice_gets_it_whole() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::new(vec![hook("mine", Call::Command(script(dir.path(), "cat > stdin; cat stdin")))]);
    let long = notice(Occasion::OnError, &"x".repeat(1 << 20));
    bench.hooks.notify(long.clone());
    assert_eq!(bench.delivery().2, DeliveryEnd::Done);
    assert_eq!(fs::read_to_string(dir.path().join("stdin")).unwrap(), long.to_json() + "\n");
}

#[test]
fn a_command_that_hangs_is_ended_also_if_it_does_not_want_to() {
    let dir = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(300);
    let hang = Command { limit, ..script(dir.path(), "trap '' TERM; echo $$ > pid; sleep 1000; sleep 1000") };
    let bench = Bench::new(vec![hook("mine", Call::Command(hang))]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(bench.delivery().2, failed("it was ended: it ran for longer than 300ms"));
    // Not written on a machine so slow that the shell did not come to it.
    if let Ok(pid) = fs::read_to_string(dir.path().join("pid")) {
        assert!(!lives(&pid), "{pid}");
    }
}

#[test]
fn a_command_that_forks_away_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    gate(&dir.path().join("gate"));
    let away = "(setsid sh -c 'echo $$ > pid; : > gate; exec sleep 1000' &); cat gate; exit 0";
    let bench = Bench::new(vec![hook("mine", Call::Command(script(dir.path(), away)))]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(bench.delivery().2, DeliveryEnd::Done);
    let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
    assert!(!lives(&pid), "{pid}");
}

#[test]
fn a_command_may_refuse_a_session_and_those_after_it_are_not_asked() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::new(vec![
        hook("first", heeded(script(dir.path(), "exit 0"))),
        hook("second", heeded(script(dir.path(), "echo 'the backup runs'; exit 3"))),
        hook("third", heeded(script(dir.path(), "echo > asked"))),
    ]);
    let refused = Decision::Refused { hook: "second".to_owned(), reason: "the backup runs".to_owned() };
    assert_eq!(bench.hooks.before_session(notice(Occasion::BeforeSession, "")), refused);
    assert_eq!(bench.delivery(), ("first".to_owned(), 1, DeliveryEnd::Done));
    let end = DeliveryEnd::Refused { reason: "the backup runs".to_owned() };
    assert_eq!(bench.delivery(), ("second".to_owned(), 1, end));
    assert!(!dir.path().join("asked").exists());
    assert_eq!(bench.rest(), []);
}

#[test]
fn what_may_not_refuse_or_cannot_be_asked_does_not_stop_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Command { argv: vec!["syncmgr-has-no-such-program".into()], ..script(dir.path(), "") };
    let slow = Command { limit: Duration::from_millis(1), ..script(dir.path(), "sleep 1000") };
    let bench = Bench::new(vec![
        hook("ignored", Call::Command(script(dir.path(), "exit 1"))),
        hook("missing", heeded(missing)),
        hook("killed", heeded(script(dir.path(), "kill -9 $$"))),
        hook("slow", heeded(slow)),
    ]);
    assert_eq!(bench.hooks.before_session(notice(Occasion::BeforeSession, "")), Decision::Go);
    for name in ["ignored", "missing", "killed", "slow"] {
        let (hook, _, end) = bench.delivery();
        assert!(hook == name && matches!(end, DeliveryEnd::Failed { .. }), "{hook}: {end:?}");
    }
}

#[test]
fn a_stop_ends_what_hangs_and_says_what_that_was() {
    let dir = tempfile::tempdir().unwrap();
    let started = dir.path().join("started");
    gate(&started);
    let hang = script(dir.path(), "echo $$ > started; exec sleep 1000");
    let bench = Bench::new(vec![hook("hangs", Call::Command(hang))]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    let pid = fs::read_to_string(&started).unwrap();
    assert!(lives(&pid));
    bench.hooks.notify(notice(Occasion::OnLate, ""));

    let left = bench.hooks.stop(Duration::ZERO);
    let left: Vec<_> = left.iter().map(|left| (left.hook.as_str(), left.occasion, left.stage)).collect();
    assert_eq!(
        left,
        [("hangs", Occasion::OnError, Stage::Running), ("hangs", Occasion::OnLate, Stage::Queued)]
    );
    assert_eq!(bench.delivery().2, failed("it was ended: no more hooks are told"));
    assert!(!lives(&pid), "{pid}");
    assert_eq!(bench.hooks.stop(LONG), [], "a second stop finds nothing");
    bench.hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(bench.hooks.before_session(notice(Occasion::BeforeSession, "")), Decision::Go);
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_stop_ends_the_wait_of_a_session_that_is_about_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    let started = dir.path().join("started");
    gate(&started);
    let hang = script(dir.path(), "echo $$ > started; exec sleep 1000");
    let bench = Bench::new(vec![hook("hangs", heeded(hang))]);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| bench.hooks.before_session(notice(Occasion::BeforeSession, "")));
        let pid = fs::read_to_string(&started).unwrap();
        assert_eq!(bench.hooks.stop(Duration::ZERO).len(), 1);
        assert_eq!(asked.join().unwrap(), Decision::Go);
        assert!(!lives(&pid), "{pid}");
    });
}
