//! One session at a time: whoever wants one takes a number and waits for it to be called.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where sessions wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    numbers: Mutex<Numbers>,
    called: Condvar,
}

#[derive(Debug, Default)]
struct Numbers {
    next: u64,
    now: u64,
    /// How many wait or have their turn.
    n_here: u64,
    is_closed: bool,
}

/// A turn at the desk; over when dropped.
#[derive(Debug)]
#[must_use = "the turn is over when this is dropped"]
pub(crate) struct Turn<'a>(&'a Desk);

impl Desk {
    /// Waits until everybody who came before is through. `None` once the desk is closed: no session begins any more.
    pub(crate) fn turn(&self) -> Option<Turn<'_>> {
        let mut numbers = self.numbers();
        let mine = numbers.next;
        numbers.next += 1;
        numbers.n_here += 1;
        while numbers.now != mine && !numbers.is_closed {
            numbers = self.called.wait(numbers).unwrap_or_else(PoisonError::into_inner);
        }
        if numbers.is_closed {
            numbers.n_here -= 1;
            self.called.notify_all();
            return None;
        }
        Some(Turn(self))
    }

    /// Waits until nobody is here any more, but not longer than `limit`; tells whether that is so.
    pub(crate) fn wait_until_empty(&self, limit: Duration) -> bool {
        let waited = self.called.wait_timeout_while(self.numbers(), limit, |numbers| numbers.n_here > 0);
        let (numbers, _) = waited.unwrap_or_else(PoisonError::into_inner);
        numbers.n_here == 0
    }

    /// How many wait or have their turn.
    pub(crate) fn n_waiting(&self) -> u64 {
        self.numbers().n_here
    }

    /// Sends away whoever waits, and whoever comes.
    pub(crate) fn close(&self) {
        self.numbers().is_closed = true;
        self.called.notify_all();
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut numbers = self.0.numbers();
        numbers.now += 1;
        numbers.n_here -= 1;
        self.0.called.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn turns_come_in_the_order_of_asking() {
        let desk = Arc::new(Desk::default());
        let (tell, told) = crossbeam_channel::unbounded();
        let first = desk.turn().unwrap();
        let mut others = Vec::new();
        for number in 0..4 {
            let (here, tell) = (Arc::clone(&desk), tell.clone());
            let before = desk.n_waiting();
            others.push(std::thread::spawn(move || {
                let _turn = here.turn();
                tell.send(number).unwrap();
            }));
            while desk.n_waiting() == before {
                std::thread::yield_now();
            }
        }
        assert!(told.is_empty());
        drop(first);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_closed_desk_sends_everybody_away() {
        let desk = Desk::default();
        let first = desk.turn().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| desk.turn().is_none());
            while desk.n_waiting() < 2 {
                std::thread::yield_now();
            }
            desk.close();
            assert!(waiting.join().unwrap());
        });
        assert!(!desk.wait_until_empty(Duration::ZERO));
        drop(first);
        assert!(desk.wait_until_empty(Duration::ZERO));
        assert!(desk.turn().is_none());
    }
}
