//! `syncmgr daemon`, and the other commands while it runs.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::home::Home;

/// Far more than anything here takes; a test that needs all of it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon of a home; killed when dropped, and so never left behind.
pub(crate) struct Daemon(Child);

impl Daemon {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, |_| {})
    }

    /// The same, in surroundings that differ.
    pub(crate) fn start_with(home: &Home, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = home.command(&["daemon", "run"]);
        let log = fs::File::create(home.work("daemon.log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // No bus of the machine: what is there or not must not matter here.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
        change(&mut command);
        let daemon = Self(command.spawn().unwrap());
        until("the daemon answers", || home.run(&["daemon", "status"]).code == Some(0));
        daemon
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Waits until it has ended by itself.
    fn end(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Looks again and again until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < limit, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

fn configure(home: &Home, more: &str) {
    let (left, right) = (home.work("left"), home.work("right"));
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\n{more}\n",
        left.display(),
        right.display()
    ));
}

#[test]
fn a_daemon_answers_all_commands_and_ends_when_told() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "");
    let daemon = Daemon::start(&home);
    let shown = home.run(&["daemon", "status", "--json"]).exit(0);
    assert_eq!(shown.of_type("daemon")[0]["pid"], daemon.0.id());

    let ran = home.run(&["sync"]).exit(0);
    assert!(ran.out.contains("photos"), "{}", ran.out);
    assert_eq!(home.read("right/a"), "1");
    assert_eq!(home.run(&["history", "--json"]).exit(0).of_type("session").len(), 1);
    assert_snapshot!(home.run(&["sync", "nobody"]).shown(), @r"
    exit 2
    err| error: no item is called `nobody`
    err| hint: `syncmgr items` lists them; a folder is written with a `/` in it
    ");

    let _ = home.run(&["daemon", "stop"]).exit(0);
    assert_eq!(daemon.end(), Some(0));
    assert!(!home.state_dir().join("run/control.sock").exists());
    let _ = home.run(&["daemon", "status"]).exit(1);
    // And without it, everything works as before.
    let _ = home.run(&["sync"]).exit(0);
}

#[test]
fn a_second_daemon_of_the_same_state_is_refused() {
    let home = Home::with_folders(&[], &[]);
    let _first = Daemon::start(&home);
    assert_snapshot!(home.run(&["daemon", "run"]).shown(), @r"
    exit 1
    err| error: a daemon is running already
    err| hint: `syncmgr daemon status` shows it, `syncmgr daemon stop` ends it
    ");
}

#[test]
fn start_and_stop_leave_nothing_behind() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "");
    let ran = home.run(&["daemon", "start"]).exit(0);
    assert!(ran.out.starts_with("the daemon runs as process "), "{}", ran.out);
    let ran = home.run(&["daemon", "start"]).exit(0);
    assert!(ran.out.starts_with("the daemon was running already"), "{}", ran.out);
    let line = home.run(&["daemon", "status", "--json"]).exit(0).of_type("daemon").remove(0);
    let process = line["pid"].as_u64().unwrap();
    let _ = home.run(&["daemon", "stop"]).exit(0);
    until("the process is gone", || !Path::new(&format!("/proc/{process}")).exists());
    assert!(!home.state_dir().join("run/control.sock").exists());
}

#[test]
fn a_daemon_ends_in_order_when_its_terminal_or_the_system_ends_it() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = Home::with_folders(&[], &[]);
        let daemon = Daemon::start(&home);
        daemon.signal(signal);
        assert_eq!(daemon.end(), Some(0), "{signal:?}");
    }
}

#[test]
fn an_item_on_a_schedule_runs_by_itself_and_why_says_so() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "every = \"1s\"");
    let _daemon = Daemon::start(&home);
    until("it runs", || home.work("right/a").exists());
    home.write("left/b", "2");
    until("it runs again", || home.work("right/b").exists());
    until("it is in the history", || {
        let history = home.run(&["history", "--json"]).exit(0).of_type("session");
        history.iter().any(|session| session["event"] == "schedule")
    });
    let why = home.run(&["why", "photos"]).exit(0);
    assert!(why.out.contains("every 1s"), "{}", why.out);
    let status = home.run(&["status", "--json"]).exit(0).of_type("status").remove(0);
    assert!(status["next_run"].is_string(), "{status}");
}

#[test]
fn why_tells_the_last_decisions_when_the_daemon_is_gone() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "every = \"1s\"");
    {
        let _daemon = Daemon::start(&home);
        until("it runs", || home.work("right/a").exists());
    }
    let why = home.run(&["why", "photos"]).exit(0);
    assert!(why.out.contains(": ran, for `every 1s`"), "{}", why.out);
}

