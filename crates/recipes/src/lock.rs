//! One at a time: a lock by name, between all runs of all processes of a user.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use syncmgr_handler::model::id::{HandlerId, ItemId};
use syncmgr_handler::simple::{Canceled, SyncError};

use crate::process::pause;

/// How long to wait before looking again.
const TICK: Duration = Duration::from_millis(100);

/// The lock is held while this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    // Closing it gives the lock back, also when the process is killed.
    _file: File,
}

/// Takes the lock, waiting while somebody else has it. `waiting` hears each time, and may end it.
pub(crate) fn take(
    state_dir: &Path,
    name: &str,
    mut waiting: impl FnMut() -> Result<(), Canceled>,
) -> Result<Lock, SyncError> {
    let cannot = |error: io::Error| SyncError::failed(format!("cannot lock `{name}`: {error}"));
    let folder = state_dir.join("locks");
    fs::create_dir_all(&folder).map_err(cannot)?;
    // Two ways to the same folder are one lock.
    let name_of =
        fs::canonicalize(name).map_or_else(|_| name.to_owned(), |path| path.to_string_lossy().into_owned());
    // A name of its own for each: what is locked may contain any character, and be long.
    let file_name = ItemId::named(HandlerId::named("locks of recipes"), &name_of);
    let file = File::create(folder.join(file_name.to_string())).map_err(cannot)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => waiting()?,
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        pause(TICK).map_err(cannot)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_second_waits_and_can_be_told_to_give_up() {
        let state = tempfile::tempdir().unwrap();
        let name = state.path().to_str().unwrap();
        let first = take(state.path(), name, || panic!("nobody has it")).unwrap();
        let mut n_asked = 0;
        let second = take(state.path(), &format!("{name}/."), || {
            n_asked += 1;
            if n_asked < 3 { Ok(()) } else { Err(Canceled::Skip) }
        });
        assert!(matches!(second, Err(SyncError::Canceled(Canceled::Skip))));
        assert!(take(state.path(), "another", || panic!("another name is another lock")).is_ok());
        drop(first);
        assert!(take(state.path(), name, || panic!("it was given back")).is_ok());
    }
}
