//! Properties: C-25 to C-31.

use syncmgr_engine::{Refusal, Session};
use syncmgr_handler::Enumeration;
use syncmgr_model::flags::{HandlerFlags, ItemFlags};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::tick::{Forgotten, Gone};
use syncmgr_testkit::{Latch, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

/// A handler whose items and whose self have properties.
fn propertied(items: &[ItemId]) -> Scripted {
    Scripted::new("disk", items)
        .flags(HandlerFlags::HAS_PROPERTIES)
        .item_flags(ItemFlags::HAS_PROPERTIES)
        .on_synchronize(|play| play.synchronized(Outcome::OK))
}

/// A session in which the handler has listed.
fn listed(disk: &Scripted) -> Session {
    let session = engine().start(by_hand(&[disk]));
    next_list(&session);
    session
}

#[test]
fn c_025_properties_are_shown_only_where_they_are_declared() {
    let declared = ItemInfo { flags: ItemFlags::HAS_PROPERTIES, ..ItemInfo::new(A, "a") };
    let items = vec![declared, ItemInfo::new(B, "b")];
    for (flags, own) in [(HandlerFlags::empty(), false), (HandlerFlags::HAS_PROPERTIES, true)] {
        let disk = Scripted::new("disk", &[])
            .listing(items.clone(), syncmgr_handler::Completeness::Complete)
            .flags(flags);
        let session = listed(&disk);
        for (item, is_shown) in [(Some(A), true), (Some(B), false), (None, own)] {
            let shown = session.show_properties(handler_id(0), item);
            assert_eq!(shown, if is_shown { Ok(()) } else { Err(Refusal::NoProperties) });
            if is_shown {
                assert_eq!(properties_gone(&session), item);
            }
            assert_eq!(disk.record().count(&Recorded::ShowProperties(item)), usize::from(is_shown));
        }
        session.close();
        session.wait();
    }
}

#[test]
fn c_026_a_completion_inside_the_call_does_not_lock_up() {
    let disk = propertied(&[A]).on_show_properties(|play, _| {
        assert_eq!(play.callback.show_properties_completed(Outcome::OK), Outcome::OK);
        Outcome::OK
    });
    let session = listed(&disk);
    session.show_properties(handler_id(0), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    session.wait();
}

#[test]
fn c_027_a_completion_from_another_thread_after_the_return_lets_the_user_go_on() {
    let door = Latch::new();
    let closing = door.clone();
    let disk = propertied(&[A]).on_show_properties(move |play, _| {
        let door = closing.clone();
        play.elsewhere(move |play| {
            door.wait();
            play.callback.show_properties_completed(Outcome::OK);
        })
    });
    let session = listed(&disk);
    session.show_properties(handler_id(0), None).unwrap();
    // Whether the call has returned by now or not: without the completion neither goes on.
    assert_eq!(session.show_properties(handler_id(0), Some(A)), Err(Refusal::PropertiesOpen));
    assert!(session.begin().is_err());
    door.open();
    properties_gone(&session);
    session.begin().unwrap();
    session.wait();
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn c_028_after_a_failure_the_user_goes_on_without_a_completion() {
    let disk = propertied(&[A]).on_show_properties(|_, _| Outcome::FAIL);
    let session = listed(&disk);
    session.show_properties(handler_id(0), Some(A)).unwrap();
    assert_eq!(properties_gone(&session), Some(A));
    session.begin().unwrap();
    session.wait();
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn c_029_changed_items_are_listed_once_more_and_check_marks_stay() {
    let disk = propertied(&[])
        .on_enumerate(|n_before| {
            let items = if n_before == 0 { [A, B] } else { [B, C] };
            Ok(Enumeration::complete(items.map(|id| ItemInfo::new(id, "x"))))
        })
        .on_show_properties(|play, _| play.callback.show_properties_completed(Outcome::ENUM_ITEMS));
    let session = listed(&disk);
    session.mark(handler_id(0), B, CheckState::Unchecked).unwrap();
    session.show_properties(handler_id(0), None).unwrap();
    let (listing, checked) = next_list(&session);
    assert_eq!((ids(&listing), checked), (vec![B, C], vec![C]));
    session.begin().unwrap();
    session.wait();
    let calls = disk.record().calls();
    assert_eq!(disk.record().count(&Recorded::EnumSyncMgrItems), 2);
    assert!(calls.contains(&Recorded::Prepare(vec![C])), "{calls:?}");
}

#[test]
fn c_030_an_item_deleted_in_its_properties_is_gone_with_what_is_stored_about_it() {
    let disk = propertied(&[A, B])
        .on_show_properties(|play, _| play.callback.show_properties_completed(Outcome::ITEM_DELETED));
    let session = listed(&disk);
    session.show_properties(handler_id(0), Some(A)).unwrap();
    let (listing, _) = next_list(&session);
    assert_eq!(ids(&listing), [B]);
    session.begin().unwrap();
    let report = session.wait();
    assert_eq!(report.forget, [Forgotten { handler: handler_id(0), item: A, why: Gone::Deleted }]);
    assert_eq!(disk.record().count(&Recorded::EnumSyncMgrItems), 1);
    assert_eq!(disk.record().count(&Recorded::Prepare(vec![B])), 1);
}

#[test]
fn c_031_no_other_word_lists_again() {
    for outcome in [Outcome::OK, Outcome::FALSE, Outcome::FAIL, Outcome::RETRY_SYNC] {
        let disk = propertied(&[A])
            .on_show_properties(move |play, _| play.callback.show_properties_completed(outcome));
        let session = listed(&disk);
        session.show_properties(handler_id(0), Some(A)).unwrap();
        properties_gone(&session);
        session.begin().unwrap();
        assert_eq!(session.wait().forget, [], "{outcome}");
        assert_eq!(disk.record().count(&Recorded::EnumSyncMgrItems), 1, "{outcome}");
    }
}
