//! [`Desktop`]: notifications that can be answered.
//!
//! One thread shows them and hears the answers. It drives its connections itself and sleeps until something arrives, so a
//! notification that nobody looks at for a week costs nothing. Where there is no desktop, or no notification service on it,
//! nothing is shown and the log hears of it once.
//!
//! The bus is the one that the process was given in `DBUS_SESSION_BUS_ADDRESS`, or its user's: the library that speaks to it
//! knows no other way.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crossbeam_channel::Receiver;
use notify_rust::{NotificationResponse, Timeout, Urgency};

use self::inbox::Inbox;
use self::merging::{Merging, Showing};
use self::wording::Wording;
use crate::filter::Filter;
use crate::notice::Notice;

mod inbox;
mod merging;
mod wording;

/// How many notifications may wait for an answer; nobody hears the answer to an older one. It stays on the screen.
const MAX_OPEN: usize = 16;

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
            // Made here: what is on the screen never leaves this thread.
            let screen = Screen { program, services: told, is_absent: Arc::default(), open: VecDeque::new() };
            zbus::block_on(screen.serve(&theirs));
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

/// A notification on its way, or on the screen until it is answered or closed.
type Open = Pin<Box<dyn Future<Output = ()>>>;

/// What the thread has.
struct Screen {
    program: String,
    services: DesktopServices,
    /// Whether the log has heard that nothing can be shown.
    is_absent: Arc<AtomicBool>,
    /// The oldest first.
    open: VecDeque<Open>,
}

impl Screen {
    /// Shows what arrives, until the inbox is closed.
    async fn serve(mut self, inbox: &Inbox) {
        poll_fn(|cx| {
            loop {
                match inbox.poll(cx) {
                    Poll::Ready(Some((notice, n_merged))) => self.show(notice, n_merged),
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => break,
                }
            }
            self.open.retain_mut(|open| is_open(open, cx));
            Poll::Pending
        })
        .await;
    }

    fn show(&mut self, notice: Notice, n_merged: u32) {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front();
        }
        let shown =
            show(self.program.clone(), notice, n_merged, self.services.clone(), Arc::clone(&self.is_absent));
        self.open.push_back(Box::pin(shown));
    }
}

/// Goes on with a notification; whether there is more to come of it.
fn is_open(open: &mut Open, cx: &mut Context<'_>) -> bool {
    // The library takes for granted that the bus does not go away between two calls. It does at the end of a session, and
    // then this notification is over and no more; it is not polled again.
    let polled = catch_unwind(AssertUnwindSafe(|| open.as_mut().poll(cx)));
    matches!(polled, Ok(Poll::Pending))
}

/// Shows a notice and waits for what becomes of it.
async fn show(
    program: String,
    notice: Notice,
    n_merged: u32,
    services: DesktopServices,
    is_absent: Arc<AtomicBool>,
) {
    let Wording { summary, body, actions, is_urgent } = Wording::of(&notice, n_merged);
    let mut notification = notify_rust::Notification::new();
    notification.appname(&program).summary(&summary).body(&body).timeout(Timeout::Default);
    notification.urgency(if is_urgent { Urgency::Critical } else { Urgency::Normal });
    // What a click on the notification itself does.
    notification.action("default", "Open");
    for (action, label) in actions {
        notification.action(action.as_str(), label);
    }
    match notification.show_async().await {
        Ok(shown) => {
            is_absent.store(false, Ordering::Relaxed);
            let answered = |response: &NotificationResponse| {
                if let Some(action) = action_of(response) {
                    (services.answered)(Answer { action, notice });
                }
            };
            shown.wait_for_action_async(answered).await;
        }
        Err(error) => {
            if !is_absent.swap(true, Ordering::Relaxed) {
                (services.tell)(&DesktopTold::Absent { why: error.to_string() });
            }
        }
    }
}

/// What somebody wants; nothing, if the notification was only closed.
fn action_of(response: &NotificationResponse) -> Option<DesktopAction> {
    match response {
        NotificationResponse::Default => Some(DesktopAction::Open),
        NotificationResponse::Action(word) => word.parse().ok(),
        NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
    }
}
