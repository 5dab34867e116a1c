//! The Unix socket: made so that nobody but the user can open it, and never taken from a server that lives.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::server::StartError;

/// A socket that is listened on. Dropped, its name is gone.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
    /// Held for as long as this server lives: two that start at once would both find the old socket dead.
    _lock: File,
}

impl Socket {
    /// Makes it, in a folder that is made if it is not there.
    pub(crate) fn bind(path: &Path) -> Result<(Self, UnixListener), StartError> {
        let broken = |source| StartError::Socket { path: path.to_owned(), source };
        let folder = path.parent().ok_or_else(|| broken(io::ErrorKind::InvalidInput.into()))?;
        make_private(folder).map_err(broken)?;
        if !is_private(folder).map_err(broken)? {
            return Err(StartError::Folder { path: folder.to_owned() });
        }
        let lock = lock(&beside(path, ".lock")).map_err(broken)?;
        let lock = lock.ok_or_else(|| StartError::InUse { path: path.to_owned() })?;
        match state(path).map_err(broken)? {
            State::Free => {}
            State::Dead => fs::remove_file(path).map_err(broken)?,
            State::Living => return Err(StartError::InUse { path: path.to_owned() }),
            State::Other => return Err(broken(io::ErrorKind::AlreadyExists.into())),
        }
        // Whoever would come between these two lines is kept out by the folder.
        let listener = UnixListener::bind(path).map_err(broken)?;
        let socket = Self { path: path.to_owned(), _lock: lock };
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(broken)?;
        listener.set_nonblocking(true).map_err(broken)?;
        Ok((socket, listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Under the lock it is ours. Left behind it would only be found dead.
        let _ = fs::remove_file(&self.path);
    }
}

/// What is in the socket's place.
enum State {
    Free,
    Dead,
    Living,
    Other,
}

fn state(path: &Path) -> io::Result<State> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Ok(State::Other),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Free),
        Err(error) => return Err(error),
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(State::Dead),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Free),
        // A server that is too busy to be connected to lives as well.
        Ok(_) | Err(_) => Ok(State::Living),
    }
}

/// Makes the folder if it is not there. One that is there stays as it is.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Whether a folder is the user's and nobody else's.
fn is_private(folder: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(folder)?;
    let ours = rustix::process::geteuid().as_raw();
    Ok(found.is_dir() && found.uid() == ours && found.mode() & 0o077 == 0)
}

/// Locks a file until it is closed; nothing if somebody else has it locked.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}
