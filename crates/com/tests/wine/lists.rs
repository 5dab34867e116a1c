//! What is registered, what a class says about itself, and what its enumerator gives.

use syncmgr_engine::HandlerListing;
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::item::CheckState;

use crate::rig::*;

fn names(listing: &HandlerListing) -> Vec<&str> {
    listing.items.iter().map(|item| item.name.as_str()).collect()
}

#[test]
fn handlers_that_registered_themselves_are_listed_for_the_machine_with_their_names() {
    let workers = registered().iter().find(|(_, _, name)| name == "workers").unwrap();
    assert_eq!(workers.1, "machine");
    assert!(workers.0.starts_with('{') && workers.0.ends_with('}'), "{}", workers.0);
}

#[test]
fn what_is_no_class_id_is_wrong_usage() {
    let (output, errors, status) = say("syncmgr-com-host.exe", &["notes"]);
    assert_eq!((output.as_str(), status), ("", Some(2)));
    assert!(errors.starts_with("`notes` is no class id"), "{errors}");
}

#[test]
fn a_class_nobody_registered_is_refused_with_its_id() {
    let rig = Rig::new();
    let mut spec = rig.spec("workers");
    *spec.argv.last_mut().unwrap() = "{01234567-89AB-CDEF-0123-456789ABCDEF}".into();
    let mut request = rig.request(&[]);
    request.handlers = vec![entry(spec)];
    let report = rig.begin(request).wait();
    let text = "{01234567-89AB-CDEF-0123-456789ABCDEF} cannot be loaded: 0x80040154";
    assert!(texts(&report)[0].contains(text), "{:?}", texts(&report));
}

#[test]
fn w_001_a_listing_initializes_once_for_settings_and_asks_no_more_than_it_needs() {
    let rig = Rig::new();
    let listing = rig.list("inside");
    assert_eq!((names(&listing), listing.complete), (vec!["first", "second"], true));
    let expected = ["made", "Initialize 0 0x103 0 null", "GetHandlerInfo", "EnumSyncMgrItems", "gone"];
    assert_eq!(rig.noted("inside").lines().collect::<Vec<_>>(), expected);
}

#[test]
fn w_004_a_cookie_arrives_byte_for_byte_with_the_event_of_a_program() {
    use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
    let rig = Rig::new();
    let mut request = rig.request(&["inside"]);
    request.flags = InitializeFlags::new(Event::Invoke, Modifiers::MAY_BOTHER_USER);
    request.cookie = Some(vec![0, 1, 0xFE, 0xFF]);
    rig.begin(request).wait();
    assert_eq!(lines(&rig.noted("inside"), &["Initialize"]), ["Initialize 0 0x205 4 0001feff"]);
}

#[test]
fn w_005_a_polite_no_and_w_006_an_unusual_success_and_a_failure_are_the_last_call() {
    for name in ["declines", "odd", "refuses"] {
        let rig = Rig::new();
        let report = rig.run(name);
        assert!(report.items.is_empty(), "{name}");
        assert_eq!(
            rig.noted(name).lines().collect::<Vec<_>>(),
            ["made", "Initialize 0 0x203 0 null", "gone"]
        );
        match name {
            "declines" => assert!(report.entries.is_empty(), "{:?}", texts(&report)),
            "odd" => assert!(
                texts(&report)[0].contains("`Initialize` answered 0x00040299"),
                "{:?}",
                texts(&report)
            ),
            _ => assert!(
                texts(&report)[0].contains("`Initialize` answered 0x80070005"),
                "{:?}",
                texts(&report)
            ),
        }
    }
}

#[test]
fn w_007_what_a_class_says_of_itself_is_freed_once() {
    let rig = Rig::new();
    rig.list("spies");
    assert_eq!(rig.answer("spies", "freed"), "1");
}

#[test]
fn w_008_a_class_without_info_is_called_what_its_registration_says() {
    for name in ["no info", "null info", "small info"] {
        let listing = Rig::new().list(name);
        assert_eq!((listing.name.as_str(), names(&listing)), (name, vec!["first", "second"]));
    }
}

#[test]
fn w_009_and_w_010_names_without_an_end_are_read_up_to_their_field() {
    let listing = Rig::new().list("names");
    // Of 32 and 128 units the wire carries 31 and 127.
    assert_eq!(listing.name, "h".repeat(31));
    assert_eq!(listing.items[0].name, "i".repeat(127));
    assert_eq!(listing.items[1].name, "a\u{FFFD}");
    assert_eq!(listing.items[2].name, listing.items[2].id.to_string());
}

#[test]
fn w_012_the_last_entry_counts_w_015_its_time_with_the_flag_and_w_016_no_entry_twice() {
    let listing = Rig::new().list("names");
    assert_eq!(listing.items.len(), 4);
    let last = &listing.items[3];
    assert_eq!((last.name.as_str(), last.last_update.as_millis()), ("last", 0));
    assert_eq!(last.flags, ItemFlags::LAST_UPDATE_TIME | ItemFlags::TEMPORARY);
    assert_eq!((last.state, listing.items[1].state), (CheckState::Checked, CheckState::Unchecked));
    assert!(!listing.items[0].flags.contains(ItemFlags::LAST_UPDATE_TIME));
}

#[test]
fn w_013_what_comes_with_an_error_is_not_used_and_what_came_before_is_not_the_whole() {
    let listing = Rig::new().list("broken list");
    assert_eq!((names(&listing), listing.complete), (vec!["first"], false));
}

#[test]
fn w_014_an_endless_list_is_cut_off() {
    let listing = Rig::new().list("endless list");
    assert_eq!((listing.items.len(), listing.complete), (200, false));
}

#[test]
fn w_018_missing_items_are_told() {
    assert!(!Rig::new().list("names").complete);
}

#[test]
fn w_019_a_list_that_is_not_there_or_more_than_asked_for_is_a_failure_that_forgets_nothing() {
    for (name, code) in [("no list", "0x80004005"), ("greedy", "0x8000FFFF")] {
        let listing = Rig::new().list(name);
        assert!(listing.items.is_empty() && !listing.complete, "{name}");
        let problem = listing.problem.unwrap();
        assert!(problem.contains(&format!("`EnumSyncMgrItems` answered {code}")), "{problem}");
    }
}
