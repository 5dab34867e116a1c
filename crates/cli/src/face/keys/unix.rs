//! Keys of a terminal.

use std::io;
use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::pipe;
use rustix::stdio::stdin;
use syncmgr_daemon::Controls;

use super::Keys;
use crate::face::prompt::Prompts;
use crate::face::session::Current;
use crate::face::terminal::KeyMode;

/// While this exists, keys are read; dropped, the terminal is as it was.
pub(crate) struct Watch {
    /// Closed by dropping, which wakes the reader.
    wake: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to read keys. Where that cannot be done the session runs without: signals stop it all the same.
    pub(crate) fn start(controls: Controls, current: Current, prompts: Prompts) -> Option<Self> {
        Self::try_start(Keys::new(controls, current, prompts)).ok().flatten()
    }

    fn try_start(mut keys: Keys) -> io::Result<Option<Self>> {
        let (woken, wake) = pipe()?;
        let Some(mode) = KeyMode::enter()? else { return Ok(None) };
        let reader = thread::Builder::new().name("keys".into()).spawn(move || {
            read_keys(&woken, &mut keys);
            drop(mode);
        })?;
        Ok(Some(Self { wake: Some(wake), reader: Some(reader) }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(reader) = self.reader.take() {
            // A reader that panicked has restored the terminal on its way.
            let _ = reader.join();
        }
    }
}

fn read_keys(woken: &OwnedFd, keys: &mut Keys) {
    let mut pressed = [0; 64];
    loop {
        let stdin = stdin();
        let mut sources = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut sources, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) => {}
        }
        if !sources[1].revents().is_empty() {
            keys.end();
            return;
        }
        match rustix::io::read(stdin, &mut pressed) {
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            // The terminal is gone; signals still arrive.
            Err(_) | Ok(0) => return,
            Ok(n_keys) => {
                pressed[..n_keys].iter().for_each(|key| keys.press(*key));
                // A password is not left lying about.
                pressed.fill(0);
            }
        }
    }
}
