//! [`Outbox`]: what waits to be written, in order.

use std::collections::VecDeque;

/// One line that waits.
pub(super) enum Queued {
    /// A line as it will be.
    Line(Vec<u8>),
    /// A line that no verdict may overtake: it begins a run, and verdicts begin anew with it.
    Barrier(Vec<u8>),
    /// The answer to a checkpoint, which is looked up in the last moment.
    Checkpoint { id: String, item: Option<usize> },
}

/// Lines in the order in which they were decided.
#[derive(Default)]
pub(super) struct Outbox {
    queue: VecDeque<Queued>,
    n_bytes: usize,
    n_checkpoints: usize,
    n_barriers: usize,
    /// Whether standard input is closed as soon as all is written.
    pub(super) is_last: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, line: Vec<u8>) {
        self.n_bytes += line.len();
        self.queue.push_back(Queued::Line(line));
    }

    pub(super) fn push_barrier(&mut self, line: Vec<u8>) {
        self.n_bytes += line.len();
        self.n_barriers += 1;
        self.queue.push_back(Queued::Barrier(line));
    }

    /// Whether a verdict may be written before what waits here.
    pub(super) fn may_overtake(&self) -> bool {
        self.n_barriers == 0
    }

    pub(super) fn push_checkpoint(&mut self, id: String, item: Option<usize>) {
        self.n_checkpoints += 1;
        self.queue.push_back(Queued::Checkpoint { id, item });
    }

    pub(super) fn pop(&mut self) -> Option<Queued> {
        let next = self.queue.pop_front()?;
        match &next {
            Queued::Line(line) => self.n_bytes -= line.len(),
            Queued::Barrier(line) => {
                self.n_bytes -= line.len();
                self.n_barriers -= 1;
            }
            Queued::Checkpoint { .. } => self.n_checkpoints -= 1,
        }
        Some(next)
    }

    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Requests of the handler whose answer waits here undecided.
    pub(super) fn n_unanswered(&self) -> usize {
        self.n_checkpoints
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Nobody will take any of it.
    pub(super) fn clear(&mut self) {
        *self = Self { is_last: self.is_last, ..Self::default() };
    }
}
