//! Keys while a session runs: `s` skips the current item, `p` pauses and resumes, `q` stops; while a question is open, they
//! are its answer.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io::{self, Write};

use syncmgr_daemon::Controls;
use syncmgr_wire::control::Request;

use super::prompt::{Prompts, Typed};
use super::session::Current;

#[cfg(unix)]
pub(crate) use unix::Watch;
#[cfg(windows)]
pub(crate) use windows::Watch;

/// What keys mean, one after the other.
struct Keys {
    controls: Controls,
    current: Current,
    prompts: Prompts,
    is_paused: bool,
}

impl Keys {
    fn new(controls: Controls, current: Current, prompts: Prompts) -> Self {
        Self { controls, current, prompts, is_paused: false }
    }

    /// A key was pressed.
    fn press(&mut self, key: u8) {
        let request = match self.prompts.key(key) {
            Some(Typed::Echo(shown)) => {
                echo(&shown);
                None
            }
            Some(Typed::Answered(answer)) => {
                echo("\n");
                Some(Request::Answer(answer))
            }
            None => request(key, &self.current, &mut self.is_paused),
        };
        if let Some(request) = request {
            self.controls.send(&request);
        }
    }

    /// No more keys come. Who paused for the sake of this session does not mean the ones after it.
    fn end(&self) {
        if self.is_paused {
            self.controls.send(&Request::Resume);
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
