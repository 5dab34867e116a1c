use std::io;

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;

use crate::disk::Quirk;

/// How the disk of this machine differs from a plain one. Links cannot be made under Wine.
pub(crate) const QUIRKS: &[Quirk] =
    &[Quirk::IgnoresCase, Quirk::NoExchange, Quirk::NoSymlinks, Quirk::FixedModes];

/// Seeds that every test run tries: fewer than on Linux, since the simulated world is the same on every system.
pub(crate) const SEEDS: u64 = 300;
/// Seeds that every test run tries on the disk of this machine: under Wine, a call takes a hundred times as long.
pub(crate) const SEEDS_ON_DISK: u64 = 6;

pub(crate) fn make_special(_: &<RealFileSystem as FileSystem>::Dir, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A refusal, by the number that it has here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(i32);

impl Errno {
    pub(crate) const NOENT: Self = Self(2);
    pub(crate) const MFILE: Self = Self(4);
    pub(crate) const ACCESS: Self = Self(5);
    pub(crate) const PERM: Self = Self(5);
    pub(crate) const BADF: Self = Self(6);
    pub(crate) const STALE: Self = Self(6);
    pub(crate) const XDEV: Self = Self(17);
    pub(crate) const INVAL: Self = Self(87);
    pub(crate) const NOSPC: Self = Self(112);
    pub(crate) const NOTEMPTY: Self = Self(145);
    pub(crate) const EXIST: Self = Self(183);
    pub(crate) const NOTDIR: Self = Self(267);
    /// A link is told as anything else that is no folder.
    pub(crate) const LOOP: Self = Self(267);
    pub(crate) const ISDIR: Self = Self(336);
    pub(crate) const IO: Self = Self(1117);
    pub(crate) const WOULDBLOCK: Self = Self(10_035);
}

impl From<Errno> for io::Error {
    fn from(error: Errno) -> Self {
        Self::from_raw_os_error(error.0)
    }
}
