//! Keys of a console.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use crossterm::terminal::enable_raw_mode;
use syncmgr_daemon::Controls;
use syncmgr_wire::control::Request;

use super::Keys;
use crate::face::prompt::Prompts;
use crate::face::session::Current;
use crate::face::terminal;

/// How long a look at the console takes at most: the end of the session waits for that.
const LOOK: Duration = Duration::from_millis(50);

/// While this exists, keys are read; dropped, the console is as it was.
pub(crate) struct Watch {
    is_over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to read keys. Where that cannot be done the session runs without: Ctrl-C stops it all the same.
    pub(crate) fn start(controls: Controls, current: Current, prompts: Prompts) -> Option<Self> {
        Self::try_start(Keys::new(controls, current, prompts)).ok()
    }

    fn try_start(mut keys: Keys) -> io::Result<Self> {
        enable_raw_mode()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let reader = thread::Builder::new().name("keys".into()).spawn(move || {
            while !over.load(Ordering::Acquire) {
                match poll(LOOK).and_then(|is_there| if is_there { read().map(Some) } else { Ok(None) }) {
                    Ok(Some(event)) => take(&event, &mut keys),
                    Ok(None) => {}
                    // The console is gone.
                    Err(_) => return,
                }
            }
            keys.end();
        });
        // Without a reader the console must not stay as it is.
        let reader = reader.inspect_err(|_| terminal::restore())?;
        Ok(Self { is_over, reader: Some(reader) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        terminal::restore();
    }
}

/// A console that tells keys tells Ctrl-C as one.
fn take(event: &Event, keys: &mut Keys) {
    let Some(key) = event.as_key_event().filter(|key| key.kind == KeyEventKind::Press) else { return };
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            keys.controls.send(&Request::Stop)
        }
        KeyCode::Char(letter) => {
            letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| keys.press(byte));
        }
        KeyCode::Enter => keys.press(b'\r'),
        KeyCode::Backspace => keys.press(0x08),
        KeyCode::Esc => keys.press(0x1b),
        _ => {}
    }
}
