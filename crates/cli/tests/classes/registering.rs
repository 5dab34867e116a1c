//! A handler that is registered or taken back while the daemon runs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use syncmgr_control::{Client, Events, Heard};
use syncmgr_wire::control::Event;
use syncmgr_wire::line::Topic;

use crate::home::Home;
use crate::rig::*;

/// The classes of these tests, each of one: nobody else may miss it meanwhile.
const ANY: &str = "any";
const OF_OLD: &str = "of old";
const FREE: &str = "free";

/// Has an installer ask `CLSID_SyncMgr`. The library finds the daemon of the user whose folder for such things this is.
fn installer(home: &Home, words: &[&str]) {
    let wine = PathBuf::from(std::env::var_os("SYNCMGR_WINE").unwrap());
    let program = PathBuf::from("Z:").join(wine).join("bin").join("client.exe");
    let mut command = Command::new(program);
    command.args(words).env("LOCALAPPDATA", home.at("")).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = said.lines().last().unwrap_or_default();
    assert!(answer.ends_with(": 0x00000000"), "{words:?}: {said}");
}

/// The id of the class that is registered under a name.
fn class(home: &Home, name: &str) -> String {
    let listed = home.does(&["handlers", "--json"]).lines();
    let handler = listed.iter().find(|line| line["name"] == name).unwrap();
    format!("{{{}}}", handler["handler"].as_str().unwrap().to_uppercase())
}

/// Registered again whatever happens.
struct TakenBack<'a> {
    home: &'a Home,
    name: &'static str,
    class: String,
}

impl<'a> TakenBack<'a> {
    fn new(home: &'a Home, name: &'static str) -> Self {
        let class = class(home, name);
        installer(home, &["unregister", &class]);
        Self { home, name, class }
    }
}

impl Drop for TakenBack<'_> {
    fn drop(&mut self) {
        installer(self.home, &["register", &self.class, self.name, "0"]);
    }
}

/// Hears until these topics have changed.
fn hear(events: &mut Events, topics: &[Topic]) {
    let mut left = topics.to_vec();
    while !left.is_empty() {
        let Some(Heard::Event(event)) = events.wait().unwrap() else { panic!("{left:?}") };
        if let Event::Changed(changed) = *event {
            left.retain(|topic| *topic != changed.what);
        }
    }
}

/// Whether the first item of a class is ticked; null if it is not there.
fn ticked(home: &Home, class: &str) -> Value {
    let items = home.does(&["items", "--json"]).lines();
    let name = format!("{class}/first");
    let item = items.iter().find(|line| line["type"] == "item" && line["name"] == name);
    item.map_or(Value::Null, |item| item["ticked"].clone())
}

/// Has it not ticked.
fn unticked(home: &Home, class: &str) {
    home.does(&["items", "untick", &format!("{class}/first")]);
    assert_eq!(ticked(home, class), json!(false));
}

#[test]
fn faces_hear_of_registrations_and_what_was_chosen_about_one_that_is_gone_is_forgotten() {
    let home = home();
    let _ = daemon(&home);
    unticked(&home, ANY);
    let client = Client::connect(&home.at("syncmgr/run/control.sock")).unwrap();
    let mut events = client.events(None).unwrap();

    let taken_back = TakenBack::new(&home, ANY);
    hear(&mut events, &[Topic::Items, Topic::Settings]);
    let listed = home.does(&["handlers", "--json"]).lines();
    assert!(listed.iter().all(|line| line["name"] != ANY), "{listed:?}");
    assert_eq!(ticked(&home, ANY), Value::Null);

    drop(taken_back);
    hear(&mut events, &[Topic::Settings]);
    assert_eq!(ticked(&home, ANY), json!(true));
}

#[test]
fn one_that_was_taken_back_without_a_daemon_is_forgotten_by_who_comes_next() {
    let home = home();
    unticked(&home, OF_OLD);
    drop(TakenBack::new(&home, OF_OLD));
    assert_eq!(ticked(&home, OF_OLD), json!(true));
    assert_eq!(std::fs::read_dir(home.at("syncmgr/unregistered")).unwrap().count(), 0);
    unticked(&home, OF_OLD);
}

#[test]
fn registering_again_keeps_what_was_chosen_and_starts_no_daemon() {
    let home = home();
    unticked(&home, FREE);
    installer(&home, &["register", &class(&home, FREE), FREE, "0"]);
    assert_eq!(ticked(&home, FREE), json!(false));
    assert!(!home.run(&["daemon", "status"]).out.contains("running,"));
    assert!(!home.at("syncmgr/run/control.sock").exists());
}
