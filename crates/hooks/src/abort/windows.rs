//! The signal on a channel alone: everything is waited for on channels.

use std::io;

use crossbeam_channel::{Receiver, Sender};

use super::Never;

/// Aborts when it is dropped.
#[derive(Debug)]
pub(crate) struct Abort {
    _channel: Sender<Never>,
}

/// Where an abort shows. It never goes away again.
#[derive(Debug)]
pub(crate) struct Aborted {
    channel: Receiver<Never>,
}

/// An abort and where it shows.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere the system may refuse a pipe")]
pub(crate) fn abort() -> io::Result<(Abort, Aborted)> {
    let (sender, channel) = crossbeam_channel::bounded(0);
    Ok((Abort { _channel: sender }, Aborted { channel }))
}

impl Aborted {
    /// Disconnected after an abort.
    pub(crate) fn channel(&self) -> &Receiver<Never> {
        &self.channel
    }
}
