//! What waits: bounded, and holding up nobody.

use std::time::Duration;

use syncmgr_hooks::{
    Call, Decision, DeliveryEnd, Hooks, HooksServices, HooksSettings, Occasion, Stage, Told,
};

use crate::programs::script;
use crate::server::Server;
use crate::{Bench, LONG, hook, notice, webhook};

#[test]
fn when_too_much_waits_the_oldest_go_and_are_counted() {
    let server = Server::start();
    let settings =
        HooksSettings { capacity: 2, ..HooksSettings::new(vec![hook("mine", webhook(server.url()))]) };
    let bench = Bench::with(settings, |_| crossbeam_channel::never());
    bench.hooks.notify(notice(Occasion::OnError, "0"));
    let first = server.requests.recv_timeout(LONG).unwrap();
    // The worker waits for the answer to the first, so all others have to queue.
    for text in ["1", "2", "3", "4", "5"] {
        bench.hooks.notify(notice(Occasion::OnError, text));
    }
    for _ in 0..3 {
        server.answers.send(200).unwrap();
    }
    let told: Vec<_> = (0..4).map(|_| bench.told()).collect();
    let n_done =
        told.iter().filter(|told| matches!(told, Told::Delivery(it) if it.end == DeliveryEnd::Done)).count();
    assert_eq!((n_done, &told[1]), (3, &Told::Dropped { n_dropped: 3 }), "{told:?}");
    let mut texts = vec![first.text()];
    texts.extend(server.requests.try_iter().map(|request| request.text()));
    assert_eq!(texts, ["0", "4", "5"]);
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_webhook_that_waits_for_its_next_attempt_holds_up_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::answering(&[500]);
    let hooks = vec![
        hook("troubled", webhook(server.url())),
        hook("well", Call::Command(script(dir.path(), "exit 0"))),
    ];
    let bench = Bench::with(HooksSettings::new(hooks), |_| crossbeam_channel::never());
    bench.hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(bench.delivery().0, "troubled");
    assert_eq!(bench.delivery(), ("well".to_owned(), 1, DeliveryEnd::Done));
    let left = bench.hooks.stop(Duration::ZERO);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((left[0].hook.as_str(), left[0].stage), ("troubled", Stage::Waiting));
}

#[test]
fn what_waits_for_another_attempt_is_bounded_too() {
    let server = Server::answering(&[500; 4]);
    let settings =
        HooksSettings { capacity: 2, ..HooksSettings::new(vec![hook("mine", webhook(server.url()))]) };
    let bench = Bench::with(settings, |_| crossbeam_channel::never());
    for n_waiting in 0..4 {
        bench.hooks.notify(notice(Occasion::OnError, ""));
        assert!(matches!(bench.delivery().2, DeliveryEnd::Again { .. }));
        if n_waiting >= 2 {
            assert_eq!(bench.told(), Told::Dropped { n_dropped: 1 });
        }
    }
    assert_eq!(bench.hooks.stop(Duration::ZERO).len(), 2);
}

#[test]
fn webhooks_hear_of_a_session_without_holding_it_up() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start();
    let hooks = vec![
        hook("web", webhook(server.url())),
        hook("command", Call::Command(script(dir.path(), "exit 0"))),
    ];
    let bench = Bench::new(hooks);
    assert_eq!(bench.hooks.before_session(notice(Occasion::BeforeSession, "now")), Decision::Go);
    assert_eq!(bench.delivery().0, "command");
    assert_eq!(server.requests.recv_timeout(LONG).unwrap().text(), "now");
    server.answers.send(200).unwrap();
    assert_eq!(bench.delivery().0, "web");
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_stop_within_its_deadline_goes_on_with_what_was_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::new(vec![hook("mine", Call::Command(script(dir.path(), "cat >> all")))]);
    for text in ["a", "b", "c"] {
        bench.hooks.notify(notice(Occasion::OnError, text));
    }
    assert_eq!(bench.rest().len(), 3);
    let all = std::fs::read_to_string(dir.path().join("all")).unwrap();
    assert_eq!(all.lines().count(), 3);
}

#[test]
fn without_hooks_there_is_nothing_to_tell_or_to_wait_for() {
    let services = HooksServices::new(|told| panic!("{told:?}"));
    let hooks = Hooks::start(HooksSettings::new(Vec::new()), services).unwrap();
    hooks.notify(notice(Occasion::OnError, ""));
    assert_eq!(hooks.before_session(notice(Occasion::BeforeSession, "")), Decision::Go);
    assert_eq!(hooks.stop(LONG), []);
}
