//! The daemon: the manager that stays, runs items by themselves and is asked through a socket.
//!
//! One loop reads what sources and sessions tell, lets the keeper decide, and performs what it says. Sessions have threads of
//! their own, requests those of the control API. In reading order: [`run`], `keeping` (the loop), `office` (who answers).

mod desktop;
mod door;
mod invoked;
mod inward;
mod keeping;
mod kept;
mod listening;
mod office;
mod outcome;
mod own_run;
mod pages;
mod rules;
mod seen;
mod signs;
mod watching;
mod web;

use std::fmt::{self, Display};
use std::fs::{File, OpenOptions, TryLockError};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;
use syncmgr_control::{Bus, BusLimits, Client, HealthState, Server, Settings};
use syncmgr_wire::control::Request;

use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::surroundings::{self, Surroundings};
use crate::system::{self, Ends, ServiceState};
use inward::{Inward, Way};
use keeping::Keeping;
use office::Office;

pub(crate) use rules::Ruled;

/// How long sessions may take to stop once the daemon is told to end, before they are abandoned and told by name.
const STOP_TIME: Duration = Duration::from_secs(20);
/// How long [`start`] waits for the new daemon to answer, and `stop` for the old one to be gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a daemon belongs to the terminal it was started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detachment {
    /// It does: the end of that is its end.
    Stays,
    /// It does not.
    Leaves,
}

/// A daemon that was started, or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It runs now.
    Now {
        /// The number of its process.
        process: u32,
    },
    /// It ran already.
    Before {
        /// The number of its process.
        process: u32,
    },
}

impl Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now { process } => write!(f, "the daemon runs as process {process}"),
            Self::Before { process } => write!(f, "the daemon was running already, as process {process}"),
        }
    }
}

/// Is the daemon until somebody ends it. One at a time for each state directory.
///
/// # Errors
///
/// When another one runs, or what it stands on (configuration, store, socket) does not carry it.
pub fn run(surroundings: &Surroundings, detachment: Detachment) -> Result<Exit, Failure> {
    if detachment == Detachment::Leaves {
        system::leave_terminal();
    }
    let _instance = Instance::take(surroundings)?;
    let (tell, inward) = unbounded();
    let way = Way::new(tell);
    let (sign, signs) = unbounded();
    let first = u64::try_from(surroundings::now().as_millis()).unwrap_or(1) * 1000;
    let bus = Arc::new(Bus::new(BusLimits::default(), first));
    let office = Arc::new(Office::new(surroundings.clone(), Arc::clone(&bus), way.clone()));
    office.pages.belong_to(&office);
    office.invoked.belong_to(&office);
    let clock = Arc::new(surroundings::now);
    let config = Config::load(&surroundings.config_file, surroundings.home.as_deref())?;
    let tcp = door::open(surroundings, config.listen)?;
    let assets = Some(syncmgr_web::assets());
    let settings = Settings { tcp, assets, ..Settings::new(surroundings.socket(), bus, clock) };
    let server =
        Server::start(settings, office.clone()).map_err(|error| cannot_listen(surroundings, &error))?;
    office.lets_in_with(server.opener());
    if config.desktop
        && let Some(desktop) = desktop::start(&office)
    {
        office.show_on(desktop);
    }
    let signals = Ends::watch(move || way.tell(Inward::Shutdown))
        .map_err(|error| Failure::ours("signals cannot be received").because(&error))?;
    let mut keeping = Keeping::new(surroundings, config, &office, sign)?;
    office.is_now(HealthState::Running);
    // Told once everything answers.
    system::tell_service(ServiceState::Ready);
    keeping.go(&signs, &inward);
    system::tell_service(ServiceState::Stopping);
    office.close();
    let exit = end_sessions(&office, &mut keeping, &inward);
    drop(signals);
    for late in server.stop(Duration::from_secs(2)).unfinished {
        surroundings::log(&format!("still under way at the end: {late}"));
    }
    office.tell_with(None);
    keeping.leave();
    surroundings::wait_for_programs();
    Ok(exit)
}

/// Waits for sessions to stop; those that do not are abandoned.
fn end_sessions(
    office: &Arc<Office>,
    keeping: &mut Keeping,
    inward: &crossbeam_channel::Receiver<Inward>,
) -> Exit {
    let have_ended = office.wait_for_sessions(STOP_TIME);
    // What ended last has told so before its turn was over.
    inward.try_iter().for_each(|inward| keeping.take_last(inward));
    if have_ended {
        return Exit::InStep;
    }
    surroundings::log("a session did not stop in time and is abandoned; it counts as interrupted");
    office.abandon_session();
    Exit::Unfinished
}