#[test]
fn who_looks_on_hears_of_what_no_session_tells() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "");
    let _daemon = Daemon::start(&home);
    let events = Events::listen(&home);
    configure(&home, "every = \"1d\"");
    events.hear(&["items", "settings"]);
    let _ = home.run(&["items", "untick", "photos"]).exit(0);
    events.hear(&["items"]);
    // It is unticked already: nothing is different.
    let _ = home.run(&["items", "untick", "photos"]).exit(0);
    // The item runs at another time then.
    let _ = home.run(&["pause"]).exit(0);
    events.hear(&["items", "daemon"]);
    let _ = home.run(&["resume"]).exit(0);
    events.hear(&["items", "daemon"]);
}

/// The event stream of a daemon.
struct Events(Receiver<String>);

impl Events {
    fn listen(home: &Home) -> Self {
        let mut stream = UnixStream::connect(home.state_dir().join("run/control.sock")).unwrap();
        stream.write_all(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        // The head is there once it listens.
        assert!(lines.next().unwrap().contains("200"));
        let (tell, told) = channel();
        std::thread::spawn(move || {
            lines.filter(|line| line.contains("data:")).try_for_each(|line| tell.send(line))
        });
        Self(told)
    }

    /// Waits for exactly these topics, in this order, whatever sessions tell in between.
    #[track_caller]
    fn hear(&self, topics: &[&str]) {
        for topic in topics {
            let line = loop {
                let line = self.0.recv_timeout(PATIENCE).unwrap();
                if line.contains(r#""type":"changed""#) {
                    break line;
                }
            };
            assert!(line.contains(&format!(r#""what":"{topic}""#)), "{line} instead of {topic}");
        }
    }
}

#[test]
fn a_file_saved_on_one_side_is_soon_on_the_other() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "on = [\"change\"]");
    let _daemon = Daemon::start(&home);
    let _ = home.run(&["sync"]).exit(0);
    home.write("left/new", "2");
    until("it is on the right", || home.work("right/new").exists());
    home.write("right/new", "3");
    until("and back again", || home.read("left/new") == "3");
    fs::remove_file(home.work("left/a")).unwrap();
    until("a deletion, too", || !home.work("right/a").exists());
}

/// How many changes each session has made that ran because of a change.
fn changes(home: &Home) -> Vec<u64> {
    let history = home.run(&["history", "--json"]).exit(0);
    let sessions = history.of_type("session").into_iter().filter(|session| session["event"] == "change");
    let sum = |session: serde_json::Value| {
        let items = session["items"].as_array().unwrap().clone();
        let of = |item: &serde_json::Value, side: &str| item["changes"][side].as_u64().unwrap();
        items.iter().map(|item| of(item, "left") + of(item, "right")).sum()
    };
    sessions.map(sum).collect()
}

#[test]
fn a_watched_change_is_all_that_is_looked_at_and_its_echo_is_no_session_of_the_history() {
    let home = Home::with_folders(&[("a/1", "1"), ("b/1", "1")], &[]);
    configure(&home, "on = [\"change\"]");
    let _daemon = Daemon::start(&home);
    // The first runs look at everything.
    until("the first run", || home.work("right/b/1").exists());
    home.write("left/a/2", "2");
    until("the second", || home.work("right/a/2").exists());
    for number in 0..5 {
        let (here, there) = if number % 2 == 0 { ("left", "right") } else { ("right", "left") };
        home.write(&format!("{here}/a/{number}-new"), "3");
        until("it is on the other side", || home.work(format!("{there}/a/{number}-new")).exists());
    }
    // What the echoes of these runs would be is known once the daemon has gone through another one.
    home.write("left/b/2", "4");
    until("it is in the history", || changes(&home).iter().filter(|changed| **changed > 0).count() >= 6);
    // At the start each root is looked at once its watch is complete.
    let idle = changes(&home).iter().filter(|changed| **changed == 0).count();
    assert!(idle <= 3, "{}", home.run(&["history"]).out);
    let n_open = n_files(&home, "runs", ".open");
    assert!(n_open > 0, "no run left its record over the baseline: each has looked at everything");
}

/// How many files with this ending lie in folders of this name below the state.
fn n_files(home: &Home, folder: &str, ending: &str) -> usize {
    let pairs =
        fs::read_dir(home.state_dir().join("pairs")).unwrap().map(|pair| pair.unwrap().path().join(folder));
    let files = pairs.flat_map(|folder| fs::read_dir(folder).unwrap());
    files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(ending)).count()
}

#[test]
fn a_change_of_the_configuration_is_in_force_without_a_restart() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "");
    let _daemon = Daemon::start(&home);
    configure(&home, "every = \"1s\"");
    until("it runs by itself", || home.work("right/a").exists());
    home.configure("[[folder]\n");
    until("the mistake is told", || {
        let status = home.run(&["status"]);
        status.code == Some(2)
    });
    configure(&home, "every = \"1s\"");
    home.write("left/b", "2");
    until("it runs on", || home.work("right/b").exists());
}

