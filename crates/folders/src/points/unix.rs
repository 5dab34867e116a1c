//! How a process ends or stops itself, and what refusals are called.

use std::io;

use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};

pub(super) const NO_SPACE: i32 = Errno::NOSPC.raw_os_error();
pub(super) const IO: i32 = Errno::IO.raw_os_error();
pub(super) const ACCESS: i32 = Errno::ACCESS.raw_os_error();
pub(super) const TOO_MANY_OPEN: i32 = Errno::MFILE.raw_os_error();

pub(super) fn kill() -> io::Result<()> {
    Ok(kill_process(getpid(), Signal::KILL)?)
}

pub(super) fn stop() -> io::Result<()> {
    Ok(kill_process(getpid(), Signal::STOP)?)
}
