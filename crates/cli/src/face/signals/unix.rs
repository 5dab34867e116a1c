//! [`Ends`]: the signals of a terminal and of `kill`. The end of the terminal itself is the end of a command, as of any.

use std::io;
use std::thread::{self, JoinHandle};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// While this exists, the signals are told instead of ending the process.
pub(super) struct Ends {
    handle: Handle,
    receiver: Option<JoinHandle<()>>,
}

impl Ends {
    /// Calls `tell` for each, on a thread of its own.
    pub(super) fn watch(tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let handle = signals.handle();
        let receiver = thread::Builder::new().name("signals".into()).spawn(move || {
            for _ in signals.forever() {
                tell();
            }
        })?;
        Ok(Self { handle, receiver: Some(receiver) })
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(receiver) = self.receiver.take() {
            let _ = receiver.join();
        }
    }
}
