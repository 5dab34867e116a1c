//! One entry of a folder that is held: opened without following it, given attributes, put over another, taken away.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use syncmgr_winfs::{self as winfs, Nature};

use super::{is_read_only, time};
use crate::fs::{Attributes, Kind};

pub(super) const READ_ONLY: u32 = 0x1;
const HIDDEN: u32 = 0x2;
const SYSTEM: u32 = 0x4;
pub(super) const DIRECTORY: u32 = 0x10;
pub(super) const DEVICE: u32 = 0x40;
pub(super) const REPARSE_POINT: u32 = 0x400;
const NOT_INDEXED: u32 = 0x2000;

/// Opens folders too.
pub(super) const ANY_KIND: u32 = 0x0200_0000;
/// Opens a link and not what it leads to.
pub(super) const ITSELF: u32 = 0x0020_0000;

const SHARE_READ: u32 = 0x1;
const SHARE_WRITE: u32 = 0x2;
const SHARE_DELETE: u32 = 0x4;

const READ_DATA: u32 = 0x1;
const READ_ATTRIBUTES: u32 = 0x80;
const WRITE_ATTRIBUTES: u32 = 0x100;
const DELETE: u32 = 0x1_0000;
const READ_CONTROL: u32 = 0x2_0000;
const WRITE_LIST: u32 = 0x4_0000;
const SYNCHRONIZE: u32 = 0x10_0000;
const GENERIC_READ: u32 = 0x8000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;

/// How often, and how long apart, something is tried again.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(10);

/// What an entry is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// To keep a folder where it is: nobody can rename or remove it meanwhile.
    Hold,
    /// To see what it is.
    Look,
    /// To read its content.
    Read,
    /// To set its attributes.
    Set,
    /// To see its access list.
    Judge,
    /// To set its access list.
    Entitle,
    /// To rename or remove it.
    Remove,
    /// To bring a folder's list of names to the disk.
    Flush,
}

impl Access {
    fn rights(self) -> u32 {
        SYNCHRONIZE
            | match self {
                // Without reading something, others would not be kept from removing it.
                Self::Hold => READ_DATA | READ_ATTRIBUTES,
                Self::Look => READ_ATTRIBUTES,
                Self::Read => GENERIC_READ,
                Self::Set => READ_ATTRIBUTES | WRITE_ATTRIBUTES,
                Self::Judge => READ_ATTRIBUTES | READ_CONTROL,
                Self::Entitle => READ_ATTRIBUTES | WRITE_ATTRIBUTES | READ_CONTROL | WRITE_LIST,
                Self::Remove => READ_ATTRIBUTES | DELETE,
                Self::Flush => READ_ATTRIBUTES | GENERIC_WRITE,
            }
    }

    fn shared(self) -> u32 {
        let always = SHARE_READ | SHARE_WRITE;
        if self == Self::Hold { always } else { always | SHARE_DELETE }
    }
}

/// Opens what is at a literal path; a link is opened itself.
pub(super) fn open_entry(path: &Path, access: Access) -> io::Result<File> {
    open(path, access, ANY_KIND | ITSELF)
}

/// Opens the folder that a root's path leads to: that may be one on which a volume is mounted.
pub(super) fn open_top(path: &Path, access: Access) -> io::Result<File> {
    open(path, access, ANY_KIND)
}

fn open(path: &Path, access: Access, flags: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.access_mode(access.rights()).share_mode(access.shared()).custom_flags(flags);
    patiently(|| options.open(path))
}

/// Tries again for a moment what fails because somebody else has a file open. Whoever looks at everything that is new
/// (virus scanners, the index, another thread of ours that renames a folder) is done in milliseconds; whoever is not keeps it
/// to itself (`ResourceBusy`).
pub(super) fn patiently<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    const SHARING_VIOLATION: i32 = 32;
    for _ in 0..TRIES {
        match work() {
            Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => std::thread::park_timeout(PAUSE),
            worked => return worked,
        }
    }
    work().map_err(|error| match error.raw_os_error() {
        Some(SHARING_VIOLATION) => {
            io::Error::new(io::ErrorKind::ResourceBusy, "another program keeps it to itself")
        }
        _ => error,
    })
}

