//! Ranges of files: the one that is locked, and those that hold data.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_MORE_DATA;
use windows_sys::Win32::Storage::FileSystem::{
    LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx,
};
use windows_sys::Win32::System::IO::{DeviceIoControl, OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0};
use windows_sys::Win32::System::Ioctl::{
    FILE_ALLOCATED_RANGE_BUFFER, FSCTL_QUERY_ALLOCATED_RANGES, FSCTL_SET_SPARSE,
};

use crate::{done, length};

/// Locks a file for this handle, or says at once that somebody else has it (`WouldBlock`).
///
/// What is locked here cannot be read by others, so it is one byte where no content is: others still read what the holder
/// wrote.
pub fn try_lock(file: &File) -> io::Result<()> {
    const FAR: u32 = 0x4000_0000;
    let place = OVERLAPPED_0 { Anonymous: OVERLAPPED_0_0 { Offset: 0, OffsetHigh: FAR } };
    let mut overlapped = OVERLAPPED { Anonymous: place, ..OVERLAPPED::default() };
    let flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
    // SAFETY: the handle is open as long as `file` is borrowed. It was not opened for overlapped work, so the call is over
    // when it returns, and nothing is kept of the buffer.
    let locked = done(unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut overlapped) });
    const LOCK_VIOLATION: i32 = 33;
    const IO_PENDING: i32 = 997;
    locked.map_err(|error| match error.raw_os_error() {
        Some(LOCK_VIOLATION | IO_PENDING) => io::ErrorKind::WouldBlock.into(),
        _ => error,
    })
}

/// Lets what is skipped in a file be a hole.
pub fn make_sparse(file: &File) -> io::Result<()> {
    let mut n_told = 0;
    // SAFETY: the handle is open as long as `file` is borrowed, was not opened for overlapped work, and the call takes and
    // gives no bytes.
    done(unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            FSCTL_SET_SPARSE,
            ptr::null(),
            0,
            ptr::null_mut(),
            0,
            &raw mut n_told,
            ptr::null_mut(),
        )
    })
}

/// The first range at or after `offset`, before `end`, that holds data: start and end. `None` when only a hole is left.
pub fn data_at(file: &File, offset: u64, end: u64) -> io::Result<Option<(u64, u64)>> {
    let signed = |n: u64| i64::try_from(n).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
    let asked = FILE_ALLOCATED_RANGE_BUFFER {
        FileOffset: signed(offset)?,
        Length: signed(end.saturating_sub(offset))?,
    };
    let mut told = FILE_ALLOCATED_RANGE_BUFFER::default();
    let mut n_told = 0;
    // SAFETY: the handle is open as long as `file` is borrowed and was not opened for overlapped work; both buffers are as long
    // as the call is told.
    let answered = done(unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            FSCTL_QUERY_ALLOCATED_RANGES,
            (&raw const asked).cast(),
            length::<FILE_ALLOCATED_RANGE_BUFFER>(),
            (&raw mut told).cast(),
            length::<FILE_ALLOCATED_RANGE_BUFFER>(),
            &raw mut n_told,
            ptr::null_mut(),
        )
    });
    match answered {
        // There are more than the one that was asked for.
        Err(error) if error.raw_os_error() != i32::try_from(ERROR_MORE_DATA).ok() => Err(error),
        _ if n_told < length::<FILE_ALLOCATED_RANGE_BUFFER>() => Ok(None),
        _ => {
            let start = u64::try_from(told.FileOffset).unwrap_or(0);
            Ok(Some((start, start + u64::try_from(told.Length).unwrap_or(0))))
        }
    }
}
