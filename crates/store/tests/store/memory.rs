//! What goes in comes out.

use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::{ConflictKind, Totals};
use syncmgr_model::id::{ErrorId, SessionId};
use syncmgr_store::{AdhocPair, Conflicts, EntryRecord, Purpose, Store, Tick, TickKey};

use crate::{HANDLER, NOTES, PHOTOS, at, result, session, write};

fn tick(ticked: bool) -> Tick {
    Tick { handler: HANDLER, item: PHOTOS, ticked }
}

#[test]
fn a_session_is_read_back_with_all_its_parts() {
    let mut store = Store::open_in_memory().unwrap();
    let mut record = session(1, vec![result(PHOTOS, "photos"), result(NOTES, "notes")]);
    record.row.undoes = Some(SessionId::from_u128(9));
    record.entries.push(EntryRecord {
        number: 3,
        at: at(1_500),
        handler: Some(HANDLER),
        item: None,
        level: LogLevel::Warning,
        text: "look".to_owned(),
        error: Some(ErrorId::from_u128(5)),
        can_jump: true,
        detail: Some("a trace".to_owned()),
        class: Some("transient".to_owned()),
        code: Some("imap.timeout".to_owned()),
    });
    write(&mut store, |writer| writer.record_session(&record, 10).unwrap());

    assert_eq!(store.session(Some(SessionId::from_u128(1))).unwrap(), Some(record.clone()));
    assert_eq!(store.session(None).unwrap(), Some(record));
    assert_eq!(store.session(Some(SessionId::from_u128(2))).unwrap(), None);
}

#[test]
fn an_entry_is_closed_or_deleted_in_its_own_session_only() {
    let mut store = Store::open_in_memory().unwrap();
    let with_entry = |number| {
        let mut record = session(number, vec![]);
        record.entries.push(EntryRecord {
            number: 3,
            at: at(1),
            handler: Some(HANDLER),
            item: None,
            level: LogLevel::Error,
            text: "look".to_owned(),
            error: Some(ErrorId::from_u128(5)),
            can_jump: true,
            detail: None,
            class: None,
            code: None,
        });
        record
    };
    write(&mut store, |writer| {
        for number in 1..=3 {
            writer.record_session(&with_entry(number), 10).unwrap();
        }
        writer.close_entry(SessionId::from_u128(1), 3).unwrap();
        writer.delete_entry(SessionId::from_u128(2), 3).unwrap();
    });
    let jumps = |number| {
        let entries = store.session(Some(SessionId::from_u128(number))).unwrap().unwrap().entries;
        entries.into_iter().map(|entry| entry.can_jump).collect::<Vec<_>>()
    };
    assert_eq!([jumps(1), jumps(2), jumps(3)], [vec![false], vec![], vec![true]]);
}

#[test]
fn only_the_last_sessions_are_kept_and_they_come_newest_first() {
    let mut store = Store::open_in_memory().unwrap();
    for number in 1..=5 {
        write(&mut store, |writer| writer.record_session(&session(number, vec![]), 3).unwrap());
    }
    let ids: Vec<_> = store.sessions(10).unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [5, 4, 3].map(SessionId::from_u128));
    assert_eq!(store.sessions(1).unwrap().len(), 1);
    let gone = store.session(Some(SessionId::from_u128(1))).unwrap();
    assert_eq!(gone, None);
}

#[test]
fn the_newest_sessions_are_told_with_their_items_and_also_those_without_any() {
    let mut store = Store::open_in_memory().unwrap();
    let written = [
        session(1, vec![result(PHOTOS, "photos")]),
        session(2, vec![]),
        session(3, vec![result(NOTES, "notes"), result(PHOTOS, "photos")]),
        session(4, vec![]),
    ];
    for record in &written {
        write(&mut store, |writer| writer.record_session(record, 10).unwrap());
    }
    let told = |limit| {
        let mut told = Vec::new();
        store.each_session(limit, &mut |row, items| told.push((row, items))).unwrap();
        told
    };
    let newest: Vec<_> =
        written.iter().rev().map(|record| (record.row.clone(), record.items.clone())).collect();
    assert_eq!(told(10), newest);
    assert_eq!(told(2), newest[..2]);
    assert_eq!(told(0), []);
}

#[test]
fn the_last_run_of_an_item_passes_over_dry_runs_and_other_items() {
    let mut store = Store::open_in_memory().unwrap();
    let mut dry = session(2, vec![result(PHOTOS, "photos")]);
    dry.row.dry_run = true;
    for record in [session(1, vec![result(PHOTOS, "photos")]), dry, session(3, vec![result(NOTES, "notes")])]
    {
        write(&mut store, |writer| writer.record_session(&record, 10).unwrap());
    }
    let last = store.last_run(PHOTOS).unwrap().unwrap();
    assert_eq!(last.session.id, SessionId::from_u128(1));
    assert_eq!(last.result, result(PHOTOS, "photos"));
}