/// Opens what is at a path, and keeps nobody else from anything.
pub(super) fn open_shared(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.share_mode(SHARE_READ | SHARE_WRITE | SHARE_DELETE);
    patiently(|| options.open(path))
}

/// Sets attributes of what is open.
pub(super) fn set(file: &File, nature: Nature, kind: Kind, attributes: Attributes) -> io::Result<()> {
    if attributes.owner.is_some() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let bits = match (attributes.mode, kind) {
        (Some(_), Kind::Symlink) => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the permissions of a link cannot be set",
            ));
        }
        (Some(mode), Kind::File) => {
            let read_only = if is_read_only(mode) { READ_ONLY } else { 0 };
            Some(nature.attributes & !READ_ONLY | read_only).filter(|bits| *bits != nature.attributes)
        }
        // On a folder "read-only" says that it looks special, and keeps nobody out.
        _ => None,
    };
    let written = attributes.mtime.map(time::to_windows).transpose()?;
    if bits.is_none() && written.is_none() {
        return Ok(());
    }
    winfs::set_basic(file, written, bits)
}

/// Puts a file in the place of another one, also if that is marked as read-only, and gives it the marks of that one which
/// say how it is shown. On an error each has its name.
pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let old = match winfs::attributes(to) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let file = open_entry(from, Access::Remove)?;
    let own = winfs::nature(&file)?.attributes;
    let marks = own | old & (HIDDEN | SYSTEM | NOT_INDEXED);
    if marks != own {
        winfs::set_basic(&open_entry(from, Access::Set)?, None, Some(marks))?;
    }
    if winfs::replace(&file, to).is_ok() {
        return Ok(());
    }
    drop(file);
    match without_the_mark(to, old, || std::fs::rename(from, to)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // The same is said of a file that another program keeps to itself.
            open_entry(to, Access::Remove)?;
            Err(error)
        }
        replaced => replaced,
    }
}

/// Takes away the name of an open file, link or empty folder.
pub(super) fn take_away(file: File, nature: Nature, path: &Path) -> io::Result<()> {
    match winfs::remove(&file) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => return Err(error),
        Err(_) => {}
    }
    drop(file);
    without_the_mark(path, nature.attributes, || match nature.attributes & DIRECTORY != 0 {
        true => std::fs::remove_dir(path),
        false => std::fs::remove_file(path),
    })
}

/// Does what the mark "read-only" on the entry at `path` forbids on old systems: without the mark, which it has again
/// afterwards if it still has any name.
fn without_the_mark(path: &Path, bits: u32, work: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let failed = match work() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && bits & READ_ONLY != 0 => error,
        worked => return worked,
    };
    let Ok(marked) = open_entry(path, Access::Set) else { return Err(failed) };
    winfs::set_basic(&marked, None, Some(bits & !READ_ONLY))?;
    let worked = work();
    let again = winfs::set_basic(&marked, None, Some(bits));
    if worked.is_ok() {
        return Ok(());
    }
    again?;
    // It may be that our own handle was in the way.
    drop(marked);
    winfs::set_basic(&open_entry(path, Access::Set)?, None, Some(bits & !READ_ONLY))?;
    let worked = work();
    if worked.is_err() {
        winfs::set_basic(&open_entry(path, Access::Set)?, None, Some(bits))?;
    }
    worked
}

/// Whether an error says that a folder cannot be flushed at all here, and not that flushing it failed.
pub(super) fn cannot_be_flushed(error: &io::Error) -> bool {
    const INVALID_FUNCTION: i32 = 1;
    const INVALID_HANDLE: i32 = 6;
    matches!(error.raw_os_error(), Some(INVALID_FUNCTION | INVALID_HANDLE))
        || matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::ResourceBusy
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::Unsupported
        )
}