fn cannot_listen(surroundings: &Surroundings, error: &dyn std::error::Error) -> Failure {
    Failure::ours(format!("the daemon cannot listen on `{}`", surroundings.socket().display())).because(error)
}

/// Starts a daemon in the background, and returns once it answers.
pub fn start(surroundings: &Surroundings) -> Result<Started, Failure> {
    if let Some(process) = who_answers(surroundings) {
        return Ok(Started::Before { process });
    }
    let log = log_file(surroundings)?;
    let errors =
        log.try_clone().map_err(|error| Failure::ours("the log cannot be shared").because(&error))?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::ours("this program cannot be found on the disk").because(&error))?;
    let mut child = surroundings::program_at(&program)
        .args(surroundings.arguments())
        .args(["daemon", "run", "--detached"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|error| Failure::ours("the daemon cannot be started").because(&error))?;
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        if let Some(process) = who_answers(surroundings) {
            surroundings::leave_one_running();
            return Ok(Started::Now { process });
        }
        if let Ok(Some(_)) = child.try_wait() {
            return Err(did_not_start(surroundings));
        }
        // Nothing tells when a socket appears that others make; a look is cheap and this is not for long.
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Err(did_not_start(surroundings))
}

/// Ends the daemon, if one runs, and waits until it is gone.
pub fn stop(surroundings: &Surroundings) -> Result<(), Failure> {
    // One that has ended already is as it should be.
    if let Ok(mut client) = Client::connect(&surroundings.socket()) {
        client.ask(&Request::Shutdown, &mut |_| {}).map_err(|error| {
            Failure::ours("the daemon cannot be reached")
                .because(&error)
                .hint("`syncmgr daemon status` looks at it, `syncmgr daemon stop` ends it")
        })?;
    }
    wait_until_gone(surroundings)
}

/// Waits until no daemon keeps this state any more.
pub fn wait_until_gone(surroundings: &Surroundings) -> Result<(), Failure> {
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        if Instance::take(surroundings).is_ok() {
            return Ok(());
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Err(Failure::ours("the daemon is still there").hint(
        "`syncmgr daemon status` tells what it is doing; its log is `daemon.log` in the state directory",
    ))
}

fn who_answers(surroundings: &Surroundings) -> Option<u32> {
    let mut client = Client::connect(&surroundings.socket()).ok()?;
    client.health().ok().filter(|health| health.state == HealthState::Running).map(|health| health.process)
}

fn did_not_start(surroundings: &Surroundings) -> Failure {
    let log = surroundings.state_dir.join(LOG);
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    let mut failure = Failure::ours("the daemon did not start")
        .hint("`syncmgr daemon run` starts it in the foreground, where it tells why");
    let mut last: Vec<String> = said.lines().rev().take(5).map(str::to_owned).collect();
    last.reverse();
    failure.causes = last;
    failure
}

/// What the daemon says when nobody looks on.
const LOG: &str = "daemon.log";
/// A log that is longer begins anew; what was in it stays under another name until the next time.
const LOG_BYTES: u64 = 1 << 20;

fn log_file(surroundings: &Surroundings) -> Result<File, Failure> {
    let cannot = |error: std::io::Error| Failure::ours("the daemon's log cannot be written").because(&error);
    std::fs::create_dir_all(&surroundings.state_dir).map_err(cannot)?;
    let path = surroundings.state_dir.join(LOG);
    if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > LOG_BYTES) {
        std::fs::rename(&path, surroundings.state_dir.join("daemon.log.old")).map_err(cannot)?;
    }
    system::private(OpenOptions::new().create(true).append(true)).open(path).map_err(cannot)
}

/// The proof of being the only daemon of a state directory. The system takes it back when the process ends, however.
#[derive(Debug)]
struct Instance(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Instance {
    fn take(surroundings: &Surroundings) -> Result<Self, Failure> {
        let path = surroundings.daemon_lock();
        let cannot = |error: &dyn std::error::Error| {
            Failure::ours(format!("`{}` cannot be locked", path.display())).because(error)
        };
        std::fs::create_dir_all(&surroundings.state_dir).map_err(|error| cannot(&error))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = system::private(&mut options).open(&path).map_err(|error| cannot(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Failure::usage("a daemon is running already")
                .exits(Exit::Unfinished)
                .hint("`syncmgr daemon status` shows it, `syncmgr daemon stop` ends it")),
            Err(TryLockError::Error(error)) => Err(cannot(&error)),
        }
    }
}
