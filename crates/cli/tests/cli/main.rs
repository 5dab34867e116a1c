//! The command as people meet it: through the real binary, in a home of its own.

#![expect(clippy::disallowed_methods, reason = "the tests start the programs that make trouble")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod add;
mod both_ways;
mod completions;
mod configuration;
mod conflicts;
mod connections;
mod daemon;
mod daemon_kill;
mod desktop;
mod doctor;
mod handlers;
mod home;
mod hooks;
mod invoke;
mod items;
mod keys;
mod manual;
mod marks;
mod memory;
mod merging;
mod notes;
mod open;
mod pages;
mod pause;
mod plan;
mod questions;
mod readme;
mod recipes;
mod schedule;
mod store;
mod sync;
mod terminal;
mod through;
mod trash;
mod triggers;
mod trouble;
mod undo;
mod usage;
mod web;
mod why;
