//! A session of a thousand handlers with ten items each: the manager's time an item, and what is left of it in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use syncmgr_engine::{Engine, HandlerEntry, Services, SessionRequest};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_testkit::Scripted;

use crate::{Outcome, median};

const N_HANDLERS: u32 = 1_000;
const N_ITEMS: u32 = 10;

pub(crate) fn measure(n_rounds: usize) -> Outcome<()> {
    let mut millis = Vec::new();
    let mut resident = Vec::new();
    for _ in 0..=n_rounds {
        millis.push(session()?.as_secs_f64() * 1e3);
        resident.push(resident_kib()?);
    }
    // The first one grows what the allocator keeps.
    let took = median(&mut millis[1..]);
    println!();
    println!(
        "{N_HANDLERS} handlers with {N_ITEMS} items each: {took:.0} ms a session, {:.1} µs an item",
        took * 1e3 / f64::from(N_HANDLERS * N_ITEMS)
    );
    println!("resident after each session, KiB: {resident:?}");
    Ok(())
}

fn session() -> Outcome<Duration> {
    let entries = (0..N_HANDLERS).map(|handler| {
        let items: Vec<ItemId> =
            (0..N_ITEMS).map(|item| ItemId::from_u128(u128::from(handler * N_ITEMS + item) + 1)).collect();
        let id = HandlerId::from_u128(u128::from(handler) + 1);
        HandlerEntry::new(id, "bench", Arc::new(Scripted::new("bench", &items)))
    });
    let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
    let request = SessionRequest::new(SessionId::NIL, flags, entries.collect());
    let start = Instant::now();
    let session = Engine::new(Services::system()).start(request);
    session.ignore_events();
    let report = session.wait();
    let took = start.elapsed();
    let n_done = report.items.iter().filter(|item| item.status == ItemStatus::Succeeded).count();
    assert_eq!(n_done, (N_HANDLERS * N_ITEMS) as usize);
    Ok(took)
}

fn resident_kib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
