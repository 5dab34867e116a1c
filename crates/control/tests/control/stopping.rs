//! Shutting down.

use std::time::Duration;

use crate::world::World;

const HELD: &str = r#"{"request":"sync","selection":{"items":["held"]}}"#;
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_stop_waits_for_what_is_asked_and_its_answer_arrives() {
    let world = World::start();
    let mut connection = world.local();
    connection.start("POST", "/v1/ask", &[], HELD);
    world.script.wait_asked(1);
    let (script, server) = (world.script.clone(), world.server);
    let stopping = std::thread::spawn(move || server.stop(LONG));
    script.release();
    assert!(connection.reply().body.ends_with("{\"type\":\"end\",\"exit\":1,\"failure\":null}\n"));
    assert!(stopping.join().unwrap().unfinished.is_empty());
}

#[test]
fn who_does_not_make_it_to_the_deadline_is_named() {
    let world = World::start();
    let mut session = world.local();
    session.start("POST", "/v1/ask", &[], HELD);
    world.script.wait_asked(1);
    let mut question = world.local();
    question.start("GET", "/v1/why/held", &[], "");
    world.script.wait_asked(2);
    let (script, socket) = (world.script.clone(), world.socket());
    let stopped = world.server.stop(Duration::from_millis(20));
    assert_eq!(stopped.unfinished, ["POST /v1/ask sync", "GET /v1/why"]);
    assert!(!socket.exists());
    assert!(!session.rest().contains("\"end\""));
    // The manager goes on with it all the same.
    script.release();
    script.wait_ended(2);
}

#[test]
fn readers_of_events_are_told_and_do_not_hold_up_a_stop() {
    let world = World::start();
    let mut reader = world.local();
    reader.start("GET", "/v1/events", &[], "");
    reader.head();
    assert_eq!(reader.lines().next().unwrap(), ": after 0");
    assert!(world.server.stop(LONG).unfinished.is_empty());
    let said: Vec<_> = reader.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(said, [": the manager stops"]);
}

#[test]
fn a_server_that_is_dropped_leaves_no_socket_behind() {
    let world = World::start();
    let socket = world.socket();
    let _idle = world.local();
    drop(world.server);
    assert!(!socket.exists());
}
