//! One writer at a time, and who it is.

use syncmgr_store::{Claim, LeaseHolder, Owner, Store, StoreError, StoreErrorKind};

use crate::{at, us};

fn other() -> Owner {
    Owner { pid: 20, ..us() }
}

/// A store whose lease `owner` took at 0 for 100 ms.
fn held_by(owner: &Owner) -> Store {
    let mut store = Store::open_in_memory().unwrap();
    let claim = Claim { owner, now: at(0), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();
    let _ = writer.take_lease(&claim, 100).unwrap();
    writer.commit().unwrap();
    store
}

/// Whether `us` may write at `now`, when the processes in `running` exist.
fn may_write(store: &mut Store, now: i64, running: &[u32]) -> bool {
    let owner = us();
    let claim = Claim { owner: &owner, now: at(now), is_running: &|pid| running.contains(&pid) };
    let checked = store.check_lease(&claim).is_ok();
    let wrote = store.writer(&claim).and_then(|writer| writer.commit()).is_ok();
    assert_eq!(checked, wrote, "the check before long work says what the writer will say");
    wrote
}

#[test]
fn a_living_holder_keeps_others_out_until_its_lease_ends() {
    let mut store = held_by(&other());
    assert!(!may_write(&mut store, 99, &[20]));
    assert!(may_write(&mut store, 100, &[20]));
}

#[test]
fn a_dead_holder_keeps_nobody_out() {
    assert!(may_write(&mut held_by(&other()), 50, &[]));
}

#[test]
fn a_holder_from_an_earlier_boot_is_dead_whatever_its_number_is_now() {
    let earlier = Owner { boot: "before".to_owned(), ..other() };
    assert!(may_write(&mut held_by(&earlier), 50, &[20]));
}

#[test]
fn a_holder_on_another_host_is_believed_until_its_lease_ends() {
    let elsewhere = Owner { host: "there".to_owned(), ..other() };
    let mut store = held_by(&elsewhere);
    assert!(!may_write(&mut store, 50, &[]));
    assert!(may_write(&mut store, 100, &[]));
}

#[test]
fn the_holder_itself_may_write_and_gives_the_lease_back() {
    let mut store = held_by(&us());
    assert!(may_write(&mut store, 50, &[10]));
    let owner = us();
    let claim = Claim { owner: &owner, now: at(60), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();
    writer.release_lease(&claim).unwrap();
    writer.commit().unwrap();
    assert_eq!(store.lease_holder().unwrap(), None);
}

#[test]
fn giving_back_a_lease_that_was_taken_over_leaves_the_new_one() {
    let mut store = held_by(&other());
    let owner = us();
    let late = Claim { owner: &owner, now: at(200), is_running: &|_| true };
    let writer = store.writer(&late).unwrap();
    let _ = writer.take_lease(&late, 100).unwrap();
    writer.commit().unwrap();

    let old = other();
    let claim = Claim { owner: &old, now: at(250), is_running: &|_| false };
    let writer = store.writer(&claim).unwrap();
    writer.release_lease(&claim).unwrap();
    writer.commit().unwrap();
    let holder = LeaseHolder { owner, taken: at(200), expires: at(300) };
    assert_eq!(store.lease_holder().unwrap(), Some(holder));
}

#[test]
fn renewing_keeps_the_time_the_lease_was_taken() {
    let mut store = held_by(&us());
    let owner = us();
    let claim = Claim { owner: &owner, now: at(60), is_running: &|_| true };
    let writer = store.writer(&claim).unwrap();
    let _ = writer.take_lease(&claim, 100).unwrap();
    writer.commit().unwrap();
    assert_eq!(store.lease_holder().unwrap(), Some(LeaseHolder { owner, taken: at(0), expires: at(160) }));
}

#[test]
fn a_refusal_names_the_holder() {
    let mut store = held_by(&other());
    let owner = us();
    let claim = Claim { owner: &owner, now: at(50), is_running: &|_| true };
    let error = store.writer(&claim).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    assert_eq!(error.to_string(), "the store is held by process `20` on `here`");
    assert!(matches!(error, StoreError::Held { holder } if holder.owner == other()));
}
