//! The screen behind the user's bus.
//!
//! The bus is the one that the process was given in `DBUS_SESSION_BUS_ADDRESS`, or its user's: the library that speaks to it
//! knows no other way.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use notify_rust::{NotificationResponse, Timeout, Urgency};

use super::inbox::Inbox;
use super::wording::Wording;
use super::{Answer, DesktopAction, DesktopServices, DesktopTold};
use crate::notice::Notice;

/// How many notifications may wait for an answer; nobody hears the answer to an older one. It stays on the screen.
const MAX_OPEN: usize = 16;

/// Shows what arrives, until the inbox is closed.
pub(super) fn serve(program: String, services: DesktopServices, inbox: &Inbox) {
    // Made here: what is on the screen never leaves this thread.
    let screen = Screen { program, services, is_absent: Arc::default(), open: VecDeque::new() };
    zbus::block_on(screen.serve(inbox));
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
