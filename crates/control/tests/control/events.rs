//! The stream of all events.

use syncmgr_control::BusLimits;

use crate::http::Connection;
use crate::scripted::done;
use crate::world::World;

/// A reader that is known to be listening.
fn reader(world: &World, path: &str, headers: &[(&str, &str)]) -> Connection {
    let mut connection = world.local();
    connection.start("GET", path, headers, "");
    let head = connection.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    connection
}

/// The next messages: the name of each, its number, and its data.
fn messages(connection: &mut Connection, count: usize) -> Vec<(String, String, String)> {
    let mut lines = connection.lines();
    let mut messages = Vec::new();
    let (mut name, mut id, mut data) = (String::new(), String::new(), String::new());
    while messages.len() < count {
        let Some(line) = lines.next() else { break };
        match line.split_once(": ") {
            Some(("event", text)) => name = text.to_owned(),
            Some(("id", text)) => id = text.to_owned(),
            Some(("data", text)) => data = text.to_owned(),
            _ if line.is_empty() && !data.is_empty() => {
                messages.push((
                    std::mem::take(&mut name),
                    std::mem::take(&mut id),
                    std::mem::take(&mut data),
                ));
            }
            _ => {}
        }
    }
    messages
}

fn ids(messages: &[(String, String, String)]) -> Vec<u64> {
    messages.iter().map(|(_, id, _)| id.parse().unwrap()).collect()
}

fn small() -> World {
    World::with(BusLimits { events: 16, bytes: 1 << 20 }, |_| {})
}

#[test]
fn events_are_told_with_their_numbers_as_they_are_published() {
    let world = World::start();
    world.bus.publish(&done("before"));
    let mut reader = reader(&world, "/v1/events", &[]);
    assert_eq!(reader.lines().next().unwrap(), ": after 1");
    world.bus.publish(&done("first"));
    world.bus.publish(&done("second"));
    let heard = messages(&mut reader, 2);
    assert_eq!(heard[0], (String::new(), "2".to_owned(), r#"{"type":"done","text":"first"}"#.to_owned()));
    assert_eq!(ids(&heard), [2, 3]);
}

#[test]
fn reading_is_resumed_exactly_after_the_number_asked_for() {
    let world = World::start();
    (0..10).for_each(|number| world.bus.publish(&done(number.to_string())));
    assert_eq!(ids(&messages(&mut reader(&world, "/v1/events?since=7", &[]), 3)), [8, 9, 10]);
    let mut resumed = reader(&world, "/v1/events?since=2", &[("last-event-id", "8")]);
    assert_eq!(ids(&messages(&mut resumed, 2)), [9, 10]);
    assert_eq!(
        ids(&messages(&mut reader(&world, "/v1/events?since=0", &[]), 10)),
        (1..=10).collect::<Vec<_>>()
    );
}

#[test]
fn what_is_missing_is_told_as_a_gap() {
    let world = small();
    (0..20).for_each(|number| world.bus.publish(&done(number.to_string())));
    for since in ["2", "999"] {
        let heard = messages(&mut reader(&world, &format!("/v1/events?since={since}"), &[]), 17);
        let gap = format!("{{\"after\":{since},\"next\":5}}");
        assert_eq!(heard[0], ("gap".to_owned(), "4".to_owned(), gap));
        assert_eq!(ids(&heard[1..]), (5..=20).collect::<Vec<_>>());
    }
    assert_eq!(
        ids(&messages(&mut reader(&world, "/v1/events?since=4", &[]), 16)),
        (5..=20).collect::<Vec<_>>()
    );
}

#[test]
fn a_reader_that_is_slow_is_dropped_with_a_notice() {
    let world = small();
    let mut slow = reader(&world, "/v1/events", &[]);
    assert_eq!(slow.lines().next().unwrap(), ": after 0");
    // More than all buffers between the two hold, and far more than the ring.
    let text = "x".repeat(1000);
    for _ in 0..20_000 {
        world.bus.publish(&done(&*text));
    }
    let heard = messages(&mut slow, usize::MAX);
    let (dropped, events) = heard.split_last().unwrap();
    assert_eq!(dropped.0, "dropped");
    let notice: serde_json::Value = serde_json::from_str(&dropped.2).unwrap();
    let last = notice["last"].as_u64().unwrap();
    assert!(notice["oldest"].as_u64().unwrap() > last + 1);
    // Nothing was left out before.
    assert_eq!(ids(events), (1..=last).collect::<Vec<_>>());
    assert!(world.get("/metrics").body.contains("syncmgr_control_event_readers_dropped_total 1\n"));
}

#[test]
fn a_reader_that_takes_nothing_at_all_is_cut_off() {
    let limits = BusLimits { events: 16, bytes: 64 << 20 };
    let world = World::with(limits, |limits| {
        limits.write_time = std::time::Duration::from_millis(50);
        limits.event_readers = 1;
    });
    let stuck = reader(&world, "/v1/events", &[]);
    (0..16).for_each(|_| world.bus.publish(&done("x".repeat(1 << 20))));
    // Its place becomes free although it never goes away.
    while world.get("/metrics").body.contains("syncmgr_control_event_readers 1\n") {}
    drop(stuck);
}

#[test]
fn ten_readers_hear_the_same_in_the_same_order() {
    let world = World::start();
    let mut readers: Vec<_> = (0..10).map(|_| reader(&world, "/v1/events", &[])).collect();
    std::thread::scope(|scope| {
        for publisher in 0..4 {
            let bus = &world.bus;
            scope.spawn(move || {
                (0..250).for_each(|number| bus.publish(&done(format!("{publisher} {number}"))))
            });
        }
    });
    let first = messages(&mut readers[0], 1000);
    assert_eq!(ids(&first), (1..=1000).collect::<Vec<_>>());
    for reader in &mut readers[1..] {
        assert_eq!(messages(reader, 1000), first);
    }
}

#[test]
fn a_reader_that_hears_nothing_is_told_that_it_is_still_connected() {
    let world =
        World::with(BusLimits::default(), |limits| limits.heartbeat = std::time::Duration::from_millis(10));
    let mut reader = reader(&world, "/v1/events", &[]);
    let said: Vec<_> = reader.lines().filter(|line| !line.is_empty()).take(3).collect();
    assert_eq!(said, [": after 0", ": still here", ": still here"]);
}

#[test]
fn a_reader_that_goes_away_frees_its_place() {
    let world = World::with(BusLimits::default(), |limits| limits.event_readers = 1);
    drop(reader(&world, "/v1/events", &[]));
    while world.get("/metrics").body.contains("syncmgr_control_event_readers 1\n") {}
    reader(&world, "/v1/events", &[]);
}
