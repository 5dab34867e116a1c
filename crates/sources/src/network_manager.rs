//! [`NetworkManager`]: the network, what it costs, and what is about to go.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crossbeam_channel::Sender;
use zbus::OwnedObjectPath;
use zbus::message::Message;

use crate::bus::{self, Bus, Heard, PROPERTIES_CHANGED, Properties, Service, Talk, property};
use crate::sign::{Metered, Sign, Source};
use crate::worker::Worker;

const NAME: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";
const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";
const ACTIVE_PATHS: &str = "/org/freedesktop/NetworkManager/ActiveConnection";

/// `NM_STATE_CONNECTED_SITE`: there is a default route; above it, the way out was tried and found.
const STATE_ROUTED: u32 = 60;
/// `NM_CONNECTIVITY_PORTAL`: somebody wants to be clicked first.
const CONNECTIVITY_PORTAL: u32 = 2;
/// `NM_ACTIVE_CONNECTION_STATE_ACTIVATED`.
const ACTIVATED: u32 = 2;
/// `NM_ACTIVE_CONNECTION_STATE_DEACTIVATING`.
const DEACTIVATING: u32 = 3;

/// Listens to `NetworkManager`; tells [`Sign::Network`] and [`Sign::PendingDisconnect`].
#[derive(Debug)]
pub struct NetworkManager {
    _worker: Worker,
}

impl NetworkManager {
    /// Starts listening; connecting happens on the source's own thread.
    ///
    /// # Errors
    ///
    /// When no thread can be started. That there is no such service or bus is told as [`Sign::Absent`].
    pub fn start(bus: Bus, signs: Sender<Sign>) -> io::Result<Self> {
        Ok(Self { _worker: bus::start(Listener::default(), bus, signs)? })
    }
}

#[derive(Default)]
struct Listener {
    told: Option<Sign>,
    /// Names of active connections by object, activated or not.
    names: BTreeMap<String, String>,
    /// Those of which it was told that they are about to go.
    going: BTreeSet<String>,
}

impl Service for Listener {
    const SOURCE: Source = Source::NetworkManager;
    const NAME: &'static str = NAME;

    fn rules(&self) -> Vec<String> {
        // Not everything below: access points change their strength every few seconds.
        vec![
            format!("{PROPERTIES_CHANGED},path='{PATH}'"),
            format!("{PROPERTIES_CHANGED},arg0='{ACTIVE}',path_namespace='{ACTIVE_PATHS}'"),
        ]
    }

    async fn look(&mut self, talk: &mut Talk) -> zbus::Result<Vec<Sign>> {
        let manager = talk.properties(NAME, PATH, NAME).await?;
        let paths: Vec<OwnedObjectPath> = manager
            .get("ActiveConnections")
            .and_then(|paths| paths.try_clone().ok()?.try_into().ok())
            .unwrap_or_default();
        let mut active = BTreeMap::new();
        for path in paths {
            // One that went away meanwhile is not a failure of the others.
            if let Ok(connection) = talk.properties(NAME, path.as_str(), ACTIVE).await {
                active.insert(path.to_string(), connection);
            }
        }
        Ok(self.differs(&manager, &active))
    }

