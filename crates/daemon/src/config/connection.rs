//! Connections that handlers may ask for by name.
//!
//! ```toml
//! [[connection]]
//! name = "office"
//! network = "Office VPN"                 # a connection of NetworkManager, or …
//! up = ["wg-quick", "up", "office"]      # … a pair of commands, or …
//! down = ["wg-quick", "down", "office"]
//! mount = "/mnt/nas"                     # … a mount point
//! probe = ["ping", "-c1", "10.0.0.1"]    # how to see that it is up; or
//! reach = "nas.local:22"                 # … that this can be reached
//! timeout = "30s"
//! ```

use std::path::PathBuf;
use std::time::Duration;

use super::error::ConfigError;
use super::schedule::interval;
use super::section::Section;

/// Keys of a `[[connection]]`.
const KEYS: &[&str] = &["name", "network", "up", "down", "mount", "probe", "reach", "timeout"];

/// How long bringing one up or down may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One `[[connection]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectionConfig {
    /// What handlers call it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: ConnectionKind,
    /// What brings it up; empty if nothing can.
    pub(crate) up: Vec<String>,
    /// What takes it down again; empty if nothing has to.
    pub(crate) down: Vec<String>,
    /// How to see whether it is up.
    pub(crate) probe: Probe,
    /// How long each step may take.
    pub(crate) timeout: Duration,
}

/// What a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectionKind {
    /// A connection of `NetworkManager`, which calls it this.
    Network(String),
    /// A pair of commands.
    Command,
    /// A mount point.
    Mount,
    /// Something that is reached or not, and that nothing here brings up.
    Reach,
}

impl ConnectionKind {
    /// The word of `connection` lines.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Network(_) => "network",
            Self::Command => "command",
            Self::Mount => "mount",
            Self::Reach => "reach",
        }
    }
}

/// How to see whether a connection is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Probe {
    /// This command succeeds.
    Command(Vec<String>),
    /// A TCP connection to this host and port can be made.
    Reach(String),
    /// Something is mounted here.
    Mount(PathBuf),
    /// It cannot be seen: it is up once `up` has succeeded.
    Blind,
}

pub(super) fn read_connection(section: &Section<'_>) -> Result<ConnectionConfig, ConfigError> {
    section.refuse_unknown(KEYS)?;
    let name = section.required("name", section.text("name")?, "connection")?.to_owned();
    let (network, mount) = (section.text("network")?, section.path("mount")?);
    let (mut up, mut down) = (section.texts("up")?, section.texts("down")?);
    let (command, reach) = (section.texts("probe")?, section.text("reach")?);
    if network.is_some() && mount.is_some() {
        return Err(section.wrong("mount", "a connection is a `network` or a `mount`, not both"));
    }
    let mut probe = Probe::Blind;
    let kind = match (network, &mount, up.is_empty()) {
        (Some(network), ..) => ConnectionKind::Network(network.to_owned()),
        (None, Some(_), _) => ConnectionKind::Mount,
        (None, None, false) => ConnectionKind::Command,
        (None, None, true) => ConnectionKind::Reach,
    };
    if let Some(network) = network {
        let nmcli = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        or_default(&mut up, nmcli(&["nmcli", "connection", "up", "id", network]));
        or_default(&mut down, nmcli(&["nmcli", "connection", "down", "id", network]));
        // It lists a state for a connection that is active and nothing for one that is not.
        let shown = "nmcli -g GENERAL.STATE connection show id \"$0\" | grep -q activated".to_owned();
        probe = Probe::Command(vec!["sh".to_owned(), "-c".to_owned(), shown, network.to_owned()]);
    }
    if let Some(mount) = mount {
        let path = mount.to_string_lossy().into_owned();
        or_default(&mut up, vec!["mount".to_owned(), path.clone()]);
        or_default(&mut down, vec!["umount".to_owned(), path]);
        probe = Probe::Mount(mount);
    }
    match (command.is_empty(), reach) {
        (false, Some(_)) => return Err(section.wrong("reach", "there is a `probe` already")),
        (false, None) => probe = Probe::Command(command),
        (true, Some(reach))
            if reach.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) =>
        {
            probe = Probe::Reach(reach.to_owned());
        }
        (true, Some(_)) => return Err(section.wrong("reach", "it is a host and a port: `nas.local:22`")),
        (true, None) => {}
    }
    if up.is_empty() && probe == Probe::Blind {
        return Err(section
            .wrong("name", "nothing says what this connection is: `network`, `up`, `mount` or `reach`"));
    }
    let timeout = section.interval("timeout")?.as_deref().and_then(interval).unwrap_or(TIMEOUT);
    Ok(ConnectionConfig { name, kind, up, down, probe, timeout })
}

fn or_default(words: &mut Vec<String>, default: Vec<String>) {
    if words.is_empty() {
        *words = default;
    }
}
