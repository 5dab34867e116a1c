//! What all sources have in common: a thread that can be ended at any time, and a channel it can never hang on.

use std::io;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, select};

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
