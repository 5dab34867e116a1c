//! The manager that stays.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::home::{Home, until};

#[test]
fn a_daemon_is_started_once_asked_and_ended() {
    let home = Home::new();
    home.write("left/a.txt", "one");
    home.does(&["add", "folder", &home.text("left"), &home.text("right"), "--name", "docs"]);
    assert!(home.does(&["daemon", "start"]).out.contains("the daemon runs"));
    assert!(home.does(&["daemon", "start"]).out.contains("running already"));
    assert!(home.does(&["daemon", "status"]).out.contains("running"));
    home.does(&["sync"]);
    assert_eq!(home.read("right/a.txt"), "one");
    assert!(home.does(&["results"]).out.contains("docs"));
    home.does(&["daemon", "stop"]);
    assert!(!home.at("syncmgr/run/control.sock").exists());
    assert!(!home.run(&["daemon", "status"]).out.contains("running,"));
}

#[test]
fn a_file_that_changes_is_carried_over_by_itself() {
    let home = Home::new();
    let words = ["--name", "docs", "--on", "change"];
    home.does(&[&["add", "folder", &home.text("left"), &home.text("right")][..], &words].concat());
    home.does(&["daemon", "start"]);
    home.write("left/first.txt", "1");
    until("the first file is there", || home.at("right/first.txt").exists());
    home.write("right/second.txt", "2");
    until("the second file is there", || home.at("left/second.txt").exists());
    // Written, not just begun: the run is over when its session is told.
    until("the run has ended", || home.does(&["status"]).out.contains("in step"));
    assert_eq!(home.read("left/second.txt"), "2");
}

#[test]
fn the_configuration_is_read_again_when_somebody_edits_it() {
    let home = Home::new();
    home.does(&["daemon", "start"]);
    assert!(!home.does(&["items"]).out.contains("docs"));
    let (left, right) = (home.text("left"), home.text("right"));
    home.write("config.toml", &format!("[[folder]]\nname = \"docs\"\nleft = '{left}'\nright = '{right}'\n"));
    until("the item is there", || home.does(&["items"]).out.contains("docs"));
}

#[test]
fn the_web_page_opens_once_for_a_browser() {
    let home = Home::new();
    let said = home.does(&["web", "--print"]);
    let link = said.out.lines().find(|line| line.starts_with("http://")).unwrap().to_owned();
    let (host, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let get = || {
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get().starts_with("HTTP/1.1 303"), "the first comes in");
    assert!(!get().starts_with("HTTP/1.1 303"), "nobody after that");
}
