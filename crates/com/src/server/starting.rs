//! Starts the daemon.

use std::path::Path;

use windows::Win32::Foundation::{CloseHandle, ERROR_FILE_NOT_FOUND};
use windows::Win32::System::Threading::{
    CREATE_NO_WINDOW, CreateProcessW, PROCESS_INFORMATION, STARTUPINFOW, WaitForSingleObject,
};
use windows::core::{HSTRING, PWSTR, Result};

use super::installation;

/// The program beside this library.
const PROGRAM: &str = "syncmgr.exe";
/// How long it may take until the daemon answers; it gives up before that itself.
const PATIENCE_MILLIS: u32 = 40_000;

/// Has the program beside this library start the daemon, without a window, and waits until that answers.
///
/// The program inherits no handles: whoever reads what the calling program prints would otherwise wait for the end of the daemon.
pub(super) fn start() -> Result<()> {
    let library = installation::library()?;
    let program = Path::new(&library).with_file_name(PROGRAM);
    if !program.is_file() {
        return Err(ERROR_FILE_NOT_FOUND.into());
    }
    let line = format!("\"{}\" daemon start", program.display());
    let mut line: Vec<u16> = line.encode_utf16().chain([0]).collect();
    let startup = STARTUPINFOW { cb: size_of::<STARTUPINFOW>() as u32, ..STARTUPINFOW::default() };
    let mut process = PROCESS_INFORMATION::default();
    // SAFETY: all of it lives until the call returns; the line ends with a zero and may be written to.
    unsafe {
        CreateProcessW(
            &HSTRING::from(program.as_path()),
            Some(PWSTR(line.as_mut_ptr())),
            None,
            None,
            false,
            CREATE_NO_WINDOW,
            None,
            None,
            &startup,
            &mut process,
        )?;
    }
    // SAFETY: both handles were just given to us, and are closed once.
    unsafe {
        WaitForSingleObject(process.hProcess, PATIENCE_MILLIS);
        let _ = CloseHandle(process.hThread);
        let _ = CloseHandle(process.hProcess);
    }
    Ok(())
}
