//! Pipes that are waited for by `poll`.

use std::io;
use std::os::fd::AsFd as _;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use syncmgr_child::Pipe;

use super::Got;

/// Where output comes from.
pub(super) struct Source(Pipe);

impl Source {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it takes a thread")]
    pub(super) fn of(pipe: Pipe) -> io::Result<Self> {
        Ok(Self(pipe))
    }

    /// Hands over what is there.
    pub(super) fn read(&self, take: &mut dyn FnMut(&[u8])) -> io::Result<Got> {
        let mut bytes = [0; 16 * 1024];
        match read(&self.0, &mut bytes) {
            Ok(0) => return Ok(Got::End),
            Ok(n_bytes) => take(&bytes[..n_bytes]),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Got::Something)
    }
}

/// Waits until something has come from one of them or the time is over, and says from which. Without any it is a wait that
/// signals can end early.
pub(super) fn ready(sources: &[&Source], time: Duration) -> io::Result<Vec<bool>> {
    let mut polled: Vec<_> =
        sources.iter().map(|source| PollFd::from_borrowed_fd(source.0.as_fd(), PollFlags::IN)).collect();
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(&mut polled, Some(&time)) {
        Ok(_) | Err(Errno::INTR) => Ok(polled.iter().map(|file| !file.revents().is_empty()).collect()),
        Err(error) => Err(error.into()),
    }
}
