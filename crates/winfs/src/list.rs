//! Access lists: who may do what with a file.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::Security::{
    CreatePrivateObjectSecurityEx, DACL_SECURITY_INFORMATION, DestroyPrivateObjectSecurity, GENERIC_MAPPING,
    GetKernelObjectSecurity, GetSecurityDescriptorLength, PROTECTED_DACL_SECURITY_INFORMATION,
    SEF_DACL_AUTO_INHERIT, SetKernelObjectSecurity, TOKEN_QUERY, UNPROTECTED_DACL_SECURITY_INFORMATION,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ALL_ACCESS, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::done;

const SELF_RELATIVE: u16 = 0x8000;
const PRESENT: u16 = 0x4;
/// Asks that [`INHERITED`] be kept.
const INHERIT_ASKED: u16 = 0x100;
/// Entries say whether they come from the folder.
const INHERITED: u16 = 0x400;
/// What the folder gives does not come in.
const PROTECTED: u16 = 0x1000;

/// Length of the structure before a list, in units of four bytes.
const HEAD: usize = 5;

/// Who may do what with a file: its entries in their order, those that come from its folder included, and whether it is
/// closed to these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessList {
    marks: u16,
    /// As the system has them; empty where anybody may do anything.
    entries: Vec<u8>,
}

impl AccessList {
    /// A list of these entries, in the form in which the system has lists (`ACL`). What is protected gets none from its
    /// folder.
    pub fn new(entries: Vec<u8>, is_protected: bool) -> Self {
        Self { marks: if is_protected { PROTECTED } else { 0 }, entries }
    }
}

/// The access list of what is open. It has to be open for reading its control information.
pub fn access_list(file: &File) -> io::Result<AccessList> {
    // Of units that are aligned for the structure; enough for nearly all.
    let mut buffer = vec![0_u32; 256];
    loop {
        let room = u32::try_from(buffer.len() * 4).unwrap_or(u32::MAX);
        let mut needed = 0;
        // SAFETY: the handle is open as long as `file` is borrowed, and the buffer is as long as the call is told.
        let told = done(unsafe {
            GetKernelObjectSecurity(
                file.as_raw_handle(),
                DACL_SECURITY_INFORMATION,
                buffer.as_mut_ptr().cast(),
                room,
                &raw mut needed,
            )
        });
        match told {
            Err(error) if is_too_short(&error) && needed > room => {
                buffer.resize(needed.div_ceil(4) as usize, 0)
            }
            told => return told.and_then(|()| parse(&buffer)),
        }
    }
}

fn is_too_short(error: &io::Error) -> bool {
    error.raw_os_error().and_then(|code| u32::try_from(code).ok()) == Some(ERROR_INSUFFICIENT_BUFFER)
}

/// Gives what is open an access list in place of its own. What is in a folder keeps its lists. It has to be open for writing
/// its list.
pub fn set_access_list(file: &File, list: &AccessList) -> io::Result<()> {
    let protection = match list.marks & PROTECTED {
        0 => UNPROTECTED_DACL_SECURITY_INFORMATION,
        _ => PROTECTED_DACL_SECURITY_INFORMATION,
    };
    let descriptor = descriptor(list);
    // SAFETY: the handle is open as long as `file` is borrowed; the buffer is a whole descriptor, aligned, and only read.
    done(unsafe {
        SetKernelObjectSecurity(
            file.as_raw_handle(),
            DACL_SECURITY_INFORMATION | protection,
            descriptor.as_ptr().cast_mut().cast(),
        )
    })
}