    fn hear(&mut self, message: &Message) -> Heard {
        let header = message.header();
        let path = header.path().map_or("", |path| path.as_str());
        if !path.starts_with(ACTIVE_PATHS) {
            return Heard::Look;
        }
        // The state is in the signal, and by the time of a look the connection may be gone.
        let changed = message.body().deserialize::<(String, Properties, Vec<String>)>();
        match changed.ok().and_then(|(_, properties, _)| property::<u32>(&properties, "State")) {
            Some(DEACTIVATING) => Heard::Tell(self.going(path)),
            Some(_) => Heard::Look,
            None => Heard::Nothing,
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Listener {
    fn going(&mut self, path: &str) -> Vec<Sign> {
        match self.names.get(path) {
            Some(name) if self.going.insert(path.to_owned()) => {
                vec![Sign::PendingDisconnect { connection: name.clone() }]
            }
            // It is told already, or was never told to be connected.
            Some(_) | None => Vec::new(),
        }
    }

    /// Compares what is with what was told.
    fn differs(&mut self, manager: &Properties, active: &BTreeMap<String, Properties>) -> Vec<Sign> {
        let named = |(path, connection): (&String, &Properties)| {
            property::<&str>(connection, "Id").map(|name| (path.clone(), name.to_owned()))
        };
        self.names = active.iter().filter_map(named).collect();
        let in_state = |state: u32| {
            active.iter().filter(move |(_, it)| property(it, "State") == Some(state)).map(|(path, _)| path)
        };
        self.going.retain(|path| active.contains_key(path));
        for path in in_state(ACTIVATED) {
            self.going.remove(path);
        }
        let mut signs: Vec<Sign> = Vec::new();
        for path in in_state(DEACTIVATING) {
            signs.extend(self.going(path));
        }
        let network = Sign::Network {
            online: is_online(manager),
            metered: metered(property(manager, "Metered")),
            connections: in_state(ACTIVATED).filter_map(|path| self.names.get(path).cloned()).collect(),
        };
        if self.told.as_ref() != Some(&network) {
            self.told = Some(network.clone());
            signs.push(network);
        }
        signs
    }
}

fn is_online(manager: &Properties) -> bool {
    let state = property(manager, "State").unwrap_or(0_u32);
    let connectivity = property(manager, "Connectivity").unwrap_or(0_u32);
    state >= STATE_ROUTED && connectivity != CONNECTIVITY_PORTAL
}

/// `NMMetered`: unknown, yes, no, guessed yes, guessed no.
fn metered(value: Option<u32>) -> Metered {
    match value {
        Some(1 | 3) => Metered::Yes,
        Some(2 | 4) => Metered::No,
        Some(_) | None => Metered::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use zbus::{OwnedVariant, Str};

    use super::*;

    fn manager(state: u32, connectivity: u32, metered: u32) -> Properties {
        [("State", state), ("Connectivity", connectivity), ("Metered", metered)]
            .map(|(name, value)| (name.to_owned(), OwnedVariant::from(value)))
            .into()
    }

    fn connection(name: &str, state: u32) -> Properties {
        let name = OwnedVariant::from(Str::from(name.to_owned()));
        Properties::from([("Id".into(), name), ("State".into(), OwnedVariant::from(state))])
    }

    #[test]
    fn online_is_a_default_route_without_a_portal_in_it() {
        for (state, connectivity, online) in [
            (0, 0, false),
            (10, 4, false),
            (30, 4, false),
            (50, 4, false),
            (60, 3, true),
            (60, 2, false),
            (70, 2, false),
            (70, 4, true),
            (70, 0, true),
        ] {
            assert_eq!(is_online(&manager(state, connectivity, 0)), online, "{state} {connectivity}");
        }
        assert!(!is_online(&Properties::new()));
    }

    #[test]
    fn what_is_guessed_about_costs_counts() {
        let table =
            [Metered::Unknown, Metered::Yes, Metered::No, Metered::Yes, Metered::No, Metered::Unknown];
        for (value, expected) in (0..).zip(table) {
            assert_eq!(metered(Some(value)), expected, "{value}");
        }
        assert_eq!(metered(None), Metered::Unknown);
    }

    #[test]
    fn a_connection_that_is_going_is_told_once_and_again_after_it_was_back() {
        let mut listener = Listener::default();
        let path = format!("{ACTIVE_PATHS}/1");
        let mut look = |state: u32| {
            let active = BTreeMap::from([(path.clone(), connection("home", state))]);
            let signs = listener.differs(&manager(70, 4, 2), &active);
            let going = listener.going(&path);
            assert!(state != DEACTIVATING || going.is_empty(), "the look has told it");
            if state != DEACTIVATING {
                listener.going.remove(&path);
            }
            signs
        };
        let pending = Sign::PendingDisconnect { connection: "home".into() };
        let network = |connections: &[&str]| Sign::Network {
            online: true,
            metered: Metered::No,
            connections: connections.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(look(1), [network(&[])], "it is about to come");
        assert_eq!(look(ACTIVATED), [network(&["home"])]);
        assert_eq!(look(ACTIVATED), []);
        assert_eq!(look(DEACTIVATING), [pending.clone(), network(&[])]);
        assert_eq!(look(DEACTIVATING), []);
        assert_eq!(look(ACTIVATED), [network(&["home"])]);
        assert_eq!(look(DEACTIVATING), [pending, network(&[])]);
    }
}
