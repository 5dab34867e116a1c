//! The signal on a pipe besides, for whoever waits on descriptors.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};

use crossbeam_channel::{Receiver, Sender};

use super::Never;

/// Aborts when it is dropped.
#[derive(Debug)]
pub(crate) struct Abort {
    _pipe: PipeWriter,
    _channel: Sender<Never>,
}

/// Where an abort shows. It never goes away again.
#[derive(Debug)]
pub(crate) struct Aborted {
    pipe: PipeReader,
    channel: Receiver<Never>,
}

/// An abort and where it shows.
pub(crate) fn abort() -> io::Result<(Abort, Aborted)> {
    let (pipe, writer) = io::pipe()?;
    let (sender, channel) = crossbeam_channel::bounded(0);
    Ok((Abort { _pipe: writer, _channel: sender }, Aborted { pipe, channel }))
}

impl Aborted {
    /// Disconnected after an abort.
    pub(crate) fn channel(&self) -> &Receiver<Never> {
        &self.channel
    }
}

impl AsFd for Aborted {
    /// At its end after an abort.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}
