//! The composition root: joins engine, handlers and store, and answers what faces ask.
//!
//! In reading order: [`Manager`] answers requests, [`Surroundings`] are what it is told about where it runs, [`Failure`]
//! turns what goes wrong into help.

pub mod background;
mod config;
mod connections;
mod desk;
pub mod desktop;
mod exit;
mod failure;
pub mod installation;
mod link;
mod manager;
mod nearest;
mod parameter;
pub mod phrases;
mod service;
pub mod surroundings;
mod system;
mod telling;

pub use exit::Exit;
pub use failure::Failure;
pub use link::Link;
pub use manager::{Controls, Face, Manager};
pub use parameter::{FLAGS_OF_ALL, parameter_flag};
pub use service::ServiceCommand;
pub use surroundings::Surroundings;
pub use system::Ends;

/// Does what this program was started for by itself, if it was: to be the process of a COM class. Asked before anything else; nothing
/// has been read or printed by then.
pub fn role() -> Option<std::process::ExitCode> {
    system::role()
}

/// An interval as people write it, `15m`; nothing if it is none.
pub fn interval(text: &str) -> Option<std::time::Duration> {
    config::interval(text)
}
