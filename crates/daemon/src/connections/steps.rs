//! What brings a connection up or down, and how it is seen.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use crate::config::{ConnectionConfig, Probe};
use crate::surroundings;
use crate::system::{ends_within, is_mounted};

/// Brings it up, or says why that did not work.
pub(super) fn bring_up(config: &ConnectionConfig) -> Result<(), String> {
    let Some(program) = config.up.first() else {
        return Err("it is not there, and nothing here brings it up".to_owned());
    };
    if !succeeds(&config.up, config.timeout) {
        return Err(format!("`{program}` did not bring it up"));
    }
    match is_up(config, config.timeout) {
        Some(false) => Err(format!("`{program}` ran, and it is not up")),
        Some(true) | None => Ok(()),
    }
}

/// Whether it is up; `None` where that cannot be seen.
pub(super) fn is_up(config: &ConnectionConfig, limit: Duration) -> Option<bool> {
    match &config.probe {
        Probe::Command(argv) => Some(succeeds(argv, limit)),
        Probe::Reach(address) => Some(can_reach(address, limit)),
        Probe::Mount(path) => Some(is_mounted(path)),
        Probe::Blind => None,
    }
}

fn can_reach(address: &str, timeout: Duration) -> bool {
    let Ok(addresses) = address.to_socket_addrs() else { return false };
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, timeout).is_ok())
}

/// Runs a command in the user's environment; what it starts besides is left alone, for that may be the connection.
pub(super) fn succeeds(argv: &[String], timeout: Duration) -> bool {
    let Some((program, arguments)) = argv.split_first() else { return false };
    let mut command = surroundings::program(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    if !ends_within(&mut child, timeout) {
        let _gone = child.kill();
    }
    child.wait().is_ok_and(|status: ExitStatus| status.success())
}
