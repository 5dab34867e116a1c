//! The terminal while keys are read.

#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub(super) use unix::{KeyMode, restore};

/// Puts the console back as it was. Harmless if it is so already.
#[cfg(windows)]
pub(super) fn restore() {
    // A console that is gone needs no state.
    let _gone = crossterm::terminal::disable_raw_mode();
}
