//! [`Inhibitor`]: makes sleep and shutdown wait.

use std::os::fd::OwnedFd;
use std::time::Duration;

use zbus::fdo;

use super::{MANAGER, NAME, PATH};
use crate::bus::Bus;

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Makes sleep and shutdown wait for us, as long as it exists, up to logind's own limit (five seconds unless the machine
/// is configured otherwise). Dropping it lets them go on.
///
/// Taken beforehand, dropped once everything is in order after [`Sign::Suspending`](crate::Sign::Suspending) or
/// [`Sign::LoggingOff`](crate::Sign::LoggingOff), and taken again after [`Sign::Resumed`](crate::Sign::Resumed).
#[derive(Debug)]
#[must_use = "dropping it lets sleep and shutdown go on"]
pub struct Inhibitor {
    // What logind watches: it is over when the last copy of this is closed.
    _held: OwnedFd,
    limit: Option<Duration>,
}

impl Inhibitor {
    /// Asks logind for one, with the name and the reason that `systemd-inhibit --list` shows.
    ///
    /// Blocks until logind has answered, at most 25 seconds. Must not be called within a task of an async runtime.
    ///
    /// # Errors
    ///
    /// When there is no logind, when it refuses, or when the bus fails.
    pub fn take(bus: &Bus, who: &str, why: &str) -> Result<Self, InhibitError> {
        zbus::block_on(async {
            let connection = bus.connect().await.map_err(InhibitError::absent)?;
            let question = ("sleep:shutdown", who, why, "delay");
            let answer = connection.call_method(Some(NAME), PATH, Some(MANAGER), "Inhibit", &question).await;
            let held: zbus::OwnedFd = answer.and_then(|answer| answer.body().deserialize())?;
            // A logind that does not say waits as long as it waits.
            let limit = Self::ask_limit(&connection).await;
            Ok(Self { _held: held.into(), limit })
        })
    }

    async fn ask_limit(connection: &zbus::Connection) -> Option<Duration> {
        let question = (MANAGER, "InhibitDelayMaxUSec");
        let answer =
            connection.call_method(Some(NAME), PATH, Some(PROPERTIES), "Get", &question).await.ok()?;
        let value: zbus::OwnedVariant = answer.body().deserialize().ok()?;
        u64::try_from(&value).ok().map(Duration::from_micros)
    }

    /// How long logind waits at most, where it says so: after that it goes on without us.
    pub const fn limit(&self) -> Option<Duration> {
        self.limit
    }
}

/// Why there is no inhibitor.
#[derive(Debug, thiserror::Error)]
pub enum InhibitError {
    /// There is no logind, or no bus to ask it on. Nothing waits for us then, and nothing can be done about it.
    #[error("there is no logind to ask: {why}")]
    Absent {
        /// What was tried and what came of it.
        why: String,
    },
    /// Logind does not allow it, or answers with another error.
    #[error("logind does not delay sleep and shutdown for us")]
    Refused {
        /// Its answer.
        #[source]
        source: zbus::Error,
    },
}

impl InhibitError {
    fn absent(error: zbus::Error) -> Self {
        Self::Absent { why: error.to_string() }
    }
}

impl From<zbus::Error> for InhibitError {
    fn from(error: zbus::Error) -> Self {
        match &error {
            zbus::Error::FDO(answer)
                if matches!(**answer, fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_)) =>
            {
                Self::absent(error)
            }
            _ => Self::Refused { source: error },
        }
    }
}
