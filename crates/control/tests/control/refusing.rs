//! What is refused, and that it is always said why.

use std::time::Duration;

use crate::world::World;

const SOON: Duration = Duration::from_millis(50);

#[test]
fn what_cannot_be_understood_is_refused() {
    let world = World::start();
    let bodies = [
        "",
        "{",
        "[]",
        "[\"stop\"]",
        "null",
        "{\"request\":\"?\"}",
        "{\"request\":\"why\"}",
        "{\"request\":\"stop\"} x",
    ];
    for body in bodies {
        let reply = world.post("/v1/ask", &[], body);
        assert_eq!((reply.status(), reply.refusal().as_str()), (400, "malformed"), "{body}");
    }
    for path in [
        "/v1/history?limit=x",
        "/v1/history?limit=-1",
        "/v1/history?limit=1&limit=2",
        "/v1/why/%ff",
        "/v1/events?since=x",
    ] {
        let reply = world.get(path);
        assert_eq!((reply.status(), reply.refusal().as_str()), (400, "malformed"), "{path}");
    }
    let reply = world.post("/v1/items/x/skip", &[], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (400, "malformed"));
    let reply = world.local().request("GET", "/v1/events", &[("last-event-id", "x")], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (400, "malformed"));
    assert!(world.script.asked().is_empty());
}

#[test]
fn unknown_paths_and_methods_are_refused_in_the_same_form() {
    let world = World::start();
    let reply = world.get("/v1/nowhere");
    assert_eq!((reply.status(), reply.refusal().as_str()), (404, "not_found"));
    let reply = world.post("/v1/status", &[], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (405, "method"));
    assert_eq!(reply.head.header("allow"), Some("GET,HEAD"));
}

#[test]
fn a_body_that_is_too_long_is_refused_whether_it_is_announced_or_not() {
    let world = World::with(Default::default(), |limits| limits.body_bytes = 100);
    let mut connection = world.local();
    connection.send("POST /v1/ask HTTP/1.1\r\nhost: localhost\r\ncontent-length: 101\r\n\r\n");
    let reply = connection.reply();
    assert_eq!((reply.status(), reply.refusal().as_str()), (413, "too_large"));
    let mut connection = world.local();
    connection.send("POST /v1/ask HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    connection.send(&format!("65\r\n{}\r\n", "x".repeat(0x65)));
    let reply = connection.reply();
    assert_eq!((reply.status(), reply.refusal().as_str()), (413, "too_large"));
}

#[test]
fn a_body_that_does_not_arrive_is_not_waited_for() {
    let world = World::with(Default::default(), |limits| limits.body_time = SOON);
    let mut connection = world.local();
    connection.send("POST /v1/ask HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{");
    let reply = connection.reply();
    assert_eq!((reply.status(), reply.refusal().as_str()), (408, "slow"));
}

#[test]
fn a_head_that_does_not_arrive_ends_the_connection() {
    let world = World::with(Default::default(), |limits| limits.head_time = SOON);
    let mut connection = world.local();
    connection.send("POST /v1/ask HTTP/1.1\r\nhost: ");
    assert!(!connection.rest().contains("200 OK"));
    // A connection that lies idle ends as well.
    assert_eq!(world.local().rest(), "");
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let world = World::start();
    let long = "x".repeat(17 << 10);
    let reply = world.local().request("GET", "/v1/status", &[("x-long", &long)], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (431, "headers"));
    let reply = world.local().request("GET", "/v1/status", &[("x-many", "1"); 65], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (431, "headers"));
    // What never ends is cut off by the HTTP library, which has no words for it. No more than a pipe holds: its client would wait
    // for somebody to read on before it reads the answer.
    let endless = "x".repeat(64 << 10);
    let mut connection = world.local();
    connection.start("GET", "/v1/status", &[("x-endless", &endless)], "");
    assert_eq!(connection.head().status, 431);
}

#[test]
fn another_version_is_refused_with_the_side_to_update() {
    let world = World::start();
    let reply = world.local().request("GET", "/v1/status", &[("syncmgr-version", "0")], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (400, "version"));
    assert!(reply.json()["error"]["hint"].as_str().unwrap().contains("update the program that asks"));
    let reply = world.local().request("GET", "/v1/status", &[("syncmgr-version", "99")], "");
    assert!(reply.json()["error"]["hint"].as_str().unwrap().contains("restart the manager"));
}

#[test]
fn more_requests_than_allowed_are_told_to_come_back() {
    let world = World::with(Default::default(), |limits| limits.requests = 1);
    let mut held = world.local();
    held.start("GET", "/v1/why/held", &[], "");
    world.script.wait_asked(1);
    let reply = world.get("/v1/status");
    assert_eq!((reply.status(), reply.refusal().as_str()), (503, "busy"));
    assert_eq!(reply.head.header("retry-after"), Some("1"));
    world.script.release();
    assert_eq!(held.reply().status(), 200);
    assert_eq!(world.get("/v1/status").status(), 200);
}

#[test]
fn more_sessions_than_allowed_are_told_to_come_back_and_questions_are_answered() {
    let world = World::with(Default::default(), |limits| limits.sessions = 1);
    let body = r#"{"request":"sync","selection":{"items":["held"]}}"#;
    let mut held = world.local();
    held.start("POST", "/v1/ask", &[], body);
    world.script.wait_asked(1);
    let reply = world.post("/v1/ask", &[], body);
    assert_eq!((reply.status(), reply.refusal().as_str()), (503, "busy"));
    assert_eq!(world.get("/v1/status").status(), 200);
    world.script.release();
    assert_eq!(held.reply().status(), 200);
}

#[test]
fn more_readers_of_events_than_allowed_are_told_to_come_back() {
    let world = World::with(Default::default(), |limits| limits.event_readers = 1);
    let mut reader = world.local();
    reader.start("GET", "/v1/events", &[], "");
    assert_eq!(reader.head().status, 200);
    let reply = world.get("/v1/events");
    assert_eq!((reply.status(), reply.refusal().as_str()), (503, "busy"));
}
