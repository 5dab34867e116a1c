//! What all sources have in common: a thread that can be ended at any time, and a channel it can never hang on.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, select};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use crate::sign::{Sign, Source};

/// A thread and the way to end it. Dropping it ends the thread and waits for that.
pub(crate) struct Worker {
    // Dropped first: it ends a wait for the reader of the signs.
    ended: Option<Sender<()>>,
    ring: Box<dyn Fn() + Send + Sync>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread. `ring` has to end whatever the body waits for.
    pub(crate) fn spawn(
        name: &str,
        signs: Sender<Sign>,
        ring: impl Fn() + Send + Sync + 'static,
        body: impl FnOnce(Signs) + Send + 'static,
    ) -> io::Result<Self> {
        let (ended, over) = bounded(0);
        let signs = Signs { sender: signs, over };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || body(signs))?;
        Ok(Self { ended: Some(ended), ring: Box::new(ring), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.ended = None;
        (self.ring)();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by its hook; there is nobody to pass it on to.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("thread", &self.thread).finish_non_exhaustive()
    }
}

/// Nobody wants signs of this source any more: it was dropped, or the reader was.
#[derive(Debug)]
pub(crate) struct Over;

/// How the thread of a source ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Over,
    Failed(io::Error),
}

impl From<Over> for Ended {
    fn from(_: Over) -> Self {
        Self::Over
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Where a source's signs go.
pub(crate) struct Signs {
    sender: Sender<Sign>,
    over: Receiver<()>,
}

impl Signs {
    /// Hands over a sign. Waits while the channel is full, but not longer than the source lives.
    pub(crate) fn send(&self, sign: Sign) -> Result<(), Over> {
        select! {
            send(self.sender, sign) -> sent => sent.map_err(|_| Over),
            recv(self.over) -> _ => Err(Over),
        }
    }

    /// Tells how the source ended, if anybody has to know.
    pub(crate) fn end(&self, source: Source, what: &str, end: Result<(), Ended>) {
        if let Err(Ended::Failed(error)) = end {
            let _ = self.send(Sign::SourceLost { source, why: format!("{what}: {error}") });
        }
    }
}

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
