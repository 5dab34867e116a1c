//! Runs: progress, verdicts, results.

use std::time::Duration;

use syncmgr_model::entry::LogLevel;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::verdict::Verdict;

use super::rig::{A, B, Rig, id};
use crate::process::core::{Action, Completion, Late, Order};
use syncmgr_handler::relay::Answer;

#[test]
fn a_run_is_prepared_and_synchronized_with_the_same_items() {
    let mut rig = Rig::listed();
    rig.wrote();
    rig.core.manager.states.insert(id(B), "s".to_owned());
    rig.order(Order::Prepare(vec![id(A), id(B)]));
    assert_eq!(
        rig.wrote(),
        [
            r#"{"jsonrpc":"2.0","id":3,"method":"prepare","params":{"run":"notes-1","epoch":1,"items":[{"id":"a"},{"id":"b"}]}}"#
        ]
    );
    rig.says(r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"?"}}"#);
    assert_eq!(rig.core.manager.completions, [Completion::Prepared(Outcome::OK)]);
    rig.order(Order::Sync);
    assert_eq!(
        rig.wrote(),
        [
            r#"{"jsonrpc":"2.0","id":4,"method":"sync","params":{"run":"notes-1","epoch":1,"items":[{"id":"a"},{"id":"b","state":"s"}]}}"#
        ]
    );
    rig.says(r#"{"jsonrpc":"2.0","id":4,"result":{}}"#);
    assert_eq!(rig.core.manager.completions[1..], [Completion::Synchronized(Outcome::OK)]);
}

