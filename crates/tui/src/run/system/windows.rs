//! A console: Ctrl-C is a key while the window is open, and its closing is the end of the process.

use std::io;

use crossbeam_channel::Sender;

use crate::run::Happened;

/// There are no signals.
pub(in crate::run) struct Signals(());

impl Signals {
    pub(in crate::run) fn watch(_tell: &Sender<Happened>) -> io::Result<Self> {
        Ok(Self(()))
    }
}

/// A process here does not stand still for a shell: the window is drawn anew at once.
pub(in crate::run) fn stand_still() -> io::Result<()> {
    Ok(())
}
