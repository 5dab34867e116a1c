//! [`Bus`]: the events of all sessions in one numbered stream, of which the newest are kept.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use syncmgr_wire::control::Event;
use tokio::sync::Notify;

/// How much a [`Bus`] keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusLimits {
    /// At most this many events.
    pub events: usize,
    /// At most this many bytes of them, as lines.
    pub bytes: usize,
}

impl Default for BusLimits {
    fn default() -> Self {
        Self { events: 4096, bytes: 4 << 20 }
    }
}

/// Events of all sessions, numbered without gaps in the order in which they were published.
///
/// It is for looking on, not for keeping: the newest events stay for a while, so that a reader who was away can go on where
/// he stopped, and whoever reads too slowly loses them. What has to be known is in the history.
#[derive(Debug)]
pub struct Bus {
    // Held for as long as it takes to move a line or copy some; nobody awaits with it.
    ring: Mutex<Ring>,
    news: Notify,
}

#[derive(Debug)]
struct Ring {
    limits: BusLimits,
    lines: VecDeque<Box<str>>,
    bytes: usize,
    /// The number of the next event.
    next: u64,
}

/// What a reader finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing new.
    Nothing,
    /// Events, as server-sent events, up to the number `last`.
    Events { text: String, last: u64 },
    /// What it asks for is not there any more, or never was; `oldest` is what it can read next.
    Gap { oldest: u64 },
}

impl Bus {
    /// An empty one whose first event has the number `first`, which is at least 1.
    ///
    /// Numbers should not be used twice over the life of a program, so that a reader who comes back after a restart is told
    /// that he missed something: `first` is best made from the clock, such as milliseconds since 1970 times 1000, which also stays
    /// exact in JavaScript.
    pub fn new(limits: BusLimits, first: u64) -> Self {
        let ring = Ring { limits, lines: VecDeque::new(), bytes: 0, next: first.max(1) };
        Self { ring: Mutex::new(ring), news: Notify::new() }
    }

    /// Tells an event to all who listen. Can be called from any thread, does not wait for any reader, and keeps no more than the limits allow.
    pub fn publish(&self, event: &Event) {
        let line = event.to_line().into_boxed_str();
        self.ring().push(line);
        self.news.notify_waiters();
    }

    /// The number of the newest event; one before the first if there was none.
    pub fn newest(&self) -> u64 {
        self.ring().next - 1
    }

    /// What comes after the event `after`, up to about `bytes` of it and at least one.
    pub(crate) fn read(&self, after: u64, bytes: usize) -> Found {
        self.ring().read(after, bytes)
    }

    /// Waits until there is something after the event `after`.
    pub(crate) async fn wait(&self, after: u64) {
        loop {
            // Registered before looking: what is published in between wakes it.
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if self.newest() != after {
                return;
            }
            news.await;
        }
    }

    /// Nothing that holds the lock can leave it half changed.
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn push(&mut self, line: Box<str>) {
        self.bytes += line.len();
        self.lines.push_back(line);
        self.next += 1;
        while self.lines.len() > self.limits.events || self.bytes > self.limits.bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    fn oldest(&self) -> u64 {
        self.next - self.lines.len() as u64
    }

    fn read(&self, after: u64, bytes: usize) -> Found {
        let oldest = self.oldest();
        if after >= self.next || after.saturating_add(1) < oldest {
            return Found::Gap { oldest };
        }
        // Both are within the ring, whose length is a usize.
        let from = usize::try_from(after + 1 - oldest).unwrap_or(usize::MAX);
        let (mut text, mut last) = (String::new(), after);
        for line in self.lines.iter().skip(from) {
            last += 1;
            // Writing to a string cannot fail.
            let _ = write!(text, "id: {last}\ndata: {line}\n\n");
            if text.len() >= bytes {
                break;
            }
        }
        if last == after { Found::Nothing } else { Found::Events { text, last } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncmgr_wire::line::Done;

    fn event(text: &str) -> Event {
        Event::Done(Done { text: text.to_owned(), item: None })
    }

    fn bus(events: usize, published: usize) -> Bus {
        let bus = Bus::new(BusLimits { events, bytes: 1 << 20 }, 1);
        (0..published).for_each(|_| bus.publish(&event("x")));
        bus
    }

    fn numbers(found: &Found) -> Vec<u64> {
        let Found::Events { text, .. } = found else { return Vec::new() };
        text.lines().filter_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().unwrap()).collect()
    }

    #[test]
    fn reading_goes_on_exactly_after_the_number_asked_for() {
        let bus = bus(4, 10);
        let table: &[(u64, &[u64])] = &[(6, &[7, 8, 9, 10]), (8, &[9, 10]), (9, &[10]), (10, &[])];
        for (after, expected) in table {
            assert_eq!(numbers(&bus.read(*after, 1 << 20)), *expected, "after {after}");
        }
        assert_eq!(bus.read(10, 1), Found::Nothing);
    }

    #[test]
    fn what_is_gone_or_never_was_is_a_gap() {
        let bus = bus(4, 10);
        for after in [0, 5, 11, u64::MAX] {
            assert_eq!(bus.read(after, 1 << 20), Found::Gap { oldest: 7 }, "after {after}");
        }
    }

    #[test]
    fn a_reader_gets_at_least_one_event_and_not_all_at_once() {
        let bus = bus(100, 100);
        assert_eq!(numbers(&bus.read(0, 1)), [1]);
        assert_eq!(numbers(&bus.read(1, 60)), [2, 3]);
    }

    #[test]
    fn the_bytes_are_bounded_as_well_as_the_events() {
        let bus = Bus::new(BusLimits { events: 1000, bytes: 1000 }, 1);
        (0..100).for_each(|_| bus.publish(&event(&"x".repeat(100))));
        assert!(bus.ring().bytes <= 1000);
        assert_eq!(numbers(&bus.read(99, 1)), [100]);
        bus.publish(&event(&"x".repeat(2000)));
        assert_eq!(bus.ring().bytes, 0);
        assert_eq!(bus.read(100, 1), Found::Gap { oldest: 102 });
    }

    #[test]
    fn numbers_begin_where_they_are_told_to() {
        let bus = Bus::new(BusLimits::default(), 5000);
        assert_eq!(bus.newest(), 4999);
        bus.publish(&event("x"));
        assert_eq!(numbers(&bus.read(4999, 1)), [5000]);
        assert_eq!(bus.read(12, 1), Found::Gap { oldest: 5000 });
    }
}
