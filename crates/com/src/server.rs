//! `mobsync.dll`: the class that installers of handlers, and programs, ask for by `CLSID_SyncMgr`.
//!
//! It has `ISyncMgrRegister`, which writes to the registry, and `ISyncMgrSynchronizeInvoke`, which asks the daemon.

mod asking;
mod factory;
mod installation;
mod invoke;
mod manager;
mod register;
mod starting;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use syncmgr_model::outcome::Outcome;
use windows::Win32::Foundation::{
    CLASS_E_CLASSNOTAVAILABLE, E_FAIL, E_INVALIDARG, E_POINTER, E_UNEXPECTED, S_FALSE, S_OK,
};
use windows::Win32::System::Com::IClassFactory;
use windows::Win32::UI::Shell::SyncMgr;
use windows::core::{GUID, HRESULT, Interface as _, PCWSTR};

use crate::class::Place;
use crate::pointers;

/// How many objects there are of this library.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// How many locks there are on it.
static LOCKS: AtomicUsize = AtomicUsize::new(0);

/// While it lives, the library stays.
#[derive(Debug)]
struct Alive;

impl Alive {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::AcqRel);
        Self
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Locks the library, or gives a lock back; one too many is given back to nobody.
fn lock(is_locked: bool) {
    let change = |locks: usize| if is_locked { locks.checked_add(1) } else { locks.checked_sub(1) };
    let _ = LOCKS.fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
}

/// Does what somebody asked for who cannot be told of a panic.
fn guarded(call: impl FnOnce() -> HRESULT) -> HRESULT {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(E_UNEXPECTED)
}

fn code(outcome: Outcome) -> HRESULT {
    HRESULT(outcome.0.cast_signed())
}

/// Answers with a code, after what the pointers lead to was read.
fn answer<T>(
    read: impl FnOnce() -> T,
    decide: impl FnOnce(T) -> Result<Outcome, Outcome>,
) -> windows::core::Result<()> {
    match guarded(|| code(decide(read()).unwrap_or_else(|refused| refused))) {
        HRESULT(0) => Ok(()),
        other => Err(windows::core::Error::from_hresult(other)),
    }
}

/// Gives the factory of the one class.
///
/// # Safety
///
/// As COM calls it: pointers to two ids, and to a place for an interface.
#[unsafe(no_mangle)]
unsafe extern "system" fn DllGetClassObject(
    class: *const GUID,
    interface: *const GUID,
    object: *mut *mut c_void,
) -> HRESULT {
    if object.is_null() {
        return E_POINTER;
    }
    guarded(|| {
        // SAFETY: not null, so there is a place for a pointer.
        unsafe { object.write(std::ptr::null_mut()) };
        // SAFETY: promised by the caller.
        let wanted = unsafe { pointers::id(class) };
        match wanted {
            None => E_INVALIDARG,
            Some(_) if interface.is_null() => E_INVALIDARG,
            Some(wanted) if wanted == pointers::uuid(&SyncMgr) => {
                let factory: IClassFactory = factory::Factory::new().into();
                // SAFETY: the interface's id is there, and the place for the pointer as well.
                unsafe { factory.query(interface, object) }
            }
            Some(_) => CLASS_E_CLASSNOTAVAILABLE,
        }
    })
}

/// Whether nobody has anything of this library any more.
#[unsafe(no_mangle)]
extern "system" fn DllCanUnloadNow() -> HRESULT {
    let is_used = ALIVE.load(Ordering::Acquire) + LOCKS.load(Ordering::Acquire) > 0;
    if is_used { S_FALSE } else { S_OK }
}

/// Registers the class for all users: `regsvr32 mobsync.dll`.
#[unsafe(no_mangle)]
extern "system" fn DllRegisterServer() -> HRESULT {
    guarded(|| installation::install(Place::Machine).map_or_else(|error| error.code(), |()| S_OK))
}

/// Takes that back: `regsvr32 /u mobsync.dll`.
#[unsafe(no_mangle)]
extern "system" fn DllUnregisterServer() -> HRESULT {
    guarded(|| installation::remove(Place::Machine).map_or_else(|error| error.code(), |()| S_OK))
}

/// Registers the class for this user, or takes that back: `regsvr32 /n /i:user mobsync.dll`, with `/u` as well.
///
/// # Safety
///
/// As regsvr32 calls it: a text, or null.
#[unsafe(no_mangle)]
unsafe extern "system" fn DllInstall(install: i32, command: PCWSTR) -> HRESULT {
    guarded(|| {
        // SAFETY: promised by the caller.
        let for_whom = unsafe { pointers::text(command) };
        if for_whom.as_deref() != Some("user") {
            return E_INVALIDARG;
        }
        let done = match install {
            0 => installation::remove(Place::User),
            _ => installation::install(Place::User),
        };
        done.map_or_else(|error| if error.code().is_err() { error.code() } else { E_FAIL }, |()| S_OK)
    })
}
