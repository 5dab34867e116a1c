//! Requests that wait for their turn: in order, equal ones once, one at work at a time.

use std::collections::VecDeque;

/// Requests of one kind, and whether one of them is at work.
#[derive(Debug, Clone)]
pub struct Queue<T> {
    waiting: VecDeque<T>,
    at_work: bool,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queued {
    /// It waits after those before it.
    Last,
    /// An equal one waits already and stands for both.
    Merged,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), at_work: false }
    }
}

impl<T: PartialEq> Queue<T> {
    /// Takes a request. One that is at work does not stand for it: it may have looked at things before they changed.
    pub fn add(&mut self, request: T) -> Queued {
        if self.waiting.contains(&request) {
            return Queued::Merged;
        }
        self.waiting.push_back(request);
        Queued::Last
    }

    /// The next request to work on, if none is at work. [`Queue::ended`] makes room for another.
    pub fn begin_next(&mut self) -> Option<T> {
        if self.at_work {
            return None;
        }
        let next = self.waiting.pop_front();
        self.at_work = next.is_some();
        next
    }

    /// The request at work is done.
    pub fn ended(&mut self) {
        self.at_work = false;
    }

    /// Lets go of everything that waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Whether nothing waits and nothing is at work.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.at_work
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_in_order_and_equal_ones_that_wait_are_one() {
        let mut queue = Queue::default();
        assert_eq!(queue.add("a"), Queued::Last);
        assert_eq!(queue.begin_next(), Some("a"));
        for (request, expected) in
            [("b", Queued::Last), ("a", Queued::Last), ("b", Queued::Merged), ("a", Queued::Merged)]
        {
            assert_eq!(queue.add(request), expected);
        }
        assert_eq!(queue.begin_next(), None);
        queue.ended();
        assert_eq!(queue.begin_next(), Some("b"));
        queue.ended();
        assert_eq!(queue.begin_next(), Some("a"));
        assert!(!queue.is_empty());
        queue.ended();
        assert_eq!(queue.begin_next(), None);
        assert!(queue.is_empty());
    }
}
