//! [`Sign`]: the one closed list of things that sources tell.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

/// Something that happened on this machine, or the state it is in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// What feeds the machine. Told at the start and whenever one of the two differs.
    Power {
        /// Mains or battery.
        on: Power,
        /// Charge of all batteries together, 0 to 100; `None` where there is no battery.
        percent: Option<u8>,
    },
    /// The network as it is now. Told at the start and whenever one of the three differs.
    Network {
        /// Whether there is a way out: a default route, and no captive portal in it as far as is known.
        online: bool,
        /// Whether traffic costs money.
        metered: Metered,
        /// What is connected: names of `NetworkManager`'s connections, or from `Netlink` of interfaces.
        connections: BTreeSet<String>,
    },
    /// A connection is about to go and works for a moment longer. Only `NetworkManager` can tell.
    PendingDisconnect {
        /// Its name, as in [`Sign::Network`].
        connection: String,
    },
    /// The machine is about to sleep; it waits for `Inhibitor`s, for some seconds.
    Suspending,
    /// The machine has slept, or did not go to sleep after all.
    Resumed,
    /// The machine is about to shut down, or the user's last session has ended. A shutdown waits for
    /// `Inhibitor`s, for some seconds.
    LoggingOff,
    /// The shutdown that [`Sign::LoggingOff`] announced does not take place, or the user is back.
    LogoffCancelled,
    /// Nobody uses the machine. Told at the start or when it becomes so.
    Idle(Since),
    /// Somebody uses the machine. Told at the start or when it becomes so.
    Active,
    /// Something was mounted. What was there when `Volumes` started is not told.
    VolumeAppeared {
        /// Where.
        mount_point: PathBuf,
    },
    /// Something was unmounted, or replaced by another mount, whose [`Sign::VolumeAppeared`] follows.
    VolumeGone {
        /// Where it was.
        mount_point: PathBuf,
    },
    /// Files below a watched root changed.
    Changed(Changed),
    /// The service a source asks is not there, or does not answer. The source goes on listening for it where there is a
    /// bus to listen to, and tells everything anew once it comes.
    Absent {
        /// Which source says so.
        source: Source,
        /// What was tried and what came of it, for a person.
        why: String,
    },
    /// A source has ended and tells nothing more. It may be dropped and started again.
    SourceLost {
        /// Which.
        source: Source,
        /// What ended it, for a person.
        why: String,
    },
}

/// Which source a sign about a source is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `NetworkManager`.
    NetworkManager,
    /// `Netlink`.
    Netlink,
    /// `Logind`.
    Logind,
    /// `Upower`.
    Upower,
    /// `Volumes`.
    Volumes,
    /// [`Watcher`](crate::Watcher).
    Watcher,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NetworkManager => "NetworkManager",
            Self::Netlink => "netlink",
            Self::Logind => "logind",
            Self::Upower => "UPower",
            Self::Volumes => "volumes",
            Self::Watcher => "watcher",
        })
    }
}

/// What feeds the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// The wall.
    Mains,
    /// A battery.
    Battery,
}

/// Whether traffic costs money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metered {
    /// It does, or is guessed to.
    Yes,
    /// It does not, or is guessed not to.
    No,
    /// Nobody says.
    Unknown,
}

/// Since when nobody has used the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Since {
    /// Milliseconds since 1970 by the system clock.
    At(u64),
    /// Nobody says; at the earliest since the sign before.
    Unknown,
}

/// Changes below one watched root, gathered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The key the caller gave for the root.
    pub root: String,
    /// Increases with each report of a watcher, over all its roots. Who has looked at everything that the reports up to a
    /// generation name has covered that generation.
    pub generation: u64,
    /// What changed.
    pub changes: Changes,
}

/// What changed below a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These paths, relative to the root, and whatever is below them. Each may have been created, changed, deleted or
    /// renamed; of a rename both names are here.
    Paths(BTreeSet<PathBuf>),
    /// Possibly everything; the root has to be looked at as a whole.
    Everything(Reason),
}

/// Why a whole root has to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The watch is complete from now on; what was before is not known. The first report of every root.
    Started,
    /// More paths changed than are worth naming.
    TooMany,
    /// The kernel dropped changes, because more of them happened than it keeps.
    Overflow,
    /// A file system inside the root was unmounted.
    Unmounted,
    /// The root's directory is another one than before.
    Replaced,
    /// The root is not there. Its name is watched for, and [`Reason::Replaced`] follows when it comes back by being
    /// created or renamed. One that comes back by a mount has to be watched anew.
    Gone,
    /// A limit of the kernel does not allow to watch all of the root. It is not watched any more.
    LimitReached {
        /// Names the limit and how to raise it, for a person.
        message: String,
    },
    /// The root's own file system was unmounted. It is not watched any more.
    RootUnmounted,
    /// The root cannot be watched for another cause. It is not watched any more.
    Failed {
        /// The cause, for a person.
        message: String,
    },
}

impl Reason {
    /// Whether nothing more comes of this root until it is watched anew.
    pub fn ends_watching(&self) -> bool {
        match self {
            Self::LimitReached { .. } | Self::RootUnmounted | Self::Failed { .. } => true,
            Self::Started
            | Self::TooMany
            | Self::Overflow
            | Self::Unmounted
            | Self::Replaced
            | Self::Gone => false,
        }
    }
}
