//! The file system of the machine: a module for each kind of system, of which one is built.

#[cfg(any(windows, test))]
mod names;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(test)]
mod tests;

#[cfg(unix)]
use unix as here;
#[cfg(windows)]
use windows as here;

pub use here::RealFileSystem;
pub(crate) use here::{bytes_of_path, is_link_met, is_name, path_of_bytes, place};
