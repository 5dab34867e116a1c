use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

pub(crate) use rustix::io::Errno;
use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;

use crate::disk::Quirk;

/// How the disk of this machine differs from a plain one.
pub(crate) const QUIRKS: &[Quirk] = &[];

/// Seeds that every test run tries. `cargo xtask soak` says by the environment what else to search.
pub(crate) const SEEDS: u64 = 3_000;
/// Seeds that every test run tries on the disk of this machine.
pub(crate) const SEEDS_ON_DISK: u64 = 60;

pub(crate) fn make_special(dir: &<RealFileSystem as FileSystem>::Dir, name: &[u8]) -> io::Result<()> {
    let (fifo, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
    Ok(rustix::fs::mknodat(dir, OsStr::from_bytes(name), fifo, mode, 0)?)
}
