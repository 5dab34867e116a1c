//! Each line as it is written: a promise to whoever reads `--json`.
//!
//! A text here is only ever added to. A changed or missing member is a broken promise, however good the reason.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use syncmgr_model::entry::LogLevel;
use syncmgr_model::event;
use syncmgr_model::fact::{Action, ConflictKind, Side};
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{
    Chosen, Event, FolderRequest, HookRequest, Request, ResolveRequest, Roots, Selection, SyncRequest,
    TrashRequest,
};
use syncmgr_wire::line::*;

const PHOTOS: ItemId = ItemId::from_u128(1);
const SESSION: SessionId = SessionId::from_u128(2);
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_123);

/// The event is written as `line`, and read back from it.
fn check(event: Event, line: &str) {
    assert_eq!(event.to_line(), line);
    assert_eq!(serde_json::from_str::<Event>(line).unwrap(), event);
}

/// The request is written as `line`, and read back from it.
fn check_request(request: Request, line: &str) {
    assert_eq!(serde_json::to_string(&request).unwrap(), line);
    assert_eq!(serde_json::from_str::<Request>(line).unwrap(), request);
}

fn result(halt: Option<RuleAndText>) -> ItemResult {
    ItemResult {
        item: PHOTOS,
        name: "photos".to_owned(),
        status: ItemStatus::Succeeded,
        changes: Changes { left: 3, right: 12 },
        bytes: 4_100_000,
        conflicts: 1,
        problems: 0,
        undone: false,
        halt,
        of: None,
    }
}

const RESULT: &str = r#"{"item":"00000000-0000-0000-0000-000000000001","name":"photos","status":"succeeded","changes":{"left":3,"right":12},"bytes":4100000,"conflicts":1,"problems":0,"halt":null}"#;

#[test]
fn row() {
    check(
        Event::Row(Row {
            item: PHOTOS,
            name: "photos".to_owned(),
            status: ItemStatus::Updating,
            text: "copying".to_owned(),
            value: 12,
            max: 40,
            bytes: 5,
            bytes_max: 6,
        }),
        r#"{"type":"row","item":"00000000-0000-0000-0000-000000000001","name":"photos","status":"updating","text":"copying","value":12,"max":40,"bytes":5,"bytes_max":6}"#,
    );
}

#[test]
fn change() {
    check(
        Event::Change(Change::new(PHOTOS, Side::Right, Action::Create, b"a/b", None)),
        r#"{"type":"change","item":"00000000-0000-0000-0000-000000000001","side":"right","action":"create","path":"a/b"}"#,
    );
    check(
        Event::Change(Change::new(PHOTOS, Side::Left, Action::Rename, b"caf\xe9", Some(b"caf\\e"))),
        r#"{"type":"change","item":"00000000-0000-0000-0000-000000000001","side":"left","action":"rename","path":"caf\\xe9","from":"caf\\x5ce","escaped":true}"#,
    );
}

#[test]
fn entry() {
    check(
        Event::Entry(Entry {
            entry: 4,
            item: None,
            level: LogLevel::Warning,
            text: "look".to_owned(),
            error: Some(ErrorId::from_u128(9)),
            at: AT,
            jump: false,
            detail: None,
            class: None,
            code: None,
            from: None,
        }),
        r#"{"type":"entry","entry":4,"item":null,"level":"warning","text":"look","error":"00000000-0000-0000-0000-000000000009","at":"2023-11-14T22:13:20.123Z"}"#,
    );
    check(
        Event::EntriesDeleted(EntriesDeleted { entries: vec![4, 5] }),
        r#"{"type":"entries_deleted","entries":[4,5]}"#,
    );
}

#[test]
fn conflict() {
    let running = Conflict {
        item: PHOTOS,
        name: "photos".to_owned(),
        path: "a/b".to_owned(),
        kind: ConflictKind::EditEdit,
        since: None,
        escaped: false,
    };
    check(
        Event::Conflict(running.clone()),
        r#"{"type":"conflict","item":"00000000-0000-0000-0000-000000000001","name":"photos","path":"a/b","kind":"edit-edit"}"#,
    );
    let listed = Conflict { path: "caf\\xe9".to_owned(), since: Some(AT), escaped: true, ..running };
    assert_eq!(listed.path_bytes(), b"caf\xe9");
    check(
        Event::Conflict(listed),
        r#"{"type":"conflict","item":"00000000-0000-0000-0000-000000000001","name":"photos","path":"caf\\xe9","kind":"edit-edit","since":"2023-11-14T22:13:20.123Z","escaped":true}"#,
    );
}

