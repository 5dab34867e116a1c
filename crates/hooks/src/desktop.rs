//! [`Desktop`]: notifications that can be answered.
//!
//! One thread shows them and hears the answers. It drives its connections itself and sleeps until something arrives, so a
//! notification that nobody looks at for a week costs nothing. Where there is no desktop, or no notification service on it,
//! nothing is shown and the log hears of it once; so it is on Windows, where there are none yet.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::Receiver;

use self::inbox::Inbox;
use self::merging::{Merging, Showing};
#[cfg(unix)]
use self::unix::serve;
#[cfg(windows)]
use self::windows::serve;
use crate::filter::Filter;
use crate::notice::Notice;

mod inbox;
mod merging;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(any(unix, test))]
mod wording;

/// What somebody can do about a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DesktopAction {
    /// Show more: the item, or the session. Also a click on the notification itself.
    Open,
    /// Synchronize the item again, now.
    Retry,
    /// Leave the item out until it is due again.
    Skip,
}

impl DesktopAction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Retry, Self::Skip];

    /// The word used on the bus.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Retry => "retry",
            Self::Skip => "skip",
        }
    }
}

/// A word that names no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAction;

impl FromStr for DesktopAction {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        Self::ALL.into_iter().find(|action| action.as_str() == word).ok_or(UnknownAction)
    }
}

/// What somebody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What to do.
    pub action: DesktopAction,
    /// About what: the notice as it was given.
    pub notice: Notice,
}

/// Something the log should know of the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesktopTold {
    /// Nothing can be shown. Said once, and again only after something could be.
    Absent {
        /// Why.
        why: String,
    },
    /// A notification is not shown, because too many wait to be.
    Dropped {
        /// The text of the notice.
        text: String,
    },
}

/// What is shown, and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesktopSettings {
    /// Which notices are shown.
    pub filter: Filter,
    /// The program's name, as people see it.
    pub program: String,
}

/// What a desktop is given from outside. Both are called on its thread, or on that of [`Desktop::show`], and must not wait.
#[derive(Clone)]
pub struct DesktopServices {
    /// Hears what somebody chose.
    pub answered: Arc<dyn Fn(Answer) + Send + Sync>,
    /// Hears what the log should know.
    pub tell: Arc<dyn Fn(&DesktopTold) + Send + Sync>,
}

impl fmt::Debug for DesktopServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DesktopServices").finish_non_exhaustive()
    }
}

/// Shows notices as notifications on the user's desktop. Shared between threads by reference.
#[derive(Debug)]
pub struct Desktop {
    filter: Filter,
    services: DesktopServices,
    merging: Mutex<Merging>,
    inbox: Arc<Inbox>,
    /// Disconnected when the thread is gone.
    gone: Receiver<()>,
}

impl Desktop {
    /// Starts the thread that shows them.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(settings: DesktopSettings, services: DesktopServices) -> io::Result<Self> {
        let DesktopSettings { filter, program } = settings;
        let inbox = Arc::new(Inbox::default());
        let (here, gone) = crossbeam_channel::bounded(0);
        let (theirs, told) = (Arc::clone(&inbox), services.clone());
        std::thread::Builder::new().name("desktop".into()).spawn(move || {
            let _here = here;
            serve(program, told, &theirs);
        })?;
        Ok(Self { filter, services, merging: Mutex::default(), inbox, gone })
    }

    /// Shows a notice, if it is one to be shown and not the same as one shown within ten minutes before. Never waits.
    pub fn show(&self, notice: Notice) {
        if !self.filter.lets_pass(&notice) {
            return;
        }
        // A panic in a decision about numbers leaves nothing half-done behind.
        let mut merging = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        let Showing::Show { n_merged } = merging.decide(&notice) else { return };
        drop(merging);
        if let Err(unshown) = self.inbox.put((notice, n_merged)) {
            (self.services.tell)(&DesktopTold::Dropped { text: unshown.0.text });
        }
    }

    /// Shows nothing more and hears no more answers; what is on the screen stays there. Waits for the thread, at most for
    /// `deadline`.
    pub fn stop(&self, deadline: Duration) {
        self.inbox.close();
        // Nothing is ever sent: this returns when the other end is gone.
        let _ = self.gone.recv_timeout(deadline);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.inbox.close();
    }
}
