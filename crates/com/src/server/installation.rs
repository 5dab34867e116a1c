//! How the class itself is registered.

use windows::Win32::Foundation::{HMODULE, MAX_PATH};
use windows::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, GetModuleFileNameW,
    GetModuleHandleExW,
};
use windows::Win32::UI::Shell::SyncMgr;
use windows::core::{Error, PCWSTR, Result};
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use crate::class::{ClassId, Place};
use crate::pointers;

/// What the class is called.
const NAME: &str = "Synchronization Manager";
/// Its objects may be used from any thread.
const THREADING: &str = "Both";

pub(super) fn install(place: Place) -> Result<()> {
    let library = library()?;
    let class = root(place).create(path())?;
    class.set_string("", NAME)?;
    let server = class.create("InProcServer32")?;
    server.set_string("", library)?;
    server.set_string("ThreadingModel", THREADING)
}

pub(super) fn remove(place: Place) -> Result<()> {
    match root(place).open(path()) {
        Ok(_there) => root(place).remove_tree(path()),
        Err(_gone) => Ok(()),
    }
}

fn root(place: Place) -> &'static Key {
    match place {
        Place::Machine => LOCAL_MACHINE,
        Place::User => CURRENT_USER,
    }
}

fn path() -> String {
    let class = ClassId::new(pointers::uuid(&SyncMgr));
    format!(r"SOFTWARE\Classes\CLSID\{}", class.map(|class| class.to_string()).unwrap_or_default())
}

/// Where this library is.
pub(super) fn library() -> Result<String> {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    let inside = library as *const ();
    let mut module = HMODULE::default();
    // SAFETY: an address in this library; the handle is not counted, and is used only here, inside of it.
    unsafe { GetModuleHandleExW(flags, PCWSTR(inside.cast()), &mut module)? };
    // Longer paths than the classic ones exist; this is as long as the system's names get.
    const LONGEST: usize = 32_768;
    let mut name = vec![0; LONGEST.max(MAX_PATH as usize)];
    // SAFETY: the buffer is there, with its length.
    let length = unsafe { GetModuleFileNameW(Some(module), &mut name) } as usize;
    if length == 0 || length >= name.len() {
        return Err(Error::from_thread());
    }
    Ok(crate::wide::text(&name[..length]))
}
