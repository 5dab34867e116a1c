//! No screen: notifications are not shown on Windows yet, and the log hears of it when there would be the first.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::inbox::Inbox;
use super::{DesktopServices, DesktopTold};

/// Shows nothing of what arrives, until the inbox is closed.
pub(super) fn serve(_program: String, services: DesktopServices, inbox: &Inbox) {
    let mut has_told = false;
    while wait(poll_fn(|cx| inbox.poll(cx))).is_some() {
        if !has_told {
            has_told = true;
            let why = "notifications are not shown on Windows yet".to_owned();
            (services.tell)(&DesktopTold::Absent { why });
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        thread::park();
    }
}
