//! The scenarios of `docs/scenarios.md`: situations in which synchronizers have lost things, each named by its id.
//!
//! `world` is a pair of folders that remembers every content ever in it, `settle` is what every scenario ends with. Most
//! scenarios run the folder handler in this process, on the machine's files, with a hook before each call; those about
//! the command run the command.

#![expect(
    clippy::disallowed_methods,
    reason = "tests take the time, start themselves again and run programs"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apart;
mod census;
mod odd;
mod settle;
mod told;
mod world;

mod changes;
mod conflicts;
mod crash;
mod deletion;
mod files;
mod full;
mod links;
mod modes;
mod moves;
mod names;
mod programs;
mod remembered;
mod roots;
mod scale;
mod table;
mod times;
mod trash;
mod types;
