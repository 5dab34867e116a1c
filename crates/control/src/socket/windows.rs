//! A named pipe. Its name is drawn at random and written to a file, which is where clients look for it: a name that nobody could know
//! beforehand cannot be taken before us, and the pipe itself lets nobody in but its owner.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use interprocess::os::windows::named_pipe::tokio::{DuplexPipeStream, PipeListener};
use interprocess::os::windows::named_pipe::{PipeListenerOptions, pipe_mode};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use widestring::U16CString;

/// The server's end of a connection. What was written is on its way, and can be read also when this end is closed; to flush a pipe
/// would be to wait until the client has read all of it, or for ever.
#[derive(Debug)]
pub(crate) struct Stream(DuplexPipeStream<pipe_mode::Bytes>);

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.0).poll_write(cx, bytes);
        // Otherwise somebody else would wait for the client, and hold the pipe open meanwhile.
        self.0.assume_flushed();
        written
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
/// The client's end of one.
pub(crate) type ClientStream = NamedPipeClient;

/// Nobody who comes over the network, and otherwise the owner alone: everything.
const OWNER_ONLY: &str = "D:P(D;;GA;;;NU)(A;;GA;;;OW)";
/// What is written and not read yet, in bytes, in each direction.
const BUFFER: u32 = 64 << 10;
/// How often, and how long apart, a client tries again while all ends of the pipe are taken. The server makes another one as soon as it
/// has handed one out.
const TRIES: u32 = 400;
const BREATH: Duration = Duration::from_millis(5);
/// All ends of the pipe are taken (`ERROR_PIPE_BUSY`).
const PIPE_BUSY: i32 = 231;

/// What listens.
#[derive(Debug)]
pub(crate) struct Listener(PipeListener<pipe_mode::Bytes, pipe_mode::Bytes>);

impl Listener {
    /// Makes the pipe, and writes its name to the file. What a dead server left there is replaced.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let name = random_name()?;
        let descriptor = U16CString::from_str(OWNER_ONLY).map_err(io::Error::other)?;
        let options = PipeListenerOptions::new()
            .path(name.as_str())
            .input_buffer_size_hint(BUFFER)
            .output_buffer_size_hint(BUFFER)
            .security_descriptor(Some(SecurityDescriptor::deserialize(&descriptor)?));
        let listener = options.create_tokio_duplex()?;
        // Whoever reads the file finds the whole name or the one before.
        let new = path.with_extension("new");
        fs::write(&new, name)?;
        fs::rename(&new, path)?;
        Ok(Self(listener))
    }

    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        self.0.accept().await.map(Stream)
    }
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!(r"\\.\pipe\syncmgr-{digits}"))
}

/// Connects to a server. Where none is, the kind is `NotFound` or `ConnectionRefused`.
pub(crate) async fn connect(path: &Path) -> io::Result<ClientStream> {
    let name = fs::read_to_string(path)?;
    for _ in 0..TRIES {
        match ClientOptions::new().open(&name) {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => tokio::time::sleep(BREATH).await,
            opened => return opened,
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// Makes the folder if it is not there.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// A folder in the user's profile is as private as the profile is; what is in ours is a name that opens nothing to others.
pub(super) fn is_private(folder: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(folder)?.is_dir())
}

/// Opens a file for locking.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
