//! [`Usage`]: what a child has used.

use std::time::Duration;

/// What a child and everything that belongs to it has used so far. Two equal values mean: nothing happened in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How many processes there are.
    pub processes: usize,
    /// Time on processors, of children that ended too.
    pub cpu: Duration,
    /// Bytes read and written, whether or not a disk was involved.
    pub io_bytes: u64,
}
