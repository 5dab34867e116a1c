//! The client, against the server and against others.

use std::time::Duration;

use syncmgr_control::{Answer, BusLimits, Client, ClientError, ConnectError, Events, HealthState, Heard};
use syncmgr_wire::control::{Event, Request, Selection, SyncRequest};

use crate::scripted::done;
use crate::world::World;

fn why(item: &str) -> Request {
    Request::Why { item: item.to_owned() }
}

pub(crate) fn ask(client: &mut Client, request: &Request) -> (Vec<Event>, Result<Answer, ClientError>) {
    let mut heard = Vec::new();
    let answer = client.ask(request, &mut |event| heard.push(event));
    (heard, answer)
}

#[test]
fn a_client_asks_and_hears_as_often_as_it_likes() {
    let world = World::start();
    let mut client = Client::connect(&world.socket()).unwrap();
    for _ in 0..3 {
        let (heard, answer) = ask(&mut client, &Request::Status);
        assert_eq!(heard, [done("status")]);
        assert_eq!(answer.unwrap(), Answer::default());
    }
    let (heard, answer) = ask(&mut client, &why("many"));
    assert_eq!(heard.len(), 20_000);
    assert_eq!(answer.unwrap(), Answer::default());
    let (_, answer) = ask(&mut client, &why("nothing"));
    assert_eq!(answer.unwrap(), Answer::fails(2, "there is nothing of that name"));
}

#[test]
fn a_client_hears_events_while_a_session_runs_and_another_one_controls_it() {
    let world = World::start();
    let mut client = Client::connect(&world.socket()).unwrap();
    let request = Request::Sync(SyncRequest::new(Selection::Items(vec!["held".to_owned()])));
    let mut heard = Vec::new();
    let answer = client.ask(&request, &mut |event| {
        if heard.is_empty() {
            let mut other = Client::connect(&world.socket()).unwrap();
            assert_eq!(other.ask(&Request::Stop, &mut |_| {}).unwrap(), Answer::default());
            world.script.release();
        }
        heard.push(event);
    });
    assert!(matches!(heard[0], Event::Begun(_)));
    assert_eq!(heard[1..], [done("went on")]);
    assert_eq!(answer.unwrap(), Answer::exits(1));
}

#[test]
fn who_cannot_wait_is_not_kept_waiting_by_a_manager_that_hangs() {
    let world = World::start();
    let mut client = Client::connect_within(&world.socket(), Duration::from_millis(50)).unwrap();
    let held = Request::Sync(SyncRequest::new(Selection::Items(vec!["held".to_owned()])));
    assert!(matches!(client.ask(&held, &mut |_| {}), Err(ClientError::TooLate)));
    world.script.release();
    // The next question is one of its own.
    let mut client = Client::connect_within(&world.socket(), Duration::from_secs(60)).unwrap();
    for _ in 0..2 {
        assert_eq!(ask(&mut client, &Request::Status).1.unwrap(), Answer::default());
    }
}

#[test]
fn health_is_known_also_while_the_manager_starts() {
    let world = World::start();
    let mut client = Client::connect(&world.socket()).unwrap();
    assert_eq!(client.health().unwrap().process, 4711);
    world.script.set_health(HealthState::Starting);
    assert_eq!(client.health().unwrap().state, HealthState::Starting);
}

#[test]
fn a_refusal_says_why() {
    let world = World::with(Default::default(), |limits| limits.body_bytes = 10);
    let mut client = Client::connect(&world.socket()).unwrap();
    let Err(ClientError::Refused { status, failure }) = ask(&mut client, &Request::Status).1 else {
        panic!("it was not refused")
    };
    assert_eq!(status, 413);
    assert_eq!(failure.headline, "a body has at most 10 bytes");
}

#[test]
fn where_nobody_listens_no_manager_runs() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    assert!(matches!(Client::connect(&socket), Err(ConnectError::NotRunning { .. })));
    let world = World::start();
    let mut client = Client::connect(&world.socket()).unwrap();
    ask(&mut client, &Request::Status).1.unwrap();
    drop(world.server);
    let answer = ask(&mut client, &Request::Status).1;
    assert!(matches!(answer, Err(ClientError::Connect(ConnectError::NotRunning { .. }))));
}

fn events(world: &World, since: Option<u64>) -> Events {
    Client::connect(&world.socket()).unwrap().events(since).unwrap()
}

fn heard(text: &str) -> Option<Heard> {
    Some(Heard::Event(Box::new(done(text))))
}

#[test]
fn a_client_that_listens_goes_on_where_another_one_stopped() {
    let world = World::start();
    (1..=3).for_each(|number| world.bus.publish(&done(number.to_string())));
    let mut first = events(&world, Some(1));
    assert_eq!(first.wait().unwrap(), heard("2"));
    assert_eq!(first.last(), Some(2));
    let since = first.last();
    drop(first);
    let mut second = events(&world, since);
    assert_eq!(second.wait().unwrap(), heard("3"));
    world.bus.publish(&done("4"));
    assert_eq!(second.wait().unwrap(), heard("4"));
    assert_eq!(second.last(), Some(4));
}

#[test]
fn a_client_that_was_away_too_long_hears_of_the_gap_and_then_of_what_is_left() {
    let world = World::with(BusLimits { events: 4, bytes: 1 << 20 }, |_| {});
    (1..=10).for_each(|number| world.bus.publish(&done(number.to_string())));
    let mut late = events(&world, Some(2));
    assert_eq!(late.wait().unwrap(), Some(Heard::Gap));
    assert_eq!(late.last(), Some(6));
    assert_eq!(late.wait().unwrap(), heard("7"));
}

#[test]
fn the_end_of_a_manager_is_the_end_of_what_is_heard() {
    let world = World::start();
    let mut listening = events(&world, Some(0));
    world.bus.publish(&done("last"));
    assert_eq!(listening.wait().unwrap(), heard("last"));
    let ended = std::thread::spawn(move || listening.wait());
    let _ = world.server.stop(std::time::Duration::from_secs(60));
    assert!(matches!(ended.join().unwrap(), Ok(None) | Err(ClientError::Lost { .. })));
}
