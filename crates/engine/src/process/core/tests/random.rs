//! Whatever a process says, and whenever the user stops it: each order is answered once, no checkpoint is answered go after a
//! stop, and the machine comes to an end.

use std::time::Duration;

use proptest::prelude::*;
use syncmgr_model::verdict::Verdict;

use super::rig::{A, B, Rig};
use crate::process::core::{Completion, Order};

#[derive(Debug, Clone)]
enum Step {
    Line(String),
    Bytes(Vec<u8>),
    Verdict(Verdict),
    Skip(&'static str),
    Passes(u64),
    Ends,
    Closes,
}

fn step() -> impl Strategy<Value = Step> {
    let call = prop_oneof![
        Just(r#""method":"progress","params":{"item":"a"}"#),
        Just(r#""method":"progress","params":{"item":"b","status":"succeeded"}"#),
        Just(r#""method":"progress","params":{"seq":1,"item":"a","text":null}"#),
        Just(r#""method":"checkpoint","params":{}"#),
        Just(r#""method":"checkpoint","params":{"item":"a"}"#),
        Just(r#""method":"ask","params":{"text":"?"}"#),
        Just(r#""method":"connect","params":{}"#),
        Just(r#""method":"log","params":{"text":"x","level":"error","item":"b"}"#),
        Just(r#""method":"nonsense""#),
    ];
    let with_id = call.prop_map(|call| format!(r#"{{"jsonrpc":"2.0","id":77,{call}}}"#));
    let reply = (3u8..6, prop::bool::ANY).prop_map(|(id, is_good)| {
        let result =
            if is_good { r#""result":{"items":[]}"# } else { r#""error":{"code":1,"message":"no"}"# };
        format!(r#"{{"jsonrpc":"2.0","id":{id},{result}}}"#)
    });
    prop_oneof![
        8 => with_id.prop_map(Step::Line),
        1 => reply.prop_map(Step::Line),
        1 => "[ -~]{0,20}".prop_map(Step::Line),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Bytes),
        2 => damaged().prop_map(Step::Bytes),
        1 => prop_oneof![Just(Verdict::Pause), Just(Verdict::Go)].prop_map(Step::Verdict),
        1 => Just(Step::Verdict(Verdict::Stop)),
        1 => prop_oneof![Just(A), Just(B)].prop_map(Step::Skip),
        2 => (0u64..200).prop_map(Step::Passes),
        1 => Just(Step::Ends),
        1 => Just(Step::Closes),
    ]
}

/// A good line with a byte that is not: most of these are nearly right.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let line = br#"{"jsonrpc":"2.0","id":5,"method":"progress","params":{"item":"a","done":{"items":1,"bytes":2.5}}}"#;
    (0..line.len(), any::<u8>()).prop_map(|(at, byte)| {
        let mut line = line.to_vec();
        line[at] = byte;
        line
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_run_ends_exactly_once_whatever_happens(steps in prop::collection::vec(step(), 0..60)) {
        let mut rig = Rig::syncing();
        rig.core.manager.may_ask = true;
        let mut is_stopped = false;
        for step in steps {
            rig.wrote();
            match step {
                Step::Line(line) => rig.says(&line),
                Step::Bytes(bytes) => rig.writes(&bytes),
                // A stop is for good, as the session's machine has it.
                Step::Verdict(verdict) if !is_stopped => {
                    is_stopped = verdict == Verdict::Stop;
                    rig.all_are(verdict);
                }
                Step::Verdict(_) => {}
                Step::Skip(item) => rig.skip(item),
                Step::Passes(seconds) => rig.passes(Duration::from_secs(seconds)),
                Step::Ends => rig.ends(1),
                Step::Closes => rig.core.closed(rig.now),
            }
            if is_stopped {
                prop_assert!(!rig.wrote().iter().any(|line| line.contains(r#""v":"go""#)));
            }
        }
        rig.order(Order::End);
        // A process that never ends by itself is killed in the end.
        rig.passes(Duration::from_secs(3600));
        prop_assert!(rig.core.may_leave());
        let n_ends = rig.core.manager.completions.iter();
        let n_ends = n_ends.filter(|it| matches!(it, Completion::Synchronized(_))).count();
        prop_assert_eq!(n_ends, 1);
    }
}
