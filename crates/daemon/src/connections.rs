//! Brings up what handlers ask for by name, and takes it down after the last of them.
//!
//! A connection that was up before is left alone. Others stay as they are when one is opened.

use std::collections::HashMap;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use syncmgr_engine::{ConnectError, Connector, Established, OnlineConnector};

use crate::config::{ConnectionConfig, Probe};
use crate::surroundings;

/// The connections of the configuration.
pub(crate) struct Connections {
    known: HashMap<String, Arc<Mutex<Known>>>,
}

struct Known {
    config: ConnectionConfig,
    /// How many have been told that it was opened for them.
    n_users: usize,
}

impl Connections {
    pub(crate) fn new(configs: &[ConnectionConfig]) -> Self {
        let known = |config: &ConnectionConfig| {
            (config.name.clone(), Arc::new(Mutex::new(Known { config: config.clone(), n_users: 0 })))
        };
        Self { known: configs.iter().map(known).collect() }
    }
}

impl Connector for Connections {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        let Some(name) = name else { return OnlineConnector.open(None) };
        let known = self.known.get(name).ok_or(ConnectError::UnknownName)?;
        // Whoever wants the same one waits until it is up; others have a lock of their own.
        let mut known = lock(known);
        let is_up = is_up(&known.config);
        if known.n_users == 0 && is_up == Some(true) {
            return Ok(Established::AlreadyUp);
        }
        if known.n_users == 0 || is_up == Some(false) {
            bring_up(&known.config)?;
        }
        known.n_users += 1;
        Ok(Established::Opened)
    }

    fn close(&self, name: Option<&str>) {
        let Some(known) = name.and_then(|name| self.known.get(name)) else { return };
        let mut known = lock(known);
        known.n_users = known.n_users.saturating_sub(1);
        if known.n_users == 0 && !known.config.down.is_empty() {
            // Whether it went down is seen by whoever opens it next.
            let _unknown = succeeds(&known.config.down, known.config.timeout);
        }
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bring_up(config: &ConnectionConfig) -> Result<(), ConnectError> {
    let told = !config.up.is_empty() && succeeds(&config.up, config.timeout);
    if told && is_up(config) != Some(false) { Ok(()) } else { Err(ConnectError::CannotConnect) }
}

/// Whether it is up; `None` where that cannot be seen.
fn is_up(config: &ConnectionConfig) -> Option<bool> {
    match &config.probe {
        Probe::Command(argv) => Some(succeeds(argv, config.timeout)),
        Probe::Reach(address) => Some(can_reach(address, config.timeout)),
        Probe::Mount(path) => Some(is_mounted(path)),
        Probe::Blind => None,
    }
}

fn can_reach(address: &str, timeout: Duration) -> bool {
    let Ok(addresses) = address.to_socket_addrs() else { return false };
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, timeout).is_ok())
}

/// Whether a file system begins here: it lies on another device than the folder above it.
fn is_mounted(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| std::fs::metadata(path).ok().map(|meta| meta.dev());
    match (device(path), path.parent().and_then(device)) {
        (Some(here), Some(above)) => here != above,
        (here, None) => here.is_some(),
        (None, _) => false,
    }
}

/// Runs a command in the user's environment; what it starts besides is left alone, for that may be the connection.
fn succeeds(argv: &[String], timeout: Duration) -> bool {
    let Some((program, arguments)) = argv.split_first() else { return false };
    let mut command = surroundings::program(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    if !ends_within(&child, timeout) {
        let _gone = child.kill();
    }
    child.wait().is_ok_and(|status: ExitStatus| status.success())
}

fn ends_within(child: &std::process::Child, timeout: Duration) -> bool {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let Some(Ok(fd)) = pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { return true };
    let limit = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: 0 };
    let mut ends = [PollFd::new(&fd, PollFlags::IN)];
    // A signal may cut the wait short: then the limit begins anew, which only makes us more patient.
    loop {
        match poll(&mut ends, Some(&limit)) {
            Err(rustix::io::Errno::INTR) => {}
            polled => return polled.is_ok_and(|n| n > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        ["sh", "-c", text].iter().map(|word| (*word).to_owned()).collect()
    }

    fn connection(dir: &Path) -> ConnectionConfig {
        let log = dir.join("log");
        let (log, mark) = (log.display(), dir.join("mark"));
        let mark = mark.display();
        ConnectionConfig {
            name: "vpn".to_owned(),
            up: words(&format!("echo up >> {log}; touch {mark}")),
            down: words(&format!("echo down >> {log}; rm {mark}")),
            probe: Probe::Command(words(&format!("test -e {mark}"))),
            timeout: Duration::from_secs(30),
        }
    }

    fn log(dir: &Path) -> String {
        std::fs::read_to_string(dir.join("log")).unwrap_or_default()
    }

    #[test]
    fn a_connection_goes_down_after_its_last_user_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        assert_eq!(connections.open(Some("vpn")), Ok(Established::Opened));
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\n");
        connections.close(Some("vpn"));
        assert_eq!(log(dir.path()), "up\ndown\n");
    }

    #[test]
    fn what_was_up_before_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mark"), "").unwrap();
        let connections = Connections::new(&[connection(dir.path())]);
        assert_eq!(connections.open(Some("vpn")), Ok(Established::AlreadyUp));
        assert_eq!(log(dir.path()), "");
    }

    #[test]
    fn what_does_not_come_up_is_an_error_and_an_unknown_name_another() {
        let dir = tempfile::tempdir().unwrap();
        let broken = ConnectionConfig { up: words("exit 0"), ..connection(dir.path()) };
        let connections = Connections::new(&[broken]);
        assert_eq!(connections.open(Some("vpn")), Err(ConnectError::CannotConnect));
        assert_eq!(connections.open(Some("home")), Err(ConnectError::UnknownName));
    }
}
