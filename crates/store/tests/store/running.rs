//! A crash between the beginning and the end of a session.

use rusqlite::Connection;
use syncmgr_model::event::Event;
use syncmgr_model::id::{HandlerId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_store::{
    FILE_NAME, INTERRUPTED, Interrupted, KeptItem, Process, Running, RunningItem, RunningSession, Store,
};

use crate::{HANDLER, NOTES, PHOTOS, at, present, process, result, session, write};

fn daemon() -> Process {
    process(10, 1)
}

fn items() -> [RunningItem; 2] {
    [(PHOTOS, "photos"), (NOTES, "notes")].map(|(item, name)| RunningItem {
        handler: HANDLER,
        item,
        name: name.to_owned(),
    })
}

fn begun(number: u128) -> RunningSession {
    RunningSession {
        id: SessionId::from_u128(number),
        event: Event::Idle,
        dry_run: false,
        undoes: None,
        started: at(1_000),
        items: items().to_vec(),
    }
}

/// What `daemon` finds at 9,000, when the processes in `alive` live.
fn interrupted(store: &mut Store, alive: &[(u32, u64)]) -> Vec<Interrupted> {
    write(store, |writer| present(&process(20, 2), 9_000, alive, |us| writer.interrupted(us, 10).unwrap()))
}

#[test]
fn a_session_under_way_is_read_back_with_what_is_through() {
    let mut store = Store::open_in_memory().unwrap();
    let mut first = begun(1);
    first.undoes = Some(SessionId::from_u128(7));
    let late = RunningItem { handler: HandlerId::from_u128(0xFE), item: PHOTOS, name: "mail".to_owned() };
    let through = result(NOTES, "notes");
    write(&mut store, |writer| {
        writer.begin_session(&first, &daemon()).unwrap();
        writer.add_running_items(first.id, &[late.clone(), items()[0].clone()]).unwrap();
        writer.end_running_item(first.id, &through, at(3_000)).unwrap();
        writer.renew_session(first.id, at(2_000)).unwrap();
    });
    let mut session = first;
    session.items.push(late);
    let running = Running { session, through: vec![through], process: daemon(), seen: at(3_000) };
    assert_eq!(store.running_sessions().unwrap(), [running]);
}

#[test]
fn the_end_takes_the_session_out_in_the_same_transaction() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| writer.begin_session(&begun(1), &daemon()).unwrap());
    let owner = crate::us();
    let claim = syncmgr_store::Claim { owner: &owner, now: at(0), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();
    writer.record_session(&session(1, vec![]), 10).unwrap();
    drop(writer);
    assert_eq!((store.running_sessions().unwrap().len(), store.sessions(10).unwrap().len()), (1, 0));

    write(&mut store, |writer| writer.record_session(&session(1, vec![]), 10).unwrap());
    assert_eq!((store.running_sessions().unwrap().len(), store.sessions(10).unwrap().len()), (0, 1));
    assert_eq!(interrupted(&mut store, &[]), []);
}

#[test]
fn a_crash_is_in_the_history_with_what_was_through_and_what_was_not() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    write(&mut store, |writer| {
        writer.begin_session(&begun(1), &daemon()).unwrap();
        writer.end_running_item(begun(1).id, &result(PHOTOS, "photos"), at(5_000)).unwrap();
        writer.keep_items(&[KeptItem { failures: 2, ..KeptItem::new(NOTES) }]).unwrap();
    });
    drop(store);

    let mut store = Store::open(state.path()).unwrap();
    let found = interrupted(&mut store, &[(20, 2)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cut_off, items()[1..]);
    let record = store.session(None).unwrap().unwrap();
    assert_eq!(record, found[0].record);
    assert_eq!((record.row.id, record.row.event), (begun(1).id, Event::Idle));
    assert_eq!((record.row.started, record.row.finished), (at(1_000), at(5_000)));
    assert_eq!((record.row.stopped, record.row.exit), (false, 5));
    assert_eq!(record.items[0], result(PHOTOS, "photos"));
    assert_eq!((record.items[1].item, record.items[1].status), (NOTES, ItemStatus::Stopped));
    let entries: Vec<_> =
        record.entries.iter().map(|entry| (entry.at, entry.item, entry.text.as_str())).collect();
    assert_eq!(entries, [(at(9_000), Some(NOTES), INTERRUPTED)]);
    let kept = KeptItem { failures: 2, interrupted: true, ..KeptItem::new(NOTES) };
    assert_eq!(store.kept_items().unwrap(), [kept]);

    assert_eq!(interrupted(&mut store, &[]), [], "it is found once");
    assert_eq!(store.sessions(10).unwrap().len(), 1);
}

#[test]
fn a_session_that_had_no_items_yet_is_in_the_history_too() {
    let mut store = Store::open_in_memory().unwrap();
    let empty = RunningSession { items: Vec::new(), ..begun(1) };
    write(&mut store, |writer| writer.begin_session(&empty, &daemon()).unwrap());
    let found = interrupted(&mut store, &[]);
    assert_eq!((found[0].cut_off.len(), found[0].record.entries[0].item), (0, None));
    assert_eq!(found[0].record.entries[0].text, INTERRUPTED);
}

#[test]
fn sessions_of_living_processes_are_left_alone_and_a_reused_number_is_no_life() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| {
        writer.begin_session(&begun(1), &process(10, 1)).unwrap();
        writer.begin_session(&begun(2), &process(11, 1)).unwrap();
        writer.begin_session(&begun(3), &process(20, 1)).unwrap();
    });
    // 10 lives, 11 is another process by now, and 20 is the one that asks, begun later.
    let found = interrupted(&mut store, &[(10, 1), (11, 8), (20, 2)]);
    let ids: Vec<_> = found.iter().map(|found| found.record.row.id).collect();
    assert_eq!(ids, [2, 3].map(SessionId::from_u128));
    assert_eq!(store.running_sessions().unwrap()[0].session, begun(1));
}

#[test]
fn a_process_that_was_taken_for_dead_records_what_really_happened() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| writer.begin_session(&begun(1), &daemon()).unwrap());
    assert_eq!(interrupted(&mut store, &[]).len(), 1);
    let truth = session(1, vec![result(PHOTOS, "photos"), result(NOTES, "notes")]);
    write(&mut store, |writer| writer.record_session(&truth, 10).unwrap());
    assert_eq!(store.session(None).unwrap(), Some(truth));
    assert_eq!(store.sessions(10).unwrap().len(), 1);
}

#[test]
fn a_session_with_nothing_to_record_leaves_no_trace() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| {
        writer.begin_session(&begun(1), &daemon()).unwrap();
        writer.forget_running(begun(1).id).unwrap();
    });
    assert_eq!(store.running_sessions().unwrap(), []);
    assert_eq!(interrupted(&mut store, &[]), []);
}

#[test]
fn no_row_of_an_ended_session_is_left_behind() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    write(&mut store, |writer| {
        for number in 1..=3 {
            writer.begin_session(&begun(number), &daemon()).unwrap();
        }
        writer.record_session(&session(1, vec![]), 10).unwrap();
        writer.forget_running(begun(2).id).unwrap();
    });
    assert_eq!(interrupted(&mut store, &[]).len(), 1);
    let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
    let n_rows: i64 = db.query_row("SELECT count(*) FROM running_items", (), |row| row.get(0)).unwrap();
    assert_eq!(n_rows, 0);
}
