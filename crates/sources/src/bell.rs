//! [`Bell`]: what ends a wait for a descriptor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

/// Wakes a thread that waits for a descriptor.
#[derive(Debug)]
pub(crate) struct Bell(OwnedFd);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(crate) fn ring(&self) {
        // It fails only when the counter is full, and then the bell rings already.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Makes it silent, until it is rung again.
    pub(crate) fn hush(&self) {
        let _ = rustix::io::read(&self.0, &mut [0_u8; 8]);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The descriptor has something.
    Ready,
    /// The bell was rung.
    Bell,
    /// The time is over.
    Deadline,
}

/// Waits until the descriptor has something, the bell is rung or, where there is one, the time is over.
///
/// The bell wins, so that nobody has to handle a flood before ending.
pub(crate) fn wait(
    descriptor: impl AsFd,
    flags: PollFlags,
    bell: &Bell,
    at_most: Option<&Timespec>,
) -> io::Result<Woken> {
    let mut both = [PollFd::from_borrowed_fd(descriptor.as_fd(), flags), PollFd::new(bell, PollFlags::IN)];
    loop {
        match poll(&mut both, at_most) {
            // Waiting the whole time again is late at most by the time already waited; signals are rare.
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(0) => return Ok(Woken::Deadline),
            Ok(_) if both[1].revents().is_empty() => return Ok(Woken::Ready),
            Ok(_) => return Ok(Woken::Bell),
        }
    }
}
