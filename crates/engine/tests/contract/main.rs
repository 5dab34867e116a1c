//! The contract's statements about the manager, one test each, against the real engine with scripted handlers.
//!
//! A test's name begins with the number of its statement; `docs/contract.md` says what each statement is, on which faces
//! it is tested, and where only the border of another face can express it. `table` keeps page and tests together.

#![expect(clippy::unwrap_used, reason = "the lint spares tests, and everything in here is part of one")]

mod cancel;
mod connections;
mod desk;
mod further;
mod invoke;
mod loading;
mod log;
mod modeless;
mod prepare;
mod progress;
mod properties;
#[path = "../setup/mod.rs"]
mod setup;
mod synchronize;
mod table;
mod triggers;
