//! Signals while a session runs: the first one stops it, the second one ends the process at once.

use std::io;
use std::thread::{self, JoinHandle};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use syncmgr_daemon::{Controls, Exit};
use syncmgr_wire::control::Request;

use super::terminal;

/// While this exists, Ctrl-C and `kill` are requests.
pub(crate) struct Watch {
    handle: Handle,
    receiver: Option<JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn start(controls: Controls) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let handle = signals.handle();
        let receiver = thread::Builder::new().name("signals".into()).spawn(move || {
            for (n_before, _) in signals.forever().enumerate() {
                if n_before == 0 {
                    controls.send(&Request::Stop);
                } else {
                    end_at_once(&controls);
                }
            }
        })?;
        Ok(Self { handle, receiver: Some(receiver) })
    }
}

/// Whatever is under way is left as it is: the next run finds its journal and cleans up.
fn end_at_once(controls: &Controls) -> ! {
    controls.abandon();
    terminal::restore();
    syncmgr_daemon::surroundings::wait_for_programs();
    std::process::exit(i32::from(Exit::Stopped.code()))
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(receiver) = self.receiver.take() {
            let _ = receiver.join();
        }
    }
}
