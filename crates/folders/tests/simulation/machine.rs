//! What differs between kinds of systems: what refusals are called, and what the disk of this machine can do.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{Errno, QUIRKS, make_special};
#[cfg(windows)]
pub(crate) use windows::{Errno, QUIRKS, make_special};
