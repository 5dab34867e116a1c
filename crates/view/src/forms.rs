//! Forms: what is asked, and the request that it goes into.

use std::collections::BTreeMap;

use syncmgr_wire::control::{
    FolderRequest, ItemRequest, RecipeRequest, RegisterRequest, Request, TriggerRequest,
};
use syncmgr_wire::line::{ItemSettings, ParameterKind, Recipe, Trigger};
use syncmgr_wire::page::{Field, FieldKind, FieldOption, Form, Place, Screen};

/// The events on which an item can run, and what people call them.
const EVENTS: [(&str, &str); 7] = [
    ("change", "when something in it changes"),
    ("logon", "at logon"),
    ("logoff", "at logoff"),
    ("idle", "when nobody is there"),
    ("connect", "when a network comes"),
    ("disconnect", "before a network goes"),
    ("volume", "when its disk comes"),
];

const MODES: [(&str, &str); 4] = [
    ("two-way-safe", "both ways; conflicts wait for you"),
    ("two-way-resolved", "both ways; the left side wins conflicts"),
    ("one-way-safe", "left to right; nothing is deleted on the right"),
    ("one-way-replica", "left to right; the right becomes a copy of the left"),
];

/// Conditions: name, label, hint.
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("power", "Only on this power", "mains"),
    ("battery", "Only with this charge", "30, in percent"),
    ("metered", "On networks that cost", "false: not on them"),
    ("network", "Only on these networks", "home, office"),
    ("between", "Only at this time of day", "22:00-06:00"),
    ("load", "Only below this load", "2, for each processor"),
];

fn field(name: &str, label: &str, kind: FieldKind, value: &str, hint: &str) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        value: value.to_owned(),
        hint: hint.to_owned(),
        required: false,
        more: false,
    }
}

fn required(field: Field) -> Field {
    Field { required: true, ..field }
}

fn more(field: Field) -> Field {
    Field { more: true, ..field }
}

fn options(words: &[(&str, &str)]) -> Vec<FieldOption> {
    words
        .iter()
        .map(|(value, label)| FieldOption { value: (*value).to_owned(), label: (*label).to_owned() })
        .collect()
}

fn form(title: &str, text: &str, fields: Vec<Field>, request: &Request, submit: &str) -> Form {
    Form {
        title: title.to_owned(),
        text: text.to_owned(),
        fields,
        // Requests are plain values: nothing that could fail.
        request: serde_json::to_value(request).unwrap_or_default(),
        submit: submit.to_owned(),
        then: None,
    }
}

/// Two folders that are to be kept in step.
pub(crate) fn add_folder() -> Form {
    let text = FieldKind::Text;
    let fields = vec![
        required(field("left", "Left folder", FieldKind::Path, "", "~/Photos")),
        required(field("right", "Right folder", FieldKind::Path, "", "/mnt/nas/Photos")),
        field("name", "Name", text.clone(), "", "the left folder's own name"),
        field("mode", "Which way", FieldKind::One(options(&MODES)), "two-way-safe", ""),
        field("every", "Again after", text.clone(), "", "15m, 2h, 1d"),
        field("on", "Runs", FieldKind::Several(options(&EVENTS)), "", ""),
        more(field("at", "At the moments of", text, "", "0 2 * * *, a cron expression")),
    ];
    let request = Request::AddFolder(FolderRequest::default());
    let text = "Nothing is changed until it runs for the first time.";
    Form {
        then: Some(Place::of(Screen::Items)),
        ..form("Add two folders", text, fields, &request, "Add them")
    }
}

/// When an item runs by itself.
pub(crate) fn schedule(settings: &ItemSettings) -> Form {
    let text = FieldKind::Text;
    let mut fields = vec![
        field("every", "Again after", text.clone(), &settings.every, "15m, 2h, 1d"),
        field("on", "Runs", FieldKind::Several(options(&EVENTS)), &settings.on.join(","), ""),
        field("at", "At the moments of", text.clone(), &settings.at, "0 2 * * *, a cron expression"),
        field(
            "fresh",
            "To succeed at least every",
            text.clone(),
            &settings.fresh,
            "1d; otherwise it is late",
        ),
        more(field(
            "catch_up",
            "Make up for missed moments",
            FieldKind::Toggle,
            truth(settings.catch_up),
            "",
        )),
    ];
    for (name, label, hint) in CONDITIONS {
        let value = settings.when.get(name).map(String::as_str).unwrap_or_default();
        fields.push(more(field(&format!("when.{name}"), label, text.clone(), value, hint)));
    }
    // What is left empty is taken away: the request says so, and what was filled in takes its place.
    let when = CONDITIONS.map(|(name, ..)| (name.to_owned(), String::new()));
    let request = Request::SetItem(ItemRequest {
        item: settings.item.to_string(),
        every: Some(String::new()),
        at: Some(String::new()),
        on: Some(Vec::new()),
        after: None,
        fresh: Some(String::new()),
        catch_up: Some(settings.catch_up),
        when: BTreeMap::from(when),
    });
    form(&format!("When `{}` runs", settings.name), "", fields, &request, "Save")
}

fn truth(is_on: bool) -> &'static str {
    if is_on { "true" } else { "false" }
}

