//! What holds in the world, as far as it decides whether items run.

use std::collections::BTreeSet;

use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::{Console, Power};

/// What holds at a moment. Whoever tells it tells all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What the machine runs on.
    pub power: Power,
    /// How full its battery is, 0 to 100, if it has one.
    pub battery_percent: Option<u8>,
    /// Whether there is a network.
    pub online: bool,
    /// Whether what goes over it costs money.
    pub metered: bool,
    /// The named connections that are up.
    pub connections: BTreeSet<String>,
    /// Since when nobody has used the machine; `None` while somebody does. Another moment is another spell.
    pub idle_since: Option<Timestamp>,
    /// Load for each processor in percent, where it is known. It is looked up when the keeper is woken, and tells nobody when
    /// it changes.
    pub load_percent: Option<u32>,
    /// Whether somebody is logged on.
    pub console: Console,
}

impl Default for World {
    /// On mains, without a battery, a network or anything else; somebody is logged on.
    fn default() -> Self {
        Self {
            power: Power::Mains,
            battery_percent: None,
            online: false,
            metered: false,
            connections: BTreeSet::new(),
            idle_since: None,
            load_percent: None,
            console: Console::LoggedOn,
        }
    }
}

impl World {
    /// Whether a network or a named connection is there that was not in `before`.
    pub(crate) fn has_connected_since(&self, before: &Self) -> bool {
        self.online && (!before.online || !self.connections.is_subset(&before.connections))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(online: bool, connections: &[&str]) -> World {
        let connections = connections.iter().map(|name| (*name).to_owned()).collect();
        World { online, connections, ..World::default() }
    }

    #[test]
    fn a_network_or_a_named_connection_that_is_new_has_connected() {
        for (before, after, expected) in [
            (world(false, &[]), world(true, &[]), true),
            (world(true, &[]), world(true, &[]), false),
            (world(true, &[]), world(true, &["vpn"]), true),
            (world(true, &["home"]), world(true, &["office"]), true),
            (world(true, &["home", "vpn"]), world(true, &["home"]), false),
            (world(true, &[]), world(false, &[]), false),
            (world(false, &[]), world(false, &["loop"]), false),
        ] {
            assert_eq!(after.has_connected_since(&before), expected, "{before:?} {after:?}");
        }
    }
}
