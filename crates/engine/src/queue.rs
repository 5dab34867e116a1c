//! One session at a time: triggers wait for their turn, and programs ask by the two calls of the contract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use syncmgr_model::id::HandlerId;
use syncmgr_model::invoke::{Invocation, cookie};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::queue::{Queue, Queued};
use syncmgr_model::trigger::Trigger;

/// Triggers on their way to sessions. Whoever composes sessions gives the way: a function that starts one for a trigger and
/// returns when it is over.
///
/// Dropped, it takes nothing any more and lets go of what waits; the session at work goes on.
pub struct SessionQueue {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    queue: Queue<Trigger>,
    is_closed: bool,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next trigger, once there is one and its turn has come; nothing when the queue is closed and empty.
    fn next(&self) -> Option<Trigger> {
        let mut inner = self.lock();
        loop {
            if let Some(trigger) = inner.queue.begin_next() {
                return Some(trigger);
            }
            if inner.is_closed {
                return None;
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl SessionQueue {
    /// An empty queue. `run` is called on a thread of the queue's own, for one trigger at a time; one that panics has
    /// spoilt its own turn and no other.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn new(mut run: impl FnMut(Trigger) + Send + 'static) -> std::io::Result<Self> {
        let state = Arc::new(State { inner: Mutex::default(), changed: Condvar::new() });
        let on_thread = state.clone();
        let thread = thread::Builder::new().name("sessions".into()).spawn(move || {
            while let Some(trigger) = on_thread.next() {
                // What it had to say, it said to whoever composes sessions.
                let _ = catch_unwind(AssertUnwindSafe(|| run(trigger)));
                on_thread.lock().queue.ended();
            }
        })?;
        Ok(Self { state, thread: Some(thread) })
    }

    /// Adds a trigger and returns at once.
    pub fn add(&self, trigger: Trigger) -> Queued {
        let queued = self.state.lock().queue.add(trigger);
        self.state.changed.notify_all();
        queued
    }

    /// Takes nothing more, works off what waits, and returns when all is over.
    pub fn finish(mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            // It cannot panic: what it runs is caught.
            let _ = thread.join();
        }
    }

    fn close(&self) {
        self.state.lock().is_closed = true;
        self.state.changed.notify_all();
    }
}

impl Drop for SessionQueue {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.state.lock().queue.clear();
            self.close();
        }
    }
}

/// The two calls by which programs start sessions (`ISyncMgrSynchronizeInvoke`). Both return as soon as the request waits.
pub struct Invoker {
    queue: Arc<SessionQueue>,
    is_registered: Box<dyn Fn(HandlerId) -> bool + Send + Sync>,
}

impl Invoker {
    /// Calls that add to `queue`. `is_registered` tells the handlers a program may name.
    pub fn new(
        queue: Arc<SessionQueue>,
        is_registered: impl Fn(HandlerId) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { queue, is_registered: Box::new(is_registered) }
    }

    /// Starts a session of one handler. `size` is the size of the cookie as the program says it.
    pub fn update_items(&self, word: u32, handler: HandlerId, size: usize, bytes: Option<&[u8]>) -> Outcome {
        let asked = cookie(size, bytes)
            .and_then(|cookie| Invocation::update_items(word, handler, cookie, &self.is_registered));
        match asked {
            Ok(invocation) => self.add(invocation),
            Err(outcome) => outcome,
        }
    }

    /// Starts a session of all handlers, with the list shown first.
    pub fn update_all(&self) -> Outcome {
        self.add(Invocation::update_all())
    }

    fn add(&self, invocation: Invocation) -> Outcome {
        // Merged or not: it will be done.
        let (Queued::Last | Queued::Merged) = self.queue.add(Trigger::Invoke(invocation));
        Outcome::OK
    }
}