/// A schedule for many items; `before` is what is set if there is one.
pub(crate) fn trigger_schedule(before: Option<&Trigger>) -> Form {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (every, at) = before.map(|trigger| (text(&trigger.every), text(&trigger.at))).unwrap_or_default();
    let mut fields = Vec::new();
    if before.is_none() {
        let hint = "schedule:nightly";
        fields.push(required(field("for", "Name", FieldKind::Text, "schedule:", hint)));
        let hint = "any; or the name of a connection";
        fields.push(more(field("connection", "Connection", FieldKind::Text, "", hint)));
    }
    fields.extend([
        field("every", "Again after", FieldKind::Text, &every, "15m, 2h, 1d"),
        field("at", "Or at the moments of", FieldKind::Text, &at, "0 2 * * *, a cron expression"),
        field(
            "connect",
            "Bring the connection up first",
            FieldKind::Toggle,
            truth(before.is_some_and(|trigger| trigger.connect)),
            "",
        ),
    ]);
    let request = Request::SetTrigger(TriggerRequest {
        purpose: before.map(|trigger| trigger.purpose.clone()).unwrap_or_default(),
        connection: before.and_then(|trigger| trigger.connection.clone()),
        enabled: before.is_none().then_some(true),
        ..TriggerRequest::default()
    });
    let title =
        before.map_or_else(|| "Add a schedule".to_owned(), |trigger| format!("Change `{}`", trigger.purpose));
    form(&title, "Which items it takes is ticked on its own page.", fields, &request, "Save")
}

/// How an idle trigger waits and repeats.
pub(crate) fn idle(before: Option<&Trigger>, connection: Option<&str>) -> Form {
    let value = |pick: fn(&Trigger) -> &Option<String>, default: &str| {
        before.and_then(|trigger| pick(trigger).clone()).unwrap_or_else(|| default.to_owned())
    };
    let fields = vec![
        required(field("wait", "Wait before it starts", FieldKind::Text, &value(|t| &t.wait, "15m"), "15m")),
        required(field(
            "repeat",
            "Repeat while nobody is there",
            FieldKind::Text,
            &value(|t| &t.repeat, "1h"),
            "1h",
        )),
        field(
            "on_battery",
            "Also on battery power",
            FieldKind::Toggle,
            truth(before.is_some_and(|trigger| trigger.on_battery)),
            "",
        ),
    ];
    let request = Request::SetTrigger(TriggerRequest {
        purpose: "idle".to_owned(),
        connection: connection.map(str::to_owned),
        ..TriggerRequest::default()
    });
    form("Idle settings", "", fields, &request, "Save")
}

/// A tool that becomes a handler.
pub(crate) fn recipe(recipe: &Recipe) -> Form {
    let mut fields = vec![field("name", "Name", FieldKind::Text, "", &recipe.recipe)];
    for parameter in &recipe.parameters {
        let kind = match parameter.kind {
            ParameterKind::Path => FieldKind::Path,
            ParameterKind::Text | ParameterKind::List => FieldKind::Text,
        };
        let hint = match (&parameter.default, parameter.kind) {
            (Some(default), _) => format!("{default}, if you leave it empty"),
            (None, ParameterKind::List) => "several with commas between them".to_owned(),
            (None, _) => String::new(),
        };
        let name = format!("values.{}", parameter.name);
        let field = Field { required: parameter.required, ..field(&name, &parameter.text, kind, "", &hint) };
        fields.push(field);
    }
    let request =
        Request::AddRecipe(RecipeRequest { recipe: recipe.recipe.clone(), ..RecipeRequest::default() });
    let title = format!("Add {}", recipe.recipe);
    Form { then: Some(Place::of(Screen::Items)), ..form(&title, &recipe.text, fields, &request, "Add it") }
}

/// A program that becomes a handler.
pub(crate) fn register() -> Form {
    let fields = vec![
        required(field("name", "Name", FieldKind::Text, "", "notes")),
        required(field("argv", "Program", FieldKind::Path, "", "~/bin/syncmgr-handler-notes")),
        field("description", "What it is", FieldKind::Text, "", ""),
        field("trust", "It may run as it is now", FieldKind::Toggle, "false", ""),
    ];
    let request = Request::Register(RegisterRequest::default());
    let text = "The program speaks the handler protocol. It does not run before you trust it.";
    form("Register a handler", text, fields, &request, "Register")
}

/// The text that both sides get.
pub(crate) fn merge(request: &Request, text: &str) -> Form {
    let fields = vec![required(field("text", "Both sides get", FieldKind::Lines, text, ""))];
    let said = "What is there now goes to the trash of each side.";
    Form {
        then: Some(Place::of(Screen::Conflicts)),
        ..form("Write the version that both sides get", said, fields, request, "Save on both sides")
    }
}

/// An answer in words to a question.
pub(crate) fn answer(question: u64, text: &str, default: Option<&str>) -> Form {
    let fields = vec![field("answer", text, FieldKind::Text, default.unwrap_or_default(), "")];
    let request = Request::Answer(syncmgr_wire::control::AnswerRequest { question, answer: None });
    form("Answer", text, fields, &request, "Answer")
}
