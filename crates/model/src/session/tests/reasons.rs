//! A handler's own words in the manager's lines.

use super::rig::*;
use crate::outcome::Outcome;
use crate::session::*;

#[test]
fn a_reason_stands_in_the_managers_line_in_place_of_the_code() {
    let mut rig = Rig::begun(1, UNATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns_because(FIRST, Returned::Initialized(Outcome::FAIL), "its program is gone");
    assert_eq!(rig.texts(), ["`registered 0` refused to start: its program is gone"]);

    let mut rig = Rig::chosen(1, UNATTENDED);
    rig.returns_because(FIRST, Returned::Prepared(Outcome::FALSE), "wants a password");
    assert_eq!(rig.texts(), ["`handler 0` did not go on: wants a password"]);

    let mut rig = Rig::chosen(1, UNATTENDED);
    rig.prepares(FIRST);
    rig.returns_because(FIRST, Returned::Synchronized(Outcome::FAIL), "the server is down");
    assert_eq!(rig.texts(), ["`handler 0` could not synchronize: the server is down"]);
}

#[test]
fn a_reason_holds_for_one_answer_only() {
    let mut rig = Rig::begun(1, UNATTENDED);
    rig.returns(FIRST, Returned::Created(Ok(())));
    rig.returns(FIRST, Returned::Initialized(Outcome::OK));
    rig.returns_because(FIRST, Returned::InfoGiven(Err(Outcome::FAIL)), "shy");
    let listing = Listing { items: Vec::new(), end: ListingEnd::Failed(Outcome::FAIL) };
    rig.returns(FIRST, Returned::Enumerated(listing));
    assert_eq!(
        rig.texts(),
        ["`registered 0` cannot tell about itself: shy", "`registered 0` cannot list its items: failed"]
    );
}

#[test]
fn a_polite_no_is_kept_and_not_logged() {
    let mut rig = Rig::begun(2, UNATTENDED);
    for (instance, outcome) in [(FIRST, Outcome::FALSE), (SECOND, Outcome::FALSE)] {
        rig.returns(instance, Returned::Created(Ok(())));
        match instance {
            FIRST => rig.returns_because(instance, Returned::Initialized(outcome), "only by hand"),
            _ => rig.returns(instance, Returned::Initialized(outcome)),
        }
    }
    assert_eq!(rig.machine.declined(FIRST), Some("only by hand"));
    assert_eq!(rig.machine.declined(SECOND), Some("takes no part in this event"));
    assert_eq!(rig.texts(), [""; 0]);
}
