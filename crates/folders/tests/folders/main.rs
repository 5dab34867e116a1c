//! The folder handler on real folders, through the contract's traits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "tests are a rim of their own: they take the time")]

#[cfg(windows)]
mod access;
mod basics;
mod contract;
mod faults;
#[cfg(unix)]
mod hard_links;
mod harness;
mod machine;
mod merging;
#[cfg(unix)]
mod merging_links;
#[cfg(unix)]
mod metadata;
mod new_folders;
mod numberless;
#[cfg(windows)]
mod on_windows;
mod renames;
#[cfg(unix)]
mod special;
mod watched;