/// The access list that a folder with the list `folder` gives to what this process makes in it; `None` where the system does
/// not tell.
pub fn given_list(folder: &AccessList, is_dir: bool) -> io::Result<Option<AccessList>> {
    let mut token = ptr::null_mut();
    // SAFETY: the handle of this process is always open, and the call writes one handle.
    done(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the call has just opened it, and it is nobody else's.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let rights = GENERIC_MAPPING {
        GenericRead: FILE_GENERIC_READ,
        GenericWrite: FILE_GENERIC_WRITE,
        GenericExecute: FILE_GENERIC_EXECUTE,
        GenericAll: FILE_ALL_ACCESS,
    };
    let (parent, mut new) = (descriptor(folder), ptr::null_mut());
    // SAFETY: the parent's buffer is a whole descriptor, aligned, and only read; there is none of a creator and no type; the
    // token is open; the call writes one pointer.
    done(unsafe {
        CreatePrivateObjectSecurityEx(
            parent.as_ptr().cast_mut().cast(),
            ptr::null_mut(),
            &raw mut new,
            ptr::null(),
            i32::from(is_dir),
            SEF_DACL_AUTO_INHERIT,
            token.as_raw_handle(),
            &raw const rights,
        )
    })?;
    if new.is_null() {
        return Ok(None);
    }
    // SAFETY: the call has made a descriptor there, in one piece, which nobody else knows.
    let length = unsafe { GetSecurityDescriptorLength(new) } as usize;
    let mut buffer = vec![0_u32; length.div_ceil(4)];
    // SAFETY: the descriptor is in one piece of this length, and the buffer is as long.
    unsafe { ptr::copy_nonoverlapping(new.cast::<u8>(), buffer.as_mut_ptr().cast(), length) };
    // SAFETY: the call above has made it, and it is given back once.
    done(unsafe { DestroyPrivateObjectSecurity(&raw const new) })?;
    let list = parse(&buffer)?;
    // Some systems make one that says nothing.
    Ok(Some(list).filter(|list| !list.entries.is_empty()))
}

/// The list in a descriptor that is in one piece.
fn parse(descriptor: &[u32]) -> io::Result<AccessList> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "an access list that cannot be read");
    let bytes: Vec<u8> = descriptor.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
    let head = descriptor.get(..HEAD).ok_or_else(broken)?;
    let control = (head[0] >> 16) as u16;
    let at = head[HEAD - 1] as usize;
    let marks = control & (INHERITED | PROTECTED);
    if control & PRESENT == 0 || at == 0 {
        return Ok(AccessList { marks, entries: Vec::new() });
    }
    let from_list = bytes.get(at..).ok_or_else(broken)?;
    let &[low, high] = from_list.get(2..4).and_then(|size| size.first_chunk()).ok_or_else(broken)?;
    let entries = from_list.get(..usize::from(u16::from_le_bytes([low, high]))).ok_or_else(broken)?;
    Ok(AccessList { marks, entries: entries.to_vec() })
}

/// A descriptor in one piece that holds the list and nothing else.
fn descriptor(list: &AccessList) -> Vec<u32> {
    let asked = if list.marks & INHERITED == 0 { 0 } else { INHERIT_ASKED };
    let control = u32::from(SELF_RELATIVE | PRESENT | asked | list.marks);
    let at = if list.entries.is_empty() { 0 } else { HEAD as u32 * 4 };
    let mut units = vec![1 | control << 16, 0, 0, 0, at];
    for chunk in list.entries.chunks(4) {
        let mut unit = [0; 4];
        unit[..chunk.len()].copy_from_slice(chunk);
        units.push(u32::from_ne_bytes(unit));
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_from_its_descriptor() {
        // A list of revision 2 with one entry: all rights on files, for everybody.
        let entry = [0, 0, 20, 0, 0xFF, 0x01, 0x1F, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let entries = [&[2, 0, 28, 0, 1, 0, 0, 0][..], &entry].concat();
        for marks in [0, INHERITED, PROTECTED, INHERITED | PROTECTED] {
            for entries in [entries.clone(), Vec::new()] {
                let list = AccessList { marks, entries };
                assert_eq!(parse(&descriptor(&list)).unwrap(), list);
            }
        }
        let whole = descriptor(&AccessList { marks: 0, entries });
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).is_err(), "{cut}");
        }
    }
}
