//! Lines, replies, and the end of those who do not keep to them.

use std::time::Duration;

use super::rig::Rig;
use crate::process::core::{Action, Order};

const ANSWER: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1}}"#;

#[test]
fn the_first_line_asks_for_the_protocol_and_the_answer_is_told() {
    let mut rig = Rig::new();
    rig.initialize();
    assert!(rig.wrote()[0].starts_with(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":{"min":1,"max":1},"reason":"manual""#
    ));
    rig.says(ANSWER);
    assert_eq!(rig.core.manager.told, ["initialized"]);
}

#[test]
fn an_answer_to_initialize_is_judged() {
    for (reply, expected) in [
        (r#""result":{"declined":true,"text":"not on battery"}"#, r#"declined Some("not on battery")"#),
        (r#""result":{"protocol":2}"#, "it chose protocol version 2, but 1 was offered"),
        (r#""result":{}"#, "its answer to `initialize` lacks `protocol`, the version it speaks"),
        (r#""error":{"code":-1,"message":"no disk"}"#, "no disk"),
        (
            r#""error":{"code":-32002,"message":"","data":{"min":2,"max":3}}"#,
            "it speaks protocol versions 2 to 3 and this is 1: update `syncmgr`",
        ),
    ] {
        let mut rig = Rig::new();
        rig.initialize();
        rig.says(&format!(r#"{{"jsonrpc":"2.0","id":1,{reply}}}"#));
        assert_eq!(rig.core.manager.told, [expected]);
    }
}

#[test]
fn a_reply_with_a_wrong_id_ends_the_handler_at_once() {
    for (line, expected) in [
        (
            r#"{"jsonrpc":"2.0","id":"1","result":{}}"#,
            r#"sent a reply with id "1", but the open request is 1 (initialize)"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":9,"result":{}}"#,
            "sent a reply with id 9, but the open request is 1 (initialize)",
        ),
        (r#"{"jsonrpc":"2.0","id":1}"#, "sent a reply with both or neither of `result` and `error` (id 1)"),
    ] {
        let mut rig = Rig::new();
        rig.initialize();
        rig.says(line);
        assert_eq!(rig.core.manager.told, [expected]);
        assert_eq!(rig.actions, [Action::Kill]);
    }
}

#[test]
fn a_reply_when_none_is_due_ends_the_handler() {
    let mut rig = Rig::listed();
    rig.says(ANSWER);
    assert_eq!(rig.actions, [Action::Kill]);
}

#[test]
fn a_hundred_stray_lines_are_borne_and_one_more_is_not() {
    let mut rig = Rig::syncing();
    for _ in 0..100 {
        rig.says("loading…");
        rig.says("");
    }
    assert!(rig.actions.is_empty());
    assert_eq!(rig.entry_texts(), ["`notes` printed a line that is no message: `loading…`"]);
    rig.says("loaded");
    assert_eq!(rig.actions, [Action::Kill]);
    assert!(
        rig.entry_texts()[1].ends_with("more than 100 lines that are no messages, the last one: `loaded`")
    );
}

#[test]
fn a_print_before_a_message_counts_and_the_message_does_too() {
    let mut rig = Rig::syncing();
    rig.says(r#"50%{"jsonrpc":"2.0","id":"p","method":"progress","params":{"item":"a"}}"#);
    assert_eq!(rig.answer(), r#""result":{"v":"go"}"#);
    assert_eq!(rig.core.manager.entries.len(), 1);
}

#[test]
fn silence_is_answered_with_closed_input_then_a_signal_then_the_end() {
    let mut rig = Rig::new();
    rig.initialize();
    rig.says("Welcome to notes 3.1");
    rig.passes(Duration::from_secs(10));
    assert_eq!(
        rig.core.manager.told,
        [
            "did not answer `initialize` within 10s; the last line it printed is no message: `Welcome to notes 3.1`"
        ]
    );
    assert_eq!(rig.actions, [Action::CloseStdin]);
    rig.says(ANSWER);
    assert_eq!(rig.core.manager.told.len(), 1, "what comes late does not count");
    rig.passes(Duration::from_secs(5));
    assert_eq!(rig.actions.last(), Some(&Action::Terminate));
    rig.passes(Duration::from_secs(5));
    assert_eq!(rig.actions.last(), Some(&Action::Kill));
    rig.order(Order::End);
    assert!(rig.core.may_leave());
}

#[test]
fn the_end_of_the_process_fails_what_was_open_with_its_last_words() {
    let mut rig = Rig::new();
    rig.initialize();
    rig.core.said(b"Traceback\nKeyError: 'x'\n");
    rig.ends(3);
    assert_eq!(
        rig.core.manager.told,
        ["ended (exit status 3) before it answered `initialize`; its last words: KeyError: 'x'"]
    );
}

#[test]
fn closed_output_is_given_a_moment_to_become_an_end() {
    let mut rig = Rig::syncing();
    rig.core.closed(rig.now);
    assert!(rig.actions.is_empty());
    rig.passes(Duration::from_secs(1));
    assert_eq!(rig.actions, [Action::Kill]);
    assert!(rig.entry_texts()[0].contains("closed its standard output before it answered `sync`"));
}

#[test]
fn who_lets_go_is_answered_by_shutdown_and_exit() {
    let mut rig = Rig::listed();
    rig.wrote();
    rig.order(Order::End);
    assert_eq!(rig.wrote(), [r#"{"jsonrpc":"2.0","id":3,"method":"shutdown","params":{}}"#]);
    rig.says(r#"{"jsonrpc":"2.0","id":3,"result":{}}"#);
    assert_eq!(rig.wrote(), [r#"{"jsonrpc":"2.0","method":"exit","params":{}}"#]);
    assert!(rig.core.is_last_written());
    rig.ends(0);
    assert!(rig.core.may_leave());
    assert!(rig.core.manager.entries.is_empty());
}

#[test]
fn bad_items_are_left_out_and_named_and_the_others_count() {
    let mut rig = Rig::new();
    rig.initialize();
    rig.says(ANSWER);
    rig.order(Order::Enumerate);
    rig.says(r#"{"jsonrpc":"2.0","method":"items","params":{"items":[{"id":"a"},{"id":""},{"id":7},{"name":"x"}]}}"#);
    let long = "x".repeat(129);
    rig.says(&format!(
        r#"{{"jsonrpc":"2.0","id":2,"result":{{"items":[{{"id":"a"}},{{"id":"{long}"}},{{"id":"\ud800"}},{{"id":"b"}},
        {{"id":"00000000-0000-0000-0000-000000000000"}}]}}}}"#
    )
    .replace('\n', ""));
    assert_eq!(rig.core.manager.told[1], "2 items");
    assert_eq!(rig.core.manager.entries.len(), 6, "{:?}", rig.entry_texts());
}

#[test]
fn more_items_than_allowed_end_the_handler() {
    let mut rig = Rig::new();
    rig.initialize();
    rig.says(ANSWER);
    rig.order(Order::Enumerate);
    for part in 0..33 {
        let items: Vec<_> = (0..2000).map(|number| format!(r#"{{"id":"{part}-{number}"}}"#)).collect();
        let items = items.join(",");
        rig.says(&format!(r#"{{"jsonrpc":"2.0","method":"items","params":{{"items":[{items}]}}}}"#));
    }
    assert_eq!(rig.core.manager.told[1], "listed more than 65536 items");
    assert_eq!(rig.actions, [Action::Kill]);
}

#[test]
fn before_its_first_reply_a_handler_may_only_log() {
    let mut rig = Rig::new();
    rig.initialize();
    rig.wrote();
    rig.calls("progress", r#"{"item":"a"}"#);
    assert_eq!(
        rig.answer(),
        r#""error":{"code":-32003,"message":"before the reply to `initialize` only `log` may come"}"#
    );
    rig.calls("log", r#"{"text":"hello","level":"information"}"#);
    assert_eq!(rig.answer(), r#""result":{}"#);
    assert_eq!(rig.entry_texts(), ["hello"]);
}

#[test]
fn a_call_at_the_wrong_time_or_with_the_wrong_params_changes_nothing() {
    let mut rig = Rig::listed();
    for (method, params, code) in [
        ("progress", r#"{"item":"a"}"#, -32003),
        ("checkpoint", "{}", -32003),
        ("state", r#"{"item":"a","state":"x"}"#, -32003),
        ("ask", r#"{"text":"?"}"#, -32003),
        ("connect", "{}", -32003),
        ("secret", r#"{"key":"pop"}"#, -32001),
        ("secret", "{}", -32602),
        ("log", r#"{"level":"error"}"#, -32602),
        ("log", r#"{"text":"x","level":"fatal"}"#, -32602),
        ("log/delete", "{}", -32602),
        ("log/delete", r#"{"log_id":"x"}"#, -32602),
        ("items", r#"{"items":[]}"#, -32001),
        ("plan", r#"{"item":"a"}"#, -32001),
        ("dance", "{}", -32601),
    ] {
        rig.calls(method, params);
        let answer = rig.answer();
        assert!(answer.starts_with(&format!(r#""error":{{"code":{code},"#)), "{method} {params}: {answer}");
    }
    assert!(rig.core.manager.rows.is_empty() && rig.core.manager.entries.is_empty());
}

#[test]
fn a_stop_calls_off_what_is_shown_once() {
    use syncmgr_model::verdict::Verdict;
    let mut rig = Rig::listed();
    rig.order(Order::Properties(None));
    rig.wrote();
    rig.all_are(Verdict::Go);
    assert!(rig.wrote().is_empty());
    rig.all_are(Verdict::Stop);
    rig.all_are(Verdict::Stop);
    assert_eq!(rig.wrote(), [r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3}}"#]);
    rig.says(r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32800,"message":"cancelled"}}"#);
    assert_eq!(rig.core.manager.completions.len(), 1);
}

#[test]
fn what_is_quoted_from_a_handler_is_cut() {
    let long = "x".repeat(900_000);
    let mut rig = Rig::new();
    rig.initialize();
    rig.says(&format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":1,"message":"{long}"}}}}"#));
    assert!(rig.core.manager.told[0].len() < 5000);
    let mut rig = Rig::syncing();
    rig.calls("progress", &format!(r#"{{"item":"a","status":"{long}"}}"#));
    assert!(rig.answer().len() < 1000);
    rig.says(&format!(r#"{{"jsonrpc":"2.0","id":"{long}","result":{{}}}}"#));
    assert!(rig.entry_texts()[0].len() < 1000);
}
