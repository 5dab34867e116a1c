//! The suites that any handler has to pass: the one for the protocol, and the one for the contract.

use std::time::Duration;

use syncmgr_engine::process::ProcessFactory;
use syncmgr_handler::conformance;
use syncmgr_kit::check::{Limits, Subject, check};

use crate::rig::*;

#[test]
fn a_class_keeps_the_handler_protocol() {
    let scratch = tempfile::tempdir().unwrap();
    let subject = Subject {
        argv: host(class("workers")).into_iter().map(Into::into).collect(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        scratch: scratch.path().to_owned(),
        // Wine starts and ends processes slowly on a machine that does much else.
        limits: Limits {
            patience: Duration::from_secs(120),
            exit: Duration::from_secs(60),
            total: Limits::WHOLE.total,
            ..Limits::QUICK
        },
    };
    let report = check(&subject, &mut |_| {});
    assert!(report.is_good(), "{:#?}", report.failures().collect::<Vec<_>>());
}

#[test]
fn classes_keep_the_contract_through_the_manager() {
    let rig = Rig::new();
    for name in ["workers", "inside"] {
        let checked = conformance::check(&ProcessFactory::new(rig.spec(name)));
        assert!(checked.is_ok(), "{name}: {}", checked.unwrap_err());
    }
}