#[test]
fn the_last_runs_of_all_items_are_those_of_each() {
    let mut store = Store::open_in_memory().unwrap();
    assert!(store.last_runs().unwrap().is_empty());
    let both = || vec![result(PHOTOS, "photos"), result(NOTES, "notes")];
    let mut dry = session(4, both());
    dry.row.dry_run = true;
    for record in [session(1, both()), session(2, vec![result(NOTES, "renamed")]), session(3, vec![]), dry] {
        write(&mut store, |writer| writer.record_session(&record, 10).unwrap());
    }
    let runs = store.last_runs().unwrap();
    assert_eq!(runs.len(), 2);
    for item in [PHOTOS, NOTES] {
        assert_eq!(runs.get(&item), store.last_run(item).unwrap().as_ref());
    }
    assert_eq!(runs[&NOTES].result.name, "renamed");
    assert_eq!(runs[&PHOTOS].session.id, SessionId::from_u128(1));
}

#[test]
fn an_item_that_only_ever_ran_dry_has_no_last_run() {
    let mut store = Store::open_in_memory().unwrap();
    let mut dry = session(1, vec![result(PHOTOS, "photos")]);
    dry.row.dry_run = true;
    write(&mut store, |writer| writer.record_session(&dry, 10).unwrap());
    assert!(store.last_runs().unwrap().is_empty());
    assert_eq!(store.last_run(PHOTOS).unwrap(), None);
}

#[test]
fn open_conflicts_are_counted_for_each_item() {
    let mut store = Store::open_in_memory().unwrap();
    let open = [b"a".to_vec(), b"b".to_vec()].map(|path| (path, ConflictKind::EditEdit));
    write(&mut store, |writer| {
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&open), at(1)).unwrap();
        writer.replace_conflicts(HANDLER, NOTES, Conflicts::All(&open[..1]), at(1)).unwrap();
    });
    assert_eq!(store.conflict_counts().unwrap(), [(PHOTOS, 2), (NOTES, 1)].into());
}

#[test]
fn all_ticks_are_told_with_their_keys() {
    let mut store = Store::open_in_memory().unwrap();
    let keys =
        [TickKey::MANUAL, TickKey::new(Purpose::Logon, Some("home")), TickKey::new(Purpose::Idle, None)];
    write(&mut store, |writer| {
        keys.iter().for_each(|key| writer.set_tick(key, tick(true)).unwrap());
    });
    let mut told: Vec<TickKey> = store.all_ticks().unwrap().into_iter().map(|(key, _)| key).collect();
    let before = store.all_ticks().unwrap();
    assert_eq!(told.len(), 3);
    told.retain(|key| !keys.contains(key));
    assert_eq!(told, []);
    write(&mut store, |writer| writer.set_tick(&keys[1], tick(false)).unwrap());
    assert_ne!(store.all_ticks().unwrap(), before);
}

#[test]
fn what_can_be_undone_is_the_last_session_that_changed_something_and_stands() {
    let mut store = Store::open_in_memory().unwrap();
    let idle = |number| {
        let mut unchanged = result(PHOTOS, "photos");
        unchanged.totals = Totals::default();
        session(number, vec![unchanged])
    };
    let changed = |number| session(number, vec![result(PHOTOS, "photos")]);
    let undo = |number, of| {
        let mut undo = changed(number);
        undo.row.undoes = Some(SessionId::from_u128(of));
        undo
    };
    let mut dry = changed(5);
    dry.row.dry_run = true;
    // Session 3 is undone; the attempt to undo 2 changed nothing, so 2 stands.
    let mut vain = idle(6);
    vain.row.undoes = Some(SessionId::from_u128(2));
    for record in [changed(1), changed(2), changed(3), undo(4, 3), dry, vain, idle(7)] {
        write(&mut store, |writer| writer.record_session(&record, 10).unwrap());
    }
    assert_eq!(store.last_undoable().unwrap(), Some(SessionId::from_u128(2)));
}

#[test]
fn a_session_is_found_by_the_beginning_of_its_id() {
    let mut store = Store::open_in_memory().unwrap();
    let number = 0x0198_F00D_0000_7000_8000_0000_0000_0001;
    write(&mut store, |writer| writer.record_session(&session(number, vec![]), 10).unwrap());
    let id = SessionId::from_u128(number);
    for prefix in ["0198", "0198f00d-0000", "0198F00D", &id.to_string()] {
        assert_eq!(store.find_session(prefix).unwrap(), Some(id), "{prefix}");
    }
    assert_eq!(store.find_session("0199").unwrap(), None);
    assert_eq!(store.find_session("f00d").unwrap(), None);
}

#[test]
fn what_a_writer_did_not_commit_has_not_happened() {
    let mut store = Store::open_in_memory().unwrap();
    let owner = crate::us();
    let claim = syncmgr_store::Claim { owner: &owner, now: at(0), is_running: &|_| false };
    let writer = store.writer(&claim).unwrap();
    writer.record_session(&session(1, vec![]), 10).unwrap();
    drop(writer);
    assert_eq!(store.sessions(10).unwrap(), []);
}

