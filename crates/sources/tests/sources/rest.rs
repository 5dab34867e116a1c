use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::unbounded;
use syncmgr_sources::{
    Logind, Netlink, NetworkManager, Power, Sign, Subject, Upower, Volumes, WatchOptions, Watcher,
};
use zbus::Variant;

use crate::namespace::{inside, run};
use crate::private_bus::PrivateBus;
use crate::{next, until};

const THREADS: [&str; 6] = ["NetworkManager", "UPower", "logind", "netlink", "volumes", "watcher"];

/// The threads of our sources.
fn threads() -> Vec<PathBuf> {
    let is_ours = |task: &PathBuf| {
        fs::read_to_string(task.join("comm")).is_ok_and(|name| THREADS.contains(&name.trim()))
    };
    fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path()).filter(is_ours).collect()
}

/// All of them. A thread takes its name when it first runs, which may be a moment after it was started.
fn all_threads() -> Vec<PathBuf> {
    for _ in 0..10_000 {
        let found = threads();
        if found.len() == THREADS.len() {
            return found;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    panic!("threads are missing: {:?}", threads());
}

/// How often each has given up the processor by itself; waking up and waiting again is one.
fn switches(threads: &[PathBuf]) -> Vec<String> {
    let read = |task: &PathBuf| {
        let status = fs::read_to_string(task.join("status")).unwrap();
        status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap().to_owned()
    };
    threads.iter().map(read).collect()
}

#[test]
fn nobody_wakes_up_while_nothing_happens() {
    inside(&["--net", "--mount"], "rest::nobody_wakes_up_while_nothing_happens", || {
        let bus = PrivateBus::start();
        let _mocks = ["networkmanager", "upower", "logind"].map(|template| bus.mock(template));
        let folder = tempfile::tempdir().unwrap();
        let (sender, signs) = unbounded();
        let _network_manager = NetworkManager::start(bus.bus(), sender.clone()).unwrap();
        let _upower = Upower::start(bus.bus(), sender.clone()).unwrap();
        let _logind = Logind::start(bus.bus(), Subject::Machine, sender.clone()).unwrap();
        let mut missing = vec!["online", "power", "active"];
        until(&signs, |sign| {
            missing.retain(|it| match *it {
                "online" => !matches!(sign, Sign::Network { online: true, .. }),
                "power" => !matches!(sign, Sign::Power { .. }),
                _ => *sign != Sign::Active,
            });
            missing.is_empty()
        });
        let _netlink = Netlink::start(sender.clone()).unwrap();
        assert!(matches!(next(&signs), Sign::Network { online: false, .. }));
        let _volumes = Volumes::start(sender.clone()).unwrap();
        let watcher = Watcher::start(WatchOptions::default(), sender).unwrap();
        watcher.watch("root", folder.path());
        assert!(matches!(next(&signs), Sign::Changed(_)));

        let threads = all_threads();
        let (ticks, ticked) = unbounded();
        let clock = tempfile::tempdir().unwrap();
        let second = WatchOptions { quiet: Duration::from_secs(1), ..WatchOptions::default() };
        // Something of which it is known that it takes a while. Who wakes up by the clock does so in each stretch; who
        // was just about to fall asleep only in the first.
        let is_quiet = (0..10).any(|number| {
            let before = switches(&threads);
            let watcher = Watcher::start(second, ticks.clone()).unwrap();
            watcher.watch("clock", clock.path());
            next(&ticked);
            fs::write(clock.path().join(number.to_string()), "").unwrap();
            next(&ticked);
            drop(watcher);
            before == switches(&threads)
        });
        assert!(is_quiet, "somebody wakes up all the time");

        let (name, path) = ("org.freedesktop.UPower", "/org/freedesktop/UPower");
        bus.set(name, path, name, &[("OnBattery", Variant::from(true))]);
        assert_eq!(next(&signs), Sign::Power { on: Power::Battery, percent: None }, "all are awake at once");
        run("ip link add ours type veth peer name theirs");
        run("ip link set ours up");
        run("ip link set theirs up");
        until(&signs, |sign| matches!(sign, Sign::Network { connections, .. } if connections.len() == 2));
        run(&format!("mount -t tmpfs none {}", clock.path().display()));
        until(&signs, |sign| matches!(sign, Sign::VolumeAppeared { .. }));
        run(&format!("umount {}", clock.path().display()));
        fs::write(folder.path().join("file"), "").unwrap();
        until(&signs, |sign| matches!(sign, Sign::Changed(_)));
    });
}
