//! `syncmgr pause` and `resume`.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::daemon::{Daemon, until};
use crate::home::Home;

fn configured(more: &str) -> Home {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, more);
    home
}

fn configure(home: &Home, more: &str) {
    let (left, right) = (home.work("left"), home.work("right"));
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\n{more}\n",
        left.display(),
        right.display()
    ));
}

fn daemon_line(home: &Home) -> Value {
    home.run(&["daemon", "status", "--json"]).exit(0).of_type("daemon").remove(0)
}

#[test]
fn without_a_daemon_there_is_nothing_to_pause() {
    let home = configured("");
    assert_snapshot!(home.run(&["pause"]).shown(), @r"
    exit 1
    err| error: no daemon is running
    err| hint: without one nothing starts by itself; a session is paused where it runs, with `p`
    ");
    let _ = home.run(&["resume"]).exit(1);
    let _ = home.run(&["pause", "--for", "soon"]).exit(2);
}

#[test]
fn nothing_starts_by_itself_while_paused_also_over_a_restart_and_all_say_so() {
    let home = configured("every = \"1s\"");
    {
        let _daemon = Daemon::start(&home);
        until("it runs by itself", || home.work("right/a").exists());
        let ran = home.run(&["pause"]).exit(0);
        assert_eq!(ran.out, "paused until `syncmgr resume`: nothing starts by itself\n");
        // What had begun may still end; from then on nothing begins.
        until("nothing runs", || daemon_line(&home)["sessions"] == 0);
    }
    home.write("left/b", "2");
    let daemon = Daemon::start(&home);
    let line = daemon_line(&home);
    assert_eq!(line["paused"], true, "{line}");
    assert!(home.run(&["daemon", "status"]).exit(0).out.contains("paused until `syncmgr resume`"));
    assert!(home.run(&["status"]).exit(0).out.contains("paused until `syncmgr resume`"));
    until("it is due", || home.run(&["why", "photos"]).exit(0).out.contains("everything is paused"));
    assert!(!home.work("right/b").exists());
    // Who asks is not meant.
    let _ = home.run(&["sync"]).exit(0);
    assert!(home.work("right/b").exists());

    let ran = home.run(&["resume"]).exit(0);
    assert_eq!(ran.out, "things start by themselves again\n");
    home.write("left/c", "3");
    until("it runs again", || home.work("right/c").exists());
    drop(daemon);
    let _daemon = Daemon::start(&home);
    assert!(daemon_line(&home)["paused"].is_null(), "it was ended for good");
}

#[test]
fn a_pause_with_an_end_ends_by_itself() {
    let home = configured("every = \"1s\"");
    let _daemon = Daemon::start(&home);
    until("it runs by itself", || home.work("right/a").exists());
    let ran = home.run(&["pause", "--for", "2s", "--json"]).exit(0);
    let line = &ran.of_type("daemon")[0];
    assert_eq!(line["paused"], true, "{line}");
    assert!(line["paused_until"].is_string(), "{line}");
    until("it is over", || daemon_line(&home)["paused"].is_null());
    home.write("left/b", "2");
    until("it runs again", || home.work("right/b").exists());
}

#[test]
fn a_session_that_runs_is_held_until_it_is_let_go() {
    let home = Home::with_folders(&[], &[]);
    for at in 0..10_000 {
        home.write(&format!("left/{at}"), "text");
    }
    configure(&home, "");
    let _daemon = Daemon::start(&home);
    let told = home.work("told");
    let mut running = home.command(&["sync", "--json"]);
    let mut running = running.stdout(fs::File::create(&told).unwrap()).spawn().unwrap();
    // One that has yet to begin would not be meant.
    until("it runs", || fs::read_to_string(&told).unwrap().contains(r#""status":"updating""#));
    let _ = home.run(&["pause"]).exit(0);
    until("it is held", || fs::read_to_string(&told).unwrap().contains(r#""status":"paused""#));
    let _ = home.run(&["resume"]).exit(0);
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(home.work("right")).unwrap().count(), 10_001);
}
