//! [`Manager`]: the object with both interfaces.

use windows::Win32::UI::Shell::{ISyncMgrRegister, ISyncMgrSynchronizeInvoke};
use windows::core::implement;

use super::Alive;

/// May be used from any thread, and has nothing of its own: who is registered is in the registry, and sessions are the daemon's.
#[implement(ISyncMgrRegister, ISyncMgrSynchronizeInvoke)]
pub(super) struct Manager(Alive);

impl Manager {
    pub(super) fn new() -> Self {
        Self(Alive::new())
    }
}
