//! Classes in C++, in a process under Wine, driven as the manager drives any process. `cargo xtask windows-test` prepares what is
//! needed; the classes are in `tests/windows/handlers`. The number in a name is that of the contract's statement.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ends;
mod foreign;
mod further;
mod installers;
mod lists;
#[cfg(unix)]
mod programs;
mod rig;
mod runs;
mod shows;
mod suite;
