//! [`Reader`], [`Writer`] and [`Watch`]: a thread for each thing that can be waited for.
//!
//! Pipes and processes cannot be waited for together here, channels can. A thread ends when its pipe does, or when nobody wants anything of it
//! any more; as it may sit in a read until its program is gone, the program is to be killed before this is dropped.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never};

use super::processes::Ending;
use super::{Child, Pipe};

/// How much is read at once; twice this is held while nobody takes it.
const CHUNK: usize = 64 << 10;
/// How long a thread that nobody needs may take to end; then it is held by a pipe that somebody keeps open outside of the job.
const TO_END: Duration = Duration::from_secs(1);

/// Nothing is ever sent: the end of the channel is what counts.
#[derive(Debug)]
pub enum Never {}

/// Reads a pipe, a little ahead.
#[derive(Debug)]
pub struct Reader {
    chunks: Receiver<Vec<u8>>,
    gone: Receiver<Never>,
}

impl Reader {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(pipe: Pipe) -> io::Result<Self> {
        let (hand_over, chunks) = bounded(1);
        let gone = spawn("read", move || {
            let (mut pipe, mut buffer) = (File::from(pipe), vec![0; CHUNK]);
            // A broken pipe is an end like any other.
            while let Ok(n_bytes @ 1..) = pipe.read(&mut buffer) {
                if hand_over.send(buffer[..n_bytes].to_vec()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, gone })
    }

    /// What was read, in order; disconnected at the end of the pipe.
    pub fn chunks(&self) -> &Receiver<Vec<u8>> {
        &self.chunks
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.chunks = never();
        let _ = self.gone.recv_timeout(TO_END);
    }
}

/// Writes to a pipe, one piece after the other.
#[derive(Debug)]
pub struct Writer {
    /// Gone when there is to be no more.
    pieces: Option<Sender<Vec<u8>>>,
    written: Receiver<()>,
    gone: Receiver<Never>,
}

impl Writer {
    /// Waits for the first piece.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(pipe: Pipe) -> io::Result<Self> {
        let (pieces, to_write) = bounded::<Vec<u8>>(1);
        let (tell, written) = bounded(1);
        let gone = spawn("write", move || {
            let mut pipe = File::from(pipe);
            for piece in to_write {
                if pipe.write_all(&piece).is_err() || tell.send(()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { pieces: Some(pieces), written, gone })
    }

    /// Has a piece written. The next one may come when [`Writer::written`] has told of this one.
    pub fn write(&self, piece: Vec<u8>) {
        if let Some(pieces) = &self.pieces {
            // Who does not read any more has closed the other channel, too.
            let _ = pieces.send(piece);
        }
    }

    /// Tells once for each piece that it was written; disconnected when nobody reads.
    pub fn written(&self) -> &Receiver<()> {
        &self.written
    }

    /// Closes the pipe when everything is written.
    pub fn close(&mut self) {
        self.pieces = None;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.pieces = None;
        self.written = never();
        let _ = self.gone.recv_timeout(TO_END);
    }
}

/// Waits for the end of a program.
#[derive(Debug)]
pub struct Watch {
    gone: Receiver<Never>,
}

impl Watch {
    /// Begins to wait.
    ///
    /// # Errors
    ///
    /// When the system gives no handle of the process, or no thread.
    pub fn start(child: &Child) -> io::Result<Self> {
        let ending = Ending::of(child.id())?;
        // What cannot be waited for is looked at again by whoever hears of it.
        let gone = spawn("watch", move || drop(ending.wait()))?;
        Ok(Self { gone })
    }

    /// Disconnected when the program has ended.
    pub fn ended(&self) -> &Receiver<Never> {
        &self.gone
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.gone.recv_timeout(TO_END);
    }
}

/// A thread, and where its end shows.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Receiver<Never>> {
    let (lives, gone) = bounded(0);
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _lives: Sender<Never> = lives;
        work();
    })?;
    Ok(gone)
}
