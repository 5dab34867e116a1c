//! Children as job objects.

mod child;
mod job;
mod processes;
mod surroundings;
mod threads;

use std::os::windows::io::OwnedHandle;
use std::process::ExitStatus;

pub use child::Child;
pub(crate) use surroundings::{find_in, is_passed_on, is_same_name, with_extension};
pub use threads::{Never, Reader, Watch, Writer};

/// Our end of a pipe to a program.
pub type Pipe = OwnedHandle;

/// The signal that ended a program: here there are none.
pub fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}
