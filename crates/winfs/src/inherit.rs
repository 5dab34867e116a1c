//! What programs that we start get of our handles.

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle as _};

use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};

use crate::done;

/// Keeps a handle from programs that are started from now on, unless it is given to them by name.
///
/// What this process was started with, its standard output for one, would otherwise go to each of them, and whoever reads from it would wait
/// for the last of them to end.
pub fn keep_to_ourselves(handle: impl AsHandle) -> io::Result<()> {
    let handle = handle.as_handle().as_raw_handle();
    // SAFETY: the handle is open for as long as it is borrowed; the call changes a mark of it and nothing else.
    done(unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) })
}
