//! How the process ends when a class crashes: at once, with a line that says so, and without a window that waits for somebody.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicPtr, Ordering};

use windows::Win32::Storage::FileSystem::WriteFile;
use windows::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows::Win32::System::Diagnostics::Debug::{
    EXCEPTION_POINTERS, LPTOP_LEVEL_EXCEPTION_FILTER, SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX,
    SEM_NOOPENFILEERRORBOX, SetErrorMode, SetUnhandledExceptionFilter,
};
use windows::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

/// Who looked at crashes before us: what a class, or the runtime it was built with, has put there. It may mend one.
static THEIRS: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// The answer of a filter that has mended what was wrong.
const MENDED: i32 = -1;

/// From here on. To be called again after whatever a class has done: many runtimes put a filter of their own there.
pub(super) fn be_short() {
    // SAFETY: both take effect for the process; the function is there as long as it is.
    let before = unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
        SetUnhandledExceptionFilter(Some(crashed))
    };
    if let Some(before) = before.filter(|before| *before as usize != crashed as *const () as usize) {
        THEIRS.store(before as *mut (), Ordering::Release);
    }
}

/// The last thing that runs, on whatever is left of the stack of the thread that crashed.
unsafe extern "system" fn crashed(exception: *const EXCEPTION_POINTERS) -> i32 {
    let theirs = THEIRS.swap(std::ptr::null_mut(), Ordering::AcqRel);
    // SAFETY: null, or what the system gave us as a filter; with a null pointer for none, it is the same kind of value.
    let filter: LPTOP_LEVEL_EXCEPTION_FILTER = unsafe { std::mem::transmute(theirs) };
    // SAFETY: it is called as the system would have done.
    if filter.is_some_and(|filter| unsafe { filter(exception) } == MENDED) {
        THEIRS.store(theirs, Ordering::Release);
        return MENDED;
    }
    // SAFETY: the system passes what it knows of the exception; either pointer may be null.
    let record = unsafe { exception.as_ref().and_then(|exception| exception.ExceptionRecord.as_ref()) };
    let code = record.map_or(0, |record| record.ExceptionCode.0.cast_unsigned());
    let mut line = Line { bytes: [0; 64], length: 0 };
    let _ = writeln!(line, "the class has crashed (exception 0x{code:08X})");
    end(line.text(), code.max(1))
}

/// Ends the process with a line.
fn end(line: &[u8], status: u32) -> ! {
    // SAFETY: the line is alive during the call. Ending this process is what is wanted: another thread may hold any lock, so
    // that nothing else can be asked to end it.
    unsafe {
        if let Ok(errors) = GetStdHandle(STD_ERROR_HANDLE) {
            let _ = WriteFile(errors, Some(line), None, None);
        }
        let _ = TerminateProcess(GetCurrentProcess(), status);
    }
    // Nobody gets here.
    std::process::abort()
}

/// While it lives, nothing may be thrown through its place: what a class throws out of a method would tear down frames of ours.
pub(super) struct NothingThrown;

impl NothingThrown {
    /// All went well.
    pub(super) fn indeed(self) {
        std::mem::forget(self);
    }
}

impl Drop for NothingThrown {
    fn drop(&mut self) {
        thrown()
    }
}

/// A class has thrown something out of a method.
pub(super) fn thrown() -> ! {
    end(b"the class has crashed (it threw an exception that nobody caught)\n", 1)
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
