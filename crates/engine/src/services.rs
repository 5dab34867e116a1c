//! What the engine is given from outside: the clock and the way to a network.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use syncmgr_model::time::Timestamp;

/// Tells the time that goes into entries and reports.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this type is where the engine's time comes from")]
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        let millis = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Timestamp::from_millis(millis)
    }
}

/// How a connection came to be up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Established {
    /// It was up before and is left alone at the end.
    AlreadyUp,
    /// The connector brought it up; exactly one [`Connector::close`] follows.
    Opened,
}

/// Why a connection is not up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectError {
    /// No connection has this name.
    UnknownName,
    /// It cannot be brought up now.
    CannotConnect,
}

/// Brings connections up for handlers that ask for one, and takes them down again.
///
/// Called from threads of their own, several at once; may take its time. A connector that would have to ask the user
/// while the session may not bother anybody fails with [`ConnectError::CannotConnect`].
pub trait Connector: Send + Sync {
    /// Brings up the connection `name`, or the default one (`None`).
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError>;

    /// Takes down what one earlier [`Established::Opened`] brought up.
    fn close(&self, name: Option<&str>);
}

/// The built-in connector: it dials nothing. The default connection is up when the machine has a default route; names
/// are unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnlineConnector;

impl Connector for OnlineConnector {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        match name {
            Some(_) => Err(ConnectError::UnknownName),
            None if has_default_route() => Ok(Established::AlreadyUp),
            None => Err(ConnectError::CannotConnect),
        }
    }

    fn close(&self, _name: Option<&str>) {}
}

#[cfg(target_os = "linux")]
fn has_default_route() -> bool {
    // Columns: interface, destination, gateway, …; a default route has destination 0. The IPv6 table names destination
    // and prefix length first, the interface last, and always holds a null route on `lo`.
    let v4 = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    let v6 = std::fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    v4.lines().skip(1).any(|line| line.split_whitespace().nth(1) == Some("00000000"))
        || v6.lines().any(|line| {
            let mut columns = line.split_whitespace();
            columns.next().is_some_and(|destination| destination.bytes().all(|digit| digit == b'0'))
                && columns.next() == Some("00")
                && columns.last() != Some("lo")
        })
}

#[cfg(not(target_os = "linux"))]
fn has_default_route() -> bool {
    // A datagram socket "connects" by choosing a route and sends nothing.
    std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.connect("192.0.2.1:9")).is_ok()
}

/// What the engine is given from outside.
#[derive(Clone)]
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way to a network.
    pub connector: Arc<dyn Connector>,
}

impl Services {
    /// The machine's clock and the built-in connector.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), connector: Arc::new(OnlineConnector) }
    }
}
