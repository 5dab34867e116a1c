//! Standard input and output, taken for the protocol alone.

use std::ffi::{CStr, c_char, c_int};
use std::fs::File;
use std::io;
use std::os::windows::io::AsHandle as _;

use windows::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle};

// The C library that classes of old are built on; its own descriptors have to be moved as well.
#[link(name = "msvcrt")]
unsafe extern "C" {
    fn _open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn _dup2(from: c_int, to: c_int) -> c_int;
}

const NOTHING: &CStr = c"NUL";
const READ_ONLY: c_int = 0;

/// The protocol's streams. From here on what is printed in this process goes to standard error, and what it reads from
/// standard input is empty: a class may print as it likes.
pub(super) fn own() -> io::Result<(File, File)> {
    // Copies that programs started from here do not inherit.
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    // SAFETY: the path has an end, and the numbers are those of the three standard descriptors. Moving one closes the handle
    // behind it and puts the new one in its place, also for those who ask the system; nothing of ours uses the old handles,
    // and where it fails the old one stays, which costs a stray line and nothing else.
    unsafe {
        let nothing = _open(NOTHING.as_ptr(), READ_ONLY);
        if nothing >= 0 {
            _dup2(nothing, 0);
        }
        _dup2(2, 1);
        if let Ok(errors) = GetStdHandle(STD_ERROR_HANDLE) {
            let _ = SetStdHandle(STD_OUTPUT_HANDLE, errors);
        }
    }
    Ok((File::from(input), File::from(output)))
}
