//! The desktop of whoever sits there.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::surroundings;

/// How long to wait for the word that an address could not be opened. Some browsers stay, and say nothing until they are closed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens an address in the user's browser; tells whether that is so. Waits a little while for the answer.
pub fn open(address: &str) -> bool {
    let Some(mut opener) = opener() else { return false };
    let started =
        opener.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = started else { return false };
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::park_timeout(Duration::from_millis(10)),
            Err(_) => return false,
        }
    }
    surroundings::leave_one_running();
    true
}

/// The program that opens addresses, where somebody could see what it opens.
fn opener() -> Option<std::process::Command> {
    if cfg!(target_os = "macos") {
        return Some(surroundings::program("open"));
    }
    let sees = ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| surroundings::variable(name).is_some());
    let program = surroundings::find_program("xdg-open").filter(|_| sees)?;
    Some(surroundings::program_at(&program))
}
