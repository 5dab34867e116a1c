use crossbeam_channel::{Receiver, unbounded};
use syncmgr_sources::{Bus, InhibitError, Inhibitor, Logind, Sign, Since, Source, Subject};
use zbus::Variant;

use crate::private_bus::{PrivateBus, Process};
use crate::{next, until};

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const USER: &str = "org.freedesktop.login1.User";
const USER_PATH: &str = "/org/freedesktop/login1/user/1234";

fn start(bus: &PrivateBus, subject: Subject) -> (Logind, Process, Receiver<Sign>) {
    let (sender, signs) = unbounded();
    let source = Logind::start(bus.bus(), subject, sender).unwrap();
    let absent = next(&signs);
    assert!(matches!(absent, Sign::Absent { source: Source::Logind, .. }), "{absent:?}");
    let mock = bus.mock("logind");
    // It has its name a moment before it has its objects.
    until(&signs, |sign| *sign == Sign::Active);
    (source, mock, signs)
}

fn announce(bus: &PrivateBus, member: &str, about_to: bool) {
    bus.emit(NAME, PATH, (MANAGER, member), "b", Variant::from(about_to));
}

#[test]
fn sleep_and_shutdown_are_announced_and_taken_back() {
    let bus = PrivateBus::start();
    let (source, _mock, signs) = start(&bus, Subject::Machine);
    announce(&bus, "PrepareForSleep", true);
    assert_eq!(next(&signs), Sign::Suspending);
    announce(&bus, "PrepareForSleep", false);
    assert_eq!(next(&signs), Sign::Resumed);
    announce(&bus, "PrepareForShutdown", true);
    assert_eq!(next(&signs), Sign::LoggingOff);
    announce(&bus, "PrepareForShutdown", false);
    assert_eq!(next(&signs), Sign::LogoffCancelled);
    drop(source);
    assert!(signs.recv().is_err(), "the source has let go of the channel");
}

#[test]
fn idleness_of_the_user_is_told_and_not_that_of_others() {
    let bus = PrivateBus::start();
    let (_source, _mock, signs) = start(&bus, Subject::User(1234));
    // The template's own fails: it joins a text and a number.
    let code = "ret = '/org/freedesktop/login1/user/' + str(args[0])";
    bus.control(NAME, PATH, "AddMethod", &(MANAGER, "GetUser", "u", "o", code));
    let idle = |path: &str, interface: &str, hint: bool, since: u64| {
        let properties = [("IdleHint", Variant::from(hint)), ("IdleSinceHint", Variant::from(since))];
        bus.set(NAME, path, interface, &properties);
    };
    idle(PATH, MANAGER, true, 5_000_000);
    assert_eq!(
        next(&signs),
        Sign::Idle(Since::At(5000)),
        "as long as the user is not known, the machine counts"
    );

    bus.control(NAME, PATH, "AddSession", &("c1", "seat0", 1234_u32, "joe", true));
    bus.emit(NAME, PATH, (MANAGER, "SessionNew"), "s", Variant::from("c1"));
    assert_eq!(next(&signs), Sign::Active, "the user has come");
    idle(PATH, MANAGER, false, 0);
    idle(PATH, MANAGER, true, 6_000_000);
    idle(USER_PATH, USER, true, 7_000_000);
    assert_eq!(next(&signs), Sign::Idle(Since::At(7000)));
    idle(USER_PATH, USER, false, 8_000_000);
    assert_eq!(next(&signs), Sign::Active);

    bus.set(NAME, USER_PATH, USER, &[("State", Variant::from("closing"))]);
    assert_eq!(next(&signs), Sign::LoggingOff);
    bus.set(NAME, USER_PATH, USER, &[("State", Variant::from("online"))]);
    assert_eq!(next(&signs), Sign::LogoffCancelled);
}

fn inhibitors(bus: &PrivateBus) -> Vec<(String, String, String, String, u32, u32)> {
    bus.call(NAME, PATH, MANAGER, "ListInhibitors", &()).body().deserialize().unwrap()
}

#[test]
fn an_inhibitor_delays_as_long_as_it_exists() {
    let bus = PrivateBus::start();
    let (_source, _mock, _signs) = start(&bus, Subject::Machine);
    let inhibitor = Inhibitor::take(&bus.bus(), "syncmgr", "brings files in step").unwrap();
    let held: Vec<(String, String, String, String)> =
        inhibitors(&bus).into_iter().map(|(what, who, why, mode, _, _)| (what, who, why, mode)).collect();
    let expected = ["sleep:shutdown", "syncmgr", "brings files in step", "delay"].map(str::to_owned);
    assert_eq!(held, [<(String, String, String, String)>::from(expected)]);
    drop(inhibitor);
    // The mock hears of it in its main loop, between two questions.
    let start = std::time::Instant::now();
    while !inhibitors(&bus).is_empty() {
        assert!(start.elapsed() < crate::GENEROUS, "it is not let go");
    }
}

#[test]
fn an_inhibitor_knows_how_long_it_delays_where_logind_says_so() {
    let bus = PrivateBus::start();
    let (_source, _mock, _signs) = start(&bus, Subject::Machine);
    let limit = || Inhibitor::take(&bus.bus(), "syncmgr", "brings files in step").unwrap().limit();
    bus.control(NAME, PATH, "AddProperty", &(MANAGER, "InhibitDelayMaxUSec", Variant::from(5_000_000_u64)));
    assert_eq!(limit(), Some(std::time::Duration::from_secs(5)));
}

#[test]
fn without_logind_there_is_no_inhibitor_and_that_is_said() {
    let bus = PrivateBus::start();
    let error = Inhibitor::take(&bus.bus(), "syncmgr", "brings files in step").unwrap_err();
    assert!(matches!(error, InhibitError::Absent { .. }), "{error:?}");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Bus::At(format!("unix:path={}", folder.path().join("none").display()));
    let error = Inhibitor::take(&nowhere, "syncmgr", "brings files in step").unwrap_err();
    assert!(matches!(error, InhibitError::Absent { .. }), "{error:?}");
}
