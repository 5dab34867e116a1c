//! What each system does in its own way. `unix` and `windows` have the same functions.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(super) use unix::{Signals, stand_still};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::{Signals, stand_still};
