use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

pub(crate) use rustix::io::Errno;
use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;

use crate::disk::Quirk;

/// How the disk of this machine differs from a plain one.
pub(crate) const QUIRKS: &[Quirk] = &[];

pub(crate) fn make_special(dir: &<RealFileSystem as FileSystem>::Dir, name: &[u8]) -> io::Result<()> {
    let (fifo, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
    Ok(rustix::fs::mknodat(dir, OsStr::from_bytes(name), fifo, mode, 0)?)
}
