//! [`Factory`]: makes the one class.

use std::ffi::c_void;

use windows::Win32::Foundation::{CLASS_E_NOAGGREGATION, E_POINTER};
use windows::Win32::System::Com::{IClassFactory, IClassFactory_Impl};
use windows::core::{BOOL, Error, GUID, IUnknown, Interface as _, Ref, Result, implement};

use super::manager::Manager;
use super::{Alive, guarded, lock};

/// May be used from any thread.
#[implement(IClassFactory)]
pub(super) struct Factory(Alive);

impl Factory {
    pub(super) fn new() -> Self {
        Self(Alive::new())
    }
}

impl IClassFactory_Impl for Factory_Impl {
    fn CreateInstance(
        &self,
        outer: Ref<'_, IUnknown>,
        interface: *const GUID,
        object: *mut *mut c_void,
    ) -> Result<()> {
        if object.is_null() || interface.is_null() {
            return Err(E_POINTER.into());
        }
        // SAFETY: not null, so there is a place for a pointer.
        unsafe { object.write(std::ptr::null_mut()) };
        if outer.is_some() {
            return Err(CLASS_E_NOAGGREGATION.into());
        }
        let answer = guarded(|| {
            let made: IUnknown = Manager::new().into();
            // SAFETY: the interface's id is there, and the place for the pointer as well.
            unsafe { made.query(interface, object) }
        });
        if answer.is_ok() { Ok(()) } else { Err(Error::from_hresult(answer)) }
    }

    fn LockServer(&self, locks: BOOL) -> Result<()> {
        lock(locks.as_bool());
        Ok(())
    }
}
