//! What a file is.

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_REPARSE_POINT, FILE_ATTRIBUTE_TAG_INFO, FILE_BASIC_INFO,
    FILE_ID_INFO, FILE_INFO_BY_HANDLE_CLASS, FILE_STANDARD_INFO, FileAttributeTagInfo, FileBasicInfo,
    FileIdInfo, FileStandardInfo, GetFileAttributesW, GetFileInformationByHandle,
    GetFileInformationByHandleEx, GetVolumeInformationByHandleW, INVALID_FILE_ATTRIBUTES,
};

use crate::{done, length, wide};

/// Which file it is, among all that the machine can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The volume it is on.
    pub volume: u64,
    /// Its number there. Where a file system has numbers of 128 bits, both halves of it in one.
    pub id: u64,
}

/// What kind of reparse point a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reparse {
    /// None.
    No,
    /// A symbolic link.
    Symlink,
    /// A junction, or a place where a volume is mounted.
    MountPoint,
    /// Something else that stands for a name elsewhere.
    OtherName,
    /// The file itself, kept in another way: compressed, deduplicated, fetched when it is needed.
    Content,
}

const TAG_SYMLINK: u32 = 0xA000_000C;
const TAG_MOUNT_POINT: u32 = 0xA000_0003;
/// The bit of tags that stand for another name.
const NAME_SURROGATE: u32 = 0x2000_0000;

/// What a file is, as far as it takes the least of calls to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nature {
    /// The `FILE_ATTRIBUTE_` bits.
    pub attributes: u32,
    /// What kind of reparse point it is.
    pub reparse: Reparse,
}

/// All that is told of a file at once. Times are hundreds of nanoseconds since 1601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub nature: Nature,
    /// Length in bytes.
    pub size: u64,
    /// Bytes it takes on the disk.
    pub allocated: u64,
    /// How many names it has.
    pub links: u32,
    /// When its content was written last.
    pub written: i64,
    /// When anything about it was changed last; a program that sets the other times does not set this one.
    pub changed: i64,
    /// Which file it is.
    pub identity: Identity,
}

/// What is open.
pub fn nature(file: &File) -> io::Result<Nature> {
    let basic: FILE_BASIC_INFO = read(file, FileBasicInfo)?;
    nature_of(file, &basic)
}

fn nature_of(file: &File, basic: &FILE_BASIC_INFO) -> io::Result<Nature> {
    let attributes = basic.FileAttributes;
    Ok(Nature { attributes, reparse: reparse(file, attributes)? })
}

/// Length in bytes of what is open.
pub fn size(file: &File) -> io::Result<u64> {
    let standard: FILE_STANDARD_INFO = read(file, FileStandardInfo)?;
    Ok(u64::try_from(standard.EndOfFile).unwrap_or(0))
}

/// What is open, with all that is told of it.
pub fn facts(file: &File) -> io::Result<Facts> {
    facts_of(file, identity(file)?)
}

/// The same of a file whose identity is known: it stays as long as the file is open, and asking for it takes as long as
/// everything else.
pub fn facts_of(file: &File, identity: Identity) -> io::Result<Facts> {
    let basic: FILE_BASIC_INFO = read(file, FileBasicInfo)?;
    let standard: FILE_STANDARD_INFO = read(file, FileStandardInfo)?;
    Ok(Facts {
        nature: nature_of(file, &basic)?,
        size: u64::try_from(standard.EndOfFile).unwrap_or(0),
        allocated: u64::try_from(standard.AllocationSize).unwrap_or(0),
        links: standard.NumberOfLinks,
        written: basic.LastWriteTime,
        changed: basic.ChangeTime,
        identity,
    })
}

/// Whether what is open stands for a name elsewhere.
pub fn leads_elsewhere(file: &File) -> io::Result<bool> {
    Ok(match reparse(file, FILE_ATTRIBUTE_REPARSE_POINT)? {
        Reparse::Symlink | Reparse::MountPoint | Reparse::OtherName => true,
        Reparse::No | Reparse::Content => false,
    })
}

/// The `FILE_ATTRIBUTE_` bits of what is at a path, never of what that leads to.
pub fn attributes(path: &Path) -> io::Result<u32> {
    let path = wide(path)?;
    // SAFETY: the path ends with a NUL and outlives the call.
    match unsafe { GetFileAttributesW(path.as_ptr()) } {
        INVALID_FILE_ATTRIBUTES => Err(io::Error::last_os_error()),
        attributes => Ok(attributes),
    }
}

/// Whether a file keeps its number on the file system of an open file when it is renamed. Where the number is a place on
/// the disk, it does not.
pub fn numbers_last(file: &File) -> io::Result<bool> {
    let mut name = [0_u16; 32];
    let length = u32::try_from(name.len()).unwrap_or(0);
    let unasked = std::ptr::null_mut();
    // SAFETY: the handle is open as long as `file` is borrowed; the buffer is as long as the call is told, and nothing else is
    // asked for.
    done(unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle(),
            std::ptr::null_mut(),
            0,
            unasked,
            unasked,
            unasked,
            name.as_mut_ptr(),
            length,
        )
    })?;
    let name = String::from_utf16_lossy(&name).to_ascii_uppercase();
    Ok(!name.starts_with("FAT") && !name.starts_with("EXFAT"))
}

fn reparse(file: &File, attributes: u32) -> io::Result<Reparse> {
    if attributes & FILE_ATTRIBUTE_REPARSE_POINT == 0 {
        return Ok(Reparse::No);
    }
    let tag: FILE_ATTRIBUTE_TAG_INFO = read(file, FileAttributeTagInfo)?;
    Ok(match tag.ReparseTag {
        _ if tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT == 0 => Reparse::No,
        TAG_SYMLINK => Reparse::Symlink,
        TAG_MOUNT_POINT => Reparse::MountPoint,
        tag if tag & NAME_SURROGATE != 0 => Reparse::OtherName,
        _ => Reparse::Content,
    })
}

/// Which file is open.
pub fn identity(file: &File) -> io::Result<Identity> {
    let ids: io::Result<FILE_ID_INFO> = read(file, FileIdInfo);
    if let Ok(FILE_ID_INFO { VolumeSerialNumber: volume, FileId: id }) = ids
        && volume != 0
    {
        let id = u128::from_le_bytes(id.Identifier);
        // The upper half is zero but where numbers are that long.
        return Ok(Identity { volume, id: (id as u64) ^ (id >> 64) as u64 });
    }
    let mut told = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer is of the type the call fills.
    done(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut told) })?;
    let id = u64::from(told.nFileIndexHigh) << 32 | u64::from(told.nFileIndexLow);
    Ok(Identity { volume: u64::from(told.dwVolumeSerialNumber), id })
}

/// Structures that a class of information fills, any bytes of which are a value.
trait Filled: Default {}
impl Filled for FILE_BASIC_INFO {}
impl Filled for FILE_STANDARD_INFO {}
impl Filled for FILE_ATTRIBUTE_TAG_INFO {}
impl Filled for FILE_ID_INFO {}

fn read<T: Filled>(file: &File, class: FILE_INFO_BY_HANDLE_CLASS) -> io::Result<T> {
    let mut told = T::default();
    // SAFETY: the handle is open as long as `file` is borrowed; the buffer is as long as the call is told, and each type that
    // this is called with is the one of its class.
    done(unsafe {
        GetFileInformationByHandleEx(file.as_raw_handle(), class, (&raw mut told).cast(), length::<T>())
    })?;
    Ok(told)
}
