//! What is known of each item, and what is paused.

use syncmgr_model::item::ItemInfo;
use syncmgr_store::{KeptItem, Pause, Store};

use crate::{HANDLER, NOTES, PHOTOS, at, write};

fn full() -> KeptItem {
    KeptItem {
        item: PHOTOS,
        last_started: Some(at(1)),
        last_ended: Some(at(2)),
        last_succeeded: Some(at(3)),
        last_due: Some(at(4)),
        failures: 5,
        not_before: Some(at(6)),
        late_since: Some(at(7)),
        interrupted: true,
        cursors: Some("daily 1970-01-01".to_owned()),
    }
}

fn everything() -> Pause {
    Pause { item: None, since: at(1), until: None, reason: Some("holidays".to_owned()) }
}

fn photos() -> Pause {
    Pause { item: Some(PHOTOS), since: at(2), until: Some(at(9)), reason: None }
}

#[test]
fn what_is_known_of_an_item_is_read_back_and_replaced_as_a_whole() {
    let mut store = Store::open_in_memory().unwrap();
    let nothing = KeptItem::new(NOTES);
    write(&mut store, |writer| writer.keep_items(&[nothing.clone(), full()]).unwrap());
    assert_eq!(store.kept_items().unwrap(), [full(), nothing.clone()]);
    assert_eq!(store.kept_item(PHOTOS).unwrap(), Some(full()));
    write(&mut store, |writer| writer.keep_items(&[KeptItem::new(PHOTOS)]).unwrap());
    assert_eq!(store.kept_items().unwrap(), [KeptItem::new(PHOTOS), nothing]);
}

#[test]
fn a_pause_of_everything_and_one_of_an_item_are_two() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| {
        writer.pause(&photos()).unwrap();
        writer.pause(&everything()).unwrap();
    });
    assert_eq!(store.pauses().unwrap(), [everything(), photos()]);
    let resumed =
        write(&mut store, |writer| [None, Some(NOTES), None].map(|item| writer.resume(item).unwrap()));
    assert_eq!(resumed, [true, false, false]);
    assert_eq!(store.pauses().unwrap(), [photos()]);
}

#[test]
fn pausing_again_changes_the_end_and_keeps_the_beginning() {
    let mut store = Store::open_in_memory().unwrap();
    let again = Pause { since: at(5), until: None, reason: Some("still away".to_owned()), ..photos() };
    write(&mut store, |writer| {
        writer.pause(&photos()).unwrap();
        writer.pause(&again).unwrap();
    });
    assert_eq!(store.pauses().unwrap(), [Pause { since: at(2), ..again }]);
}

#[test]
fn an_item_that_is_forgotten_and_a_handler_that_is_unregistered_take_theirs_along() {
    for forget_handler in [false, true] {
        let mut store = Store::open_in_memory().unwrap();
        write(&mut store, |writer| {
            writer.replace_listing(HANDLER, &[ItemInfo::new(PHOTOS, "photos")], true).unwrap();
            writer.keep_items(&[full(), KeptItem::new(NOTES)]).unwrap();
            writer.pause(&photos()).unwrap();
            writer.pause(&everything()).unwrap();
            if forget_handler {
                writer.unregister(HANDLER).unwrap();
            } else {
                writer.forget_item(HANDLER, PHOTOS).unwrap();
            }
        });
        assert_eq!(store.kept_items().unwrap(), [KeptItem::new(NOTES)]);
        assert_eq!(store.pauses().unwrap(), [everything()]);
    }
}
