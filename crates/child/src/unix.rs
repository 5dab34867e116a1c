//! Children as sessions.

mod child;
mod members;
mod surroundings;

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

pub use child::Child;
pub(crate) use surroundings::{find_in, is_passed_on, is_same_name, with_extension};

/// Our end of a pipe to a program.
pub type Pipe = OwnedFd;

/// The signal that ended a program; none if it ended by itself, or where there are no signals.
pub fn signal_of(status: ExitStatus) -> Option<i32> {
    status.signal()
}
