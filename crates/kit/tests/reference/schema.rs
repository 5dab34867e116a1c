//! The JSON Schema of every message.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use syncmgr_wire::protocol::write::Refusal;

use crate::methods::{self, Method, Sender};

/// A line is one of these.
pub(crate) fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let refusal = generator.subschema_for::<Refusal>();
    let mut messages = Vec::new();
    for method in methods::all() {
        messages.extend(calls(&method, &mut generator));
    }
    messages.push(json!({
        "title": "error reply",
        "type": "object",
        "properties": { "jsonrpc": { "const": "2.0" }, "id": id(), "error": refusal },
        "required": ["jsonrpc", "id", "error"],
    }));
    let definitions = generator.take_definitions(true);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "syncmgr handler protocol, version 1",
        "description": "One line of the protocol is one message. Members that are not listed are ignored. What a reply holds depends on the request: see the title of each.",
        "anyOf": messages,
        "$defs": definitions,
    })
}

fn id() -> Value {
    json!({ "type": ["integer", "string"] })
}

/// The request or notification of a method, and the reply.
fn calls(method: &Method, generator: &mut SchemaGenerator) -> Vec<Value> {
    let (sender, other) = match method.sender {
        Sender::Host => ("host", "handler"),
        Sender::Handler => ("handler", "host"),
    };
    let mut required = vec!["jsonrpc", "method"];
    if !method.may_be_notification {
        required.push("id");
    }
    let mut properties = json!({
        "jsonrpc": { "const": "2.0" },
        "method": { "const": method.name },
        "params": (method.params.schema)(generator),
    });
    if method.result.is_some() {
        properties["id"] = id();
    }
    let call = json!({
        "title": format!("{} of the {sender}", method.name),
        "type": "object",
        "properties": properties,
        "required": required,
    });
    let reply = method.result.as_ref().map(|result| {
        json!({
            "title": format!("reply of the {other} to {}", method.name),
            "type": "object",
            "properties": { "jsonrpc": { "const": "2.0" }, "id": id(), "result": (result.schema)(generator) },
            "required": ["jsonrpc", "id", "result"],
        })
    });
    [call].into_iter().chain(reply).collect()
}
