//! vdirsyncer, with a Radicale of the test's own.

use std::fs;
use std::path::PathBuf;

use syncmgr_handler::model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::{Home, lives};
use crate::manager::{Report, Run};
use crate::server::{Server, free_port};

fn event(summary: &str) -> String {
    let lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:test",
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTAMP:20200101T000000Z",
        "DTSTART:20200101T000000Z",
        &format!("SUMMARY:{summary}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    lines.join("\r\n")
}

fn radicale(home: &Home) -> Server {
    let port = free_port();
    home.write("users", "ann:right\n");
    let config = format!(
        "[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {}\nhtpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {}\n",
        home.text("users"),
        home.text("served"),
    );
    let config = home.write("radicale.conf", config);
    // The calendar, as the server keeps it.
    home.write("served/collection-root/ann/cal/.Radicale.props", r#"{"tag": "VCALENDAR"}"#);
    let mut command = home.command("radicale");
    command.arg("-C").arg(config);
    Server::start(command, port)
}

fn configure(home: &Home, port: u16, password: &str) {
    let config = format!(
        "[general]\nstatus_path = \"{}\"\n[pair cal]\na = \"near\"\nb = \"far\"\ncollections = [\"cal\"]\n[storage near]\ntype = \"filesystem\"\npath = \"{}\"\nfileext = \".ics\"\n[storage far]\ntype = \"caldav\"\nurl = \"http://127.0.0.1:{port}/\"\nusername = \"ann\"\n{password}\n",
        home.text("status"),
        home.text("calendars"),
    );
    home.write(".config/vdirsyncer/config", config);
}

fn home() -> (Home, Server) {
    let home = Home::new();
    let server = radicale(&home);
    configure(&home, server.port, "password = \"right\"");
    fs::create_dir_all(home.at("calendars/cal")).unwrap();
    (home, server)
}

fn discovered() -> (Home, Server) {
    let (home, server) = home();
    home.run(&["vdirsyncer", "discover", "cal"]);
    (home, server)
}

fn run(home: &Home) -> Report {
    Run::builtin("vdirsyncer", home).run()
}

/// The event as the server has it.
fn served(home: &Home) -> Option<PathBuf> {
    let entries = fs::read_dir(home.at("served/collection-root/ann/cal")).unwrap();
    entries.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|it| it == "ics"))
}

#[test]
fn collections_have_to_be_discovered_first() {
    let (home, _server) = home();
    let report = run(&home);
    assert_eq!(report.names(), ["cal"]);
    let config = home.text(".config/vdirsyncer/config");
    let text = format!(
        "error: its collections are not known yet, or the configuration or a password has changed; run `vdirsyncer -c {config} discover cal` once"
    );
    report.only().is(Failed, &[&text]);
}

#[test]
fn entries_are_copied_and_conflicts_stay() {
    let (home, _server) = discovered();
    home.write("calendars/cal/1.ics", event("first"));
    let report = run(&home);
    report.only().is(Succeeded, &[]);
    assert!(report.only().texts.contains(&"cal/cal".into()), "{report:?}");
    let far = served(&home).unwrap();
    assert!(fs::read_to_string(&far).unwrap().contains("SUMMARY:first"));
    run(&home).only().is(Succeeded, &[]);
    home.write("calendars/cal/1.ics", event("here"));
    fs::write(&far, event("there")).unwrap();
    let report = run(&home);
    let text = "warning: some entries were changed on both sides; decide by hand, or set `conflict_resolution` for pair `cal`";
    report.only().is(Succeeded, &[text]);
    assert_eq!(report.only().problems[0], "cal/cal/1: it was changed on both sides; it stays as it is");
    assert!(home.read("calendars/cal/1.ics").contains("SUMMARY:here"));
    assert!(fs::read_to_string(&far).unwrap().contains("SUMMARY:there"));
}

#[test]
fn a_side_that_is_suddenly_empty_deletes_nothing() {
    let (home, _server) = discovered();
    home.write("calendars/cal/1.ics", event("first"));
    run(&home).only().is(Succeeded, &[]);
    fs::remove_file(home.at("calendars/cal/1.ics")).unwrap();
    let report = run(&home);
    let entry = &report.only().entries[0];
    assert!(entry.starts_with("error: `near/cal` is empty all of a sudden; nothing was deleted"), "{entry}");
    assert!(served(&home).is_some());
}

#[test]
fn a_refused_password_and_a_server_out_of_reach_are_told_apart() {
    let (home, server) = discovered();
    home.write("calendars/cal/1.ics", event("first"));
    home.write("users", "ann:another\n");
    run(&home).only().is(Failed, &["error: the password was refused"]);
    let port = server.port;
    drop(server);
    let report = run(&home);
    let entry = &report.only().entries[0];
    assert!(entry.starts_with(&format!("error: `127.0.0.1:{port}` cannot be reached: ")), "{entry}");
}

#[test]
fn a_stop_reaches_it_while_it_waits_for_a_password() {
    let (home, server) = discovered();
    let started = home.at("started");
    let slow = home.hanging();
    configure(&home, server.port, &format!("password.fetch = [\"command\", \"{}\"]", slow.display()));
    Run::builtin("vdirsyncer", &home).once(started.clone(), Verdict::Stop).run().only().is(Stopped, &[]);
    assert!(!lives(&started));
}