#[test]
fn problem() {
    check(
        Event::Problem(Problem::new(PHOTOS, Some(Side::Left), b"x\xff", "permission denied".to_owned())),
        r#"{"type":"problem","item":"00000000-0000-0000-0000-000000000001","side":"left","path":"x\\xff","reason":"permission denied","escaped":true}"#,
    );
    check(
        Event::Problem(Problem::new(PHOTOS, None, b"", "gone".to_owned())),
        r#"{"type":"problem","item":"00000000-0000-0000-0000-000000000001","side":null,"path":"","reason":"gone"}"#,
    );
}

#[test]
fn halt() {
    check(
        Event::Halt(Halt { item: PHOTOS, rule: "root-missing".to_owned(), text: "gone".to_owned() }),
        r#"{"type":"halt","item":"00000000-0000-0000-0000-000000000001","rule":"root-missing","text":"gone"}"#,
    );
}

#[test]
fn summary() {
    let summary = Summary {
        session: Some(SESSION),
        exit: 1,
        dry_run: false,
        stopped: false,
        millis: 300,
        items: vec![result(None)],
        window: None,
    };
    check(
        Event::Summary(summary.clone()),
        &format!(
            r#"{{"type":"summary","session":"00000000-0000-0000-0000-000000000002","exit":1,"millis":300,"items":[{RESULT}]}}"#
        ),
    );
    let nothing = Summary { session: None, exit: 3, dry_run: true, stopped: true, items: vec![], ..summary };
    check(
        Event::Summary(nothing),
        r#"{"type":"summary","session":null,"exit":3,"dry_run":true,"stopped":true,"millis":300,"items":[]}"#,
    );
}

