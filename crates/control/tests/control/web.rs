//! What browsers are shown, and how they get in while the server runs.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use syncmgr_control::{Asset, Assets, Bus, BusLimits, Server, Settings, StartError, Tcp, Token};
use syncmgr_model::time::Timestamp;
use tempfile::TempDir;

use crate::http::{Connection, Reply};
use crate::scripted::Scripted;
use crate::world::socket_in;

fn assets() -> Assets {
    Assets {
        front: Asset::new("/", "text/html", b"the page"),
        closed: Asset::new("/", "text/html", b"not open here"),
        parts: vec![Asset::new("/assets/a.js", "text/javascript", b"a()")],
    }
}

fn door() -> Tcp {
    Tcp { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, token: Token::random().unwrap() }
}

struct Served {
    server: Server,
    folder: TempDir,
}

impl Served {
    /// A server with a page, on its socket alone.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = Arc::new(Bus::new(BusLimits::default(), 1));
        let mut settings = Settings::new(socket_in(&folder), bus, Arc::new(|| Timestamp::from_millis(0)));
        settings.assets = Some(assets());
        Self { server: Server::start(settings, Scripted::new()).unwrap(), folder }
    }

    fn listening() -> Self {
        let served = Self::start();
        served.server.opener().listen(door()).unwrap();
        served
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let address = self.server.tcp_address().unwrap();
        let host = address.to_string();
        let mut all = vec![("host", host.as_str())];
        all.extend(headers);
        Connection::tcp(address).request("GET", path, &all, "")
    }

    /// The cookie that a fresh link gives.
    fn cookie(&self) -> String {
        let link = self.server.open_link().unwrap().unwrap();
        let opened = self.get(&link[link.find("/open/").unwrap()..], &[]);
        opened.head.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }
}

const PERSON: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

#[test]
fn the_page_is_shown_to_who_came_by_a_link_and_kept_strictly_to_itself() {
    let served = Served::listening();
    let cookie = served.cookie();
    let page = served.get("/", &[("cookie", &cookie), PERSON]);
    assert_eq!((page.status(), page.body.as_str()), (200, "the page"));
    let policy = page.head.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.head.header(name), Some(value), "{name}");
    }
}

#[test]
fn who_has_no_cookie_or_a_foreign_one_is_told_how_to_get_in() {
    let served = Served::listening();
    for cookie in ["", "syncmgr=0123456789abcdef0123456789abcdef", "other=1"] {
        let shown = served.get("/", &[("cookie", cookie), PERSON]);
        assert_eq!((shown.status(), shown.body.as_str()), (401, "not open here"), "{cookie}");
    }
    // A program is told as programs are.
    assert_eq!(served.get("/", &[]).refusal(), "unauthorized");
    assert_eq!(served.get("/v1/status", &[PERSON]).refusal(), "unauthorized");
}

#[test]
fn a_link_that_opens_nothing_tells_a_person_how_to_get_another() {
    let served = Served::listening();
    let shown = served.get("/open/nothing", &[PERSON]);
    assert_eq!((shown.status(), shown.body.as_str()), (404, "not open here"));
    assert_eq!(served.get("/open/nothing", &[]).refusal(), "not_found");
}

#[test]
fn parts_of_the_page_are_open_to_everybody_and_sent_once() {
    let served = Served::listening();
    let part = served.get("/assets/a.js", &[]);
    assert_eq!((part.status(), part.body.as_str()), (200, "a()"));
    assert_eq!(part.head.header("content-type"), Some("text/javascript"));
    assert_eq!(part.head.header("cache-control"), Some("no-cache"));
    let tag = part.head.header("etag").unwrap();
    let again = served.get("/assets/a.js", &[("if-none-match", tag)]);
    assert_eq!((again.status(), again.body.as_str()), (304, ""));
    // A page of somebody else gets none of it, and no other path is open.
    assert_eq!(served.get("/assets/a.js", &[("origin", "http://evil.example")]).refusal(), "origin");
    assert_eq!(served.get("/assets/b.js", &[]).refusal(), "unauthorized");
}

#[test]
fn what_is_no_part_of_the_page_can_do_nothing_in_a_browser() {
    let served = Served::listening();
    let cookie = served.cookie();
    let answer = served.get("/v1/status", &[("cookie", &cookie)]);
    let policy = answer.head.header("content-security-policy").unwrap();
    assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(answer.head.header("cache-control"), Some("no-store"));
}

#[test]
fn a_door_is_opened_while_the_server_runs_and_only_one() {
    let served = Served::start();
    let opener = served.server.opener();
    assert_eq!(opener.address(), None);
    assert_eq!(opener.link().unwrap(), None);
    let wrong = Tcp { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), ..door() };
    assert!(matches!(opener.listen(wrong), Err(StartError::NotLoopback { .. })));
    let address = opener.listen(door()).unwrap();
    assert_eq!(opener.listen(door()).unwrap(), address);
    assert_eq!(served.server.tcp_address(), Some(address));
    assert!(opener.link().unwrap().unwrap().starts_with(&format!("http://{address}/open/")));
    assert_eq!(served.get("/", &[("cookie", &served.cookie()), PERSON]).status(), 200);
    // The socket is as it was.
    let over_socket = Connection::local(&socket_in(&served.folder)).request("GET", "/", &[], "");
    assert_eq!(over_socket.body, "the page");
}

#[test]
fn no_door_is_opened_any_more_once_the_server_has_ended() {
    let Served { server, folder: _folder } = Served::start();
    let opener = server.opener();
    server.stop(std::time::Duration::ZERO);
    assert!(matches!(opener.listen(door()), Err(StartError::Ended)));
}
