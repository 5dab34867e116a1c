//! Handlers that somebody registered, what they listed, and what goes with them.

use syncmgr_model::fact::ConflictKind;
use syncmgr_model::flags::{ItemFlags, RegisterFlags};
use syncmgr_model::id::HandlerId;
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_store::{Conflicts, ListedItem, Registration, Store, Tick, TickKey, Trusted};

use crate::{HANDLER, NOTES, PHOTOS, at, write};

fn registration() -> Registration {
    Registration {
        handler: HANDLER,
        name: "notes".to_owned(),
        description: "Notes".to_owned(),
        events: RegisterFlags::CONNECT | RegisterFlags::IDLE,
        argv: vec![b"/usr/bin/python3".to_vec(), b"caf\xe9.py".to_vec(), Vec::new()],
        trusted: Some(Trusted {
            program: b"/usr/bin/python3.11".to_vec(),
            hash: [7; 32],
            manifest: Some("secrets = ['token']".to_owned()),
            since: at(5),
        }),
        registered: at(1),
    }
}

#[test]
fn c_109_a_registration_is_read_back_with_the_same_flags_also_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    write(&mut store, |writer| writer.register(&registration()).unwrap());
    assert_eq!(store.registrations().unwrap(), [registration()]);
    drop(store);
    assert_eq!(Store::open(state.path()).unwrap().registrations().unwrap(), [registration()]);
}

#[test]
fn c_110_an_unknown_handler_is_not_there_nor_is_one_that_was_unregistered() {
    let mut store = Store::open_in_memory().unwrap();
    assert_eq!(store.registrations().unwrap(), []);
    write(&mut store, |writer| {
        writer.register(&registration()).unwrap();
        assert!(writer.unregister(HANDLER).unwrap());
    });
    assert_eq!(store.registrations().unwrap(), []);
}

#[test]
fn c_113_registering_again_updates_without_a_double_and_keeps_the_ticks() {
    let mut store = Store::open_in_memory().unwrap();
    let untick = Tick { handler: HANDLER, item: PHOTOS, ticked: false };
    let again = Registration {
        description: "My notes".to_owned(),
        events: RegisterFlags::empty(),
        argv: vec![b"/opt/notes".to_vec()],
        trusted: None,
        registered: at(2),
        ..registration()
    };
    write(&mut store, |writer| {
        writer.register(&registration()).unwrap();
        writer.set_tick(&TickKey::MANUAL, untick).unwrap();
        writer.register(&again).unwrap();
    });
    assert_eq!(store.registrations().unwrap(), [Registration { registered: at(1), ..again }]);
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), [untick]);
}

#[test]
fn c_113_unregistering_twice_is_no_error_and_takes_ticks_conflicts_and_listing_along() {
    let mut store = Store::open_in_memory().unwrap();
    let conflict = [(b"a".to_vec(), ConflictKind::EditEdit)];
    write(&mut store, |writer| {
        writer.register(&registration()).unwrap();
        writer.set_tick(&TickKey::MANUAL, Tick { handler: HANDLER, item: PHOTOS, ticked: false }).unwrap();
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&conflict), at(1)).unwrap();
        writer.replace_listing(HANDLER, &[ItemInfo::new(PHOTOS, "photos")], true).unwrap();
    });
    let there = write(&mut store, |writer| {
        (writer.unregister(HANDLER).unwrap(), writer.unregister(HANDLER).unwrap())
    });
    assert_eq!(there, (true, false));
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), []);
    assert_eq!(store.conflicts(None).unwrap(), []);
    assert_eq!(store.listed_items().unwrap(), []);
}

#[test]
fn two_handlers_of_one_name_are_refused() {
    let mut store = Store::open_in_memory().unwrap();
    let other = Registration { handler: HandlerId::from_u128(0xFE), ..registration() };
    write(&mut store, |writer| {
        writer.register(&registration()).unwrap();
        assert!(writer.register(&other).is_err());
    });
    assert_eq!(store.registrations().unwrap(), [registration()]);
}

#[test]
fn a_complete_listing_replaces_the_last_one_and_an_incomplete_one_adds_to_it() {
    let mut store = Store::open_in_memory().unwrap();
    let mut photos = ItemInfo::new(PHOTOS, "photos");
    photos.state = CheckState::Unchecked;
    photos.flags = ItemFlags::LAST_UPDATE_TIME;
    photos.last_update = at(9);
    let notes = ItemInfo::new(NOTES, "notes");
    let listed = |info: &ItemInfo| ListedItem { handler: HANDLER, info: info.clone() };

    write(&mut store, |writer| writer.replace_listing(HANDLER, std::slice::from_ref(&photos), true).unwrap());
    write(&mut store, |writer| writer.replace_listing(HANDLER, std::slice::from_ref(&notes), false).unwrap());
    let mut items = store.listed_items().unwrap();
    items.sort_by_key(|item| item.info.id);
    assert_eq!(items, [listed(&photos), listed(&notes)]);

    write(&mut store, |writer| writer.replace_listing(HANDLER, std::slice::from_ref(&notes), true).unwrap());
    assert_eq!(store.listed_items().unwrap(), [listed(&notes)]);
    write(&mut store, |writer| {
        writer.add_to_listing(HANDLER, &ItemInfo::new(NOTES, "as the session called it")).unwrap();
        writer.add_to_listing(HANDLER, &ItemInfo::new(PHOTOS, "new")).unwrap();
    });
    assert_eq!(store.listed_items().unwrap(), [listed(&notes), listed(&ItemInfo::new(PHOTOS, "new"))]);
    write(&mut store, |writer| writer.forget_item(HANDLER, PHOTOS).unwrap());
    write(&mut store, |writer| writer.forget_item(HANDLER, NOTES).unwrap());
    assert_eq!(store.listed_items().unwrap(), []);
}
