//! Forms: what is asked, and the request that it goes into.

use std::collections::BTreeMap;

use syncmgr_wire::control::{
    AnswerRequest, FolderRequest, HookRequest, ItemRequest, RecipeRequest, RegisterRequest, Request,
    SyncRequest, TrashRequest, TriggerRequest,
};
use syncmgr_wire::line::{ItemSettings, ParameterKind, Question, QuestionKind, Recipe, Trigger};
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

/// What is usual has no word: the configuration then says nothing about it.
const MODES: [(&str, &str); 4] = [
    ("", "both ways; conflicts wait for you"),
    ("two-way-resolved", "both ways; the left side wins conflicts"),
    ("one-way-safe", "left to right; nothing is deleted on the right"),
    ("one-way-replica", "left to right; the right becomes a copy of the left"),
];

const POLICIES: [(&str, &str); 5] = [
    ("", "wait for you"),
    ("left", "the left version is kept"),
    ("right", "the right version is kept"),
    ("newer", "the newer version is kept"),
    ("both", "both versions are kept"),
];

const KEPT: [(&str, &str); 4] = [
    ("owner", "owners"),
    ("xattrs", "extended attributes"),
    ("acls", "access lists"),
    ("hard-links", "hard links"),
];

const DURABILITIES: [(&str, &str); 3] = [
    ("", "once for all that it did"),
    ("full", "for each file by itself"),
    ("none", "whenever the system likes"),
];

/// The rules that a run can be let pass, once. A folder that is away is not passed over.
const RULES: [(&str, &str); 6] = [
    ("root-emptied", "a folder that is empty now"),
    ("replica-exchanged", "another folder in the place of one"),
    ("configuration-changed", "an item that means other folders now"),
    ("mount-missing", "a disk inside that is not mounted"),
    ("too-many-deletions", "many deletions"),
    ("too-many-overwrites", "many overwrites"),
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
    let mut fields = vec![
        required(field("left", "Left folder", FieldKind::Path, "", "for example `~/Photos`")),
        required(field("right", "Right folder", FieldKind::Path, "", "for example `/mnt/nas/Photos`")),
        field("name", "Name", text.clone(), "", "the left folder's own name, if you leave it empty"),
        field("mode", "Which way", FieldKind::One(options(&MODES)), "", ""),
        field("every", "Again after", text.clone(), "", "`15m`, `2h` or `1d`, for example"),
        field("on", "Runs", FieldKind::Several(options(&EVENTS)), "", ""),
        more(field("at", "At the moments of", text, "", "a cron expression: `0 2 * * *` is at two at night")),
        more(field("conflict", "Conflicts", FieldKind::One(options(&POLICIES)), "", "")),
        more(ignore()),
        more(field("keep", "Keep besides", FieldKind::Several(options(&KEPT)), "", "")),
        more(field("durability", "Flushed to the disk", FieldKind::One(options(&DURABILITIES)), "", "")),
        more(fresh("")),
    ];
    fields.extend(conditions(&BTreeMap::new()));
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
        field("every", "Again after", text.clone(), &settings.every, "`15m`, `2h` or `1d`, for example"),
        field("on", "Runs", FieldKind::Several(options(&EVENTS)), &settings.on.join(","), ""),
        field(
            "at",
            "At the moments of",
            text.clone(),
            &settings.at,
            "a cron expression: `0 2 * * *` is at two at night",
        ),
        fresh(&settings.fresh),
        more(field(
            "after",
            "When these have succeeded",
            FieldKind::List,
            &settings.after.join("\n"),
            "names of items, one on each line",
        )),
        more(field(
            "catch_up",
            "Make up for missed moments",
            FieldKind::Toggle,
            truth(settings.catch_up),
            "",
        )),
    ];
    fields.extend(conditions(&settings.when));
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
    form(&format!("When {} runs", settings.name), "", fields, &request, "Save")
}

fn fresh(before: &str) -> Field {
    field(
        "fresh",
        "To succeed at least every",
        FieldKind::Text,
        before,
        "`1d`, for example; otherwise it is late",
    )
}

fn ignore() -> Field {
    let hint = "`*.tmp`; one pattern on each line, as in `.gitignore`";
    field("ignore", "Leave out", FieldKind::List, "", hint)
}

/// What has to hold for a run by itself.
fn conditions(before: &BTreeMap<String, String>) -> impl Iterator<Item = Field> {
    CONDITIONS.iter().map(|(name, label, hint)| {
        let value = before.get(*name).map(String::as_str).unwrap_or_default();
        more(field(&format!("when.{name}"), label, FieldKind::Text, value, hint))
    })
}

/// A run in another way than usual, which is looked at before it is done.
pub(crate) fn otherwise(preview: SyncRequest, then: Place) -> Form {
    let with_usual = |words: &[(&str, &str)], first: &str| {
        let usual = [("", "as it is set"), (first, words[0].1)];
        FieldKind::One(options(&[&usual, &words[1..]].concat()))
    };
    let fields = vec![
        field("mode", "Which way", with_usual(&MODES, "two-way-safe"), "", ""),
        field("conflict", "Conflicts", with_usual(&POLICIES, "hold"), "", ""),
        field("allow", "Let pass, once", FieldKind::Several(options(&RULES)), "", ""),
        ignore(),
        more(field("keep", "Keep besides", FieldKind::Several(options(&KEPT)), "", "")),
        more(field("durability", "Flushed to the disk", with_usual(&DURABILITIES, "batch"), "", "")),
        more(field(
            "checksum",
            "Read every file",
            FieldKind::Toggle,
            "false",
            "instead of trusting what the file system says",
        )),
    ];
    let text = "It holds for one run. What that would do is shown first; nothing is changed by looking.";
    let request = Request::Sync(preview);
    Form { then: Some(then), ..form("In another way, once", text, fields, &request, "Look what it would do") }
}

