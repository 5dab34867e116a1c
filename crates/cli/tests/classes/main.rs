//! Handlers that are COM classes, as the program finds them where regsvr32 has registered them: `tests/windows/handlers`, of which
//! `cargo xtask windows-test` makes a library. Apart from the other tests for Windows, which are of one without such classes.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]
#![allow(clippy::disallowed_methods, reason = "tests start the program")]

#[path = "../windows/home.rs"]
#[allow(dead_code, reason = "shared with the tests without classes")]
mod home;
mod registering;
mod rig;
mod sessions;
mod sinners;
