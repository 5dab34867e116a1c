//! What differs between kinds of systems: what refusals are called, what the disk of this machine can do, and how
//! much is tried.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{Errno, QUIRKS, SEEDS, SEEDS_ON_DISK, make_special};
#[cfg(windows)]
pub(crate) use windows::{Errno, QUIRKS, SEEDS, SEEDS_ON_DISK, make_special};
