//! The whole suite once more, with a daemon in each home that all commands work through: `SYNCMGR_TEST_THROUGH=daemon`, which
//! `cargo xtask test` sets for a second pass. What commands say and do is the same both ways.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use syncmgr_testkit::Hermetic;

/// Tests that have no such daemon in the second pass either, by their name or its beginning, and why.
pub(crate) const ALONE: &[(&str, &str)] = &[
    ("daemon::", "they are about daemons, and start and end their own"),
    ("daemon_kill::", "likewise"),
    ("pause::", "likewise"),
    ("connections::", "likewise; without one, they are about that"),
    ("desktop::", "likewise"),
    ("doctor::a_damaged_store_is_found", "the daemon has the store open that is damaged behind its back"),
    (
        "schedule::what_is_changed_is_written",
        "only without a daemon it says what is missing for it to take effect",
    ),
    ("store::a_damaged_store_is_refused", "likewise"),
    ("handlers::a_manifest_counts_as", "the handler sees variables of the command, and a daemon has its own"),
    ("handlers::a_changed_program", "with a daemon the keeper adds to `why` what it knows"),
    ("handlers::a_trusted_program", "likewise"),
    ("handlers::a_program_on_the_path", "the search path is the command's, and a daemon has its own"),
    (
        "questions::a_second_signal_ends",
        "nobody abandons a session of the daemon, who has others to think of",
    ),
    ("trouble::an_unreadable_directory", "the command is another user's, who may not use the daemon"),
    ("trouble::a_full_disk", "the disk is mounted for the command alone"),
    ("trouble::a_disk_in_a_folder", "likewise"),
    ("web::a_daemon_is_started", "it is about a home without a daemon"),
    ("why::what_is_known", "with a daemon the keeper adds what it knows; `daemon::` has tests of that"),
];

/// Far more than a start takes; who waits for all of it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often whoever waits looks whether that is still worth while.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the commands of this test work through a daemon.
pub(crate) fn is_through_daemon() -> bool {
    let is_asked_for = std::env::var_os("SYNCMGR_TEST_THROUGH").is_some_and(|way| way == "daemon");
    // The harness calls each test's thread after it.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    is_asked_for && !ALONE.iter().any(|(begin, _)| name.starts_with(begin))
}

/// The daemon of a home; ends with it.
pub(crate) struct HomeDaemon(Child);

impl HomeDaemon {
    /// Starts it, and returns once it answers.
    pub(crate) fn start(hermetic: &Hermetic, mut command: Command) -> Self {
        let ready = hermetic.path("runtime/ready");
        let socket = UnixDatagram::bind(&ready).unwrap();
        socket.set_read_timeout(Some(LOOK)).unwrap();
        let log = hermetic.path("daemon.log");
        command.args(["daemon", "run"]).env("NOTIFY_SOCKET", &ready);
        // No bus of the machine: what is there or not must not matter here.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
        let mut daemon = Self(command.spawn().unwrap());
        let mut word = [0; 64];
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            match socket.recv(&mut word) {
                Ok(length) if word[..length].starts_with(b"READY=1") => return daemon,
                Ok(_) | Err(_) => {}
            }
            if let Some(status) = daemon.0.try_wait().unwrap() {
                let said = fs::read_to_string(&log).unwrap_or_default();
                panic!(
                    "no daemon starts in this home ({status}): {said}\nif that is as it should be, the test belongs \
                     into the list in `through.rs`, with the reason"
                );
            }
        }
        panic!("the daemon of this home is never ready");
    }
}

impl Drop for HomeDaemon {
    fn drop(&mut self) {
        // In order, so that no program of a handler is left behind.
        let _gone = kill_process(Pid::from_child(&self.0), Signal::TERM);
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(LOOK / 10);
        }
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}
