//! The tables of the reference page, made from the schema.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use serde_json::Value;

use crate::methods::{self, Method, Sender};

/// What stands on the page between the marks of this name, if there is such a table.
pub(crate) fn table(name: &str, schema: &Value) -> Option<String> {
    match name {
        "methods-host" => Some(methods_of(Sender::Host)),
        "methods-handler" => Some(methods_of(Sender::Handler)),
        "members" => Some(all_members(schema)),
        "words" => Some(all_words(schema)),
        _ => None,
    }
}

fn methods_of(sender: Sender) -> String {
    let mut table = "| method | kind | params | result |\n| --- | --- | --- | --- |\n".to_owned();
    for method in methods::all().iter().filter(|method| method.sender == sender) {
        let kind = match (method.result.is_some(), method.may_be_notification) {
            (true, false) => "request",
            (true, true) => "request or notification",
            _ => "notification",
        };
        let link = |name: &str| match name {
            "Nothing" => "`{}`".to_owned(),
            name => format!("[{name}](#{})", name.to_lowercase()),
        };
        let result = method.result.as_ref().map_or("—".to_owned(), |result| link(result.name));
        let _ = writeln!(table, "| `{}` | {kind} | {} | {result} |", method.name, link(method.params.name));
    }
    table
}

/// The types in the order in which they are met, from the methods on.
fn types(schema: &Value) -> Vec<String> {
    let of_method = |method: Method| [Some(method.params.name), method.result.map(|result| result.name)];
    let mut waiting: VecDeque<String> =
        methods::all().into_iter().flat_map(of_method).flatten().map(str::to_owned).collect();
    waiting.push_back("Refusal".to_owned());
    let (mut seen, mut types) = (BTreeSet::new(), Vec::new());
    while let Some(name) = waiting.pop_front() {
        if name == "Nothing" || !seen.insert(name.clone()) {
            continue;
        }
        references(&schema["$defs"][&name], &mut waiting);
        types.push(name);
    }
    types
}

fn references(value: &Value, found: &mut VecDeque<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                found.push_back(name.rsplit('/').next().unwrap_or_default().to_owned());
            }
            members.values().for_each(|inner| references(inner, found));
        }
        Value::Array(values) => values.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

fn all_members(schema: &Value) -> String {
    let mut text = String::new();
    for name in types(schema) {
        let definition = &schema["$defs"][&name];
        let Some(members) = definition["properties"].as_object() else { continue };
        let _ = writeln!(text, "### {name}\n\n{}\n", meaning(definition));
        text.push_str("| member | type | needed | meaning |\n| --- | --- | --- | --- |\n");
        let needed = definition["required"].as_array().cloned().unwrap_or_default();
        for (member, of) in members {
            let is_needed = if needed.contains(&Value::from(member.as_str())) { "yes" } else { "" };
            let _ = writeln!(text, "| `{member}` | {} | {is_needed} | {} |", type_text(of), meaning(of));
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

fn all_words(schema: &Value) -> String {
    let mut text = String::new();
    for name in types(schema) {
        let definition = &schema["$defs"][&name];
        let Some(words) = definition["oneOf"].as_array() else { continue };
        let _ = writeln!(text, "### {name}\n\n{}\n\n| word | meaning |\n| --- | --- |", meaning(definition));
        for word in words {
            let _ =
                writeln!(text, "| `{}` | {} |", word["const"].as_str().unwrap_or_default(), meaning(word));
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

fn meaning(value: &Value) -> String {
    let text = without_links(value["description"].as_str().unwrap_or_default());
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The text without its links into the code, which lead nowhere from here.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let link = after.split_once("](").and_then(|(shown, after)| Some((shown, after.split_once(')')?.1)));
        match link {
            Some((shown, after)) => {
                plain.push_str(shown);
                rest = after;
            }
            None => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}

/// A type in words; what may be `null` counts as left out then and is not told here.
fn type_text(value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return match name {
            "Amount" => "number".to_owned(),
            name => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(options) = value["anyOf"].as_array() {
        let real = options.iter().find(|option| option["type"] != "null");
        return real.map_or("any".to_owned(), type_text);
    }
    let word = match &value["type"] {
        Value::String(word) => word.as_str(),
        Value::Array(words) => {
            words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or("any")
        }
        _ => "any",
    };
    match word {
        "array" => format!("list of {}", type_text(&value["items"])),
        "object" if value["additionalProperties"].is_object() => {
            format!("object of {}", type_text(&value["additionalProperties"]))
        }
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}
