//! Words and decisions of the synchronization manager.
//!
//! Everyone depends on this crate and it depends on nothing of ours. It does not know that time passes, that disks,
//! sockets or databases exist, or that anybody looks: times come in as values and what should happen goes out as
//! values. In reading order:
//!
//! * [`id`]: the four identifiers, each with one text form;
//! * [`outcome`]: the 32-bit answers of the contract, unusual success codes included;
//! * [`status`], [`verdict`], [`progress`]: what a row shows and what a progress call is answered;
//! * [`event`], [`flags`]: why a session starts and what the contract's flag words say;
//! * [`item`], [`entry`]: what handlers list and what they log;
//! * [`fact`]: what a run reports beyond the nine calls: changes, conflicts, problems, halts;
//! * [`tick`]: which items take part, and which choices are forgotten;
//! * [`trigger`], [`invoke`], [`registration`], [`queue`]: what makes a session start, and whether and when it does;
//! * [`session`]: the session machine;
//! * [`window`]: what its window does at the end.

#![warn(missing_docs)]

pub mod entry;
pub mod event;
pub mod fact;
pub mod flags;
pub mod id;
pub mod invoke;
pub mod item;
pub mod os_text;
pub mod outcome;
pub mod progress;
pub mod queue;
pub mod registration;
pub mod session;
pub mod status;
pub mod tick;
pub mod time;
pub mod trigger;
pub mod verdict;
pub mod window;
