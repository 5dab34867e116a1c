//! The release binary killed or failed at each of its system calls that change something, and what the next run makes
//! of it.
//!
//! Built only with the feature `kill`, and run optimized: `cargo xtask kill`. The named points of `crashes` are where we
//! think that it matters; here nobody was asked. Each call of all threads counts that changes a side, a `.syncmgr` or
//! the state, also those of the database. Whatever happens: nothing is lost, each visible file is whole, and one more
//! run brings both sides to where the first would have brought them, without a person.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod pair;
mod registers;
mod tracer;

use std::sync::atomic::{AtomicUsize, Ordering};

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use pair::Pair;
use tracer::{Deed, End};

/// Fewer calls would show less than is promised.
const MIN_CALLS: usize = 200;

/// Keeps this thread and the programs it starts on one processor, each sweep on another one. Between a program and the
/// one who traces it there is always one who waits; on two processors they would mostly wait for each other's wake-up.
fn stay_on_one_processor() {
    static N_SWEEPS: AtomicUsize = AtomicUsize::new(0);
    let this_thread = Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread).unwrap();
    let allowed: Vec<_> =
        (0..CpuSet::count()).filter(|processor| allowed.is_set(*processor).unwrap()).collect();
    let mut one = CpuSet::new();
    one.set(allowed[N_SWEEPS.fetch_add(1, Ordering::Relaxed) % allowed.len()]).unwrap();
    sched_setaffinity(this_thread, &one).unwrap();
}

/// Does the deed at the first call, the second, and so on until a run ends before it comes to it.
fn sweep(deed: Deed) {
    stay_on_one_processor();
    for chosen in 1.. {
        let pair = Pair::new();
        let outcome = pair.sync_disturbed(chosen, deed);
        let Some(hit) = &outcome.hit else {
            assert_eq!(outcome.end, End::Exited(0), "undisturbed: {}", pair.said());
            assert!(outcome.n_calls >= MIN_CALLS, "only {} calls change something", outcome.n_calls);
            break;
        };
        let when = format!("{deed:?} at call {chosen}, {hit}");
        match deed {
            Deed::KillBefore | Deed::KillAfter => assert_eq!(outcome.end, End::Killed, "{when}"),
            Deed::Fail(_) => pair.expect_told(&when, hit, outcome.end),
        }
        pair.expect_nothing_lost(&when);
        pair.expect_next_run_completes(&when);
    }
}

#[test]
fn a_run_killed_before_any_call_loses_nothing_and_the_next_one_completes() {
    sweep(Deed::KillBefore);
}

#[test]
fn a_run_killed_after_any_call_loses_nothing_and_the_next_one_completes() {
    sweep(Deed::KillAfter);
}

#[test]
fn a_call_that_finds_the_disk_full_loses_nothing_and_the_next_run_completes() {
    sweep(Deed::Fail(Errno::ENOSPC));
}

#[test]
fn a_call_that_cannot_reach_the_disk_loses_nothing_and_the_next_run_completes() {
    sweep(Deed::Fail(Errno::EIO));
}

#[test]
fn a_call_that_is_not_permitted_loses_nothing_and_the_next_run_completes() {
    sweep(Deed::Fail(Errno::EACCES));
}

#[test]
fn a_call_that_finds_too_many_open_files_loses_nothing_and_the_next_run_completes() {
    sweep(Deed::Fail(Errno::EMFILE));
}
