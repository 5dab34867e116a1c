//! A Unix socket. Nobody but the user can open it, nor enter the folder it is in.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::Path;

use tokio::net::{UnixListener, UnixStream};

/// The server's end of a connection.
pub(crate) type Stream = UnixStream;
/// The client's end of one.
pub(crate) type ClientStream = UnixStream;

/// What listens.
#[derive(Debug)]
pub(crate) struct Listener(UnixListener);

impl Listener {
    /// Takes the name, which must be free or a dead server's.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        match state(path)? {
            State::Free => {}
            State::Dead => fs::remove_file(path)?,
            State::Living => return Err(io::ErrorKind::AddrInUse.into()),
            State::Other => return Err(io::ErrorKind::AlreadyExists.into()),
        }
        // Whoever would come between these two lines is kept out by the folder.
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(Self(listener))
    }

    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        self.0.accept().await.map(|(stream, _)| stream)
    }
}

/// Connects to a server. Where none is, the kind is `NotFound` or `ConnectionRefused`.
pub(crate) async fn connect(path: &Path) -> io::Result<ClientStream> {
    UnixStream::connect(path).await
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
    match BlockingStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(State::Dead),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Free),
        // A server that is too busy to be connected to lives as well.
        Ok(_) | Err(_) => Ok(State::Living),
    }
}

/// Makes the folder if it is not there. One that is there stays as it is.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Whether a folder is the user's and nobody else's.
pub(super) fn is_private(folder: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(folder)?;
    let ours = rustix::process::geteuid().as_raw();
    Ok(found.is_dir() && found.uid() == ours && found.mode() & 0o077 == 0)
}

/// Opens a file of the user's alone for locking.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}
