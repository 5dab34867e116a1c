//! [`Underway`]: what the manager is being asked at the moment, so that a shutdown can wait for it and name it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Requests that are with the manager.
#[derive(Debug, Default)]
pub(crate) struct Underway {
    // Nobody awaits with it.
    requests: Mutex<Requests>,
    none: Notify,
}

#[derive(Debug, Default)]
struct Requests {
    next: u64,
    running: BTreeMap<u64, String>,
}

/// One of them, for as long as this exists.
#[derive(Debug)]
pub(crate) struct Entered {
    underway: Arc<Underway>,
    number: u64,
}

impl Underway {
    /// Notes a request under the name by which people would know it.
    pub(crate) fn enter(self: &Arc<Self>, name: String) -> Entered {
        let mut requests = self.requests();
        let number = requests.next;
        requests.next += 1;
        requests.running.insert(number, name);
        Entered { underway: Arc::clone(self), number }
    }

    /// Their names, oldest first.
    pub(crate) fn names(&self) -> Vec<String> {
        self.requests().running.values().cloned().collect()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.requests().running.len() as u64
    }

    /// Waits until there is none.
    pub(crate) async fn over(&self) {
        loop {
            let none = self.none.notified();
            tokio::pin!(none);
            none.as_mut().enable();
            if self.requests().running.is_empty() {
                return;
            }
            none.await;
        }
    }

    /// Nothing that holds the lock can leave it half changed.
    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.underway.requests().running.remove(&self.number);
        self.underway.none.notify_waiters();
    }
}
