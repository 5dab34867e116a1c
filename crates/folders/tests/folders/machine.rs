//! What tests do to files in another way on each kind of system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

use std::path::Path;

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;

pub(crate) use here::{LINKS, many, mode, mtime, set_mode, symlink, tried};

/// The number of a file within its file system.
pub(crate) fn inode(path: &Path) -> u64 {
    let parent = RealFileSystem.open_root(path.parent().unwrap()).unwrap();
    RealFileSystem.stat(&parent, path.file_name().unwrap().as_encoded_bytes()).unwrap().ino
}
