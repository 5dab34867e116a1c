//! Lines of pages as they are written: a promise to whoever draws them.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Changed, Topic};
use syncmgr_wire::page::{
    Action, Align, Block, Cell, Column, Comparison, Confirmation, DiffLine, DiffMark, Does, Draft, Empty,
    Mood, Page, PageRequest, Place, Row, Screen, Tab, Table, Tone, Version,
};

const PHOTOS: ItemId = ItemId::from_u128(1);
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_123);

/// The event is written as `line`, and read back from it.
fn check(event: Event, line: &str) {
    assert_eq!(event.to_line(), line);
    assert_eq!(serde_json::from_str::<Event>(line).unwrap(), event);
}

fn skip() -> Action {
    Action {
        id: "skip".to_owned(),
        label: "Skip".to_owned(),
        key: Some('k'),
        does: Does::Ask(Box::new(Request::Skip { item: PHOTOS })),
        confirm: Some(Confirmation { text: "Leave it out?".to_owned(), yes: "Skip".to_owned() }),
        disabled: None,
        primary: false,
    }
}

fn table() -> Table {
    Table {
        id: "items".to_owned(),
        caption: "Items".to_owned(),
        columns: vec![Column {
            id: "name".to_owned(),
            label: "Name".to_owned(),
            align: Align::Start,
            rank: 0,
            grows: true,
        }],
        rows: vec![Row {
            key: "1".to_owned(),
            group: String::new(),
            tone: Tone::Busy,
            tick: None,
            cells: vec![Cell::new("photos")],
            bar: None,
            detail: String::new(),
            opens: Some(Place::about(Screen::Why, "photos")),
            actions: vec![skip()],
        }],
        from: 0,
        total: 1,
        empty: Empty::default(),
        filter: None,
        search: None,
    }
}

#[test]
fn a_page_is_a_line_like_every_other() {
    let page = Page {
        place: Place::of(Screen::Items),
        title: "Items".to_owned(),
        headline: String::new(),
        tone: Tone::Plain,
        mood: Mood::Running,
        mood_text: "running: photos".to_owned(),
        tabs: vec![Tab {
            screen: Screen::Items,
            label: "Items".to_owned(),
            key: '1',
            badge: 0,
            tone: Tone::Plain,
            current: true,
        }],
        notices: Vec::new(),
        blocks: vec![Block::Table(table())],
        actions: Vec::new(),
        questions: Vec::new(),
        back: None,
        at: AT,
        moves: true,
    };
    check(
        Event::Page(Box::new(page)),
        concat!(
            r#"{"type":"page","place":{"screen":"items"},"title":"Items","headline":"","tone":"plain","mood":"running","mood_text":"running: photos","#,
            r#""tabs":[{"screen":"items","label":"Items","key":"1","badge":0,"tone":"plain","current":true}],"#,
            r#""blocks":[{"table":{"id":"items","caption":"Items","columns":[{"id":"name","label":"Name","align":"start","rank":0,"grows":true}],"#,
            r#""rows":[{"key":"1","tone":"busy","cells":[{"text":"photos"}],"opens":{"screen":"why","subject":"photos"},"#,
            r#""actions":[{"id":"skip","label":"Skip","key":"k","does":{"ask":{"request":"skip","item":"00000000-0000-0000-0000-000000000001"}},"confirm":{"text":"Leave it out?","yes":"Skip"}}]}],"#,
            r#""from":0,"total":1,"empty":{"text":""}}}],"actions":[],"at":"2023-11-14T22:13:20.123Z","moves":true}"#,
        ),
    );
}

#[test]
fn a_face_asks_for_a_page_with_a_window_a_filter_and_a_text() {
    let request = Request::Page(PageRequest {
        filter: Some("deletions".to_owned()),
        search: Some("img".to_owned()),
        from: 4_000,
        count: 60,
        ..PageRequest::new(Place::about(Screen::Plan, "photos"))
    });
    let text = r#"{"request":"page","screen":"plan","subject":"photos","from":4000,"count":60,"filter":"deletions","search":"img"}"#;
    assert_eq!(serde_json::to_string(&request).unwrap(), text);
    assert_eq!(serde_json::from_str::<Request>(text).unwrap(), request);
}

#[test]
fn the_screen_alone_is_enough_of_a_request() {
    let short = serde_json::from_str::<Request>(r#"{"request":"page","screen":"history"}"#).unwrap();
    assert_eq!(short, Request::Page(PageRequest::new(Place::of(Screen::History))));
}

#[test]
fn what_changed_is_told_in_a_word() {
    check(Event::Changed(Changed { what: Topic::Items }), r#"{"type":"changed","what":"items"}"#);
}

#[test]
fn a_comparison_has_two_versions_their_lines_and_what_is_edited() {
    let version = Version {
        side: "left".to_owned(),
        label: "left".to_owned(),
        kind: "file".to_owned(),
        bytes: Some(2),
        modified: Some(AT),
        text: "2 B".to_owned(),
        newer: true,
        picture: None,
    };
    let comparison = Comparison {
        versions: vec![version],
        lines: vec![DiffLine { mark: DiffMark::Left, left: Some(1), right: None, text: "a".to_owned() }],
        remark: String::new(),
        seen: "9f".to_owned(),
        draft: Some(Draft { text: "<<< left\na\n".to_owned(), marks: vec!["<<< ".to_owned()] }),
    };
    check(
        Event::Comparison(comparison),
        r#"{"type":"comparison","versions":[{"side":"left","label":"left","kind":"file","bytes":2,"modified":"2023-11-14T22:13:20.123Z","text":"2 B","newer":true}],"lines":[{"mark":"left","left":1,"text":"a"}],"seen":"9f","draft":{"text":"<<< left\na\n","marks":["<<< "]}}"#,
    );
}

#[test]
fn a_text_that_still_has_marks_is_not_ready() {
    let draft = Draft { text: String::new(), marks: vec!["<<<<<<< ".to_owned(), "=======".to_owned()] };
    assert!(draft.is_open("a\n<<<<<<< left\nb\n"));
    assert!(draft.is_open("a\n======="));
    assert!(!draft.is_open("a\n <<<<<<< left\nb ======="));
}
