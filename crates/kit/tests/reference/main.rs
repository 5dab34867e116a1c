//! The reference page and the schema say what the types say. `cargo xtask schema` brings both up to date.

#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

mod methods;
mod schema;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use methods::{Method, Sender};
use syncmgr_wire::protocol::{Line, Message};

const HINT: &str = "run `cargo xtask schema`";

fn document(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// Compares a document with what it should be, or writes it when asked to.
fn keep(name: &str, expected: &str) {
    let path = document(name);
    #[expect(clippy::disallowed_methods, reason = "the switch of `cargo xtask schema`")]
    let is_update = std::env::var_os("SYNCMGR_UPDATE_REFERENCE").is_some();
    if is_update {
        fs::write(&path, expected).unwrap();
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert!(present == expected, "`docs/{name}` is not what the types say; {HINT}");
}

#[test]
fn the_schema_is_what_the_types_say() {
    let text = serde_json::to_string_pretty(&schema::schema()).unwrap();
    keep("handler-protocol.schema.json", &format!("{text}\n"));
}

#[test]
fn the_tables_of_the_page_are_what_the_types_say() {
    let page = fs::read_to_string(document("handler-protocol.md")).unwrap();
    let schema = schema::schema();
    let mut expected = String::new();
    let mut rest = page.as_str();
    let mut n_tables = 0;
    while let Some((before, after)) = rest.split_once("<!-- table: ") {
        let (name, after) = after.split_once(" -->").expect("a mark has an end");
        let (_, after) = after.split_once("<!-- end -->").expect("a table has an end");
        let table = tables::table(name, &schema).unwrap_or_else(|| panic!("there is no table `{name}`"));
        expected.push_str(&format!("{before}<!-- table: {name} -->\n\n{table}\n<!-- end -->"));
        rest = after;
        n_tables += 1;
    }
    expected.push_str(rest);
    assert_eq!(n_tables, 4, "methods of both sides, members, words");
    keep("handler-protocol.md", &expected);
}

/// An example line of the page.
struct Example {
    sender: Sender,
    text: String,
}

fn examples() -> Vec<Example> {
    let page = fs::read_to_string(document("handler-protocol.md")).unwrap();
    let example = |line: &str| {
        let host = line.strip_prefix("H> ").map(|text| (Sender::Host, text));
        let (sender, text) = host.or_else(|| line.strip_prefix("P> ").map(|text| (Sender::Handler, text)))?;
        Some(Example { sender, text: text.to_owned() })
    };
    page.lines().filter_map(example).collect()
}

#[test]
fn every_example_is_a_message_as_it_is_said_and_every_method_has_one() {
    let methods = methods::all();
    let find =
        |name: &str, sender| methods.iter().find(|method| method.name == name && method.sender == sender);
    let mut open: BTreeMap<(bool, String), &Method> = BTreeMap::new();
    let mut shown = Vec::new();
    for example in examples() {
        let judged = match Line::read(&example.text) {
            Line::Message { message, before: None } => match message {
                Message::Request { id, method, params } => {
                    let method = find(&method, example.sender).expect(&example.text);
                    open.insert((example.sender == Sender::Host, id.get().to_owned()), method);
                    shown.push(method.name);
                    (method.params.reads_params)(params)
                }
                Message::Notification { method, params } => {
                    let method = find(&method, example.sender).expect(&example.text);
                    assert!(method.may_be_notification, "{}", example.text);
                    shown.push(method.name);
                    (method.params.reads_params)(params)
                }
                Message::Reply { id, result } => {
                    let key = (example.sender == Sender::Handler, id.get().to_owned());
                    let method =
                        open.get(&key).unwrap_or_else(|| panic!("answers nothing: {}", example.text));
                    match (result, &method.result) {
                        (Ok(result), Some(of)) => (of.reads_result)(result.get()),
                        (Ok(_), None) => Err("a notification has no reply".to_owned()),
                        (Err(_refusal), _) => Ok(()),
                    }
                }
                Message::BrokenReply { .. } => Err("both or neither of result and error".to_owned()),
            },
            _ => Err("no message".to_owned()),
        };
        assert_eq!(judged, Ok(()), "{}", example.text);
    }
    let missing: Vec<_> =
        methods.iter().map(|method| method.name).filter(|name| !shown.contains(name)).collect();
    assert!(missing.is_empty(), "no example on the page shows {missing:?}");
}

#[test]
fn the_schema_takes_every_example_and_refuses_a_wrong_one() {
    let schema = schema::schema();
    for example in examples() {
        let value = serde_json::from_str(&example.text).unwrap();
        assert!(accepts::any(&schema, &value), "the schema refuses {}", example.text);
    }
    for wrong in [
        r#"{"jsonrpc":"2.0","id":1,"method":"state","params":{"item":"a"}}"#,
        r#"{"jsonrpc":"2.0","method":"progress","params":{"item":7}}"#,
        r#"{"jsonrpc":"2.0","method":"dance","params":{}}"#,
        r#"{"method":"exit"}"#,
    ] {
        let value = serde_json::from_str(wrong).unwrap();
        assert!(!accepts::any(&schema, &value), "the schema takes {wrong}");
    }
}

mod accepts {
    //! As much of JSON Schema as ours uses. What it does not know stops the test.

    use serde_json::Value;

    pub(super) fn any(root: &Value, value: &Value) -> bool {
        holds(root, root, value)
    }

    fn holds(root: &Value, schema: &Value, value: &Value) -> bool {
        let Some(rules) = schema.as_object() else { return schema.as_bool().unwrap() };
        rules.iter().all(|(rule, of)| match rule.as_str() {
            "$ref" => {
                let name = of.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                holds(root, &root["$defs"][name], value)
            }
            "type" => match of {
                Value::Array(words) => words.iter().any(|word| is(word, value)),
                word => is(word, value),
            },
            "const" => of == value,
            "enum" => of.as_array().unwrap().contains(value),
            "anyOf" | "oneOf" => of.as_array().unwrap().iter().any(|option| holds(root, option, value)),
            "required" => {
                let names = of.as_array().unwrap();
                names.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => of
                .as_object()
                .unwrap()
                .iter()
                .all(|(name, inner)| value.get(name).is_none_or(|member| holds(root, inner, member))),
            "additionalProperties" => {
                value.as_object().is_none_or(|members| members.values().all(|member| holds(root, of, member)))
            }
            "items" => {
                value.as_array().is_none_or(|values| values.iter().all(|inner| holds(root, of, inner)))
            }
            "minimum" => value.as_f64().is_none_or(|number| number >= of.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= of.as_f64().unwrap()),
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            unknown => panic!("`{unknown}` is not known here"),
        })
    }

    fn is(word: &Value, value: &Value) -> bool {
        match word.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            unknown => panic!("`{unknown}` is not known here"),
        }
    }
}