#[test]
fn progress_becomes_rows() {
    for (params, expected) in [
        (r#"{"item":"a"}"#, "a updating"),
        (r#"{"item":"a","status":"pending"}"#, "a pending"),
        (r#"{"item":"a","done":{"items":3.9},"total":{"items":10}}"#, "a updating 3/10"),
        (r#"{"item":"a","done":{"bytes":5},"total":{"bytes":9}}"#, "a updating 5/9"),
        (r#"{"item":"a","done":{"items":1,"bytes":5}}"#, "a updating 1/0"),
        (r#"{"item":"a","done":{"items":"x","bytes":-5}}"#, "a updating 0/-"),
        (r#"{"item":"a","text":"t","phase":"p"}"#, r#"a updating "t""#),
        (r#"{"item":"a","phase":"p"}"#, r#"a updating "p""#),
        (r#"{"item":"a","text":null}"#, r#"a updating """#),
    ] {
        let mut rig = Rig::syncing();
        rig.calls("progress", params);
        assert_eq!(rig.core.manager.rows, [expected], "{params}");
        assert_eq!(rig.answer(), r#""result":{"v":"go"}"#);
    }
}

#[test]
fn bytes_give_way_to_things_for_good() {
    let mut rig = Rig::syncing();
    for params in [
        r#"{"item":"a","done":{"bytes":500}}"#,
        r#"{"item":"a","done":{"items":1},"total":{"items":2}}"#,
        r#"{"item":"a","done":{"bytes":600}}"#,
    ] {
        rig.calls("progress", params);
    }
    assert_eq!(rig.core.manager.rows, ["a updating 500/-", "a 1/2", "a"]);
}

#[test]
fn what_is_malformed_is_refused_but_skip_and_stop_win() {
    let mut rig = Rig::syncing();
    for params in [r#"{"item":"x"}"#, r#"{"item":"a","status":"dancing"}"#, r#"{"item":7}"#, "{}"] {
        rig.calls("progress", params);
        assert!(rig.answer().starts_with(r#""error":{"code":-32602"#), "{params}");
    }
    assert!(rig.core.manager.rows.is_empty());
    rig.skip(A);
    rig.calls("progress", r#"{"item":"a","status":"dancing"}"#);
    assert_eq!(rig.answer(), r#""result":{"v":"skip"}"#);
    rig.all_are(Verdict::Stop);
    rig.calls("progress", "{}");
    assert_eq!(rig.answer(), r#""result":{"v":"stop"}"#);
    rig.calls("checkpoint", r#"{"item":"x"}"#);
    assert_eq!(rig.answer(), r#""result":{"v":"stop"}"#);
}

#[test]
fn every_change_of_a_verdict_is_told_with_all_that_are_not_go() {
    let mut rig = Rig::syncing();
    rig.skip(B);
    rig.all_are(Verdict::Pause);
    rig.all_are(Verdict::Go);
    rig.all_are(Verdict::Stop);
    let verdict = |generation: u32, all: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"verdict","params":{{"upto":0,"gen":{generation},"all":"{all}","items":{{"b":"skip"}}}}}}"#
        )
    };
    let hold = |status: &str| {
        format!(r#"{{"jsonrpc":"2.0","method":"item/status","params":{{"item":null,"status":"{status}"}}}}"#)
    };
    assert_eq!(
        rig.wrote(),
        [
            verdict(1, "go"),
            verdict(2, "pause"),
            hold("pause"),
            verdict(3, "go"),
            hold("resume"),
            verdict(4, "stop")
        ]
    );
}

#[test]
fn numbered_progress_is_acknowledged_at_half_the_window_or_in_time() {
    let mut rig = Rig::syncing();
    let line =
        |seq| format!(r#"{{"jsonrpc":"2.0","method":"progress","params":{{"seq":{seq},"item":"a"}}}}"#);
    (1..=31).for_each(|seq| rig.says(&line(seq)));
    assert!(rig.wrote().is_empty());
    rig.says(&line(32));
    assert!(rig.wrote()[0].contains(r#""upto":32"#));
    rig.says(&line(33));
    rig.passes(Duration::from_millis(249));
    assert!(rig.wrote().is_empty());
    rig.passes(Duration::from_millis(1));
    assert!(rig.wrote()[0].contains(r#""upto":33"#));
    let long = format!(
        r#"{{"jsonrpc":"2.0","method":"progress","params":{{"seq":34,"item":"a","text":"{}"}}}}"#,
        "x".repeat(128 << 10)
    );
    rig.says(&long);
    assert!(rig.wrote()[0].contains(r#""upto":34"#), "half of the bytes count, too");
}

#[test]
fn a_pause_withholds_answers_and_whatever_ends_it_gives_them() {
    for (then, expected) in [(Verdict::Go, "go"), (Verdict::Stop, "stop"), (Verdict::Yield, "yield")] {
        let mut rig = Rig::syncing();
        rig.all_are(Verdict::Pause);
        rig.wrote();
        rig.calls("progress", r#"{"item":"a"}"#);
        rig.says(r#"{"jsonrpc":"2.0","id":5,"method":"checkpoint","params":{}}"#);
        assert!(rig.wrote().is_empty());
        rig.passes(Duration::from_secs(3600));
        assert!(rig.actions.is_empty(), "a pause has no deadline");
        rig.all_are(then);
        let wrote = rig.wrote();
        for id in [r#""p""#, "5"] {
            let answer = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"v":"{expected}"}}}}"#);
            assert!(wrote.contains(&answer), "{wrote:?}");
        }
    }
}

#[test]
fn a_skip_during_a_pause_releases_its_item_only() {
    let mut rig = Rig::syncing();
    rig.all_are(Verdict::Pause);
    rig.says(r#"{"jsonrpc":"2.0","id":5,"method":"progress","params":{"item":"a"}}"#);
    rig.says(r#"{"jsonrpc":"2.0","id":6,"method":"progress","params":{"item":"b"}}"#);
    rig.wrote();
    rig.skip(A);
    let wrote = rig.wrote();
    assert!(wrote.contains(&r#"{"jsonrpc":"2.0","id":5,"result":{"v":"skip"}}"#.to_owned()));
    assert!(!wrote.iter().any(|line| line.contains(r#""id":6"#)));
}

#[test]
fn a_checkpoint_that_waits_for_the_pipe_is_answered_by_what_holds_then() {
    let mut rig = Rig::syncing();
    let line = br#"{"jsonrpc":"2.0","id":5,"method":"checkpoint","params":{"item":"a"}}"#;
    // Read, and its answer not yet written.
    rig.core.line(line, rig.now);
    rig.core.manager.all = Some(Verdict::Stop);
    assert_eq!(rig.core.fill().unwrap(), b"{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"v\":\"stop\"}}\n");
}

#[test]
fn sixty_four_withheld_answers_stop_the_reading() {
    let mut rig = Rig::syncing();
    rig.all_are(Verdict::Pause);
    for number in 0..64 {
        assert!(rig.core.wants_to_read());
        rig.says(&format!(r#"{{"jsonrpc":"2.0","id":{number},"method":"checkpoint","params":{{}}}}"#));
    }
    assert!(!rig.core.wants_to_read());
    rig.all_are(Verdict::Go);
    assert!(rig.core.wants_to_read());
}

#[test]
fn answers_that_nobody_takes_stop_the_reading() {
    let mut rig = Rig::syncing();
    let line = br#"{"jsonrpc":"2.0","id":5,"method":"progress","params":{"item":"a"}}"#;
    let n_taken = (0..100_000).take_while(|_| {
        rig.core.line(line, rig.now);
        rig.core.wants_to_read()
    });
    let n_taken = n_taken.count();
    assert!((1000..10_000).contains(&n_taken), "{n_taken}");
}

#[test]
fn after_a_stop_there_is_grace_and_then_the_way_out() {
    let mut rig = Rig::syncing();
    rig.calls("progress", r#"{"item":"a"}"#);
    rig.all_are(Verdict::Stop);
    rig.passes(Duration::from_secs(29));
    assert!(rig.actions.is_empty());
    rig.passes(Duration::from_secs(1));
    assert_eq!(rig.actions, [Action::CloseStdin]);
    assert_eq!(rig.core.manager.completions.last(), Some(&Completion::Synchronized(Outcome::FAIL)));
    assert_eq!(
        rig.core.manager.entries,
        [(LogLevel::Warning, "`notes` did not stop within 30s and was ended".into())]
    );
}

#[test]
fn who_only_tells_and_never_listens_has_no_grace() {
    let mut rig = Rig::syncing();
    rig.says(r#"{"jsonrpc":"2.0","method":"progress","params":{"item":"a"}}"#);
    rig.all_are(Verdict::Stop);
    rig.passes(Duration::ZERO);
    assert_eq!(rig.actions, [Action::CloseStdin]);
    rig.says(r#"{"jsonrpc":"2.0","id":4,"result":{}}"#);
    assert_eq!(rig.core.manager.completions.last(), Some(&Completion::Synchronized(Outcome::OK)));
}

#[test]
fn who_shows_only_after_the_stop_that_it_never_listens_has_no_grace_either() {
    let mut rig = Rig::syncing();
    rig.all_are(Verdict::Stop);
    rig.passes(Duration::from_secs(1));
    assert!(rig.actions.is_empty());
    rig.says(r#"{"jsonrpc":"2.0","method":"progress","params":{"item":"a"}}"#);
    rig.passes(Duration::ZERO);
    assert_eq!(rig.actions, [Action::CloseStdin]);
}

#[test]
fn results_become_rows() {
    for (result, row, entry) in [
        (r#""outcome":"succeeded""#, "a succeeded", None),
        (r#""outcome":"succeeded_with_warnings","text":"two left""#, "a succeeded", Some("two left")),
        (r#""outcome":"failed","text":"no disk""#, "a failed", Some("no disk")),
        (r#""outcome":"skipped""#, "a skipped", None),
        (r#""outcome":"stopped""#, "a stopped", None),
        (r#""outcome":"cancelled""#, "a stopped", None),
        (
            r#""outcome":"deferred","not_before":"2030-01-01T00:00:00Z""#,
            "a stopped",
            Some("put off; due again at `2030-01-01T00:00:00Z`"),
        ),
        (
            r#""outcome":"splendid""#,
            "a failed",
            Some(
                "the handler gave a result that cannot be read: unknown variant `splendid`, expected one of",
            ),
        ),
    ] {
        let mut rig = Rig::syncing();
        rig.says(&format!(
            r#"{{"jsonrpc":"2.0","id":4,"result":{{"items":[{{"id":"a",{result}}},{{"id":"b","outcome":"succeeded"}}]}}}}"#
        ));
        assert_eq!(rig.core.manager.rows, [row, "b succeeded"], "{result}");
        let texts = rig.entry_texts();
        match entry {
            Some(entry) => assert!(texts[0].starts_with(entry), "{texts:?}"),
            None => assert!(texts.is_empty(), "{texts:?}"),
        }
    }
}

#[test]
fn a_cancelled_item_is_skipped_if_that_was_asked_for() {
    let mut rig = Rig::syncing();
    rig.skip(A);
    rig.says(r#"{"jsonrpc":"2.0","id":4,"result":{"items":[{"id":"a","outcome":"cancelled"},{"id":"b","outcome":"succeeded"}]}}"#);
    assert_eq!(rig.core.manager.rows[0], "a skipped");
}

#[test]
fn an_item_without_result_fails_unless_somebody_wanted_it_to_end() {
    let lines = r#"{"jsonrpc":"2.0","id":4,"result":{"items":[]}}"#;
    let mut rig = Rig::syncing();
    rig.skip(A);
    rig.says(lines);
    assert_eq!(rig.core.manager.rows, ["a skipped", "b failed"]);
    assert_eq!(rig.entry_texts(), ["the handler gave no result for this item"]);
    let mut rig = Rig::syncing();
    rig.all_are(Verdict::Stop);
    rig.says(lines);
    assert_eq!(rig.core.manager.rows, ["a stopped", "b stopped"]);
}

#[test]
fn an_item_whose_end_was_reported_needs_no_result() {
    let mut rig = Rig::syncing();
    rig.calls("progress", r#"{"item":"a","status":"succeeded"}"#);
    rig.says(r#"{"jsonrpc":"2.0","id":4,"result":{"items":[{"id":"b","outcome":"succeeded"}]}}"#);
    assert_eq!(rig.core.manager.rows, ["a succeeded", "b succeeded"]);
}

#[test]
fn a_state_is_kept_from_the_call_and_from_the_result() {
    let mut rig = Rig::syncing();
    rig.calls("state", r#"{"item":"a","state":"half"}"#);
    assert_eq!(rig.answer(), r#""result":{"accepted":true}"#);
    rig.says(
        r#"{"jsonrpc":"2.0","id":4,"result":{"items":[{"id":"b","outcome":"succeeded","state":"whole"}]}}"#,
    );
    assert_eq!(rig.core.manager.states[&id(A)], "half");
    assert_eq!(rig.core.manager.states[&id(B)], "whole");
}

#[test]
fn a_question_without_permission_is_answered_at_once_and_one_with_gives_it_back() {
    let mut rig = Rig::syncing();
    rig.calls("ask", r#"{"text":"go on?"}"#);
    assert_eq!(rig.answer(), r#""result":{"answer":null,"reason":"unattended"}"#);
    rig.core.manager.may_ask = true;
    rig.calls("ask", r#"{"text":"go on?","kind":"password"}"#);
    assert!(rig.wrote().is_empty());
    let ticket = rig.core.manager.wishes[0].0;
    rig.core.answered(ticket, Late::Asked(Answer::Given("hunter2".into())), rig.now);
    rig.passes(Duration::ZERO);
    rig.written.push(String::from_utf8(rig.core.fill().unwrap()).unwrap().trim_end().to_owned());
    assert_eq!(rig.answer(), r#""result":{"answer":"hunter2"}"#);
    assert_eq!(rig.core.manager.dialogs, 0);
}

#[test]
fn entries_beyond_the_bound_are_counted() {
    let mut rig = Rig::syncing();
    for _ in 0..1003 {
        rig.says(r#"{"jsonrpc":"2.0","method":"log","params":{"text":"x","level":"warning","item":"a"}}"#);
    }
    rig.says(r#"{"jsonrpc":"2.0","id":4,"result":{}}"#);
    assert_eq!(rig.core.manager.entries.len(), 1001);
    assert_eq!(*rig.entry_texts().last().unwrap(), "and 3 more from `notes`");
}

#[test]
fn silence_is_measured_before_it_is_ended() {
    use syncmgr_child::Usage;
    let usage = |io_bytes| Usage { io_bytes, ..Usage::default() };
    // Idle: ended after its patience.
    let mut rig = Rig::syncing();
    rig.passes(Duration::from_secs(60));
    assert_eq!(rig.actions, [Action::Look]);
    rig.core.used(usage(1), rig.now);
    rig.passes(Duration::from_secs(60));
    rig.core.used(usage(1), rig.now);
    rig.passes(Duration::ZERO);
    assert_eq!(rig.core.take_actions(), [Action::CloseStdin]);
    assert!(rig.entry_texts()[1].contains("said nothing for 120s and its processes did nothing"));
    // Busy: shown, and ended after four times that.
    let mut rig = Rig::syncing();
    rig.passes(Duration::from_secs(60));
    rig.core.used(usage(1), rig.now);
    rig.passes(Duration::from_secs(60));
    rig.core.used(usage(2), rig.now);
    rig.passes(Duration::from_secs(359));
    assert_eq!(rig.entry_texts(), ["`notes` is stalled: it has said nothing for 120s"]);
    rig.passes(Duration::from_secs(1));
    assert!(rig.entry_texts()[1].contains("said nothing for 480s though its processes are busy"));
}

#[test]
fn a_silence_that_was_announced_is_waited_for() {
    let mut rig = Rig::syncing();
    rig.calls("progress", r#"{"item":"a","quiet_s":600}"#);
    rig.passes(Duration::from_secs(299));
    assert!(rig.actions.is_empty());
    rig.passes(Duration::from_secs(1));
    assert_eq!(rig.actions, [Action::Look]);
}

#[test]
fn while_a_dialog_is_shown_the_silence_is_the_users() {
    let mut rig = Rig::syncing();
    rig.core.manager.may_ask = true;
    rig.calls("dialog", r#"{"open":true}"#);
    assert_eq!(rig.core.manager.dialogs, 1);
    rig.passes(Duration::from_secs(3600));
    assert!(rig.actions.is_empty());
    rig.calls("dialog", r#"{"open":false}"#);
    assert_eq!(rig.core.manager.dialogs, 0);
    rig.passes(Duration::from_secs(59));
    assert!(rig.actions.is_empty());
    rig.passes(Duration::from_secs(1));
    assert_eq!(rig.actions, [Action::Look]);
}

#[test]
fn a_stop_between_prepare_and_sync_leaves_the_handler_alone() {
    let mut rig = Rig::listed();
    rig.order(Order::Prepare(vec![id(A)]));
    rig.says(r#"{"jsonrpc":"2.0","id":3,"result":{}}"#);
    rig.all_are(Verdict::Stop);
    rig.passes(Duration::from_secs(60));
    assert!(rig.actions.is_empty(), "it owes no answer");
    rig.order(Order::Sync);
    assert_eq!(rig.core.manager.completions.last(), Some(&Completion::Synchronized(Outcome::FAIL)));
}
