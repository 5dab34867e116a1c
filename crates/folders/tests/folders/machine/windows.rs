use std::fs::Metadata;
use std::io;
use std::os::windows::fs::MetadataExt;
use std::path::Path;

/// Whether symbolic links can be made where the tests run. Wine says that it has made one, and has not.
pub(crate) const LINKS: bool = false;

/// Under Wine, a call takes a hundred times as long, and what is not different here is tried in full on Linux.
const EACH: usize = 7;
/// Of a hundred files or runs, for the same reason. It is still more than what is done at once.
const SHARE: usize = 60;

/// The numbers of the cases that a test tries, of all that there are: each [`EACH`]th, beginning elsewhere at each `turn`.
pub(crate) fn tried(turn: usize) -> impl Iterator<Item = usize> {
    (turn..).step_by(EACH)
}

/// How many files or runs a test makes that would have `n` of them.
pub(crate) fn many(n: usize) -> usize {
    n * SHARE / 100
}

/// What the mark "read-only" comes to.
pub(crate) fn mode(metadata: &Metadata) -> u32 {
    match (metadata.is_dir(), metadata.permissions().readonly()) {
        (true, _) => 0o755,
        (false, true) => 0o444,
        (false, false) => 0o644,
    }
}

pub(crate) fn set_mode(path: impl AsRef<Path>, bits: u32) {
    let mut permissions = path.as_ref().metadata().unwrap().permissions();
    permissions.set_readonly(bits & 0o200 == 0);
    std::fs::set_permissions(path, permissions).unwrap();
}

/// Seconds and nanoseconds.
pub(crate) fn mtime(metadata: &Metadata) -> (i64, i64) {
    let ticks = metadata.last_write_time() as i64;
    (ticks / 10_000_000, ticks % 10_000_000 * 100)
}

/// Makes none: tests that go on without it ask for [`LINKS`].
pub(crate) fn symlink(_text: impl AsRef<Path>, _path: impl AsRef<Path>) -> io::Result<()> {
    Ok(())
}
