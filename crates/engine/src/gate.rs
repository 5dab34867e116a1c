//! Two places where threads wait: for a change, and for room.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Wakes everybody who waits for something that is kept elsewhere in atomics.
#[derive(Default)]
pub(crate) struct Bell {
    lock: Mutex<()>,
    rung: Condvar,
}

impl Bell {
    /// Wakes all. The change must be visible before.
    pub(crate) fn ring(&self) {
        // Whoever has looked and not yet slept holds the lock; taking it keeps the ring from getting lost in between.
        drop(self.lock());
        self.rung.notify_all();
    }

    /// Waits until `look` finds something.
    pub(crate) fn wait_for<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let mut guard = self.lock();
        loop {
            if let Some(found) = look() {
                return found;
            }
            guard = self.rung.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes a display that sleeps until a row changes; costs the writers a load while it does not.
#[derive(Default)]
pub(crate) struct Changes {
    happened: AtomicBool,
    n_sleeping: AtomicU32,
    bell: Bell,
    woken: Condvar,
}

impl Changes {
    /// A row was written for the first time since it was sampled.
    #[cold]
    pub(crate) fn tell(&self) {
        // In one total order with the sleeper's two accesses: either it sees the change or we see it asleep.
        self.happened.store(true, Ordering::SeqCst);
        if self.n_sleeping.load(Ordering::SeqCst) > 0 {
            drop(self.bell.lock());
            self.woken.notify_all();
        }
    }

    /// Rows are about to be sampled: what happened before is seen.
    pub(crate) fn seen(&self) {
        self.happened.store(false, Ordering::SeqCst);
    }

    /// Sleeps until something happens after the last sample, at most `limit`. Says whether it did.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let guard = self.bell.lock();
        self.n_sleeping.fetch_add(1, Ordering::SeqCst);
        let waited = self.woken.wait_timeout_while(guard, limit, |()| !self.happened.load(Ordering::SeqCst));
        drop(waited);
        self.n_sleeping.fetch_sub(1, Ordering::SeqCst);
        self.happened.load(Ordering::SeqCst)
    }
}

/// Room for facts on their way to the reader. Who finds none waits, so that nothing is lost and nothing piles up.
pub(crate) struct Room {
    state: Mutex<RoomState>,
    freed: Condvar,
    size: usize,
}

#[derive(Default)]
struct RoomState {
    used: usize,
    open: bool,
}

/// Whether something may go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// It takes a place, to be given back.
    Taken,
    /// There is no place, and nobody waits any more.
    Refused,
}

impl Room {
    pub(crate) fn new(size: usize) -> Self {
        Self { state: Mutex::default(), freed: Condvar::new(), size }
    }

    /// Takes a place, waiting for one unless waiting is called off.
    pub(crate) fn enter(&self) -> Entrance {
        let state = self.lock();
        let is_full = |state: &mut RoomState| state.used >= self.size && !state.open;
        let mut state = self.freed.wait_while(state, is_full).unwrap_or_else(PoisonError::into_inner);
        if state.used >= self.size {
            return Entrance::Refused;
        }
        state.used += 1;
        Entrance::Taken
    }

    /// Gives a place back.
    pub(crate) fn leave(&self) {
        let mut state = self.lock();
        state.used = state.used.saturating_sub(1);
        drop(state);
        self.freed.notify_one();
    }

    /// Calls waiting off, now and until [`Room::close`].
    pub(crate) fn open(&self) {
        self.lock().open = true;
        self.freed.notify_all();
    }

    /// Lets them wait again.
    pub(crate) fn close(&self) {
        self.lock().open = false;
    }

    fn lock(&self) -> MutexGuard<'_, RoomState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_full_room_refuses_only_once_waiting_is_called_off() {
        let room = Room::new(1);
        assert_eq!(room.enter(), Entrance::Taken);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| room.enter());
            room.open();
            assert_eq!(waiting.join().unwrap(), Entrance::Refused);
        });
        room.leave();
        assert_eq!(room.enter(), Entrance::Taken);
    }

    #[test]
    fn a_sleeper_is_woken_by_a_change_and_not_by_one_it_has_seen() {
        let changes = Changes::default();
        changes.tell();
        changes.seen();
        assert!(!changes.wait(Duration::ZERO));
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| changes.wait(Duration::from_secs(600)));
            changes.tell();
            assert!(sleeper.join().unwrap());
        });
    }
}
