//! The whole server over real sockets, with a manager that says what is written down.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asking;
mod client;
mod doors;
mod events;
mod http;
mod keys;
mod refusing;
mod scripted;
mod stopping;
#[cfg(unix)]
mod strangers;
mod web;
mod world;
