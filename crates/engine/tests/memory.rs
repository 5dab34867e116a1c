//! What a session leaves behind in memory: nothing, counted, however many handlers and items it had.

mod setup;

use std::alloc::System;
use std::thread;

use setup::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus::Succeeded;
use syncmgr_testkit::Scripted;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const N_HANDLERS: u128 = 1_000;
const N_ITEMS_EACH: u128 = 10;

/// Allocations that were not given back.
fn n_alive() -> usize {
    let stats = COUNTING.stats();
    stats.allocations - stats.deallocations
}

/// A session in which everything is used that keeps anything: rows, texts, entries, jumps.
fn big_session() {
    let handlers: Vec<Scripted> = (0..N_HANDLERS)
        .map(|number| {
            let items: Vec<ItemId> =
                (1..=N_ITEMS_EACH).map(|item| ItemId::from_u128(number << 64 | item)).collect();
            Scripted::new("disk", &items).on_synchronize(|play| {
                for &item in &play.items {
                    let answer = play.callback.progress(&item, &ProgressUpdate::text("counting"));
                    assert!(answer.is_ok());
                    play.log(LogLevel::Warning, "slow", item);
                }
                play.log_jump("lost", syncmgr_model::id::ErrorId::from_u128(1));
                play.end_all(Succeeded);
                play.synchronized(Outcome::OK)
            })
        })
        .collect();
    let session = start(&handlers.iter().collect::<Vec<_>>());
    session.ignore_events();
    let report = session.wait();
    assert_eq!(report.items.len() as u128, N_HANDLERS * N_ITEMS_EACH);
    assert!(report.items.iter().all(|item| item.status == Succeeded));
    assert_eq!(report.entries.len() as u128, N_HANDLERS * (N_ITEMS_EACH + 1));
}

#[test]
fn after_a_session_of_a_thousand_handlers_memory_is_as_it_was() {
    // What is made once and kept, and threads' own remains: far less than one allocation a handler.
    let slack = N_HANDLERS as usize / 4;
    big_session();
    let before = n_alive();
    for _ in 0..3 {
        big_session();
    }
    // The session is over when the handlers are dropped; their threads still have to end.
    for _ in 0..10_000_000u64 {
        if n_alive() <= before + slack {
            break;
        }
        thread::yield_now();
    }
    assert!(n_alive() <= before + slack, "{} allocations before, {} after", before, n_alive());
}
