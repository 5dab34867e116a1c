//! How the process ends when a class crashes: at once, with a line that says so, and without a window that waits for somebody.

use std::fmt::Write as _;

use windows::Win32::Storage::FileSystem::WriteFile;
use windows::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows::Win32::System::Diagnostics::Debug::{
    EXCEPTION_POINTERS, SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX, SetErrorMode,
    SetUnhandledExceptionFilter,
};
use windows::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

/// From here on.
pub(super) fn be_short() {
    // SAFETY: both take effect for the process; the function is there as long as it is.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
        SetUnhandledExceptionFilter(Some(crashed));
    }
}

/// The last thing that runs, on whatever is left of the stack of the thread that crashed.
unsafe extern "system" fn crashed(exception: *const EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system passes what it knows of the exception; either pointer may be null.
    let record = unsafe { exception.as_ref().and_then(|exception| exception.ExceptionRecord.as_ref()) };
    let code = record.map_or(0, |record| record.ExceptionCode.0.cast_unsigned());
    let mut line = Line { bytes: [0; 64], length: 0 };
    let _ = writeln!(line, "the class has crashed (exception 0x{code:08X})");
    // SAFETY: the line is alive during the call. Ending this process is what is wanted: another thread may hold any lock, so
    // that nothing else can be asked to end it.
    unsafe {
        if let Ok(errors) = GetStdHandle(STD_ERROR_HANDLE) {
            let _ = WriteFile(errors, Some(line.text()), None, None);
        }
        let _ = TerminateProcess(GetCurrentProcess(), code.max(1));
    }
    0
}

/// A line without the allocator, which may be what crashed.
struct Line {
    bytes: [u8; 64],
    length: usize,
}

impl Line {
    fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl std::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for (byte, place) in text.bytes().zip(&mut self.bytes[self.length..]) {
            *place = byte;
            self.length += 1;
        }
        Ok(())
    }
}
