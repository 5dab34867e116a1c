//! The ledger of trigger decisions.

use rusqlite::Connection;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_store::{ConditionRecord, DecisionLimits, DecisionRecord, FILE_NAME, Store, StoreErrorKind};

use crate::{NOTES, PHOTOS, at, write};

fn decision(item: ItemId, when: i64) -> DecisionRecord {
    DecisionRecord {
        at: at(when),
        item,
        trigger: "schedule".to_owned(),
        verdict: "waits".to_owned(),
        text: None,
        until: None,
        session: None,
        conditions: Vec::new(),
    }
}

fn times(store: &Store, item: Option<ItemId>) -> Vec<i64> {
    let decisions = store.decisions(item, 1_000).unwrap();
    decisions.into_iter().map(|numbered| numbered.decision.at.as_millis()).collect()
}

#[test]
fn a_decision_is_read_back_with_the_values_of_its_conditions() {
    let mut store = Store::open_in_memory().unwrap();
    let full = DecisionRecord {
        text: Some("the battery is at 20 %".to_owned()),
        until: Some(at(9)),
        session: Some(SessionId::from_u128(3)),
        conditions: vec![
            ConditionRecord {
                name: "battery".to_owned(),
                value: "20 %".to_owned(),
                wanted: "30 % or more".to_owned(),
                holds: false,
            },
            ConditionRecord {
                name: "network".to_owned(),
                value: "\"caf\u{e9}\"\n".to_owned(),
                wanted: String::new(),
                holds: true,
            },
        ],
        ..decision(PHOTOS, 1)
    };
    let plain = decision(NOTES, 2);
    let last = write(&mut store, |writer| {
        assert_eq!(writer.record_decisions(&[]).unwrap(), 0);
        writer.record_decisions(&[full.clone(), plain.clone()]).unwrap()
    });
    let all = store.decisions(None, 10).unwrap();
    assert_eq!(all[0].number, last);
    assert_eq!(all.into_iter().map(|numbered| numbered.decision).collect::<Vec<_>>(), [plain, full.clone()]);
    let of_session = store.decisions_of_session(SessionId::from_u128(3)).unwrap();
    assert_eq!(of_session[0].decision, full);
    assert_eq!(store.last_start_decision(PHOTOS).unwrap().map(|numbered| numbered.decision), Some(full));
    assert_eq!(store.last_start_decision(NOTES).unwrap(), None);
}

#[test]
fn the_ledger_is_read_by_item_newest_first_or_in_parts_in_its_order() {
    let mut store = Store::open_in_memory().unwrap();
    let decisions: Vec<_> = (1..=6).map(|when| decision([NOTES, PHOTOS][when as usize % 2], when)).collect();
    write(&mut store, |writer| writer.record_decisions(&decisions).unwrap());
    assert_eq!(times(&store, Some(PHOTOS)), [5, 3, 1]);
    assert_eq!(times(&store, None), [6, 5, 4, 3, 2, 1]);
    assert_eq!(store.decisions(Some(NOTES), 1).unwrap()[0].decision, decisions[5]);

    let (mut number, mut read) = (0, Vec::new());
    loop {
        let part = store.decisions_after(number, 4).unwrap();
        let Some(last) = part.last() else { break };
        number = last.number;
        read.extend(part.into_iter().map(|numbered| numbered.decision));
    }
    assert_eq!(read, decisions);
}

#[test]
fn old_decisions_and_those_beyond_the_number_are_let_go_and_numbers_are_not_given_twice() {
    let mut store = Store::open_in_memory().unwrap();
    let decisions: Vec<_> = (1..=10).map(|when| decision(PHOTOS, when)).collect();
    write(&mut store, |writer| writer.record_decisions(&decisions).unwrap());
    let prune = |store: &mut Store, age_millis, n_rows| {
        let limits = DecisionLimits { age_millis, n_rows };
        write(store, |writer| writer.prune_decisions(limits, at(10)).unwrap())
    };
    assert_eq!(prune(&mut store, 9, 10), 0);
    assert_eq!(prune(&mut store, 7, 100), 2);
    assert_eq!(times(&store, None), [10, 9, 8, 7, 6, 5, 4, 3]);
    assert_eq!(prune(&mut store, 100, 5), 3);
    assert_eq!(times(&store, None), [10, 9, 8, 7, 6]);
    assert_eq!(prune(&mut store, 100, 0), 5);
    assert_eq!(times(&store, None), [0_i64; 0]);
    assert_eq!(write(&mut store, |writer| writer.record_decisions(&[decision(PHOTOS, 11)]).unwrap()), 11);
}

#[test]
fn ninety_days_and_two_hundred_thousand_are_kept() {
    let DecisionLimits { age_millis, n_rows } = DecisionLimits::default();
    assert_eq!((age_millis, n_rows), (7_776_000_000, 200_000));
}

#[test]
fn what_an_item_was_decided_stays_when_the_item_goes() {
    let mut store = Store::open_in_memory().unwrap();
    write(&mut store, |writer| {
        writer.record_decisions(&[decision(PHOTOS, 1)]).unwrap();
        writer.forget_item(crate::HANDLER, PHOTOS).unwrap();
    });
    assert_eq!(times(&store, Some(PHOTOS)), [1]);
}

#[test]
fn conditions_no_version_has_written_are_damage_and_members_of_later_ones_are_not() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    write(&mut store, |writer| writer.record_decisions(&[decision(PHOTOS, 1)]).unwrap());
    let write_column = |text: &str| {
        let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
        db.execute("UPDATE decisions SET conditions = ?1", [text]).unwrap();
    };
    write_column(r#"[{"name":"load","value":"2","wanted":"1","holds":false,"unit":"%"}]"#);
    assert_eq!(store.decisions(None, 1).unwrap()[0].decision.conditions[0].value, "2");
    write_column("often");
    assert_eq!(store.decisions(None, 1).unwrap_err().kind(), StoreErrorKind::Damaged);
}

#[test]
fn decisions_about_an_item_are_found_by_an_index() {
    let state = tempfile::tempdir().unwrap();
    drop(Store::open(state.path()).unwrap());
    let db = Connection::open(state.path().join(FILE_NAME)).unwrap();
    let plan: String = db
        .query_row(
            "EXPLAIN QUERY PLAN SELECT at FROM decisions WHERE item = x'00' ORDER BY number DESC LIMIT 1",
            (),
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("decisions_of_an_item"), "{plan}");
}
