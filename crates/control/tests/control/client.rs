//! The client, against the server and against others.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use syncmgr_control::{Answer, BusLimits, Client, ClientError, ConnectError, Events, HealthState, Heard};
use syncmgr_wire::control::{Event, Request, Selection, SyncRequest};

use crate::scripted::done;
use crate::world::World;

fn why(item: &str) -> Request {
    Request::Why { item: item.to_owned() }
}

fn ask(client: &mut Client, request: &Request) -> (Vec<Event>, Result<Answer, ClientError>) {
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

/// Passes everything on to a socket, and counts who came.
fn counting(to: &Path, at: &Path) -> Arc<AtomicUsize> {
    let listener = UnixListener::bind(at).unwrap();
    let (to, n_came) = (to.to_owned(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&n_came);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut server = UnixStream::connect(&to).unwrap();
            let (mut asked, mut answered) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                let _gone = std::io::copy(&mut asked, &mut server);
                let _gone = server.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let _gone = std::io::copy(&mut answered, &mut client);
                let _gone = client.shutdown(Shutdown::Both);
            });
        }
    });
    n_came
}

#[test]
fn requests_that_follow_each_other_share_a_connection() {
    let world = World::start();
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("between");
    let n_came = counting(&world.socket(), &socket);
    let mut client = Client::connect(&socket).unwrap();
    assert_eq!(client.health().unwrap().state, HealthState::Running);
    for _ in 0..3 {
        let (heard, answer) = ask(&mut client, &Request::Status);
        assert_eq!(heard, [done("status")]);
        assert_eq!(answer.unwrap(), Answer::default());
    }
    assert_eq!(n_came.load(Ordering::SeqCst), 1);
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
    drop(UnixListener::bind(&socket).unwrap());
    assert!(matches!(Client::connect(&socket), Err(ConnectError::NotRunning { .. })));
    std::fs::remove_file(&socket).unwrap();
    let world = World::start();
    let mut client = Client::connect(&world.socket()).unwrap();
    ask(&mut client, &Request::Status).1.unwrap();
    drop(world.server);
    let answer = ask(&mut client, &Request::Status).1;
    assert!(matches!(answer, Err(ClientError::Connect(ConnectError::NotRunning { .. }))));
}

/// Somebody else who answers one request with this.
fn impostor(socket: &Path, answer: &str) -> JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    let answer = answer.to_owned();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    })
}

fn answer_of(answer: &str) -> Result<Answer, ClientError> {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let other = impostor(&socket, answer);
    let mut client = Client::connect(&socket).unwrap();
    let answer = ask(&mut client, &Request::Status).1;
    other.join().unwrap();
    answer
}

#[test]
fn a_manager_of_another_version_is_named_with_the_side_to_update() {
    let older = answer_of("HTTP/1.1 200 OK\r\nsyncmgr-version: 0\r\ncontent-length: 0\r\n\r\n");
    let Err(ClientError::Version { message, hint }) = older else { panic!("{older:?}") };
    assert!(message.contains("speaks version 0"), "{message}");
    assert!(hint.contains("restart the manager"), "{hint}");
    let newer = answer_of("HTTP/1.1 400 Bad Request\r\nsyncmgr-version: 2\r\ncontent-length: 0\r\n\r\n");
    let Err(ClientError::Version { hint, .. }) = newer else { panic!("{newer:?}") };
    assert!(hint.contains("update the program that asks"), "{hint}");
}

#[test]
fn an_answer_without_an_end_is_a_lost_connection_and_nonsense_is_not_understood() {
    let head = "HTTP/1.1 200 OK\r\nsyncmgr-version: 1\r\n";
    let lost = answer_of(&format!("{head}content-length: 3\r\n\r\n{{}}\n"));
    assert!(matches!(lost, Err(ClientError::Lost { source: None })), "{lost:?}");
    let lost = answer_of(&format!("{head}content-length: 100\r\n\r\n{{}}\n"));
    assert!(matches!(lost, Err(ClientError::Lost { source: Some(_) })), "{lost:?}");
    let nonsense = answer_of(&format!("{head}content-length: 2\r\n\r\nx\n"));
    assert!(matches!(nonsense, Err(ClientError::NotUnderstood { .. })), "{nonsense:?}");
    let stranger = answer_of("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx\n");
    assert!(matches!(stranger, Err(ClientError::NotUnderstood { .. })), "{stranger:?}");
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
