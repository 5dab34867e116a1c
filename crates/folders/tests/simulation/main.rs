//! The folder engine in a simulated world: random trees, random users, and runs that are stopped, killed, cut from power
//! and refused, played from a seed and checked against what was promised.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests are a rim of their own: they take the time and the environment"
)]

mod checker;
mod disk;
mod disturb;
mod generate;
mod ground;
mod machine;
mod memory;
mod power;
mod random;
mod regressions;
mod script;
mod search;
mod shrink;
mod user;
mod view;
mod world;

use std::time::Duration;

use disk::Quirk;
use generate::Stage;
use search::{Search, play_on, search, try_script};

/// A number that `cargo xtask soak` has set.
fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

#[test]
fn no_promise_is_broken_in_a_simulated_world() {
    let (runs, seconds) = (set("SOAK_RUNS"), set("SOAK_SECONDS"));
    let is_soak = runs.is_some() || seconds.is_some();
    let searched = search(Search {
        stage: Stage::Memory,
        first_seed: set("SOAK_SEED").unwrap_or(0),
        seeds: if is_soak { u64::MAX } else { machine::SEEDS },
        runs: runs.unwrap_or(u64::MAX),
        time: seconds.map(Duration::from_secs),
    });
    match searched {
        Ok(searched) => println!("{searched}"),
        Err(finding) => panic!("{finding}"),
    }
}

#[test]
fn no_promise_is_broken_on_the_disk_of_this_machine() {
    let seeds = machine::SEEDS_ON_DISK;
    let searched = search(Search { stage: Stage::Real, first_seed: 0, seeds, runs: u64::MAX, time: None });
    match searched {
        Ok(searched) => println!("{searched}"),
        Err(finding) => panic!("{finding}"),
    }
}

#[test]
fn what_once_failed_does_not_fail_again() {
    for (what, text) in regressions::SCRIPTS {
        let script = text.parse().unwrap_or_else(|error| panic!("{what}: {error}"));
        if let Err(violation) = play_on(Stage::Memory, &script).checked {
            panic!("{what}: {}\n{}", violation.promise, violation.found);
        }
    }
}

#[test]
fn a_script_reads_back_as_it_was_written() {
    for seed in 0..200 {
        let script = generate::script(seed, Stage::Memory);
        assert_eq!(script.to_string().parse(), Ok(script));
    }
}

#[test]
fn the_same_script_goes_the_same_way_every_time() {
    for seed in 0..20 {
        let script = generate::script(seed, Stage::Memory);
        let played = [play_on(Stage::Memory, &script), play_on(Stage::Memory, &script)];
        assert_eq!(played[0].n_calls, played[1].n_calls, "seed {seed}");
    }
}

/// The simulation is worth something only if it finds what is wrong.
#[test]
fn a_disk_that_lies_about_flushing_is_found_out_and_the_script_is_small() {
    let found = (0..500).find_map(|seed| {
        let mut script = generate::script(seed, Stage::Memory);
        script.volumes.iter_mut().for_each(|quirks| quirks.push(Quirk::Lies));
        try_script(Stage::Memory, seed, &script).err()
    });
    let found = found.unwrap();
    assert!(found.script.steps.len() <= 8, "{found}");
}
