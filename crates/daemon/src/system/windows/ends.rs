//! [`Ends`]: being asked to end.

use std::io;
use std::sync::{Mutex, Once, PoisonError};

/// Who is told. The system takes one handler for a process, and for good.
static TOLD: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// While this exists, Ctrl-C, the closing of the console, the end of the user's session and the shutdown of the machine are told instead of
/// ending the process at once.
pub struct Ends(());

impl Ends {
    /// Calls `tell` on another thread whenever the system or somebody at the console wants the process to end.
    ///
    /// # Errors
    ///
    /// When the system takes no handler.
    pub fn watch(tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        static ONCE: Once = Once::new();
        let mut failed = None;
        *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(tell));
        ONCE.call_once(|| {
            failed = ctrlc::set_handler(|| match &*TOLD.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(tell) => tell(),
                None => std::process::exit(NOBODY_ASKED),
            })
            .err();
        });
        failed.map_or(Ok(Self(())), |error| Err(io::Error::other(error)))
    }

    /// The same for a command.
    ///
    /// # Errors
    ///
    /// As for [`Ends::watch`].
    pub fn watch_in_terminal(tell: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::watch(tell)
    }
}

/// How a process ends that Ctrl-C ends by itself (`STATUS_CONTROL_C_EXIT`).
const NOBODY_ASKED: i32 = 0xC000_013A_u32 as i32;

impl Drop for Ends {
    fn drop(&mut self) {
        *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
