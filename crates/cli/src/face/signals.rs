//! Signals while a session runs: the first one stops it, the second one ends the process at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use syncmgr_daemon::{Controls, Ends, Exit};
use syncmgr_wire::control::Request;

use super::terminal;

/// While this exists, Ctrl-C and `kill` are requests.
pub(crate) struct Watch {
    _ends: Ends,
}

impl Watch {
    pub(crate) fn start(controls: Controls) -> io::Result<Self> {
        let is_asked = AtomicBool::new(false);
        let ends = Ends::watch_in_terminal(move || {
            if is_asked.swap(true, Ordering::SeqCst) {
                end_at_once(&controls);
            }
            controls.send(&Request::Stop);
        })?;
        Ok(Self { _ends: ends })
    }
}

/// Whatever is under way is left as it is: the next run finds its journal and cleans up.
fn end_at_once(controls: &Controls) -> ! {
    controls.abandon();
    terminal::restore();
    syncmgr_daemon::surroundings::wait_for_programs();
    std::process::exit(i32::from(Exit::Stopped.code()))
}
