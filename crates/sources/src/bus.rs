//! A message bus, and the one way in which our sources listen to a service on it.
//!
//! A source says what it wants to hear and how it looks at the service's state; [`Service`] does the rest: connect, hear
//! whether the service is there, look when something may differ, tell what does. All of a connection runs on the source's
//! own thread.

mod service;
mod talk;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

pub(crate) use service::{Heard, Service, start};
pub(crate) use talk::{PROPERTIES_CHANGED, Properties, Talk, property};

/// How long a service may take to answer. Long, because services are started on the first question.
const PATIENCE: Duration = Duration::from_secs(25);

/// Which message bus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Bus {
    /// The machine's own.
    #[default]
    System,
    /// The one at this D-Bus address, such as `unix:path=/run/somewhere`.
    At(String),
}

impl Bus {
    pub(crate) async fn connect(&self) -> zbus::Result<zbus::Connection> {
        let builder = match self {
            Self::System => zbus::connection::Builder::system(),
            Self::At(address) => zbus::connection::Builder::address(address.as_str()),
        };
        builder.method_timeout(PATIENCE).build().await
    }
}

/// Ends what runs in [`Stop::or`], from any thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<Mutex<Stopping>>);

#[derive(Debug, Default)]
struct Stopping {
    stopped: bool,
    waker: Option<Waker>,
}

impl Stop {
    pub(crate) fn stop(&self) {
        let waker = {
            let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            stopping.stopped = true;
            stopping.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Runs something until it ends, or until [`Self::stop`].
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            {
                let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if stopping.stopped {
                    return Poll::Ready(None);
                }
                stopping.waker = Some(context.waker().clone());
            }
            work.as_mut().poll(context).map(Some)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[test]
    fn what_never_ends_is_ended_from_another_thread() {
        let stop = Stop::default();
        let other = stop.clone();
        let thread = std::thread::spawn(move || other.stop());
        assert_eq!(zbus::block_on(stop.or(std::future::pending::<()>())), None);
        thread.join().unwrap();
        assert_eq!(zbus::block_on(stop.or(async { 5 })), None, "it stays stopped");
    }

    #[test]
    fn what_ends_by_itself_is_given_back() {
        assert_eq!(zbus::block_on(Stop::default().or(async { 5 })), Some(5));
    }
}
