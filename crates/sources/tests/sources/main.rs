//! All sources with real peers: a private message bus with mocks of the services on it, namespaces of the kernel, files.
//!
//! What a test waits for is always a sign; nothing sleeps, and no time is asserted.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and look whether they are in a namespace"
)]

mod logind;
mod namespace;
mod netlink;
mod network_manager;
mod private_bus;
mod random_trees;
mod rest;
mod upower;
mod volumes;
mod watcher;

use std::time::Duration;

use crossbeam_channel::Receiver;
use syncmgr_sources::Sign;

/// Nothing takes so long; a test that waits for it in vain fails.
const GENEROUS: Duration = Duration::from_secs(60);

/// The next sign.
fn next(signs: &Receiver<Sign>) -> Sign {
    signs.recv_timeout(GENEROUS).unwrap()
}

/// Reads signs until one is as wanted, and gives back all that were read, the wanted one last.
fn until(signs: &Receiver<Sign>, mut is_wanted: impl FnMut(&Sign) -> bool) -> Vec<Sign> {
    let mut read = Vec::new();
    loop {
        let sign = signs.recv_timeout(GENEROUS).unwrap_or_else(|error| panic!("{error} after {read:?}"));
        read.push(sign);
        if read.last().is_some_and(&mut is_wanted) {
            return read;
        }
    }
}
