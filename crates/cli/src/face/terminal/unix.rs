//! The terminal while keys are read: no echo, no waiting for the end of a line.
//!
//! Signals and output processing stay on: Ctrl-C remains a signal, so there is one way to stop whether keys are read or not,
//! and what others print meanwhile still looks right. The state before is kept where every way out can find it.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// While this exists, keys arrive one by one.
#[derive(Debug)]
pub(in crate::face) struct KeyMode(());

impl KeyMode {
    /// Enters it. Not in the background: there the terminal belongs to somebody else, and touching it would stop us.
    pub(in crate::face) fn enter() -> io::Result<Option<Self>> {
        if tcgetpgrp(stdin())? != rustix::process::getpgrp() {
            return Ok(None);
        }
        let before = tcgetattr(stdin())?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        tcsetattr(stdin(), OptionalActions::Now, &modes)?;
        Ok(Some(Self(())))
    }
}

impl Drop for KeyMode {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the terminal back as it was. Harmless if it is so already.
pub(in crate::face) fn restore() {
    if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // A terminal that is gone needs no state.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}
