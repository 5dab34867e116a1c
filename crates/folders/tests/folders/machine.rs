//! What tests do to files in another way on each kind of system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

use std::path::Path;

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;

use here::{EACH, SHARE};
pub(crate) use here::{LINKS, mode, mtime, set_mode, symlink};

/// The numbers of the cases that a test tries, of those that it could: of calls that fail, of questions that are answered with
/// a stop. Each, or each [`EACH`]th, beginning elsewhere at each `turn`.
pub(crate) fn tried(turn: usize) -> impl Iterator<Item = usize> {
    (turn.min(EACH - 1)..).step_by(EACH)
}

/// How many of the `n` files or runs that a test would have it makes: all, or the [`SHARE`] of a hundred that is still more
/// than what is done at once.
pub(crate) fn many(n: usize) -> usize {
    n * SHARE / 100
}

/// The number of a file within its file system.
pub(crate) fn inode(path: &Path) -> u64 {
    let parent = RealFileSystem.open_root(path.parent().unwrap()).unwrap();
    RealFileSystem.stat(&parent, path.file_name().unwrap().as_encoded_bytes()).unwrap().ino
}
