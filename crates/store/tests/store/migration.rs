//! Files of earlier versions.

use rusqlite::Connection;
use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::{ErrorId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_store::{
    FILE_NAME, KeptItem, Registration, Soundness, Store, StoreErrorKind, Tick, TickKey, Trusted,
};

use crate::{HANDLER, NOTES, PHOTOS, at, write};

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
    assert_eq!(store.running_sessions().unwrap(), []);
    assert_eq!(store.instance().unwrap(), None);
}

#[test]
fn a_file_of_version_2_keeps_all_it_holds_and_takes_what_is_new() {
    let state = tempfile::tempdir().unwrap();
    let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
    db.execute_batch(include_str!("v2.sql")).unwrap();
    drop(db);

    let mut store = Store::open(state.path()).unwrap();
    assert_eq!(store.check().unwrap(), Soundness::Sound);
    let tick = Tick { handler: HANDLER, item: PHOTOS, ticked: false };
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), [tick]);
    let notes = Registration {
        handler: HANDLER,
        name: "notes".to_owned(),
        description: "Notes".to_owned(),
        events: RegisterFlags::CONNECT,
        argv: vec![b"/n".to_vec()],
        trusted: Some(Trusted {
            program: b"/n".to_vec(),
            hash: [0; 32],
            manifest: Some("m".to_owned()),
            since: at(8),
        }),
        registered: at(7),
    };
    assert_eq!(store.registrations().unwrap(), [notes]);
    let record = store.session(None).unwrap().unwrap();
    assert_eq!((record.row.id, record.row.exit), (SessionId::from_u128(5), 3));
    assert_eq!(record.items[0].status, ItemStatus::Stopped);
    assert!(record.entries[0].can_jump);
    assert_eq!(record.entries[0].code.as_deref(), Some("c7"));
    assert_eq!(record.problems[0].path, b"a");
    assert_eq!(store.conflicts(Some(PHOTOS)).unwrap()[0].since, at(6));
    assert_eq!(store.listed_items().unwrap()[0].info.name, "photos");
    assert_eq!(store.adhoc_pair(NOTES).unwrap().unwrap().used, at(4));

    assert_eq!(store.decisions(None, 10).unwrap(), []);
    assert_eq!(store.kept_items().unwrap(), []);
    assert_eq!(store.pauses().unwrap(), []);
    write(&mut store, |writer| writer.keep_items(&[KeptItem::new(PHOTOS)]).unwrap());
    assert_eq!(Store::open(state.path()).unwrap().kept_items().unwrap(), [KeptItem::new(PHOTOS)]);
}

#[test]
fn a_step_that_fails_leaves_the_file_at_its_version_and_whole() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join(FILE_NAME);
    let db = Connection::open(&path).unwrap();
    db.execute_batch(include_str!("v2.sql")).unwrap();
    // In the way of the last table of the step.
    db.execute_batch("CREATE TABLE pauses (a)").unwrap();
    drop(db);
    assert_eq!(Store::open(state.path()).unwrap_err().kind(), StoreErrorKind::Internal);

    let db = Connection::open(&path).unwrap();
    let version: i64 = db.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    let made = "SELECT count(*) FROM sqlite_schema WHERE name = 'decisions'";
    let n_tables: i64 = db.query_row(made, (), |row| row.get(0)).unwrap();
    assert_eq!((version, n_tables), (2, 0));
    db.execute_batch("DROP TABLE pauses").unwrap();
    drop(db);
    assert_eq!(Store::open(state.path()).unwrap().sessions(10).unwrap().len(), 1);
}
