//! Every way of breaking the file, and that nothing of it is overwritten.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use syncmgr_model::id::SessionId;
use syncmgr_store::{Claim, FILE_NAME, Soundness, Store, StoreErrorKind};
use tempfile::TempDir;

use crate::{PHOTOS, at, result, session, us, write};

fn state() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn filled(state: &Path) {
    let mut store = Store::open(state).unwrap();
    for number in 0..50 {
        let record = session(number, vec![result(PHOTOS, "photos")]);
        write(&mut store, |writer| writer.record_session(&record, 100).unwrap());
    }
}

#[test]
fn a_store_outlives_its_process_and_is_sound() {
    let state = state();
    filled(state.path());
    let store = Store::open(state.path()).unwrap();
    assert_eq!(store.sessions(1).unwrap()[0].id, SessionId::from_u128(49));
    assert_eq!(store.check().unwrap(), Soundness::Sound);
}

#[test]
fn the_log_does_not_grow_with_the_number_of_runs() {
    let state = state();
    for number in 0..300 {
        let mut store = Store::open(state.path()).unwrap();
        let record = session(number, vec![result(PHOTOS, "photos")]);
        write(&mut store, |writer| writer.record_session(&record, 1_000).unwrap());
        drop(store);
        let log = fs::metadata(state.path().join(format!("{FILE_NAME}-wal"))).unwrap().len();
        assert!(log <= 1 << 20, "{log} bytes after {number} runs");
    }
    assert_eq!(Store::open(state.path()).unwrap().sessions(1_000).unwrap().len(), 300);
}

#[test]
fn missing_directories_are_made() {
    let state = state();
    let deep = state.path().join("a/b");
    Store::open(&deep).unwrap();
    assert!(deep.join(FILE_NAME).is_file());
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let state = state();
    let file = state.path().join(FILE_NAME);
    let text = "this is a letter to my aunt, not a database\n".repeat(50);
    fs::write(&file, &text).unwrap();
    assert_eq!(Store::open(state.path()).unwrap_err().kind(), StoreErrorKind::Damaged);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn damaged_pages_are_found_and_reading_them_says_damaged() {
    let state = state();
    filled(state.path());
    // Everything into the file itself, so that no log hides the damage.
    let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    drop(db);
    let mut file = fs::OpenOptions::new().write(true).open(state.path().join(FILE_NAME)).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(length).unwrap() - 4096]).unwrap();
    drop(file);

    let error = match Store::open(state.path()) {
        Err(error) => error,
        Ok(store) => store.sessions(10).unwrap_err(),
    };
    assert_eq!(error.kind(), StoreErrorKind::Damaged);
}

#[test]
fn a_damaged_store_is_set_aside_whole_and_a_new_one_starts_empty() {
    let state = state();
    let file = state.path().join(FILE_NAME);
    fs::write(&file, "no database").unwrap();
    fs::write(state.path().join(format!("{FILE_NAME}-wal")), "its log").unwrap();
    let aside = Store::set_aside(state.path(), 7).unwrap();
    assert_eq!(fs::read_to_string(&aside).unwrap(), "no database");
    assert_eq!(fs::read_to_string(format!("{}-wal", aside.display())).unwrap(), "its log");
    assert_eq!(Store::open(state.path()).unwrap().sessions(1).unwrap(), []);
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let state = state();
    filled(state.path());
    let path = state.path().join(FILE_NAME);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(state.path()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NewerVersion);
    assert!(error.to_string().contains("schema version 99, this program knows 3"), "{error}");
    let kept: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM sessions", (), |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 50);
}

#[test]
fn a_state_directory_that_is_a_file_cannot_be_opened() {
    let state = state();
    let file = state.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(Store::open(&file).unwrap_err().kind(), StoreErrorKind::CannotOpen);
}

#[test]
fn a_transaction_that_never_ends_is_answered_with_locked_and_readers_go_on() {
    let state = state();
    filled(state.path());
    let holder = Connection::open(state.path().join(FILE_NAME)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();

    let mut store = Store::open(state.path()).unwrap();
    store.wait_at_most(Duration::ZERO).unwrap();
    let owner = us();
    let claim = Claim { owner: &owner, now: at(0), is_running: &|_| false };
    assert_eq!(store.writer(&claim).unwrap_err().kind(), StoreErrorKind::Locked);
    assert_eq!(store.sessions(100).unwrap().len(), 50);
}

#[test]
fn a_full_disk_is_told_from_other_failures_and_loses_nothing_written_before() {
    let state = state();
    filled(state.path());
    let path = state.path().join(FILE_NAME);
    let mut store = Store::open(state.path()).unwrap();
    let n_pages: i64 =
        Connection::open(&path).unwrap().query_row("PRAGMA page_count", (), |row| row.get(0)).unwrap();
    store.limit_pages(n_pages).unwrap();

    let owner = us();
    let claim = Claim { owner: &owner, now: at(0), is_running: &|_| false };
    let writer = store.writer(&claim).unwrap();
    let mut large = session(1_000, vec![]);
    large.problems[0].reason = "x".repeat(1 << 20);
    assert_eq!(writer.record_session(&large, 100).unwrap_err().kind(), StoreErrorKind::DiskFull);
    drop(writer);
    assert_eq!(store.sessions(100).unwrap().len(), 50);
    assert_eq!(store.check().unwrap(), Soundness::Sound);
}

#[test]
fn many_processes_may_open_a_new_store_at_once() {
    let state = state();
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Store::open(state.path()).and_then(|store| store.sessions(1))))
            .collect();
        for thread in opened {
            assert_eq!(thread.join().unwrap().unwrap(), []);
        }
    });
}
