//! What waits to be shown: put there by any thread, taken by the one that sleeps for it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::notice::Notice;

/// How many may wait: more is nothing that anybody would read.
const MAX_WAITING: usize = 32;

/// A notice, and how many like it were not shown.
pub(super) type Put = (Notice, u32);

#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Put>,
    taker: Option<Waker>,
    is_closed: bool,
}

impl Inbox {
    /// Puts a notice in; gives it back if there is no room. After the end it is let go without a word.
    pub(super) fn put(&self, put: Put) -> Result<(), Box<Put>> {
        let mut state = self.state();
        if state.is_closed {
            return Ok(());
        }
        if state.waiting.len() >= MAX_WAITING {
            return Err(Box::new(put));
        }
        state.waiting.push_back(put);
        wake(state);
        Ok(())
    }

    /// Ends it: what waits is let go.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        wake(state);
    }

    /// The next one; `None` after the end.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Put>> {
        let mut state = self.state();
        if state.is_closed {
            return Poll::Ready(None);
        }
        match state.waiting.pop_front() {
            Some(put) => Poll::Ready(Some(put)),
            None => {
                state.taker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is complete in itself, so what a panic leaves behind is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the taker, who comes for the lock at once.
fn wake(mut state: MutexGuard<'_, State>) {
    let taker = state.taker.take();
    drop(state);
    if let Some(taker) = taker {
        taker.wake();
    }
}
