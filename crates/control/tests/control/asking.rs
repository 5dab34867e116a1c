//! What is asked and answered.

use serde_json::json;
use syncmgr_control::HealthState;
use syncmgr_wire::control::{Request, Selection, SyncRequest};

use crate::world::World;

const HELD: &str = r#"{"request":"why","item":"held"}"#;
const HELD_SESSION: &str = r#"{"request":"sync","selection":{"items":["held"]}}"#;

#[test]
fn every_question_has_a_path_that_answers_with_its_events() {
    let table = [
        ("/v1/status", json!({"request": "status"})),
        ("/v1/items", json!({"request": "items"})),
        (
            "/v1/items?for=idle&connection=a%20b",
            json!({"request": "items", "for": "idle", "connection": "a b"}),
        ),
        ("/v1/history", json!({"request": "history", "limit": 20})),
        ("/v1/history?limit=3", json!({"request": "history", "limit": 3})),
        ("/v1/results", json!({"request": "results", "session": null})),
        ("/v1/results?session=67e5", json!({"request": "results", "session": "67e5"})),
        ("/v1/conflicts", json!({"request": "conflicts", "item": null})),
        ("/v1/conflicts?item=photos", json!({"request": "conflicts", "item": "photos"})),
        ("/v1/why/mail%2Finbox", json!({"request": "why", "item": "mail/inbox"})),
        ("/v1/triggers", json!({"request": "settings"})),
        ("/v1/handlers", json!({"request": "handlers"})),
        ("/v1/connections", json!({"request": "connections"})),
    ];
    let world = World::start();
    for (path, expected) in &table {
        let reply = world.get(path);
        assert_eq!(reply.status(), 200, "{path}");
        assert_eq!(reply.head.header("content-type"), Some("application/json"));
        assert_eq!(reply.head.header("syncmgr-version"), Some("1"));
        assert_eq!(reply.json(), json!([{"type": "done", "text": expected["request"]}]), "{path}");
    }
    let asked: Vec<_> =
        world.script.asked().iter().map(|asked| serde_json::to_value(asked).unwrap()).collect();
    let expected: Vec<_> = table.iter().map(|(_, request)| request.clone()).collect();
    assert_eq!(asked, expected);
}

#[test]
fn a_picture_of_a_conflict_is_served_and_nothing_but_a_picture() {
    let world = World::start();
    let reply = world.get("/v1/content?item=pictures&side=left&path=a%20%26%2Fb.png");
    assert_eq!((reply.status(), reply.body.as_str()), (200, "left a &/b.png false"));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(reply.head.header(name), Some(value), "{name}");
    }
    let reply = world.get("/v1/content?item=pictures&side=right&path=caf%5Cxe9&escaped=true");
    assert_eq!(reply.body, "right caf\\xe9 true");

    for nothing in ["nobody", "scripts"] {
        let reply = world.get(&format!("/v1/content?item={nothing}&side=left&path=a"));
        assert_eq!((reply.status(), reply.refusal().as_str()), (404, "not_found"), "{nothing}");
    }
    for malformed in ["item=pictures&side=top&path=a", "item=pictures&path=a", "side=left&path=a"] {
        assert_eq!(world.get(&format!("/v1/content?{malformed}")).status(), 400, "{malformed}");
    }
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_broken_has_failed() {
    let world = World::start();
    for path in ["/v1/why/nothing", "/v1/conflicts?item=nothing", "/v1/results?session=nothing"] {
        let reply = world.get(path);
        assert_eq!((reply.status(), reply.refusal().as_str()), (404, "not_found"), "{path}");
        assert_eq!(reply.json()["error"]["message"], "there is nothing of that name");
    }
    let reply = world.get("/v1/why/broken");
    assert_eq!((reply.status(), reply.refusal().as_str()), (500, "failed"));
    let reply = world.get("/v1/why/panic");
    assert_eq!((reply.status(), reply.refusal().as_str()), (500, "failed"));
    assert_eq!(reply.json()["error"]["causes"], json!(["as it is written"]));
}

