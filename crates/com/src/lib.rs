//! Handlers that are COM classes of Windows, as the Synchronization Manager of Windows 2000 and XP loaded them.
//!
//! A registered class runs in a process of its own that speaks the handler protocol with the manager, so that its crash is
//! the end of that process and of nothing else. `host::serve` is that process: a [`Handler`](syncmgr_handler::Handler) that
//! passes the ten calls on to the class in an apartment of its own, served by `syncmgr_handler::guest`.
//!
//! As a library, `mobsync.dll`, it is what installers of such handlers look for: the class `CLSID_SyncMgr` with
//! `ISyncMgrRegister` and `ISyncMgrSynchronizeInvoke` (`server`).
//!
//! What is decided about a call (which fields count, in which order arguments are looked at, which code answers) is here in
//! modules that build and are tested everywhere: [`calls`], [`report`], [`listing`], [`registration`], [`invoke`], [`wide`], [`class`]. What
//! reads pointers and speaks COM is on Windows alone; only there is `unsafe`, each time with its reason.

#![warn(missing_docs)]

pub mod calls;
pub mod class;
#[cfg(windows)]
pub mod host;
pub mod invoke;
pub mod listing;
#[cfg(windows)]
mod pointers;
pub mod registration;
pub mod report;
#[cfg(windows)]
mod server;
pub mod wide;
