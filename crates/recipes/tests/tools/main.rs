//! Each built-in recipe against the real tool, with real peers on this machine. Everything is in temporary folders; servers
//! choose free ports and end with the test.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

mod documents;
mod git;
mod home;
mod made_up;
mod manager;
mod mbsync;
mod rclone;
mod restic;
mod rsync;
mod server;
mod unison;
mod vdirsyncer;
