//! [`States`]: what a handler wants to find again, in a folder of its own.
//!
//! ```text
//! STATE_DIR/files/     the handler's own, its working directory
//! STATE_DIR/lock       held by the one session that may run it
//! STATE_DIR/epoch      how many runs there were
//! STATE_DIR/states/    one file an item: what it gave to keep
//! STATE_DIR/entries    which of its entries can be opened later
//! ```
//!
//! Every file begins with a line that names its format, and is replaced whole: written beside its place, flushed, renamed,
//! and the folder flushed. Whoever holds the lock is the only writer.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use syncmgr_model::id::{ErrorId, ItemId};

/// The first line of each file.
const FORMAT: &str = "syncmgr-handler-state 1\n";
/// How many entries can be opened later; the oldest are forgotten.
const ENTRIES_MAX: usize = 1000;

/// The folder of a handler, open for one session.
pub(crate) struct States {
    folder: PathBuf,
    /// Held for the session; absent for who only lists.
    lock: Option<File>,
    epoch: u64,
}

impl Drop for States {
    /// Closing the file would not be enough: a program that another thread is starting right now holds a copy of every
    /// descriptor until it runs, and the lock with it.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            // What cannot be unlocked is unlocked by the kernel when the last copy is gone.
            let _ = lock.unlock();
        }
    }
}

/// Why the folder cannot be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// Another session runs the handler.
    Taken,
    /// It cannot be made or read.
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl States {
    /// Opens the folder for a session that runs the handler. No other does until this is dropped.
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        let mut states = Self::open_for_listing(folder)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Taken),
            Err(TryLockError::Error(error)) => return Err(OpenError::Io(error)),
        }
        states.lock = Some(lock);
        Ok(states)
    }

    /// Opens it for a listing, which may run beside a session.
    pub(crate) fn open_for_listing(folder: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(folder.join("files"))?;
        Ok(Self { folder: folder.to_owned(), lock: None, epoch: 0 })
    }

    /// The handler's own folder.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Begins a run: its number, above all before.
    pub(crate) fn begin_run(&mut self) -> io::Result<u64> {
        self.epoch = self.stored_epoch()? + 1;
        self.write(&self.folder, "epoch", self.epoch.to_string().as_bytes())?;
        Ok(self.epoch)
    }

    fn stored_epoch(&self) -> io::Result<u64> {
        let Some(content) = self.read(&self.folder.join("epoch"))? else { return Ok(0) };
        let number = std::str::from_utf8(&content).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| io::Error::other("the number of runs cannot be read"))
    }

    /// What the item's handler last gave to keep.
    pub(crate) fn state(&self, item: ItemId) -> io::Result<Option<String>> {
        let content = self.read(&self.state_path(item))?;
        Ok(content.map(|content| String::from_utf8_lossy(&content).into_owned()))
    }

    /// Keeps the state of an item. False if another run has taken over.
    pub(crate) fn keep(&self, item: ItemId, state: &str) -> io::Result<bool> {
        if self.lock.is_none() || self.stored_epoch()? != self.epoch {
            return Ok(false);
        }
        let folder = self.folder.join("states");
        fs::create_dir_all(&folder)?;
        self.write(&folder, &item.to_string(), state.as_bytes())?;
        Ok(true)
    }

    fn state_path(&self, item: ItemId) -> PathBuf {
        self.folder.join("states").join(item.to_string())
    }

    /// The names of entries that can be opened later, oldest first.
    pub(crate) fn entries(&self) -> io::Result<Vec<(ErrorId, String)>> {
        let content = self.read(&self.folder.join("entries"))?.unwrap_or_default();
        let content = String::from_utf8_lossy(&content);
        let entry = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            Some((id.parse().ok()?, serde_json::from_str(name).ok()?))
        };
        Ok(content.lines().filter_map(entry).collect())
    }

    /// Remembers names of entries, newest last.
    pub(crate) fn keep_entries(&self, entries: &[(ErrorId, String)]) -> io::Result<()> {
        let kept = &entries[entries.len().saturating_sub(ENTRIES_MAX)..];
        let line =
            |(id, name): &(ErrorId, String)| format!("{id} {}\n", serde_json::Value::from(name.as_str()));
        let content: String = kept.iter().map(line).collect();
        self.write(&self.folder, "entries", content.as_bytes())
    }

    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match content.strip_prefix(FORMAT.as_bytes()) {
            Some(content) => Ok(Some(content.to_vec())),
            None => {
                Err(io::Error::other(format!("`{}` has a format this version does not know", path.display())))
            }
        }
    }

    fn write(&self, folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
        // One writer only, so that one name beside each will do; a left-over of a crash is overwritten.
        let beside = folder.join(format!("{name}.new"));
        let mut file = File::create(&beside)?;
        file.write_all(FORMAT.as_bytes())?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, folder.join(name))?;
        flush_folder(folder)
    }
}

/// Has the names in a folder survive a power cut.
#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be flushed here; the file system writes a journal of its names.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn flush_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: ItemId = ItemId::from_u128(1);

    #[test]
    fn the_lock_is_free_when_its_session_is_over_although_a_copy_of_the_descriptor_lives() {
        let folder = tempfile::tempdir().unwrap();
        let first = States::open(folder.path()).unwrap();
        let copy = first.lock.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(States::open(folder.path()), Err(OpenError::Taken)));
        drop(first);
        assert!(States::open(folder.path()).is_ok());
        drop(copy);
    }

    #[test]
    fn a_second_session_is_refused_and_a_listing_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = States::open(folder.path()).unwrap();
        assert!(matches!(States::open(folder.path()), Err(OpenError::Taken)));
        assert!(States::open_for_listing(folder.path()).is_ok());
        drop(first);
        assert!(States::open(folder.path()).is_ok());
    }

    #[test]
    fn a_state_is_found_again_and_only_the_latest_run_may_write_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = States::open(folder.path()).unwrap();
        assert_eq!(first.begin_run().unwrap(), 1);
        assert!(first.keep(ITEM, "one\n\u{e9}").unwrap());
        assert_eq!(first.state(ITEM).unwrap().as_deref(), Some("one\n\u{e9}"));
        assert_eq!(first.state(ItemId::from_u128(2)).unwrap(), None);

        // Somebody who got hold of the lock although it was held here, as on some network file systems.
        let mut second = States { folder: folder.path().into(), lock: first.lock.take(), epoch: 0 };
        assert_eq!(second.begin_run().unwrap(), 2);
        first.lock = Some(File::open(folder.path().join("lock")).unwrap());
        assert!(!first.keep(ITEM, "stale").unwrap());
        assert!(second.keep(ITEM, "two").unwrap());
        assert_eq!(second.state(ITEM).unwrap().as_deref(), Some("two"));
    }

    #[test]
    fn names_of_entries_are_kept_and_the_oldest_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let states = States::open(folder.path()).unwrap();
        let entries: Vec<_> =
            (1..=1005).map(|number| (ErrorId::from_u128(number), format!("e\n{number}"))).collect();
        states.keep_entries(&entries).unwrap();
        assert_eq!(states.entries().unwrap(), entries[5..]);
    }

    #[test]
    fn a_file_of_another_format_is_not_taken_for_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let states = States::open(folder.path()).unwrap();
        fs::create_dir(folder.path().join("states")).unwrap();
        fs::write(folder.path().join("states").join(ITEM.to_string()), "syncmgr-handler-state 2\nx").unwrap();
        assert!(states.state(ITEM).unwrap_err().to_string().contains("does not know"));
    }
}
