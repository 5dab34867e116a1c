//! How a process ends or stops itself, and what refusals are called.

use std::io;

/// `ERROR_DISK_FULL`.
pub(super) const NO_SPACE: i32 = 112;
/// `ERROR_IO_DEVICE`.
pub(super) const IO: i32 = 1117;
/// `ERROR_ACCESS_DENIED`.
pub(super) const ACCESS: i32 = 5;
/// `ERROR_TOO_MANY_OPEN_FILES`.
pub(super) const TOO_MANY_OPEN: i32 = 4;

/// Ends at once: nothing is unwound, dropped or written.
pub(super) fn kill() -> io::Result<()> {
    std::process::abort()
}

pub(super) fn stop() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
