//! A door that is opened once.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Holds threads until it is opened; then it is open for ever. Clones are the same door.
#[derive(Debug, Clone, Default)]
pub struct Latch {
    door: Arc<(Mutex<bool>, Condvar)>,
}

impl Latch {
    /// A closed one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through.
    pub fn open(&self) {
        *self.door.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.door.1.notify_all();
    }

    /// Waits until it is open.
    pub fn wait(&self) {
        let open = self.door.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.door.1.wait_while(open, |open| !*open));
    }
}
