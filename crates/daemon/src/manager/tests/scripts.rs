//! With a handler that is a script.

use std::path::Path;

use syncmgr_wire::control::{Event, RegisterRequest, Request, Selection, SyncRequest};

use super::{Controls, Face, Ignore, manager};

/// A window in which the user looks at an item's properties, and closes the choice when they are gone.
struct Looker(Controls, Vec<String>);

impl Face for Looker {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Item(item) if item.properties => {
                self.0.send(&Request::Properties { item: item.item.to_string() });
            }
            Event::PropertiesClosed(closed) => {
                self.1.push(closed.item.is_some().to_string());
                self.0.send(&Request::Close);
            }
            _ => {}
        }
    }
}

#[test]
fn properties_are_shown_in_the_choice_and_told_when_they_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut manager = manager(dir.path());
    let script = dir.path().join("handler.py");
    std::fs::write(&script, include_str!("../../../../cli/tests/cli/handler.py")).unwrap();
    let argv = [Path::new("/usr/bin/env"), Path::new("python3"), &script, Path::new("plain")];
    let register = RegisterRequest {
        name: "notes".to_owned(),
        argv: argv.iter().map(|argument| argument.to_str().unwrap().to_owned()).collect(),
        trust: true,
        ..RegisterRequest::default()
    };
    manager.ask(Request::Register(register), &mut Ignore).unwrap();
    let mut face = Looker(manager.controls(), Vec::new());
    let request = SyncRequest::new(Selection::Items(vec!["notes".to_owned()]));
    manager.ask(Request::Choose(request), &mut face).unwrap();
    assert_eq!(face.1, ["true"]);
    let shown = dir.path().join("state/handlers/notes/files/properties");
    assert_eq!(std::fs::read_to_string(shown).unwrap(), "{\"item\": \"plain\"}");
}
