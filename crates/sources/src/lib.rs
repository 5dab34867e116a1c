//! What happens on this machine that synchronizing depends on: power, network, sleep, logoff, idleness, volumes, files.
//!
//! The daemon starts the sources it needs and reads one channel of [`Sign`]s. Each source is a value with a thread that
//! blocks until something happens; there is no periodic wake-up anywhere, so that a machine at rest stays at rest. Dropping
//! a source ends its thread and waits for it.
//!
//! | source | hears of | from |
//! | --- | --- | --- |
//! | `NetworkManager` | network, metered, connections about to go | `NetworkManager` over D-Bus |
//! | `Netlink` | network, where `NetworkManager` is absent | the kernel |
//! | `Logind` | sleep, logoff, idleness | logind over D-Bus |
//! | `Upower` | mains or battery, charge | `UPower` over D-Bus |
//! | `Volumes` | mounts that come and go | the kernel |
//! | [`Watcher`] | files that change | the kernel |
//!
//! On Windows there is only [`Watcher`], and it promises less.
//!
//! Signs tell states, not edges: each source tells what is at its start, then whatever differs from what it told last, and
//! after a doubt (an overflow, a service that came back) it looks anew. So a sign that nobody acted upon costs nothing but
//! the action.
//!
//! What this crate does not know: items, triggers, what a sign means for synchronizing, and what time it is; deadlines come
//! from a monotonic clock that nobody else sees.

#[cfg(unix)]
mod bell;
#[cfg(unix)]
mod bus;
mod debounce;
#[cfg(unix)]
mod hearing;
#[cfg(unix)]
mod logind;
#[cfg(unix)]
mod netlink;
#[cfg(unix)]
mod network_manager;
#[cfg(windows)]
mod notified;
mod sign;
#[cfg(unix)]
mod upower;
#[cfg(unix)]
mod volumes;
#[cfg(unix)]
mod watcher;
mod worker;

#[cfg(unix)]
pub use bus::Bus;
pub use debounce::{Debounce, Due, Noticed, WatchOptions};
#[cfg(unix)]
pub use hearing::hears_everything;
#[cfg(unix)]
pub use logind::{InhibitError, Inhibitor, Logind, Subject};
#[cfg(unix)]
pub use netlink::Netlink;
#[cfg(unix)]
pub use network_manager::NetworkManager;
#[cfg(windows)]
pub use notified::{Watcher, hears_everything};
pub use sign::{Changed, Changes, Metered, Power, Reason, Sign, Since, Source};
#[cfg(unix)]
pub use upower::Upower;
#[cfg(unix)]
pub use volumes::Volumes;
#[cfg(unix)]
pub use watcher::Watcher;
