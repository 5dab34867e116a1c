//! `syncmgr web`

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::daemon::Daemon;
use crate::home::Home;

/// What a browser gets for an address, as it is on the wire.
pub(crate) fn get(url: &str, cookie: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = format!(
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\naccept: text/html\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap()
}

pub(crate) fn front(link: &str) -> &str {
    &link[..link.find("/open/").unwrap() + 1]
}

#[test]
fn the_link_opens_the_page_once_and_for_one_browser() {
    let home = Home::new();
    home.configure("");
    let _daemon = Daemon::start(&home);
    let printed = home.run(&["web", "--print"]).exit(0);
    let link = printed.out.trim();
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    let opened = get(link, "");
    assert!(opened.starts_with("HTTP/1.1 303"), "{opened}");
    let cookie = header(&opened, "set-cookie").split(';').next().unwrap().to_owned();
    let page = get(front(link), &cookie);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("/assets/app.js"), "{page}");
    for (address, cookie) in [(link, ""), (front(link), ""), (front(link), "syncmgr=x")] {
        let shown = get(address, cookie);
        assert!(shown.contains("syncmgr web") && !shown.contains("app.js"), "{shown}");
    }
    // The door stays where it is.
    let again = home.run(&["web", "--json"]).exit(0).of_type("link").remove(0);
    assert_eq!(front(again["url"].as_str().unwrap()), front(link));
    let daemon = home.run(&["daemon", "status", "--json"]).exit(0).of_type("daemon").remove(0);
    assert!(front(link).contains(daemon["address"].as_str().unwrap()), "{daemon}");
}

#[test]
fn a_daemon_is_started_where_none_runs_and_that_is_said() {
    let home = Home::new();
    home.configure("");
    let ran = home.run(&["web", "--print"]).exit(0);
    assert!(ran.err.starts_with("the daemon runs as process "), "{}", ran.err);
    assert!(ran.out.starts_with("http://127.0.0.1:"), "{}", ran.out);
    let _ = home.run(&["daemon", "stop"]).exit(0);
}

#[test]
fn the_browser_is_opened_where_somebody_sees_it_and_otherwise_the_link_is_printed() {
    let home = Home::new();
    home.configure("");
    let _daemon = Daemon::start(&home);
    // Nobody sees a window.
    assert!(home.run(&["web"]).exit(0).out.starts_with("http://"));
    // What opens addresses is asked.
    let (bin, opened) = (home.work("bin"), home.work("opened"));
    fs::create_dir(&bin).unwrap();
    let opener = |text: &str| {
        fs::write(bin.join("xdg-open"), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(bin.join("xdg-open"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = home.command(&["web"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("DISPLAY", ":7");
        home.ran(command.output().unwrap()).exit(0)
    };
    let ran = opener(&format!("printf %s \"$1\" > '{}'", opened.display()));
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "the page is open in your browser\n"));
    assert!(get(&fs::read_to_string(&opened).unwrap(), "").starts_with("HTTP/1.1 303"));
    // One that cannot open anything does not leave a person without the link.
    assert!(opener("exit 3").out.starts_with("http://"));
}
