//! Signals.

use std::io;

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Handle;
use signal_hook::low_level::raise;

use crate::run::{Happened, start};

/// While this exists, signals that would end the process are told instead.
pub(in crate::run) struct Signals(Handle);

impl Signals {
    pub(in crate::run) fn watch(tell: &Sender<Happened>) -> io::Result<Self> {
        let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        let handle = signals.handle();
        let told = tell.clone();
        start("signals", tell, move || {
            for _ in signals.forever() {
                let _over = told.send(Happened::Over);
            }
        })?;
        Ok(Self(handle))
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Stops this process, as Ctrl-Z does, until the shell wants it to go on.
pub(in crate::run) fn stand_still() -> io::Result<()> {
    // The whole process stands still in here: a signal to the own thread is there before this returns.
    raise(SIGTSTP)
}
