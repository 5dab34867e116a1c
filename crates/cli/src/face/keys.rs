//! Keys while a session runs: `s` skips the current item, `p` pauses and resumes, `q` stops; while a question is open, they
//! are its answer.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::pipe;
use rustix::stdio::stdin;
use syncmgr_daemon::Controls;
use syncmgr_wire::control::Request;

use super::prompt::{Prompts, Typed};
use super::session::Current;
use super::terminal::KeyMode;

/// While this exists, keys are read; dropped, the terminal is as it was.
pub(crate) struct Watch {
    /// Closed by dropping, which wakes the reader.
    wake: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to read keys. Where that cannot be done the session runs without: signals stop it all the same.
    pub(crate) fn start(controls: Controls, current: Current, prompts: Prompts) -> Option<Self> {
        Self::try_start(controls, current, prompts).ok().flatten()
    }

    fn try_start(controls: Controls, current: Current, prompts: Prompts) -> io::Result<Option<Self>> {
        let (woken, wake) = pipe()?;
        let Some(mode) = KeyMode::enter()? else { return Ok(None) };
        let reader = thread::Builder::new().name("keys".into()).spawn(move || {
            read_keys(&woken, &controls, &current, &prompts);
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

fn read_keys(woken: &OwnedFd, controls: &Controls, current: &Current, prompts: &Prompts) {
    let mut is_paused = false;
    let mut keys = [0; 64];
    loop {
        let stdin = stdin();
        let mut sources = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut sources, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) => {}
        }
        if !sources[1].revents().is_empty() {
            // Who paused for the sake of this session does not mean the ones after it.
            if is_paused {
                controls.send(&Request::Resume);
            }
            return;
        }
        match rustix::io::read(stdin, &mut keys) {
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            // The terminal is gone; signals still arrive.
            Err(_) | Ok(0) => return,
            Ok(n_keys) => {
                for key in &keys[..n_keys] {
                    let request = match prompts.key(*key) {
                        Some(Typed::Echo(shown)) => {
                            echo(&shown);
                            None
                        }
                        Some(Typed::Answered(answer)) => {
                            echo("\n");
                            Some(Request::Answer(answer))
                        }
                        None => request(*key, current, &mut is_paused),
                    };
                    if let Some(request) = request {
                        controls.send(&request);
                    }
                }
                // A password is not left lying about.
                keys.fill(0);
            }
        }
    }
}

/// The terminal itself shows nothing of what is typed.
fn echo(text: &str) {
    let mut err = io::stderr();
    // A terminal that is gone shows nothing.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// What a key asks for.
fn request(key: u8, current: &Current, is_paused: &mut bool) -> Option<Request> {
    match key {
        b's' => current.get().map(|item| Request::Skip { item }),
        b'p' => {
            *is_paused = !*is_paused;
            Some(if *is_paused { Request::Pause { seconds: None } } else { Request::Resume })
        }
        b'q' => Some(Request::Stop),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_pauses_and_resumes_by_turns_and_s_needs_an_item() {
        let current = Current::default();
        let mut is_paused = false;
        let mut press = |key| request(key, &current, &mut is_paused);
        assert_eq!(press(b'p'), Some(Request::Pause { seconds: None }));
        assert_eq!(press(b'p'), Some(Request::Resume));
        assert_eq!(press(b'q'), Some(Request::Stop));
        assert_eq!(press(b's'), None);
        assert_eq!(press(b'x'), None);
    }
}
