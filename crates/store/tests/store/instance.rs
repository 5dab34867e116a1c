//! One manager that stays, beside which others write.

use syncmgr_store::{Instance, Store, StoreError, StoreErrorKind};

use crate::{at, present, process, session, write};

const ADDRESS: &str = "/run/user/1000/syncmgr/control";

/// A store whose instance process 10 became at 100.
fn managed() -> Store {
    let mut store = Store::open_in_memory().unwrap();
    let before = write(&mut store, |writer| {
        present(&process(10, 1), 100, &[(10, 1)], |us| writer.take_instance(us, Some(ADDRESS)).unwrap())
    });
    assert_eq!(before, None);
    store
}

fn instance(pid: u32, taken: i64, seen: i64, ended: Option<i64>) -> Instance {
    Instance {
        process: process(pid, 1),
        address: Some(ADDRESS.to_owned()),
        taken: at(taken),
        seen: at(seen),
        ended: ended.map(at),
    }
}

#[test]
fn a_second_one_is_refused_with_the_first_ones_name_however_long_that_was_silent() {
    let mut store = managed();
    let error = write(&mut store, |writer| {
        present(&process(20, 2), i64::MAX, &[(10, 1), (20, 2)], |us| writer.take_instance(us, None))
    })
    .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    assert_eq!(error.to_string(), "process `10` on `here` is the manager of this store already");
    assert!(
        matches!(error, StoreError::Managed { instance: found } if *found == instance(10, 100, 100, None))
    );
    assert_eq!(store.instance().unwrap(), Some(instance(10, 100, 100, None)));
}

#[test]
fn a_dead_one_is_followed_and_how_it_was_is_told() {
    for alive in [&[(20, 1)][..], &[(10, 7), (20, 1)]] {
        let mut store = managed();
        let before = write(&mut store, |writer| {
            present(&process(20, 1), 300, alive, |us| writer.take_instance(us, Some(ADDRESS)).unwrap())
        });
        assert_eq!(before, Some(instance(10, 100, 100, None)), "it did not end in good order");
        assert_eq!(store.instance().unwrap(), Some(instance(20, 300, 300, None)));
    }
}

#[test]
fn one_that_starts_again_under_the_same_number_follows_itself() {
    let mut store = managed();
    let again = process(10, 5);
    let before = write(&mut store, |writer| {
        present(&again, 300, &[(10, 5)], |us| writer.take_instance(us, None).unwrap())
    });
    assert_eq!(before, Some(instance(10, 100, 100, None)));
    assert_eq!(store.instance().unwrap().unwrap().process, again);
}

#[test]
fn signs_of_life_are_kept_and_taking_again_keeps_the_time_it_was_taken() {
    let mut store = managed();
    write(&mut store, |writer| {
        present(&process(10, 1), 200, &[(10, 1)], |us| writer.renew_instance(us).unwrap());
    });
    assert_eq!(store.instance().unwrap(), Some(instance(10, 100, 200, None)));
    write(&mut store, |writer| {
        present(&process(10, 1), 250, &[(10, 1)], |us| writer.take_instance(us, Some(ADDRESS)).unwrap())
    });
    assert_eq!(store.instance().unwrap(), Some(instance(10, 100, 250, None)));
}

#[test]
fn after_a_good_end_the_next_one_starts_at_once_and_knows_when_that_was() {
    let mut store = managed();
    write(&mut store, |writer| {
        present(&process(10, 1), 200, &[(10, 1)], |us| writer.release_instance(us).unwrap());
    });
    assert_eq!(store.instance().unwrap(), Some(instance(10, 100, 200, Some(200))));
    // The process still lives: it is about to exit.
    let before = write(&mut store, |writer| {
        present(&process(20, 1), 201, &[(10, 1), (20, 1)], |us| writer.take_instance(us, None).unwrap())
    });
    assert_eq!(before, Some(instance(10, 100, 200, Some(200))));
}

#[test]
fn one_that_was_followed_finds_out_and_takes_nothing_away_from_the_next() {
    let mut store = managed();
    write(&mut store, |writer| {
        present(&process(20, 1), 300, &[(20, 1)], |us| writer.take_instance(us, Some(ADDRESS)).unwrap());
        present(&process(10, 1), 400, &[(20, 1)], |us| {
            let error = writer.renew_instance(us).unwrap_err();
            assert!(matches!(error, StoreError::Managed { .. }), "{error}");
            writer.release_instance(us).unwrap();
        });
    });
    assert_eq!(store.instance().unwrap(), Some(instance(20, 300, 300, None)));
}

#[test]
fn others_write_beside_it() {
    let mut store = managed();
    write(&mut store, |writer| writer.record_session(&session(1, vec![]), 10).unwrap());
    assert_eq!(store.sessions(10).unwrap().len(), 1);
}

#[test]
fn of_many_that_start_at_once_one_becomes_the_instance() {
    let state = tempfile::tempdir().unwrap();
    let alive: Vec<_> = (1..=8).map(|pid| (pid, 1)).collect();
    let become_it = |pid| {
        let mut store = Store::open(state.path()).unwrap();
        write(&mut store, |writer| {
            present(&process(pid, 1), 1, &alive, |us| writer.take_instance(us, None)).is_ok()
        })
    };
    let n_instances = std::thread::scope(|scope| {
        let started: Vec<_> = (1..=8)
            .map(|pid| {
                scope.spawn({
                    let become_it = &become_it;
                    move || become_it(pid)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).filter(|became| *became).count()
    });
    assert_eq!(n_instances, 1);
}
