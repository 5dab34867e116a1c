//! The daemon killed at moments nobody chose, over and over: nothing is stuck, lost or made up afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::{Daemon, until};
use crate::home::Home;

/// How often it is killed.
const KILLS: u32 = 200;
/// The longest it lives, in microseconds: long enough for a whole session now and then.
const LIFE: u64 = 120_000;

/// A number that looks drawn; the same in each run of the test.
fn drawn(seed: u32) -> u64 {
    let mut x = u64::from(seed) + 0x9E37_79B9_7F4A_7C15;
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[test]
fn two_hundred_kills_leave_no_item_stuck_no_run_lost_and_a_truthful_history() {
    let home = Home::with_folders(&[("first", "1")], &[]);
    let (left, right) = (home.work("left"), home.work("right"));
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\nevery = \"1s\"\non = [\"logon\"]\n",
        left.display(),
        right.display()
    ));
    for at in 0..KILLS {
        // Something to do in each life, and files that take a moment.
        for n in 0..20 {
            home.write(&format!("left/{}/{at} {n}", at % 7), &format!("{at} {n}"));
        }
        let mut daemon = home
            .command(&["daemon", "run"])
            .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The moment is not awaited for luck: any moment will do, and none is better than another.
        std::thread::park_timeout(Duration::from_micros(drawn(at) % LIFE));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }

    let _daemon = Daemon::start(&home);
    until("everything is on the right", || {
        (0..KILLS).all(|at| home.work(format!("right/{}/{at} 19", at % 7)).exists())
    });
    home.write("left/last", "x");
    until("the item still runs", || home.work("right/last").exists());
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains("ok") && !doctor.out.contains("wrong"), "{}", doctor.out);

    let sessions = home.run(&["history", "--limit", "1000", "--json"]).exit(0).of_type("session");
    let ids: BTreeSet<String> = sessions.iter().map(|session| session["session"].to_string()).collect();
    assert_eq!(ids.len(), sessions.len(), "a session is in the history twice");
    for session in &sessions {
        let (exit, id) = (session["exit"].as_u64().unwrap(), session["session"].as_str().unwrap());
        if exit == 5 {
            let results = home.run(&["results", id, "--json"]).exit(0);
            let says_so = results
                .of_type("entry")
                .iter()
                .any(|entry| entry["text"].as_str().is_some_and(|text| text.starts_with("interrupted")));
            assert!(says_so, "{id} ended with 5 and does not say why: {}", results.out);
        }
    }
    assert!(sessions.iter().any(|session| session["exit"] == 0));
    // Nothing came up that nobody put there.
    let mut names = BTreeSet::new();
    for dir in fs::read_dir(&right).unwrap() {
        names.insert(dir.unwrap().file_name().into_string().unwrap());
    }
    names.remove(".syncmgr");
    let expected: BTreeSet<String> =
        (0..7).map(|n| n.to_string()).chain(["first".to_owned(), "last".to_owned()]).collect();
    assert_eq!(names, expected);
}
