//! Where clients on this machine come in: made so that nobody but the user can, and never taken from a server that lives.
//!
//! A Unix socket, or on Windows a named pipe; either is found by one path.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::server::StartError;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{Listener, connect};

/// A socket that is listened on. Dropped, its name is gone.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
    /// Held for as long as this server lives: two that start at once would both find the old socket dead.
    _lock: File,
}

impl Socket {
    /// Makes it, in a folder that is made if it is not there. To be called within the runtime that accepts.
    pub(crate) fn bind(path: &Path) -> Result<(Self, Listener), StartError> {
        let broken = |source| StartError::Socket { path: path.to_owned(), source };
        let in_use = || StartError::InUse { path: path.to_owned() };
        let folder = path.parent().ok_or_else(|| broken(io::ErrorKind::InvalidInput.into()))?;
        system::make_private(folder).map_err(broken)?;
        if !system::is_private(folder).map_err(broken)? {
            return Err(StartError::Folder { path: folder.to_owned() });
        }
        let lock = lock(&beside(path, ".lock")).map_err(broken)?.ok_or_else(in_use)?;
        let listener = Listener::bind(path).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => in_use(),
            _ => broken(error),
        })?;
        Ok((Self { path: path.to_owned(), _lock: lock }, listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Under the lock it is ours. Left behind it would only be found dead.
        let _ = fs::remove_file(&self.path);
    }
}

/// Locks a file until it is closed; nothing if somebody else has it locked.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = system::open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}
