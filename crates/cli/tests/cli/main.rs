//! The command as people meet it: through the real binary, in a home of its own.

#![expect(clippy::disallowed_methods, reason = "the tests start the programs that make trouble")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod add;
mod completions;
mod configuration;
mod conflicts;
mod daemon;
mod daemon_kill;
mod doctor;
mod handlers;
mod home;
mod items;
mod keys;
mod marks;
mod memory;
mod notes;
mod open;
mod pages;
mod questions;
mod readme;
mod recipes;
mod store;
mod sync;
mod terminal;
mod trash;
mod trouble;
mod undo;
mod usage;
mod why;
