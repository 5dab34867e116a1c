use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Whether symbolic links can be made where the tests run.
pub(crate) const LINKS: bool = true;

/// The numbers of the cases that a test tries, of all that there are: calls that fail, questions that are answered with a stop.
/// Here that is each, at every `turn`.
pub(crate) fn tried(_turn: usize) -> impl Iterator<Item = usize> {
    0..
}

/// How many files or runs a test makes that would have `n` of them.
pub(crate) fn many(n: usize) -> usize {
    n
}

pub(crate) fn mode(metadata: &Metadata) -> u32 {
    metadata.mode() & 0o7777
}

pub(crate) fn set_mode(path: impl AsRef<Path>, bits: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
}

/// Seconds and nanoseconds.
pub(crate) fn mtime(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}

pub(crate) fn symlink(text: impl AsRef<Path>, path: impl AsRef<Path>) -> io::Result<()> {
    std::os::unix::fs::symlink(text, path)
}
