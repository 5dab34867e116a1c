//! Pipes with a thread each, that are waited for by their channels.

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Select, TryRecvError};
use syncmgr_child::{Pipe, Reader};

use super::Got;

/// Where output comes from.
pub(super) struct Source(Reader);

impl Source {
    pub(super) fn of(pipe: Pipe) -> io::Result<Self> {
        Reader::start(pipe).map(Self)
    }

    /// Hands over what is there.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn read(&self, take: &mut dyn FnMut(&[u8])) -> io::Result<Got> {
        match self.0.chunks().try_recv() {
            Ok(bytes) => take(&bytes),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(Got::End),
        }
        Ok(Got::Something)
    }
}

/// Waits until something has come from one of them or the time is over, and says from which.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn ready(sources: &[&Source], time: Duration) -> io::Result<Vec<bool>> {
    if sources.is_empty() {
        thread::sleep(time);
        return Ok(Vec::new());
    }
    let mut select = Select::new();
    for source in sources {
        select.recv(source.0.chunks());
    }
    let woken = select.ready_timeout(time).ok();
    Ok((0..sources.len()).map(|place| woken == Some(place)).collect())
}
