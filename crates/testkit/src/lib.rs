//! For tests only: what tests of several crates need, so that none of them needs a clock, a network or a home.
//!
//! * [`Scripted`]: a handler that does what a test says and records what it is called with;
//! * [`FakeClock`]: time that passes when told;
//! * [`Tree`]: folders as values, written to disk and read back;
//! * [`Contents`]: what must not get lost, wherever it lies;
//! * [`Hermetic`]: a home of its own for a binary under test.

mod clock;
mod contents;
mod hermetic;
mod latch;
mod scripted;
mod tree;

pub use clock::FakeClock;
pub use contents::Contents;
pub use hermetic::Hermetic;
pub use latch::Latch;
pub use scripted::{Play, Record, Recorded, Scripted};
pub use tree::{Node, Tree};
