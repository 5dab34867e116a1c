//! [`Ends`]: being asked to end.

use std::ffi::c_int;
use std::io;
use std::thread::JoinHandle;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// While this exists, signals that would end the process are told instead.
pub struct Ends {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Ends {
    /// Calls `tell` on a thread of its own whenever the system or somebody at the terminal wants the process to end.
    ///
    /// # Errors
    ///
    /// When the system takes no handler.
    pub fn watch(tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::of(&[SIGHUP, SIGINT, SIGTERM], tell)
    }

    /// The same for a command: the end of its terminal is its own end, and not told.
    ///
    /// # Errors
    ///
    /// As for [`Ends::watch`].
    pub fn watch_in_terminal(tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::of(&[SIGINT, SIGTERM], tell)
    }

    fn of(signals: &[c_int], tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new(signals)?;
        let handle = signals.handle();
        let thread = std::thread::Builder::new().name("signals".into()).spawn(move || {
            for _ in signals.forever() {
                tell();
            }
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by its hook.
            let _told = thread.join();
        }
    }
}