#[test]
fn a_stop_reaches_the_session_of_the_daemon() {
    let home = Home::with_folders(&[], &[]);
    for at in 0..3000 {
        home.write(&format!("left/{at}"), "text");
    }
    configure(&home, "");
    let _daemon = Daemon::start(&home);
    let mut running = home.command(&["sync", "--json"]).stdout(Stdio::null()).spawn().unwrap();
    until("it runs", || home.run(&["daemon", "status", "--json"]).of_type("daemon")[0]["sessions"] == 1);
    let ended = interrupt(&mut running);
    assert!(matches!(ended, Some(0 | 3)), "{ended:?}");
    // Whatever it had reached, the next run completes it.
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(fs::read_dir(home.work("right")).unwrap().count(), 3001);
}

#[test]
fn an_item_is_skipped_by_its_name_in_the_first_session_of_its_handler() {
    let home = Home::with_notes(&["endless"]);
    let _daemon = Daemon::start(&home);
    let mut running = home.command(&["sync", "notes", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"updating\"")));
    let _ = home.run(&["skip", "notes/Endless"]).exit(0);
    assert!(lines.any(|line| line.unwrap().contains("\"skipped\"")));
    assert_eq!(running.wait().unwrap().code(), Some(1));
}

fn interrupt(running: &mut Child) -> Option<i32> {
    kill_process(Pid::from_child(running), Signal::INT).unwrap();
    running.wait().unwrap().code()
}

#[test]
fn a_daemon_that_is_killed_while_a_session_runs_is_honest_about_it_afterwards() {
    let home = Home::with_folders(&[], &[]);
    for at in 0..2000 {
        home.write(&format!("left/{at}"), "text");
    }
    configure(&home, "");
    let daemon = Daemon::start(&home);
    let mut running = silent(home.command(&["sync"])).spawn().unwrap();
    until("files arrive", || fs::read_dir(home.work("right")).unwrap().count() > 1);
    daemon.kill();
    running.wait().unwrap();

    let _daemon = Daemon::start(&home);
    let sessions = home.run(&["history", "--json"]).exit(0).of_type("session");
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let results = home.run(&["results"]).out;
    let was_cut_off = results.contains("interrupted");
    assert!(was_cut_off || sessions[0]["exit"] == 0, "{results}");
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!(fs::read_dir(home.work("right")).unwrap().count(), 2001);
}

fn silent(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn what_an_installation_would_write_can_be_seen_first() {
    let home = Home::new();
    let unit = home.run(&["daemon", "install", "--show"]).exit(0);
    assert!(unit.out.contains("\nType=notify\n") && unit.out.contains("daemon run\n"), "{}", unit.out);
    let agent = home.run(&["daemon", "install", "--show", "launchd"]).exit(0);
    assert!(agent.out.starts_with("<?xml"), "{}", agent.out);
}

#[test]
fn an_item_that_did_not_succeed_in_time_is_late_everywhere() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    configure(&home, "fresh = \"1s\"");
    let _daemon = Daemon::start(&home);
    until("it is late", || {
        home.run(&["status", "--json"]).exit(0).of_type("status")[0]["late_since"].is_string()
    });
    assert!(home.run(&["status"]).out.contains("late"));
}

#[test]
fn a_hook_is_told_of_each_session_with_and_without_a_daemon_and_may_refuse_one() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let told = home.work("told");
    let hook = |may_refuse: &str| {
        format!(
            "[[hook]]\non = [\"before-session\", \"after-session\"]\nrun = [\"sh\", \"-c\", \"cat >> '{}'{may_refuse}\"]\n\
             may_refuse = true\n",
            told.display()
        )
    };
    let times = |occasion: &str| {
        let text = fs::read_to_string(&told).unwrap_or_default();
        text.lines().filter(|line| line.contains(&format!("\"occasion\":\"{occasion}\""))).count()
    };
    configure(&home, &hook(""));
    let _ = home.run(&["sync"]).exit(0);
    assert_eq!((times("before-session"), times("after-session")), (1, 1));
    let _daemon = Daemon::start(&home);
    let _ = home.run(&["sync"]).exit(0);
    until("it is told", || (times("before-session"), times("after-session")) == (2, 2));

    configure(&home, &hook("; echo not today >&2; exit 1"));
    until("it refuses", || {
        let ran = home.run(&["sync"]);
        ran.code == Some(1) && ran.err.contains("refuses the session")
    });
}
