use crossbeam_channel::unbounded;
use syncmgr_sources::{Bus, Power, Sign, Source, Upower};
use zbus::Variant;

use crate::next;
use crate::private_bus::PrivateBus;

const NAME: &str = "org.freedesktop.UPower";
const PATH: &str = "/org/freedesktop/UPower";
const DISPLAY_DEVICE: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
const DEVICE: &str = "org.freedesktop.UPower.Device";

fn power(on: Power, percent: Option<u8>) -> Sign {
    Sign::Power { on, percent }
}

fn is_absent(sign: &Sign) -> bool {
    matches!(sign, Sign::Absent { source: Source::Upower, .. })
}

#[test]
fn power_is_told_as_it_is_and_whenever_it_differs() {
    let bus = PrivateBus::start();
    let (sender, signs) = unbounded();
    let source = Upower::start(bus.bus(), sender).unwrap();
    let absent = next(&signs);
    assert!(is_absent(&absent), "{absent:?}");

    let mock = bus.mock("upower");
    assert_eq!(next(&signs), power(Power::Mains, None), "the service appears");
    bus.set(NAME, PATH, NAME, &[("OnBattery", Variant::from(true))]);
    assert_eq!(next(&signs), power(Power::Battery, None));
    let battery = [("IsPresent", Variant::from(true)), ("Percentage", Variant::from(41.6))];
    bus.set(NAME, DISPLAY_DEVICE, DEVICE, &battery);
    assert_eq!(next(&signs), power(Power::Battery, Some(41)));
    bus.set(NAME, DISPLAY_DEVICE, DEVICE, &[("TimeToEmpty", Variant::from(77_i64))]);
    bus.set(NAME, DISPLAY_DEVICE, DEVICE, &[("Percentage", Variant::from(41.2))]);
    bus.set(NAME, PATH, NAME, &[("OnBattery", Variant::from(false))]);
    assert_eq!(next(&signs), power(Power::Mains, Some(41)), "less than a percent is no news");

    drop(mock);
    let absent = next(&signs);
    assert!(is_absent(&absent), "the service ends: {absent:?}");
    let _mock = bus.mock("upower");
    // That it went may be told twice: a question that was under way was not answered, either.
    let told = std::iter::repeat_with(|| next(&signs)).find(|sign| !is_absent(sign));
    assert_eq!(told, Some(power(Power::Mains, None)), "and is back, and all is told anew");

    drop(source);
    assert!(signs.recv().is_err(), "the source has let go of the channel");
}

#[test]
fn a_bus_that_ends_is_told_as_the_end_of_the_source() {
    let bus = PrivateBus::start();
    let (sender, signs) = unbounded();
    let _source = Upower::start(bus.bus(), sender).unwrap();
    assert!(is_absent(&next(&signs)));
    bus.end();
    let lost = next(&signs);
    assert!(matches!(lost, Sign::SourceLost { source: Source::Upower, .. }), "{lost:?}");
    assert!(signs.recv().is_err());
}

#[test]
fn without_a_bus_the_service_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}", folder.path().join("none").display());
    let (sender, signs) = unbounded();
    let _source = Upower::start(Bus::At(address), sender).unwrap();
    assert!(is_absent(&next(&signs)));
}

#[test]
fn a_peer_that_never_answers_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let (sender, signs) = unbounded();
    let address = format!("unix:path={}", socket.display());
    let source = Upower::start(Bus::At(address), sender).unwrap();
    let _silent = listener.accept().unwrap();
    drop(source);
    assert!(signs.recv().is_err());
}
