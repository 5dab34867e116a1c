//! Files of earlier versions.

use rusqlite::Connection;
use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::{ErrorId, SessionId};
use syncmgr_store::{FILE_NAME, Registration, Soundness, Store, Tick, TickKey};

use crate::{HANDLER, PHOTOS, at};

#[test]
fn a_file_of_version_1_keeps_all_it_holds() {
    let state = tempfile::tempdir().unwrap();
    let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
    db.execute_batch(include_str!("v1.sql")).unwrap();
    drop(db);

    let store = Store::open(state.path()).unwrap();
    assert_eq!(store.check().unwrap(), Soundness::Sound);
    let tick = Tick { handler: HANDLER, item: PHOTOS, ticked: false };
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), [tick]);
    let folders = Registration {
        handler: HANDLER,
        name: "Folders".to_owned(),
        description: "Folders".to_owned(),
        events: RegisterFlags::CONNECT,
        argv: Vec::new(),
        trusted: None,
        registered: at(7),
    };
    assert_eq!(store.registrations().unwrap(), [folders]);
    let record = store.session(None).unwrap().unwrap();
    assert_eq!(record.row.id, SessionId::from_u128(5));
    assert_eq!(record.items[0].name, "photos");
    let entry = &record.entries[0];
    assert_eq!((entry.text.as_str(), entry.error), ("look", Some(ErrorId::from_u128(9))));
    assert!(!entry.can_jump, "what leads back was not kept at that time");
    assert_eq!(store.listed_items().unwrap(), []);
}
