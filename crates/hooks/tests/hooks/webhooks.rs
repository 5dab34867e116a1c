//! Web servers that answer, fail and are silent.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use syncmgr_hooks::{Call, DeliveryEnd, Occasion, Webhook};

use crate::server::Server;
use crate::{Bench, LONG, hook, notice, webhook};

fn again(why: &str, secs: u64) -> DeliveryEnd {
    DeliveryEnd::Again { why: why.to_owned(), after: Duration::from_secs(secs) }
}

/// An address at which nobody listens, for as long as the socket is held.
#[cfg(unix)]
fn silent_address() -> (std::os::fd::OwnedFd, SocketAddrV4) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
    let held = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&held, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = getsockname(&held).unwrap().try_into().unwrap();
    (held, address)
}

/// An address at which nobody listens. To hold it would be to listen.
#[cfg(windows)]
fn silent_address() -> ((), SocketAddrV4) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    ((), SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

#[test]
fn a_server_gets_the_notice_with_the_headers_it_wants() {
    let server = Server::answering(&[204]);
    let headers = vec![("X-Token".to_owned(), "secret".to_owned())];
    let webhook = Webhook { headers, limit: LONG, ..Webhook::new(server.url()) };
    let bench = Bench::new(vec![hook("mine", Call::Webhook(webhook))]);
    let error = notice(Occasion::OnError, "no disk");
    bench.hooks.notify(error.clone());
    assert_eq!(bench.delivery(), ("mine".to_owned(), 1, DeliveryEnd::Done));
    let request = server.requests.recv_timeout(LONG).unwrap();
    assert_eq!(request.line, "POST /hook?key=SECRET HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-token"), Some("secret"));
    assert_eq!(request.body, error.to_json());
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_server_in_trouble_is_asked_again_until_it_is_well() {
    let server = Server::answering(&[500, 500, 200]);
    let bench = Bench::new(vec![hook("mine", webhook(server.url()))]);
    bench.hooks.notify(notice(Occasion::OnError, "no disk"));
    for (attempt, end) in
        [(1, again("it answered 500", 1)), (2, again("it answered 500", 5)), (3, DeliveryEnd::Done)]
    {
        assert_eq!(bench.delivery(), ("mine".to_owned(), attempt, end));
    }
    assert_eq!(bench.delays.try_iter().collect::<Vec<_>>(), [1, 5].map(Duration::from_secs));
    let requests: Vec<_> = server.requests.try_iter().map(|request| request.text()).collect();
    assert_eq!(requests, ["no disk"; 3]);
    assert_eq!(bench.rest(), []);
}

#[test]
fn a_server_that_stays_in_trouble_is_asked_four_times() {
    let server = Server::answering(&[503, 429, 502, 500, 200]);
    let bench = Bench::new(vec![hook("mine", webhook(server.url()))]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    for end in [
        again("it answered 503", 1),
        again("it answered 429", 5),
        again("it answered 502", 30),
        DeliveryEnd::Failed { why: "it answered 500".to_owned() },
    ] {
        assert_eq!(bench.delivery().2, end);
    }
    assert_eq!(bench.rest(), []);
}

#[test]
fn an_answer_that_would_be_the_same_again_is_final_and_redirections_are_not_followed() {
    for status in [302, 307, 401, 404] {
        let server = Server::answering(&[status, 200]);
        let bench = Bench::new(vec![hook("mine", webhook(server.url()))]);
        bench.hooks.notify(notice(Occasion::OnError, ""));
        assert_eq!(bench.delivery().2, DeliveryEnd::Failed { why: format!("it answered {status}") });
        assert_eq!(bench.rest(), []);
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_each_time() {
    let server = Server::start();
    let limit = Duration::from_millis(100);
    let webhook = Call::Webhook(Webhook { limit, ..Webhook::new(server.url()) });
    let bench = Bench::new(vec![hook("mine", webhook)]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    let why = "it did not answer within 100ms";
    for end in [again(why, 1), again(why, 5), again(why, 30), DeliveryEnd::Failed { why: why.to_owned() }] {
        assert_eq!(bench.delivery().2, end);
    }
}

#[test]
fn a_server_that_is_not_there_is_tried_again_and_its_address_is_not_told() {
    let (_held, address) = silent_address();
    let bench = Bench::new(vec![hook("mine", webhook(format!("http://{address}/SECRET")))]);
    bench.hooks.notify(notice(Occasion::OnError, ""));
    let (_, _, end) = bench.delivery();
    assert!(
        matches!(&end, DeliveryEnd::Again { why, .. } if why.starts_with("it cannot be reached")),
        "{end:?}"
    );
    let told = bench.rest();
    assert_eq!(told.len(), 3);
    assert!(!format!("{told:?}").contains("SECRET"), "{told:?}");
}
