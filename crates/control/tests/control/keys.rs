//! The same key starts nothing twice.

use crate::world::World;

const DAY: i64 = 24 * 60 * 60 * 1000;
const KEY: &[(&str, &str)] = &[("idempotency-key", "a")];
const HELD: &str = r#"{"request":"sync","selection":{"items":["held"]}}"#;

#[test]
fn a_session_is_started_once_for_a_key_within_a_day() {
    let world = World::start();
    let first = world.post("/v1/sync", KEY, "");
    let second = world.post("/v1/sync", KEY, "");
    assert_eq!((first.status(), second.status()), (202, 202));
    assert_eq!(first.body, second.body);
    assert_eq!(first.head.header("idempotency-replayed"), None);
    assert_eq!(second.head.header("idempotency-replayed"), Some("true"));
    assert_eq!(world.script.started(), 1);
    world.pass(DAY);
    assert_ne!(world.post("/v1/sync", KEY, "").body, first.body);
    assert_eq!(world.script.started(), 2);
}

#[test]
fn without_a_key_or_with_another_one_it_is_started_again() {
    let world = World::start();
    world.post("/v1/sync", &[], "");
    world.post("/v1/sync", &[], "");
    world.post("/v1/sync", KEY, "");
    world.post("/v1/sync", &[("idempotency-key", "b")], "");
    assert_eq!(world.script.started(), 4);
}

#[test]
fn a_key_belongs_to_one_request() {
    let world = World::start();
    world.post("/v1/sync", KEY, "");
    let reply = world.post("/v1/sync", KEY, r#"{"selection":"ticked","dry_run":true}"#);
    assert_eq!((reply.status(), reply.refusal().as_str()), (409, "key_reused"));
    let reply = world.post("/v1/ask", KEY, r#"{"request":"sync","selection":"ticked"}"#);
    assert_eq!((reply.status(), reply.refusal().as_str()), (409, "key_reused"));
}

#[test]
fn the_lines_of_a_session_are_told_again_but_not_while_it_runs() {
    let world = World::start();
    let mut first = world.local();
    first.start("POST", "/v1/ask", KEY, HELD);
    world.script.wait_asked(1);
    let reply = world.post("/v1/ask", KEY, HELD);
    assert_eq!((reply.status(), reply.refusal().as_str()), (409, "key_in_use"));
    assert_eq!(reply.head.header("retry-after"), Some("1"));
    world.script.release();
    let first = first.reply();
    let again = world.post("/v1/ask", KEY, HELD);
    assert_eq!(again.body, first.body);
    assert_eq!(again.head.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(world.script.asked().len(), 1);
}

#[test]
fn the_answer_is_kept_also_for_somebody_who_went_away() {
    let world = World::start();
    let mut first = world.local();
    first.start("POST", "/v1/ask", KEY, HELD);
    world.script.wait_asked(1);
    drop(first);
    world.script.release();
    // Until its end is kept it is refused; never carried out again.
    let again = loop {
        let reply = world.post("/v1/ask", KEY, HELD);
        if reply.status() == 200 {
            break reply;
        }
        assert_eq!(reply.refusal(), "key_in_use");
    };
    assert!(again.body.ends_with("{\"type\":\"end\",\"exit\":1,\"failure\":null}\n"));
    assert_eq!(world.script.asked().len(), 1);
}

#[test]
fn a_key_of_something_that_was_not_started_can_be_used_again() {
    let world = World::start();
    let nothing = r#"{"selection":{"items":["nothing"]}}"#;
    assert_eq!(world.post("/v1/sync", KEY, nothing).refusal(), "usage");
    assert_eq!(world.post("/v1/sync", KEY, "{").refusal(), "malformed");
    assert_eq!(world.post("/v1/sync", KEY, "").status(), 202);
}

#[test]
fn questions_and_controls_are_answered_anew_whatever_the_key() {
    let world = World::start();
    for body in [r#"{"request":"status"}"#, r#"{"request":"stop"}"#, r#"{"request":"status"}"#] {
        assert_eq!(world.post("/v1/ask", KEY, body).status(), 200);
    }
    assert_eq!(world.script.asked().len(), 3);
}

#[test]
fn a_key_has_to_be_one_short_text() {
    let world = World::start();
    let long = "x".repeat(129);
    for headers in [
        vec![("idempotency-key", &*long)],
        vec![("idempotency-key", "a b")],
        vec![("idempotency-key", "a"), ("idempotency-key", "b")],
    ] {
        let reply = world.post("/v1/sync", &headers, "");
        assert_eq!((reply.status(), reply.refusal().as_str()), (400, "malformed"));
    }
    assert_eq!(world.script.started(), 0);
}
