//! Golden lines of what came with handlers of others: the choice, triggers, questions, results that lead back.
//!
//! As in `golden.rs`: a text here is only ever added to.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use std::collections::BTreeMap;

use syncmgr_model::entry::LogLevel;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::*;
use syncmgr_wire::line;

const INBOX: ItemId = ItemId::from_u128(1);
const NOTES: HandlerId = HandlerId::from_u128(7);
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_123);

/// The event is written as `line`, and read back from it.
#[track_caller]
fn check(event: Event, line: &str) {
    assert_eq!(event.to_line(), line);
    assert_eq!(serde_json::from_str::<Event>(line).unwrap(), event);
}

/// The request is written as `line`, and read back from it.
#[track_caller]
fn check_request(request: Request, line: &str) {
    assert_eq!(serde_json::to_string(&request).unwrap(), line);
    assert_eq!(serde_json::from_str::<Request>(line).unwrap(), request);
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn marks() -> Marks {
    Marks { purpose: Some(text("logon")), connection: Some(text("home")) }
}

#[test]
fn an_entry_that_leads_back_says_so_and_brings_what_its_handler_added() {
    check(
        Event::Entry(line::Entry {
            entry: 4,
            item: Some(INBOX),
            level: LogLevel::Error,
            text: text("the server did not answer"),
            error: None,
            at: AT,
            jump: true,
            detail: Some(text("a trace")),
            class: Some(text("transient")),
            code: Some(text("imap.timeout")),
            from: Some(text("mail")),
        }),
        r#"{"type":"entry","entry":4,"item":"00000000-0000-0000-0000-000000000001","level":"error","text":"the server did not answer","error":null,"at":"2023-11-14T22:13:20.123Z","jump":true,"detail":"a trace","class":"transient","code":"imap.timeout","from":"mail"}"#,
    );
    check_request(
        Request::Open(OpenRequest { entry: 4, session: None, attended: false }),
        r#"{"request":"open","entry":4}"#,
    );
    check_request(
        Request::Open(OpenRequest { entry: 4, session: Some(text("0199")), attended: true }),
        r#"{"request":"open","entry":4,"session":"0199","attended":true}"#,
    );
}

#[test]
fn a_summary_says_what_the_window_does() {
    let summary = |window| line::Summary {
        session: Some(SessionId::from_u128(2)),
        exit: 0,
        dry_run: false,
        stopped: false,
        millis: 3,
        items: vec![],
        window,
    };
    for (window, word) in [
        (line::Window::Closes, "closes"),
        (line::Window::Stays, "stays"),
        (line::Window::Restores, "restores"),
    ] {
        check(
            Event::Summary(summary(Some(window))),
            &format!(
                r#"{{"type":"summary","session":"00000000-0000-0000-0000-000000000002","exit":0,"millis":3,"items":[],"window":"{word}"}}"#
            ),
        );
    }
    check_request(Request::Pin { pinned: true }, r#"{"request":"pin","pinned":true}"#);
    check_request(Request::Minimize { minimized: true }, r#"{"request":"minimize","minimized":true}"#);
}

#[test]
fn a_result_of_a_handler_names_it() {
    let result = line::ItemResult {
        item: INBOX,
        name: text("notes/inbox"),
        status: ItemStatus::Succeeded,
        changes: line::Changes::default(),
        bytes: 0,
        conflicts: 0,
        problems: 0,
        halt: None,
        undone: false,
        of: Some(text("notes")),
    };
    let written = r#"{"item":"00000000-0000-0000-0000-000000000001","name":"notes/inbox","status":"succeeded","changes":{"left":0,"right":0},"bytes":0,"conflicts":0,"problems":0,"halt":null,"of":"notes"}"#;
    assert_eq!(serde_json::to_string(&result).unwrap(), written);
    assert_eq!(serde_json::from_str::<line::ItemResult>(written).unwrap(), result);
}

#[test]
fn an_item_of_a_handler_names_it() {
    check(
        Event::Item(line::Item {
            item: INBOX,
            handler: NOTES,
            name: text("notes/inbox"),
            ticked: true,
            configured: true,
            left: String::new(),
            right: String::new(),
            mode: String::new(),
            schedule: vec![],
            escaped: false,
            of: Some(text("notes")),
            properties: true,
            last_update: Some(AT),
            remembered: true,
        }),
        r#"{"type":"item","item":"00000000-0000-0000-0000-000000000001","handler":"00000000-0000-0000-0000-000000000007","name":"notes/inbox","ticked":true,"configured":true,"left":"","right":"","mode":"","of":"notes","properties":true,"last_update":"2023-11-14T22:13:20.123Z","remembered":true}"#,
    );
}

#[test]
fn the_choice_is_listed_ticked_and_begun() {
    check_request(Request::Items(Marks::default()), r#"{"request":"items"}"#);
    check_request(Request::Items(marks()), r#"{"request":"items","for":"logon","connection":"home"}"#);
    let tick = |marks| Request::Tick(TickRequest { items: vec![text("notes/inbox")], ticked: true, marks });
    check_request(tick(Marks::default()), r#"{"request":"tick","items":["notes/inbox"],"ticked":true}"#);
    check_request(
        tick(marks()),
        r#"{"request":"tick","items":["notes/inbox"],"ticked":true,"for":"logon","connection":"home"}"#,
    );
    check_request(
        Request::Begin { items: vec![INBOX] },
        r#"{"request":"begin","items":["00000000-0000-0000-0000-000000000001"]}"#,
    );
    check_request(Request::Close, r#"{"request":"close"}"#);
    check_request(
        Request::Properties { item: text("notes/inbox") },
        r#"{"request":"properties","item":"notes/inbox"}"#,
    );
    check(
        Event::PropertiesClosed(line::PropertiesClosed { handler: NOTES, item: Some(INBOX) }),
        r#"{"type":"properties_closed","handler":"00000000-0000-0000-0000-000000000007","item":"00000000-0000-0000-0000-000000000001"}"#,
    );
    let choose = r#"{"request":"choose","selection":"ticked","for":"logon","attended":true}"#;
    let mut request = SyncRequest::new(Selection::Ticked);
    request.marks.purpose = Some(text("logon"));
    request.attended = true;
    assert_eq!(serde_json::from_str::<Request>(choose).unwrap(), Request::Choose(request));
}

#[test]
fn a_program_names_a_handler_and_a_cookie_or_nothing() {
    check_request(Request::Invoke(InvokeRequest::default()), r#"{"request":"invoke"}"#);
    check_request(
        Request::Invoke(InvokeRequest {
            handler: Some(text("notes")),
            flags: 6,
            cookie: Some(text("AP8KDQ==")),
        }),
        r#"{"request":"invoke","handler":"notes","flags":6,"cookie":"AP8KDQ=="}"#,
    );
}

#[test]
fn triggers() {
    let idle = line::Trigger {
        purpose: text("idle"),
        connection: Some(text("home")),
        enabled: true,
        ask: false,
        wait: Some(text("15m")),
        repeat: Some(text("1h")),
        on_battery: false,
        every: None,
        at: None,
        connect: false,
    };
    check(
        Event::Trigger(idle.clone()),
        r#"{"type":"trigger","for":"idle","connection":"home","enabled":true,"wait":"15m","repeat":"1h"}"#,
    );
    check(
        Event::Trigger(line::Trigger {
            purpose: text("schedule:nightly"),
            connection: None,
            ask: true,
            wait: None,
            repeat: None,
            on_battery: true,
            every: Some(text("1d")),
            at: Some(text("0 2 * * *")),
            connect: true,
            ..idle
        }),
        r#"{"type":"trigger","for":"schedule:nightly","connection":null,"enabled":true,"ask":true,"on_battery":true,"every":"1d","at":"0 2 * * *","connect":true}"#,
    );
    check_request(Request::Settings, r#"{"request":"settings"}"#);
    let change = TriggerRequest { purpose: text("logon"), ask: Some(true), ..TriggerRequest::default() };
    check_request(Request::SetTrigger(change), r#"{"request":"set_trigger","for":"logon","ask":true}"#);
    check_request(
        Request::RemoveTrigger { purpose: text("logon"), connection: None },
        r#"{"request":"remove_trigger","for":"logon","connection":null}"#,
    );
    check_request(Request::Connections, r#"{"request":"connections"}"#);
    check(
        Event::Connection(line::Connection {
            connection: text("home"),
            kind: None,
            up: None,
            users: 0,
            text: String::new(),
        }),
        r#"{"type":"connection","connection":"home"}"#,
    );
}

#[test]
fn questions() {
    let question = line::Question {
        question: 2,
        from: text("mail"),
        item: None,
        text: text("Password for `ann`?"),
        detail: None,
        kind: line::QuestionKind::Password,
        choices: vec![],
        default: None,
    };
    check(
        Event::Question(question.clone()),
        r#"{"type":"question","question":2,"from":"mail","item":null,"text":"Password for `ann`?","kind":"password"}"#,
    );
    check(
        Event::Question(line::Question {
            item: Some(INBOX),
            detail: Some(text("both changed")),
            kind: line::QuestionKind::Choice,
            choices: vec![line::Choice { id: text("l"), label: text("left") }],
            default: Some(text("l")),
            ..question
        }),
        r#"{"type":"question","question":2,"from":"mail","item":"00000000-0000-0000-0000-000000000001","text":"Password for `ann`?","detail":"both changed","kind":"choice","choices":[{"id":"l","label":"left"}],"default":"l"}"#,
    );
    check(
        Event::QuestionClosed(line::QuestionClosed { question: 2 }),
        r#"{"type":"question_closed","question":2}"#,
    );
    let answer = AnswerRequest { question: 2, answer: Some(line::Secret(text("hunter2"))) };
    assert!(!format!("{answer:?}").contains("hunter2"), "a password is not shown in passing");
    check_request(Request::Answer(answer), r#"{"request":"answer","question":2,"answer":"hunter2"}"#);
}

#[test]
fn handlers() {
    let handler = line::Handler {
        handler: NOTES,
        name: text("notes"),
        kind: line::HandlerKind::Process,
        state: line::HandlerState::Untrusted,
        registered: true,
        description: text("Notes"),
        argv: vec![text("/usr/bin/notes"), text("-v")],
        program: Some(text("/usr/bin/notes")),
        hash: Some(text("00ff")),
        problem: Some(text("nobody has trusted it yet")),
        properties: false,
    };
    check(
        Event::Handler(handler.clone()),
        r#"{"type":"handler","handler":"00000000-0000-0000-0000-000000000007","name":"notes","kind":"process","state":"untrusted","registered":true,"description":"Notes","argv":["/usr/bin/notes","-v"],"program":"/usr/bin/notes","hash":"00ff","problem":"nobody has trusted it yet"}"#,
    );
    let recipe = line::Handler {
        kind: line::HandlerKind::Recipe,
        state: line::HandlerState::Enabled,
        argv: vec![],
        program: None,
        hash: None,
        problem: None,
        properties: true,
        ..handler.clone()
    };
    check(
        Event::Handler(recipe),
        r#"{"type":"handler","handler":"00000000-0000-0000-0000-000000000007","name":"notes","kind":"recipe","state":"enabled","registered":true,"description":"Notes","argv":[],"properties":true}"#,
    );
    let argv = vec![text("syncmgr.exe"), text("com-class"), text("{7}")];
    let class = line::Handler {
        kind: line::HandlerKind::Class,
        state: line::HandlerState::Enabled,
        argv,
        program: None,
        hash: None,
        problem: None,
        ..handler
    };
    check(
        Event::Handler(class),
        r#"{"type":"handler","handler":"00000000-0000-0000-0000-000000000007","name":"notes","kind":"class","state":"enabled","registered":true,"description":"Notes","argv":["syncmgr.exe","com-class","{7}"]}"#,
    );
    check_request(Request::Handlers, r#"{"request":"handlers"}"#);
    let mut register = RegisterRequest {
        name: text("notes"),
        argv: vec![text("/usr/bin/notes")],
        ..RegisterRequest::default()
    };
    check_request(
        Request::Register(register.clone()),
        r#"{"request":"register","name":"notes","argv":["/usr/bin/notes"]}"#,
    );
    register.description = Some(text("Notes"));
    register.events = vec![text("connect")];
    register.trust = true;
    check_request(
        Request::Register(register),
        r#"{"request":"register","name":"notes","argv":["/usr/bin/notes"],"description":"Notes","events":["connect"],"trust":true}"#,
    );
    let typed = RegisterRequest {
        name: text("notes"),
        program: Some(text("~/bin/notes")),
        ..RegisterRequest::default()
    };
    check_request(
        Request::Register(typed),
        r#"{"request":"register","name":"notes","program":"~/bin/notes"}"#,
    );
    check_request(Request::Trust { name: text("notes") }, r#"{"request":"trust","name":"notes"}"#);
    check_request(
        Request::Registered { handler: NOTES },
        r#"{"request":"registered","handler":"00000000-0000-0000-0000-000000000007"}"#,
    );
    check_request(Request::Unregister { name: text("notes") }, r#"{"request":"unregister","name":"notes"}"#);
}

#[test]
fn recipes_and_what_is_found() {
    check(
        Event::Recipe(line::Recipe {
            recipe: text("git"),
            text: text("repositories"),
            parameters: vec![line::Parameter {
                name: text("folder"),
                text: text("where they lie"),
                kind: line::ParameterKind::Path,
                required: true,
                default: None,
            }],
        }),
        r#"{"type":"recipe","recipe":"git","text":"repositories","parameters":[{"name":"folder","text":"where they lie","kind":"path","required":true}]}"#,
    );
    let values = BTreeMap::from([(text("folder"), text("/home/ann/src"))]);
    check(
        Event::Found(line::Found {
            number: 1,
            recipe: text("git"),
            name: text("src"),
            values: values.clone(),
            evidence: text("/home/ann/src"),
            text: text("3 repositories"),
            command: text("syncmgr add git /home/ann/src --name src"),
            added: None,
        }),
        r#"{"type":"found","number":1,"recipe":"git","name":"src","values":{"folder":"/home/ann/src"},"evidence":"/home/ann/src","text":"3 repositories","command":"syncmgr add git /home/ann/src --name src"}"#,
    );
    check_request(Request::Recipes, r#"{"request":"recipes"}"#);
    check_request(Request::Discover, r#"{"request":"discover"}"#);
    check_request(
        Request::AddRecipe(RecipeRequest { recipe: text("git"), name: None, values }),
        r#"{"request":"add_recipe","recipe":"git","values":{"folder":"/home/ann/src"}}"#,
    );
}
