//! For authors of handlers: skeletons to begin with, and the suite that tells whether a handler keeps the protocol.
//!
//! * [`skeleton()`]: the files of a complete small handler, in one of three languages;
//! * [`check()`]: starts a handler some dozens of times, is a manager to it, and tells which [`Claim`](check::Claim)s hold.
//!
//! The suite speaks raw lines with a small driver of its own, not with the manager's: so it shows exactly what was said, can
//! say what a manager never would, and a mistake of the one does not hide a mistake of the other.
//!
//! Nothing here prints, asks or reads the environment; a face does.

#![warn(missing_docs)]

pub mod check;
pub mod skeleton;

pub use check::{Limits, Report, Subject, check, check_some};
pub use skeleton::{Language, SkeletonFile, skeleton};
