//! The folder handler on real folders, through the contract's traits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "tests are a rim of their own: they take the time")]

mod basics;
mod contract;
mod faults;
mod hard_links;
mod harness;
mod merging;
mod metadata;
mod new_folders;
mod renames;
mod special;
