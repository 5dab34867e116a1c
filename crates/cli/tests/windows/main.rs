//! The program as it is used on Windows: typed, with and without a daemon.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]
#![allow(clippy::disallowed_methods, reason = "tests start the program")]

mod daemon;
mod folders;
mod handlers;
mod home;
mod logon;