#[test]
fn a_halted_item_in_a_summary_names_the_rule() {
    let halted = result(Some(RuleAndText { rule: "root-missing".to_owned(), text: "gone".to_owned() }));
    let line = serde_json::to_string(&halted).unwrap();
    assert!(line.ends_with(r#""halt":{"rule":"root-missing","text":"gone"}}"#), "{line}");
}

#[test]
fn item() {
    let item = Item {
        item: PHOTOS,
        handler: HandlerId::from_u128(7),
        name: "photos".to_owned(),
        ticked: true,
        configured: true,
        left: "/a".to_owned(),
        right: "/b".to_owned(),
        mode: "two-way-safe".to_owned(),
        schedule: vec![],
        escaped: false,
        of: None,
        properties: false,
        last_update: None,
        remembered: false,
    };
    check(
        Event::Item(item.clone()),
        r#"{"type":"item","item":"00000000-0000-0000-0000-000000000001","handler":"00000000-0000-0000-0000-000000000007","name":"photos","ticked":true,"configured":true,"left":"/a","right":"/b","mode":"two-way-safe"}"#,
    );
    let scheduled = Item { schedule: vec!["every 15m".to_owned()], escaped: true, ..item };
    check(
        Event::Item(scheduled),
        r#"{"type":"item","item":"00000000-0000-0000-0000-000000000001","handler":"00000000-0000-0000-0000-000000000007","name":"photos","ticked":true,"configured":true,"left":"/a","right":"/b","mode":"two-way-safe","schedule":["every 15m"],"escaped":true}"#,
    );
}

fn status() -> Status {
    Status {
        item: PHOTOS,
        name: "photos".to_owned(),
        ticked: true,
        last: Some(LastRun {
            session: SESSION,
            event: event::Event::Manual,
            finished: AT,
            result: result(None),
        }),
        conflicts: 1,
        late_since: None,
        next_run: None,
    }
}

#[test]
fn begun() {
    check(
        Event::Begun(Begun { session: SESSION, event: event::Event::Schedule, items: vec![PHOTOS] }),
        r#"{"type":"begun","session":"00000000-0000-0000-0000-000000000002","event":"schedule","items":["00000000-0000-0000-0000-000000000001"]}"#,
    );
}

#[test]
fn daemon() {
    let daemon = Daemon {
        pid: 7,
        version: "0.1.0".to_owned(),
        since: AT,
        config: "/c".to_owned(),
        socket: "/s".to_owned(),
        address: None,
        sessions: 1,
        items: 2,
        next: None,
        paused: false,
        paused_until: None,
        sources: vec![Source { name: "power".to_owned(), there: true, text: String::new() }],
    };
    check(
        Event::Daemon(daemon.clone()),
        r#"{"type":"daemon","pid":7,"version":"0.1.0","since":"2023-11-14T22:13:20.123Z","config":"/c","socket":"/s","sessions":1,"items":2,"next":null,"sources":[{"name":"power","there":true,"text":""}]}"#,
    );
    let due = Daemon { next: Some(AT), address: Some("127.0.0.1:80".to_owned()), sources: vec![], ..daemon };
    check(
        Event::Daemon(due),
        r#"{"type":"daemon","pid":7,"version":"0.1.0","since":"2023-11-14T22:13:20.123Z","config":"/c","socket":"/s","address":"127.0.0.1:80","sessions":1,"items":2,"next":"2023-11-14T22:13:20.123Z","sources":[]}"#,
    );
}

#[test]
fn status_and_why() {
    check(
        Event::Status(Status { last: None, late_since: Some(AT), next_run: Some(AT), ..status() }),
        r#"{"type":"status","item":"00000000-0000-0000-0000-000000000001","name":"photos","ticked":true,"last":null,"conflicts":1,"late_since":"2023-11-14T22:13:20.123Z","next_run":"2023-11-14T22:13:20.123Z"}"#,
    );
    let last = format!(
        r#"{{"session":"00000000-0000-0000-0000-000000000002","event":"manual","finished":"2023-11-14T22:13:20.123Z","result":{RESULT}}}"#
    );
    check(
        Event::Status(status()),
        &format!(
            r#"{{"type":"status","item":"00000000-0000-0000-0000-000000000001","name":"photos","ticked":true,"last":{last},"conflicts":1}}"#
        ),
    );
    check(
        Event::Why(Why {
            status: status(),
            schedule: vec![],
            reasons: vec!["1 conflict is open".to_owned()],
            next: Some("syncmgr conflicts".to_owned()),
        }),
        &format!(
            r#"{{"type":"why","item":"00000000-0000-0000-0000-000000000001","name":"photos","ticked":true,"last":{last},"conflicts":1,"schedule":[],"reasons":["1 conflict is open"],"next":"syncmgr conflicts"}}"#
        ),
    );
}

#[test]
fn session() {
    check(
        Event::Session(Session {
            session: SESSION,
            event: event::Event::Manual,
            started: AT,
            finished: AT,
            exit: 0,
            dry_run: false,
            stopped: false,
            undoes: Some(SessionId::from_u128(3)),
            items: vec![result(None)],
        }),
        &format!(
            r#"{{"type":"session","session":"00000000-0000-0000-0000-000000000002","event":"manual","started":"2023-11-14T22:13:20.123Z","finished":"2023-11-14T22:13:20.123Z","exit":0,"undoes":"00000000-0000-0000-0000-000000000003","items":[{RESULT}]}}"#
        ),
    );
}

#[test]
fn trash() {
    check(
        Event::Trash(Trash {
            item: PHOTOS,
            name: "photos".to_owned(),
            session: SESSION,
            side: Side::Left,
            at: AT,
            paths: 2,
            bytes: 30,
        }),
        r#"{"type":"trash","item":"00000000-0000-0000-0000-000000000001","name":"photos","session":"00000000-0000-0000-0000-000000000002","side":"left","at":"2023-11-14T22:13:20.123Z","paths":2,"bytes":30}"#,
    );
    check(
        Event::TrashPath(TrashPath {
            item: PHOTOS,
            side: Side::Left,
            path: "a".to_owned(),
            restored: false,
            reason: Some("something is in its place".to_owned()),
            escaped: false,
        }),
        r#"{"type":"trash_path","item":"00000000-0000-0000-0000-000000000001","side":"left","path":"a","restored":false,"reason":"something is in its place"}"#,
    );
}

#[test]
fn check_and_done() {
    check(
        Event::Check(Check {
            check: "store".to_owned(),
            health: Health::Failed,
            text: "damaged".to_owned(),
            hint: None,
        }),
        r#"{"type":"check","check":"store","health":"failed","text":"damaged","hint":null}"#,
    );
    check(
        Event::Done(Done { text: "removed `photos`".to_owned(), item: Some(PHOTOS) }),
        r#"{"type":"done","text":"removed `photos`","item":"00000000-0000-0000-0000-000000000001"}"#,
    );
}

#[test]
fn hook() {
    check(
        Event::Hook(Hook {
            name: "pager".to_owned(),
            kind: "url".to_owned(),
            calls: "https://example.org/…".to_owned(),
            on: vec!["on-late".to_owned()],
            items: vec!["photos".to_owned()],
            may_refuse: false,
            enabled: true,
        }),
        r#"{"type":"hook","name":"pager","kind":"url","calls":"https://example.org/…","on":["on-late"],"items":["photos"],"enabled":true}"#,
    );
}

#[test]
fn members_that_are_not_known_are_passed_over() {
    let line = r#"{"type":"halt","item":"00000000-0000-0000-0000-000000000001","rule":"r","text":"t","mood":"calm"}"#;
    assert!(matches!(serde_json::from_str(line).unwrap(), Event::Halt(halt) if halt.rule == "r"));
}

#[test]
fn requests() {
    check_request(Request::Stop, r#"{"request":"stop"}"#);
    check_request(
        Request::Skip { item: PHOTOS },
        r#"{"request":"skip","item":"00000000-0000-0000-0000-000000000001"}"#,
    );
    check_request(
        Request::Resolve(ResolveRequest {
            item: None,
            conflicts: Chosen::Paths(vec!["a".to_owned()]),
            keep: "left".to_owned(),
            dry_run: false,
        }),
        r#"{"request":"resolve","item":null,"conflicts":{"paths":["a"]},"keep":"left"}"#,
    );
    check_request(
        Request::Resolve(ResolveRequest {
            item: None,
            conflicts: Chosen::Matching(vec!["*.jpg".to_owned()]),
            keep: "newer".to_owned(),
            dry_run: true,
        }),
        r#"{"request":"resolve","item":null,"conflicts":{"matching":["*.jpg"]},"keep":"newer","dry_run":true}"#,
    );
    check_request(
        Request::Compare { item: "photos".to_owned(), path: "a".to_owned(), escaped: false, draft: true },
        r#"{"request":"compare","item":"photos","path":"a","draft":true}"#,
    );
    check_request(
        Request::Merge {
            item: "photos".to_owned(),
            path: "a".to_owned(),
            escaped: false,
            text: "both\n".to_owned(),
            seen: Some("9f".to_owned()),
        },
        r#"{"request":"merge","item":"photos","path":"a","text":"both\n","seen":"9f"}"#,
    );
    check_request(
        Request::AddHook(HookRequest {
            on: vec!["on-error".to_owned()],
            run: vec!["notify-me".to_owned()],
            ..HookRequest::default()
        }),
        r#"{"request":"add_hook","name":null,"on":["on-error"],"run":["notify-me"],"url":null,"timeout":null}"#,
    );
    check_request(Request::SetDesktop { enabled: false }, r#"{"request":"set_desktop","enabled":false}"#);
    check_request(
        Request::TrashRestore(TrashRequest { side: Some(Side::Left), ..TrashRequest::default() }),
        r#"{"request":"trash_restore","item":null,"session":null,"side":"left","paths":[]}"#,
    );
}

#[test]
fn a_request_may_leave_out_what_has_a_default() {
    let short = r#"{"request":"sync","selection":{"pair":{"left":"/a","right":"/b"}}}"#;
    let roots = Roots { left: "/a".to_owned(), right: "/b".to_owned(), escaped: false };
    let request = Request::Sync(SyncRequest::new(Selection::Pair(roots)));
    assert_eq!(serde_json::from_str::<Request>(short).unwrap(), request);

    let short = r#"{"request":"add_folder","left":"/a","right":"/b"}"#;
    let folder = FolderRequest { left: "/a".to_owned(), right: "/b".to_owned(), ..FolderRequest::default() };
    assert_eq!(serde_json::from_str::<Request>(short).unwrap(), Request::AddFolder(folder));
}
