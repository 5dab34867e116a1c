//! What is brought to the disk file by file, and what in one go.

use crate::fs::FileSystem;

/// A batch with no more files than this is flushed file by file; a larger one by flushing the whole file system.
const FLUSH_SINGLY: usize = 48;

/// What has to be brought to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// Names only: the files were flushed one by one when they were staged.
    Names,
    /// Staged files as well, for these sides (left, right).
    Files([bool; 2]),
}

/// Whether so many are flushed one by one: they are few, or the file system has no other way.
pub(super) fn is_few<F: FileSystem>(fs: &F, n: usize) -> bool {
    n <= FLUSH_SINGLY || !fs.flushes_all()
}
