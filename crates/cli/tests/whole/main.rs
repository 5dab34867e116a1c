//! The whole product on real files, through the command people type.
//!
//! Each story works on a few thousand files of the toolchain's documentation and has its result judged by somebody else:
//! `diff`, `rsync` and the kernel (by a trace of system calls). What needs a made-up situation is tested further down.

#![expect(clippy::disallowed_methods, reason = "the tests start the product and the programs that judge it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod changed;
mod edits;
mod first;
mod judges;
mod portrait;
mod sample;
mod sandbox;
mod stopped;
mod unchanged;
mod undone;