#[test]
fn ticks_of_different_purposes_and_connections_do_not_mix() {
    let mut store = Store::open_in_memory().unwrap();
    let schedule =
        TickKey { purpose: Purpose::Schedule("idle".to_owned()), connection: Some("wifi".to_owned()) };
    write(&mut store, |writer| {
        writer.set_tick(&TickKey::MANUAL, tick(true)).unwrap();
        writer.set_tick(&TickKey::MANUAL, tick(false)).unwrap();
        writer.set_tick(&schedule, tick(true)).unwrap();
    });
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), [tick(false)]);
    assert_eq!(store.ticks(&schedule).unwrap(), [tick(true)]);
    assert_eq!(store.connections().unwrap(), ["wifi"]);
    assert_eq!(store.chosen(HANDLER).unwrap(), [PHOTOS]);
    let idle = TickKey { purpose: Purpose::Idle, connection: None };
    assert_eq!(store.ticks(&idle).unwrap(), []);
    write(&mut store, |writer| writer.forget_ticks(HANDLER, PHOTOS).unwrap());
    assert_eq!(store.ticks(&schedule).unwrap(), []);
    assert_eq!(store.chosen(HANDLER).unwrap(), []);
}

#[test]
fn a_full_run_replaces_the_open_conflicts_and_keeps_their_age() {
    let mut store = Store::open_in_memory().unwrap();
    let first = [(b"a".to_vec(), ConflictKind::EditEdit), (b"b".to_vec(), ConflictKind::Type)];
    let second = [(b"b".to_vec(), ConflictKind::EditDelete), (b"c".to_vec(), ConflictKind::Type)];
    write(&mut store, |writer| {
        writer.replace_conflicts(HANDLER, NOTES, Conflicts::All(&first), at(5)).unwrap();
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&first), at(5)).unwrap();
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&second), at(9)).unwrap();
    });
    let open: Vec<_> = store
        .conflicts(Some(PHOTOS))
        .unwrap()
        .into_iter()
        .map(|conflict| (conflict.path, conflict.kind, conflict.since))
        .collect();
    assert_eq!(
        open,
        [(b"b".to_vec(), ConflictKind::EditDelete, at(5)), (b"c".to_vec(), ConflictKind::Type, at(9))]
    );
    assert_eq!(store.conflicts(None).unwrap().len(), 4);
}

#[test]
fn a_run_that_looked_at_some_paths_leaves_the_other_conflicts_open() {
    let mut store = Store::open_in_memory().unwrap();
    let all = ["a", "b", "c"].map(|path| (path.as_bytes().to_vec(), ConflictKind::EditEdit));
    let treated = [b"a".to_vec(), b"b".to_vec()];
    write(&mut store, |writer| {
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&all), at(1)).unwrap();
        let among = Conflicts::Among { treated: &treated, open: &all[1..2] };
        writer.replace_conflicts(HANDLER, PHOTOS, among, at(2)).unwrap();
    });
    let open: Vec<_> = store.conflicts(None).unwrap().into_iter().map(|conflict| conflict.path).collect();
    assert_eq!(open, [b"b".to_vec(), b"c".to_vec()]);
}

#[test]
fn a_forgotten_item_loses_ticks_conflicts_and_roots_but_not_its_history() {
    let mut store = Store::open_in_memory().unwrap();
    let conflict = [(b"a".to_vec(), ConflictKind::EditEdit)];
    let pair = AdhocPair {
        item: PHOTOS,
        name: "photos".to_owned(),
        left: b"/l\xff".to_vec(),
        right: b"/r".to_vec(),
        mode: "one-way-safe".to_owned(),
        ignore: vec!["*.tmp".to_owned(), "cache/".to_owned()],
        used: at(4),
    };
    write(&mut store, |writer| {
        writer.set_tick(&TickKey::MANUAL, tick(false)).unwrap();
        writer.replace_conflicts(HANDLER, PHOTOS, Conflicts::All(&conflict), at(1)).unwrap();
        writer.remember_pair(&pair).unwrap();
        writer.record_session(&session(1, vec![result(PHOTOS, "photos")]), 10).unwrap();
    });
    assert_eq!(store.adhoc_pair(PHOTOS).unwrap(), Some(pair.clone()));
    assert_eq!(store.adhoc_pairs().unwrap(), [pair]);

    write(&mut store, |writer| writer.forget_item(HANDLER, PHOTOS).unwrap());
    assert_eq!(store.ticks(&TickKey::MANUAL).unwrap(), []);
    assert_eq!(store.conflicts(None).unwrap(), []);
    assert_eq!(store.adhoc_pair(PHOTOS).unwrap(), None);
    assert!(store.last_run(PHOTOS).unwrap().is_some());
}
