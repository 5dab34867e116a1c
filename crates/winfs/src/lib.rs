//! What Windows tells and does with files and the standard library does not, as safe functions.
//!
//! `look` tells what a file is: its identity, its change time, what kind of reparse point it is. `change` renames without
//! replacing, replaces and removes whatever is marked as read-only. `range` locks a file without keeping readers out, and
//! knows holes. `list` reads and sets access lists, and asks what list a folder gives to what is made in it. `inherit` keeps a handle from programs that are started.
//!
//! Handles come in as borrowed files and paths as paths, so nothing here can be called with what is not open; each `unsafe`
//! is one call with buffers of this crate. It decides nothing: what a junction means for a pair of folders is not known here.
//! Elsewhere than on Windows the crate is empty.

#![cfg(windows)]

mod change;
mod inherit;
mod list;
mod look;
mod range;

pub use change::{flush, remove, rename, replace, set_basic, set_len};
pub use inherit::keep_to_ourselves;
pub use list::{AccessList, access_list, given_list, set_access_list};
pub use look::{
    Facts, Identity, Nature, Reparse, attributes, facts, facts_of, identity, leads_elsewhere, nature,
    numbers_last, size,
};
pub use range::{data_at, make_sparse, try_lock};

use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;

/// A path as calls want it, with its end.
fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let mut units: Vec<u16> = path.as_os_str().encode_wide().collect();
    if units.contains(&0) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a path with a NUL in it"));
    }
    units.push(0);
    Ok(units)
}

/// What a call that answers with zero for a failure means.
fn done(answer: windows_sys::core::BOOL) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The length of a buffer as calls want it.
fn length<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(u32::MAX)
}