/// Some of what a run put into the trash.
pub(crate) fn restore(of: TrashRequest, name: &str) -> Form {
    let hint = "`2023/trip.jpg`; one path on each line, and a folder stands for all below it";
    let fields = vec![required(field("paths", "Paths", FieldKind::List, "", hint))];
    let text = format!(
        "They come back to the {} side of `{name}`. Where something is in the place of one, it stays in the trash.",
        of.side.map_or("same", syncmgr_model::fact::Side::as_str)
    );
    form("Bring back some of it", &text, fields, &Request::TrashRestore(of), "Bring back")
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
        field("every", "Again after", FieldKind::Text, &every, "`15m`, `2h` or `1d`, for example"),
        field(
            "at",
            "Or at the moments of",
            FieldKind::Text,
            &at,
            "a cron expression: `0 2 * * *` is at two at night",
        ),
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
        before.map_or_else(|| "Add a schedule".to_owned(), |trigger| format!("Change {}", trigger.purpose));
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

/// For which events the items of a handler are ticked before anybody chose.
const TICKED: [(&str, &str); 3] = [
    ("connect", "logon, and a network that comes"),
    ("pending_disconnect", "logoff, and a network that goes"),
    ("idle", "when nobody is there"),
];

/// A program that becomes a handler.
pub(crate) fn register() -> Form {
    let fields = vec![
        required(field("name", "Name", FieldKind::Text, "", "its items are called `NAME/ITEM`")),
        required(field(
            "program",
            "Program",
            FieldKind::Path,
            "",
            "for example `~/bin/syncmgr-handler-notes`",
        )),
        field("argv", "Arguments", FieldKind::List, "", "one on each line"),
        field("description", "What it is", FieldKind::Text, "", ""),
        field("trust", "It may run as it is now", FieldKind::Toggle, "false", ""),
        more(field("events", "Ticked at first for", FieldKind::Several(options(&TICKED)), "", "")),
    ];
    let request = Request::Register(RegisterRequest::default());
    let text = "The program speaks the handler protocol. It does not run before you trust it.";
    form("Register a handler", text, fields, &request, "Register")
}

/// What hooks are told, and what people call it.
const OCCASIONS: [(&str, &str); 6] = [
    ("on-error", "errors"),
    ("on-conflict", "conflicts"),
    ("on-halt", "halts"),
    ("on-late", "what is late"),
    ("before-session", "each session that begins"),
    ("after-session", "each session that ended"),
];

/// What a hook is told of, and what else can be said of each.
fn hook(first: Field, name: &str) -> Vec<Field> {
    let occasions = FieldKind::Several(options(&OCCASIONS));
    let items = "names of items, one on each line; all if there are none";
    vec![
        first,
        required(field("on", "It is told of", occasions, "on-error,on-halt", "")),
        field("name", "Name", FieldKind::Text, "", name),
        more(field("items", "Only about", FieldKind::List, "", items)),
        more(field("timeout", "Time it may take", FieldKind::Text, "", "for example `30s`")),
    ]
}

/// A program that is told what happens.
pub(crate) fn add_program() -> Form {
    let hint = "the program, `/usr/bin/logger`; below it its arguments, one on each line";
    let run = required(field("run", "Program", FieldKind::List, "", hint));
    let mut fields = hook(run, "as its program");
    let refuses = "It may keep a session from beginning";
    fields.push(more(field(
        "may_refuse",
        refuses,
        FieldKind::Toggle,
        "false",
        "by an exit code other than 0",
    )));
    let text = "It gets a line of JSON with what happened. It is started as it is, never by a shell.";
    form("Tell a program", text, fields, &Request::AddHook(HookRequest::default()), "Add it")
}

/// A web address that is told what happens.
pub(crate) fn add_hook() -> Form {
    let url =
        required(field("url", "Address", FieldKind::Text, "", "for example `https://example.org/hook`"));
    let fields = hook(url, "the machine of the address");
    let text = "It gets a POST request with what happened, as JSON.";
    form("Tell a web address", text, fields, &Request::AddHook(HookRequest::default()), "Add it")
}

/// The text that both sides get.
pub(crate) fn merge(request: &Request, text: &str, marks: &[String]) -> Form {
    let fields = vec![required(field("text", "Both sides get", FieldKind::Lines, text, ""))];
    let said = "What is there now goes to the trash of each side.";
    let marks: Vec<String> = marks.iter().map(|mark| format!("`{mark}`")).collect();
    let said = match marks.is_empty() {
        true => said.to_owned(),
        false => format!("{said} Lines that begin with {} are marks: take them out.", marks.join(", ")),
    };
    Form {
        then: Some(Place::of(Screen::Conflicts)),
        ..form("Write the version that both sides get", &said, fields, request, "Save on both sides")
    }
}

/// An answer in words to a question. A password is written unseen.
pub(crate) fn answer(question: &Question) -> Form {
    let (kind, before) = match question.kind {
        QuestionKind::Password => (FieldKind::Secret, ""),
        QuestionKind::Text | QuestionKind::Choice => {
            (FieldKind::Text, question.default.as_deref().unwrap_or_default())
        }
    };
    let fields = vec![field("answer", "Your answer", kind, before, "")];
    let request = Request::Answer(AnswerRequest { question: question.question, answer: None });
    form("Answer", &question.text, fields, &request, "Answer")
}
