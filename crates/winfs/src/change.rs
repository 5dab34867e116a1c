//! What is done to files and their names.

use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::os::windows::io::{AsRawHandle, FromRawHandle};
use std::path::Path;

use windows_sys::Win32::Foundation::{GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_BASIC_INFO, FILE_DISPOSITION_FLAG_DELETE, FILE_DISPOSITION_FLAG_IGNORE_READONLY_ATTRIBUTE,
    FILE_DISPOSITION_FLAG_POSIX_SEMANTICS, FILE_DISPOSITION_INFO_EX, FILE_RENAME_INFO, FILE_SHARE_DELETE,
    FILE_SHARE_READ, FILE_SHARE_WRITE, FileBasicInfo, FileDispositionInfoEx, FileRenameInfoEx, MoveFileExW,
    ReOpenFile, SetFileInformationByHandle,
};

use crate::{done, length, wide};

const RENAME_REPLACE: u32 = 1;
const RENAME_POSIX: u32 = 2;
const RENAME_IGNORE_READONLY: u32 = 0x40;

/// Renames what is at a path, on its volume; fails if the new name is taken.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from)?, wide(to)?);
    // SAFETY: both paths end with a NUL and outlive the call. Without a flag nothing is replaced, and nothing copied to
    // another volume.
    done(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) })
}

/// Gives an open file the name `to` in one instant, in place of a file that has it: also of one that is open elsewhere or
/// marked as read-only. `file` has to be open for deletion.
///
/// Systems and file systems that cannot do so in this way answer with an error, and have done nothing.
pub fn replace(file: &File, to: &Path) -> io::Result<()> {
    let mut name = wide(to)?;
    name.pop();
    let n_bytes = name.len() * 2;
    // A file system may read a NUL that is not counted.
    let size = (offset_of!(FILE_RENAME_INFO, FileName) + n_bytes + 2).max(size_of::<FILE_RENAME_INFO>());
    // Of `u64`, so that the structure at its beginning is aligned.
    let mut buffer = vec![0_u64; size.div_ceil(8)];
    let told = buffer.as_mut_ptr().cast::<FILE_RENAME_INFO>();
    let n_bytes = u32::try_from(n_bytes).map_err(|_| io::ErrorKind::InvalidFilename)?;
    let size = u32::try_from(size).map_err(|_| io::ErrorKind::InvalidFilename)?;
    // SAFETY: the buffer is aligned for the structure and has room for it and the name behind its last field.
    unsafe {
        (*told).Anonymous.Flags = RENAME_REPLACE | RENAME_POSIX | RENAME_IGNORE_READONLY;
        (*told).FileNameLength = n_bytes;
        (&raw mut (*told).FileName).cast::<u16>().copy_from_nonoverlapping(name.as_ptr(), name.len());
    }
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer is as long as the call is told.
    done(unsafe { SetFileInformationByHandle(file.as_raw_handle(), FileRenameInfoEx, told.cast(), size) })
}

/// Takes the name away by which a file or an empty directory was opened, at once and also if it is marked as read-only. It
/// has to be open for deletion.
///
/// Systems and file systems that cannot do so in this way answer with an error, and have done nothing.
pub fn remove(file: &File) -> io::Result<()> {
    let flags = FILE_DISPOSITION_FLAG_DELETE
        | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS
        | FILE_DISPOSITION_FLAG_IGNORE_READONLY_ATTRIBUTE;
    let told = FILE_DISPOSITION_INFO_EX { Flags: flags };
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer is the structure of this class.
    done(unsafe {
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileDispositionInfoEx,
            (&raw const told).cast(),
            length::<FILE_DISPOSITION_INFO_EX>(),
        )
    })
}

/// Sets when the content was written last, and the `FILE_ATTRIBUTE_` bits; what is `None` stays.
pub fn set_basic(file: &File, written: Option<i64>, attributes: Option<u32>) -> io::Result<()> {
    /// What says that there are no attributes: zero says that they stay.
    const NORMAL: u32 = 0x80;
    let told = FILE_BASIC_INFO {
        LastWriteTime: written.unwrap_or(0),
        FileAttributes: attributes.map_or(0, |bits| if bits == 0 { NORMAL } else { bits }),
        ..FILE_BASIC_INFO::default()
    };
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer is the structure of this class.
    done(unsafe {
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileBasicInfo,
            (&raw const told).cast(),
            length::<FILE_BASIC_INFO>(),
        )
    })
}

/// Sets the length of a file, also of one that was opened for adding to its end alone.
pub fn set_len(file: &File, len: u64) -> io::Result<()> {
    match file.set_len(len) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => writable(file)?.set_len(len),
        set => set,
    }
}

/// Waits until the content of a file is on the disk, also of one that was opened for reading alone.
pub fn flush(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => writable(file)?.sync_all(),
        flushed => flushed,
    }
}

/// The same file, opened once more for writing.
fn writable(file: &File) -> io::Result<File> {
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: the handle is open as long as `file` is borrowed.
    let handle = unsafe { ReOpenFile(file.as_raw_handle(), GENERIC_READ | GENERIC_WRITE, share, 0) };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, is a file's, and is nobody else's.
    Ok(unsafe { File::from_raw_handle(handle) })
}
