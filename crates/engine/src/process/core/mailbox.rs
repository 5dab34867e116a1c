//! [`Mailbox`]: the newest verdict, and how much numbered progress was taken.

use std::time::{Duration, Instant};

use syncmgr_wire::protocol::limits::{WINDOW_BYTES, WINDOW_MESSAGES};

/// One slot, latest value: a handler that never reads costs no memory.
#[derive(Default)]
pub(super) struct Mailbox {
    pub(super) upto: u64,
    pub(super) generation: u64,
    /// Whether the handler is to be told.
    pub(super) is_due: bool,
    n_lines: u64,
    n_bytes: u64,
    /// By when what was taken is to be acknowledged.
    acknowledge_by: Option<Instant>,
}

impl Mailbox {
    /// A numbered line was taken.
    pub(super) fn took(&mut self, seq: u64, n_bytes: usize, now: Instant, within: Duration) {
        self.upto = self.upto.max(seq);
        self.n_lines += 1;
        self.n_bytes += n_bytes as u64;
        if self.acknowledge_by.is_none() {
            self.acknowledge_by = now.checked_add(within);
        }
        // Half the window: the handler never has to wait for the other half.
        if self.n_lines * 2 >= WINDOW_MESSAGES || self.n_bytes * 2 >= WINDOW_BYTES {
            self.is_due = true;
        }
    }

    /// A verdict changed.
    pub(super) fn changed(&mut self) {
        self.generation += 1;
        self.is_due = true;
    }

    /// The handler is being told.
    pub(super) fn told(&mut self) {
        (self.is_due, self.n_lines, self.n_bytes, self.acknowledge_by) = (false, 0, 0, None);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.acknowledge_by.filter(|_| !self.is_due)
    }

    pub(super) fn tick(&mut self, now: Instant) {
        if self.deadline().is_some_and(|by| by <= now) {
            self.is_due = true;
        }
    }
}
