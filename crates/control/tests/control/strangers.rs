//! The client and others that listen where a manager should, or stand between.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use syncmgr_control::{Answer, Client, ClientError, ConnectError, HealthState};
use syncmgr_wire::control::Request;

use crate::client::ask;
use crate::scripted::done;
use crate::world::World;

#[test]
fn at_the_socket_of_a_dead_manager_none_runs() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    drop(UnixListener::bind(&socket).unwrap());
    assert!(matches!(Client::connect(&socket), Err(ConnectError::NotRunning { .. })));
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
