//! Who gets in: the socket, the token, links, names.

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod socket;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use syncmgr_control::{Bus, BusLimits, Server, Settings, StartError, Tcp, Token};
use syncmgr_model::time::Timestamp;

use crate::scripted::Scripted;
use crate::world::{World, socket_in};

fn start(socket: &Path) -> Result<Server, StartError> {
    let bus = Arc::new(Bus::new(BusLimits::default(), 1));
    let clock = Arc::new(|| Timestamp::from_millis(0));
    Server::start(Settings::new(socket.to_owned(), bus, clock), Scripted::new())
}

#[test]
fn only_loopback_addresses_are_listened_on_and_nothing_is_left_of_a_failed_start() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Arc::new(Bus::new(BusLimits::default(), 1));
    let mut settings = Settings::new(socket_in(&folder), bus, Arc::new(|| Timestamp::from_millis(0)));
    let token = Token::random().unwrap();
    for address in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(127, 0, 0, 2)] {
        settings.tcp = Some(Tcp { address: IpAddr::V4(address), port: 0, token: token.clone() });
        let started = Server::start(settings.clone(), Scripted::new());
        assert!(matches!(started, Err(StartError::NotLoopback { .. })));
        assert!(!socket_in(&folder).exists());
    }
}

/// Headers, the status of the answer, and the kind of a refusal.
type Row<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

#[test]
fn over_tcp_only_those_with_the_token_and_our_name_get_in() {
    let world = World::start();
    let (host, token) = world.credentials();
    let origin = format!("http://{host}");
    let table: &[Row<'_>] = &[
        (&[("host", &host), ("authorization", &token)], 200, ""),
        (&[("host", &host), ("authorization", &token), ("origin", &origin)], 200, ""),
        (&[("host", &host)], 401, "unauthorized"),
        (
            &[("host", &host), ("authorization", "Bearer 0123456789abcdef0123456789abcdef")],
            401,
            "unauthorized",
        ),
        (&[("host", "evil.example"), ("authorization", &token)], 403, "host"),
        (&[("host", ""), ("authorization", &token)], 403, "host"),
        (&[("host", &host), ("authorization", &token), ("origin", "http://evil.example")], 403, "origin"),
    ];
    for (headers, status, kind) in table {
        for path in ["/v1/status", "/health", "/metrics", "/openapi.json", "/nowhere"] {
            let reply = world.tcp().request("GET", path, headers, "");
            let expected = if *status == 200 && path == "/nowhere" { 404 } else { *status };
            assert_eq!(reply.status(), expected, "{path} {headers:?}");
            if !kind.is_empty() {
                assert_eq!(reply.refusal(), *kind);
            }
        }
    }
    let refused = world.tcp().request("GET", "/v1/status", &[("host", &host)], "");
    assert_eq!(refused.head.header("www-authenticate"), Some("Bearer realm=\"syncmgr\""));
    assert_eq!(world.script.asked().len(), 2);
}

#[test]
fn a_link_opens_the_door_for_a_browser_once() {
    let world = World::start();
    let (host, _) = world.credentials();
    let link = world.server.open_link().unwrap().unwrap();
    let (_, path) = link.split_at("http://127.0.0.1:".len());
    let path = path.trim_start_matches(|c: char| c.is_ascii_digit());
    let opened = world.tcp().request("GET", path, &[("host", &host)], "");
    assert_eq!(opened.status(), 303);
    assert_eq!(opened.head.header("location"), Some("/"));
    let cookie = opened.head.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(world.token.as_text()));
    let cookie = cookie.split(';').next().unwrap();
    let with_it = world.tcp().request("GET", "/v1/status", &[("host", &host), ("cookie", cookie)], "");
    assert_eq!(with_it.status(), 200);
    assert_eq!(world.tcp().request("GET", path, &[("host", &host)], "").refusal(), "not_found");
    let late = world.server.open_link().unwrap().unwrap();
    world.pass(5 * 60 * 1000);
    let path = &late[late.find("/open/").unwrap()..];
    assert_eq!(world.tcp().request("GET", path, &[("host", &host)], "").refusal(), "not_found");
}

#[test]
fn over_the_socket_a_strange_name_or_page_is_refused_as_well() {
    let world = World::start();
    let reply = world.local().request("GET", "/v1/status", &[("host", "evil.example")], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (403, "host"));
    let reply = world.local().request("GET", "/v1/status", &[("origin", "http://evil.example")], "");
    assert_eq!((reply.status(), reply.refusal().as_str()), (403, "origin"));
}