#[test]
fn anything_can_be_asked_and_is_answered_in_lines_with_an_end() {
    let world = World::start();
    let ask = |body: &str| {
        let reply = world.post("/v1/ask", &[], body);
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.head.header("content-type"), Some("application/x-ndjson"));
        reply.body
    };
    assert_eq!(
        ask(r#"{"request":"doctor"}"#),
        "{\"type\":\"done\",\"text\":\"doctor\"}\n{\"type\":\"end\",\"exit\":0,\"failure\":null}\n"
    );
    assert_eq!(
        ask(r#"{"request":"why","item":"nothing"}"#),
        "{\"type\":\"end\",\"exit\":2,\"failure\":{\"headline\":\"there is nothing of that name\",\"causes\":[],\"hint\":null}}\n"
    );
    let panicked = ask(r#"{"request":"why","item":"panic"}"#);
    assert!(panicked.starts_with("{\"type\":\"end\",\"exit\":5,"), "{panicked}");
    assert_eq!(ask(r#"{"request":"why","item":"many"}"#).lines().count(), 20_001);
}

#[test]
fn an_event_is_told_as_soon_as_it_is_heard() {
    let world = World::start();
    let mut connection = world.local();
    connection.start("POST", "/v1/ask", &[], HELD_SESSION);
    assert_eq!(connection.head().status, 200);
    let mut lines = connection.lines();
    assert!(lines.next().unwrap().starts_with(r#"{"type":"begun","#));
    world.script.release();
    assert_eq!(lines.next().unwrap(), r#"{"type":"done","text":"went on"}"#);
    assert_eq!(lines.next().unwrap(), r#"{"type":"end","exit":1,"failure":null}"#);
    assert_eq!(lines.next(), None);
}

#[test]
fn a_reader_that_goes_away_does_not_stop_a_session() {
    let world = World::start();
    let mut connection = world.local();
    connection.start("POST", "/v1/ask", &[], HELD_SESSION);
    connection.head();
    assert!(connection.lines().next().is_some());
    drop(connection);
    // The server notices only afterwards or before; the session comes to its end either way.
    assert_eq!(world.get("/v1/status").status(), 200);
    world.script.release();
    world.script.wait_ended(2);
}

#[test]
fn controls_are_told_while_everything_else_is_held_up() {
    let world = World::with(Default::default(), |limits| limits.queries = 1);
    let mut connection = world.local();
    connection.start("POST", "/v1/ask", &[], HELD);
    world.script.wait_asked(1);
    let item = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    for path in ["/v1/stop", "/v1/pause", "/v1/resume", &format!("/v1/items/{item}/skip")] {
        let reply = world.post(path, &[], "");
        assert_eq!((reply.status(), reply.body.as_str()), (204, ""), "{path}");
    }
    assert_eq!(world.get("/health").status(), 200);
    let expected = [
        Request::Stop,
        Request::Pause { seconds: None },
        Request::Resume,
        Request::Skip { item: item.parse().unwrap() },
    ];
    assert_eq!(world.script.asked()[1..], expected);
    world.script.release();
    assert!(connection.reply().body.ends_with("\"failure\":null}\n"));
}

#[test]
fn a_session_is_started_and_named_or_told_in_lines() {
    let world = World::start();
    let reply = world.post("/v1/sync", &[], "");
    assert_eq!(reply.status(), 202);
    assert_eq!(reply.json(), json!({"session": "00000000-0000-0000-0000-000000000001"}));
    let reply = world.post("/v1/sync", &[], r#"{"selection":{"items":["a"]},"dry_run":true}"#);
    assert_eq!(reply.json(), json!({"session": "00000000-0000-0000-0000-000000000002"}));
    let mut items = SyncRequest::new(Selection::Items(vec!["a".to_owned()]));
    items.dry_run = true;
    let expected = [Request::Sync(SyncRequest::new(Selection::Ticked)), Request::Sync(items)];
    assert_eq!(world.script.asked(), expected);
    let reply = world.post("/v1/sync", &[("accept", "application/x-ndjson")], "");
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.body.lines().count(), 3);
    let reply = world.post("/v1/sync", &[], r#"{"selection":{"items":["nothing"]}}"#);
    assert_eq!((reply.status(), reply.refusal().as_str()), (422, "usage"));
    let reply = world.post("/v1/sync", &[], r#"{"selection":{"items":["panic"]}}"#);
    assert_eq!((reply.status(), reply.refusal().as_str()), (500, "failed"));
}

#[test]
fn a_session_that_was_started_runs_on_by_itself() {
    let world = World::start();
    let reply = world.post("/v1/sync", &[], r#"{"selection":{"items":["held"]}}"#);
    assert_eq!(reply.status(), 202);
    world.script.release();
    world.script.wait_ended(1);
    // Where no session begins there is none to name.
    let reply = world.post("/v1/sync", &[], r#"{"selection":{"items":["many"]}}"#);
    assert_eq!((reply.status(), reply.json()), (202, json!({"session": null})));
}

#[test]
fn an_answer_that_is_too_long_for_an_array_says_what_to_ask_instead() {
    let world = World::with(Default::default(), |limits| limits.array_bytes = 1000);
    let reply = world.get("/v1/why/many");
    assert_eq!((reply.status(), reply.refusal().as_str()), (507, "answer_too_large"));
    assert!(reply.json()["error"]["hint"].as_str().unwrap().contains("/v1/ask"));
}

#[test]
fn health_says_how_the_manager_is_and_whether_it_can_be_asked() {
    let world = World::start();
    let reply = world.get("/health");
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.json()["state"], "running");
    assert_eq!(reply.json()["since"], "2027-01-15T08:00:00.000Z");
    world.script.set_health(HealthState::Starting);
    let reply = world.get("/health");
    assert_eq!((reply.status(), reply.json()["state"].clone()), (503, json!("starting")));
}

#[test]
fn metrics_are_the_servers_and_the_managers() {
    let world = World::start();
    world.get("/nowhere");
    let reply = world.get("/metrics");
    assert_eq!(reply.head.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "syncmgr_control_responses_total{class=\"4xx\"} 1",
        "syncmgr_control_event_readers 0",
        "syncmgr_scripted 1",
    ] {
        assert!(reply.body.lines().any(|found| found == line), "{line}\n{}", reply.body);
    }
}

#[test]
fn the_description_and_a_front_page_are_there() {
    let world = World::start();
    assert_eq!(world.get("/openapi.json").json()["openapi"], "3.1.0");
    assert!(world.get("/").body.contains("/openapi.json"));
}
