//! Ending at once: one signal that wakes whoever waits on a channel, and whoever waits on descriptors.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{Abort, Aborted, abort};
#[cfg(windows)]
pub(crate) use windows::{Abort, Aborted, abort};

/// Nothing is ever sent: the end of the channel is what counts.
#[derive(Debug)]
pub(crate) enum Never {}
