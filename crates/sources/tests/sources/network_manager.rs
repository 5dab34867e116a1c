use std::collections::HashMap;

use crossbeam_channel::{Receiver, unbounded};
use syncmgr_sources::{Metered, NetworkManager, Sign, Source};
use zbus::{ObjectPath, Variant};

use crate::private_bus::{PrivateBus, Process};
use crate::{next, until};

const NAME: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";
const ACTIVE: &str = "org.freedesktop.NetworkManager.Connection.Active";

fn network(online: bool, metered: Metered, connections: &[&str]) -> Sign {
    Sign::Network { online, metered, connections: connections.iter().map(ToString::to_string).collect() }
}

fn start(bus: &PrivateBus) -> (NetworkManager, Process, Receiver<Sign>) {
    let (sender, signs) = unbounded();
    let source = NetworkManager::start(bus.bus(), sender).unwrap();
    let absent = next(&signs);
    assert!(matches!(absent, Sign::Absent { source: Source::NetworkManager, .. }), "{absent:?}");
    let mock = bus.mock("networkmanager");
    let online = network(true, Metered::Unknown, &[]);
    // It has its name a moment before it has its objects.
    until(&signs, |sign| *sign == online);
    (source, mock, signs)
}

/// Adds an active connection; gives back its object.
fn connect(bus: &PrivateBus, number: u32, name: &str, state: u32) -> String {
    let path = format!("{PATH}/ActiveConnection/{number}");
    let properties = HashMap::from([
        ("Id", Variant::from(name)),
        ("State", Variant::from(state)),
        ("Vpn", Variant::from(false)),
    ]);
    let methods: Vec<(&str, &str, &str, &str)> = Vec::new();
    bus.control(NAME, PATH, "AddObject", &(path.as_str(), ACTIVE, properties, methods));
    path
}

fn set_active(bus: &PrivateBus, paths: &[&str]) {
    let paths: Vec<ObjectPath<'_>> = paths.iter().map(|path| ObjectPath::try_from(*path).unwrap()).collect();
    bus.set(NAME, PATH, NAME, &[("ActiveConnections", Variant::from(paths))]);
}

#[test]
fn connections_that_come_and_go_are_told_and_the_going_beforehand() {
    let bus = PrivateBus::start();
    let (_source, _mock, signs) = start(&bus);
    let home = connect(&bus, 1, "home", 1);
    let office = connect(&bus, 2, "office", 2);
    set_active(&bus, &[&home, &office]);
    assert_eq!(next(&signs), network(true, Metered::Unknown, &["office"]));
    bus.set(NAME, &home, ACTIVE, &[("State", Variant::from(2_u32))]);
    assert_eq!(next(&signs), network(true, Metered::Unknown, &["home", "office"]));

    bus.set(NAME, &home, ACTIVE, &[("State", Variant::from(3_u32))]);
    assert_eq!(next(&signs), Sign::PendingDisconnect { connection: "home".into() });
    bus.set(NAME, &home, ACTIVE, &[("State", Variant::from(4_u32))]);
    assert_eq!(next(&signs), network(true, Metered::Unknown, &["office"]));
    set_active(&bus, &[]);
    assert_eq!(next(&signs), network(true, Metered::Unknown, &[]));
}

#[test]
fn being_online_and_costs_are_told() {
    let bus = PrivateBus::start();
    let (_source, mock, signs) = start(&bus);
    bus.control(NAME, PATH, "AddProperty", &(NAME, "Metered", Variant::from(0_u32)));
    let set = |name: &str, value: u32| bus.set(NAME, PATH, NAME, &[(name, Variant::from(value))]);
    set("Metered", 3);
    assert_eq!(next(&signs), network(true, Metered::Yes, &[]));
    set("Connectivity", 2);
    assert_eq!(next(&signs), network(false, Metered::Yes, &[]), "a captive portal");
    set("Connectivity", 4);
    assert_eq!(next(&signs), network(true, Metered::Yes, &[]));
    set("State", 20);
    assert_eq!(next(&signs), network(false, Metered::Yes, &[]));
    set("Metered", 2);
    assert_eq!(next(&signs), network(false, Metered::No, &[]));
    drop(mock);
    assert!(matches!(next(&signs), Sign::Absent { source: Source::NetworkManager, .. }));
}
