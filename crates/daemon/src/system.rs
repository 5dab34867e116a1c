//! What each system does in its own way. `unix` and `windows` have the same functions.

use std::ffi::OsString;

use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::HandlerId;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as own;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as own;

pub use own::Ends;
pub(crate) use own::{
    Alarm, CONFIG, HOME, STATE, Sources, began_of, boot_id, classes, ends_within, flush_dir, free_bytes,
    host, is_mounted, is_program, is_running, is_writable, keep_to_ourselves, leave_terminal, load_percent,
    make_private_dir, make_watchable, private, program_name, programs_of, role, taken_back, tell_service,
    wait_for_programs, watchdog,
};

/// A handler that is a COM class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class {
    /// The class's own.
    pub(crate) id: HandlerId,
    /// The same, as the name of a folder.
    pub(crate) key: String,
    /// What it is registered as; empty where nothing was said.
    pub(crate) description: String,
    /// The events it registered for.
    pub(crate) events: RegisterFlags,
    /// Its process: this program in a role of its own.
    pub(crate) argv: Vec<OsString>,
}

/// How a daemon is, for who started it as a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceState {
    Ready,
    Alive,
    Stopping,
}

#[cfg(test)]
mod tests {
    use syncmgr_model::time::Timestamp;

    use super::*;
    use crate::surroundings::now;

    #[test]
    fn an_alarm_rings_once_at_its_moment_and_at_once_for_a_moment_that_has_passed() {
        let (tell, told) = crossbeam_channel::unbounded();
        let alarm = Alarm::new(move || tell.send(now()).unwrap()).unwrap();
        let at = now().plus_millis(20);
        alarm.set(Some(at));
        assert!(told.recv().unwrap() >= at);
        alarm.set(Some(Timestamp::from_millis(5)));
        told.recv().unwrap();
        drop(alarm);
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn an_alarm_that_is_set_anew_forgets_the_moment_before() {
        let (tell, told) = crossbeam_channel::unbounded();
        let alarm = Alarm::new(move || tell.send(()).unwrap()).unwrap();
        alarm.set(Some(now().plus_millis(3_600_000)));
        alarm.set(Some(now().plus_millis(1)));
        told.recv().unwrap();
        alarm.set(Some(now().plus_millis(3_600_000)));
        alarm.set(None);
        drop(alarm);
        assert!(told.try_recv().is_err());
    }
}
