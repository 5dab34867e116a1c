//! The description says what the code does.

use serde_json::{Map, Value, json};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::page::Screen;

use super::vocabulary::{EVENTS, Holds, Member, Need, REQUESTS, SCREENS};
use crate::refusal::RefusalKind;

/// The words that serde would take, as its message names them.
fn words(error: &serde_json::Error) -> Vec<String> {
    let text = error.to_string();
    let (_, words) = text.split_once("expected one of ").unwrap();
    words.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_table_names_every_request_and_every_event() {
    let requests = serde_json::from_value::<Request>(json!({"request": "?"})).unwrap_err();
    assert_eq!(words(&requests), REQUESTS.iter().map(|(word, _)| *word).collect::<Vec<_>>());
    let events = serde_json::from_value::<Event>(json!({"type": "?"})).unwrap_err();
    assert_eq!(words(&events), EVENTS);
}

/// A value that a member may hold, and one that it may not.
fn samples(holds: Holds) -> (Value, Value) {
    match holds {
        Holds::Flag => (json!(true), json!("x")),
        Holds::Text => (json!("x"), json!(1)),
        Holds::Texts => (json!(["x"]), json!("x")),
        Holds::Id => (json!("67e55044-10b1-426f-9247-bb680e5fe0c8"), json!("x")),
        Holds::Ids => (json!(["67e55044-10b1-426f-9247-bb680e5fe0c8"]), json!(["x"])),
        Holds::Whole32 => (json!(u32::MAX), json!(u64::from(u32::MAX) + 1)),
        Holds::Whole64 => (json!(u64::MAX), json!(-1)),
        Holds::Side => (json!("right"), json!("x")),
        Holds::Screen => (json!("items"), json!("x")),
        Holds::Values => (json!({"a": "b"}), json!({"a": 1})),
        Holds::Selection => (json!({"pair": {"left": "/a", "right": "/b"}}), json!({"pair": {"left": "/a"}})),
        Holds::Chosen => (json!({"paths": ["a"]}), json!("x")),
    }
}

fn understood(object: &Map<String, Value>) -> bool {
    serde_json::from_value::<Request>(Value::Object(object.clone())).is_ok()
}

#[test]
fn every_member_is_as_the_table_says() {
    for (word, members) in REQUESTS {
        let mut full = Map::from_iter([("request".to_owned(), json!(word))]);
        full.extend(members.iter().map(|Member { name, holds, .. }| ((*name).to_owned(), samples(*holds).0)));
        assert!(understood(&full), "{word}: {full:?}");
        for Member { name, holds, need } in *members {
            let mut changed = full.clone();
            changed.insert((*name).to_owned(), samples(*holds).1);
            assert!(!understood(&changed), "{word}: `{name}` takes something else");
            changed.insert((*name).to_owned(), Value::Null);
            assert_eq!(understood(&changed), *need == Need::OrNull, "{word}: `{name}` is null");
            changed.remove(*name);
            assert_eq!(understood(&changed), *need != Need::Always, "{word}: `{name}` is absent");
        }
    }
}

#[test]
fn no_member_is_missing_in_the_table() {
    for (word, members) in REQUESTS {
        let mut full = Map::from_iter([("request".to_owned(), json!(word))]);
        full.extend(members.iter().map(|Member { name, holds, .. }| ((*name).to_owned(), samples(*holds).0)));
        let request: Request = serde_json::from_value(Value::Object(full)).unwrap();
        // What is at its default may be left out when it is written, but nothing appears that is not in the table.
        let written = serde_json::to_value(&request).unwrap();
        for name in written.as_object().unwrap().keys().filter(|name| *name != "request") {
            assert!(members.iter().any(|member| member.name == name), "{word}: `{name}`");
        }
    }
}

#[test]
fn every_path_describes_every_status_it_can_answer_with() {
    let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 21);
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            for kind in RefusalKind::ALL {
                let status = kind.status().as_u16().to_string();
                assert!(!operation["responses"][&status].is_null(), "{method} {path}: {status}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_no_parameter_is_null() {
    let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut values = vec![&description];
    while let Some(value) = values.pop() {
        match value {
            Value::Object(object) => {
                if let Some(at) = object.get("$ref").and_then(Value::as_str) {
                    assert!(description.pointer(at.trim_start_matches('#')).is_some(), "{at}");
                }
                if object.contains_key("in") && object.contains_key("schema") {
                    assert!(object["schema"]["type"].is_string(), "{object:?}");
                }
                values.extend(object.values());
            }
            Value::Array(array) => values.extend(array),
            _ => {}
        }
    }
}

#[test]
fn the_screens_are_those_of_the_vocabulary() {
    let known: Vec<_> = Screen::ALL.iter().map(|screen| json!(screen)).collect();
    assert_eq!(json!(SCREENS), json!(known));
}
