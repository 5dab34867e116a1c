//! What happens on this machine that synchronizing depends on: power, network, sleep, logoff, idleness, volumes, files.
//!
//! The daemon starts the sources it needs and reads one channel of [`Sign`]s. Each source is a value with a thread that
//! blocks until something happens; there is no periodic wake-up anywhere, so that a machine at rest stays at rest. Dropping
//! a source ends its thread and waits for it.
//!
//! | source | hears of | from |
//! | --- | --- | --- |
//! | [`NetworkManager`] | network, metered, connections about to go | `NetworkManager` over D-Bus |
//! | [`Netlink`] | network, where `NetworkManager` is absent | the kernel |
//! | [`Logind`] | sleep, logoff, idleness | logind over D-Bus |
//! | [`Upower`] | mains or battery, charge | `UPower` over D-Bus |
//! | [`Volumes`] | mounts that come and go | the kernel |
//! | [`Watcher`] | files that change | the kernel |
//!
//! Signs tell states, not edges: each source tells what is at its start, then whatever differs from what it told last, and
//! after a doubt (an overflow, a service that came back) it looks anew. So a sign that nobody acted upon costs nothing but
//! the action.
//!
//! What this crate does not know: items, triggers, what a sign means for synchronizing, and what time it is; deadlines come
//! from a monotonic clock that nobody else sees.

mod bus;
mod hearing;
mod logind;
mod netlink;
mod network_manager;
mod sign;
mod upower;
mod volumes;
mod watcher;
mod worker;

pub use bus::Bus;
pub use hearing::hears_everything;
pub use logind::{InhibitError, Inhibitor, Logind, Subject};
pub use netlink::Netlink;
pub use network_manager::NetworkManager;
pub use sign::{Changed, Changes, Metered, Power, Reason, Sign, Since, Source};
pub use upower::Upower;
pub use volumes::Volumes;
pub use watcher::{Debounce, Due, Noticed, WatchOptions, Watcher};
