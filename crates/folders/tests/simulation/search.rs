//! Looks for scripts that show a broken promise.

use std::fmt::{self, Display};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::checker::Violation;
use crate::generate::{Stage, script};
use crate::ground::{Memory, Real};
use crate::script::Script;
use crate::shrink::shrink;
use crate::world::{Played, play};

/// Plays a script where it belongs.
pub(crate) fn play_on(stage: Stage, script: &Script) -> Played {
    let failed = |error: std::io::Error| Played {
        n_runs: 0,
        n_calls: 0,
        checked: Err(Violation::new("the world can be made", error.to_string())),
    };
    match stage {
        Stage::Memory => Memory::new(script).map_or_else(failed, |ground| play(script, ground)),
        Stage::Real => Real::new().map_or_else(failed, |ground| play(script, ground)),
    }
}

/// A script that shows a broken promise, as small as it could be made.
pub(crate) struct Finding {
    pub(crate) seed: u64,
    pub(crate) script: Script,
    pub(crate) violation: Violation,
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, script, violation } = self;
        write!(f, "seed {seed}: {}\n{}\n\nsmallest script:\n{script}", violation.promise, violation.found)
    }
}

/// Plays the script of a seed; tells how many runs it took.
pub(crate) fn try_seed(stage: Stage, seed: u64) -> Result<u64, Box<Finding>> {
    try_script(stage, seed, &script(seed, stage))
}

/// Plays a script, and makes it small if it fails.
pub(crate) fn try_script(stage: Stage, seed: u64, whole: &Script) -> Result<u64, Box<Finding>> {
    let played = play_on(stage, whole);
    let Err(violation) = played.checked else { return Ok(played.n_runs) };
    let promise = violation.promise;
    let same =
        |script: &Script| play_on(stage, script).checked.is_err_and(|violation| violation.promise == promise);
    let script = shrink(whole, &same);
    let violation = play_on(stage, &script).checked.err().unwrap_or(violation);
    Err(Box::new(Finding { seed, script, violation }))
}

/// What to search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    pub(crate) stage: Stage,
    pub(crate) first_seed: u64,
    /// Enough when so many seeds have been tried,
    pub(crate) seeds: u64,
    /// or so many runs made,
    pub(crate) runs: u64,
    /// or so much time has passed.
    pub(crate) time: Option<Duration>,
}

/// How much was searched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Searched {
    pub(crate) seeds: u64,
    pub(crate) runs: u64,
    pub(crate) threads: usize,
    pub(crate) took: Duration,
}

impl Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, runs, threads, took } = self;
        let rate = *runs as f64 / took.as_secs_f64() / *threads as f64;
        write!(
            f,
            "{seeds} seeds, {runs} runs on {threads} threads in {took:.1?}: {rate:.0} runs a second each"
        )
    }
}

/// Tries one seed after the other, on all cores, until there is enough or a promise is found broken.
pub(crate) fn search(search: Search) -> Result<Searched, Box<Finding>> {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (next, runs) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = Mutex::new(None);
    let enough = || {
        runs.load(Ordering::Relaxed) >= search.runs
            || search.time.is_some_and(|time| begun.elapsed() >= time)
            || found.lock().unwrap().is_some()
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !enough() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= search.seeds {
                        break;
                    }
                    match try_seed(search.stage, search.first_seed + seed) {
                        Ok(n) => drop(runs.fetch_add(n, Ordering::Relaxed)),
                        Err(finding) => *found.lock().unwrap() = Some(finding),
                    }
                }
            });
        }
    });
    let (seeds, runs) = (next.into_inner().min(search.seeds), runs.into_inner());
    match found.into_inner().unwrap() {
        Some(finding) => Err(finding),
        None => Ok(Searched { seeds, runs, threads, took: begun.elapsed() }),
    }
}
