//! Linux and its kin.

mod alarm;
mod ends;
mod sources;

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use syncmgr_model::id::HandlerId;

use super::{Class, ServiceState};

pub(crate) use alarm::Alarm;
pub use ends::Ends;
pub(crate) use sources::Sources;

/// Handlers that are COM classes: there are none.
pub(crate) fn classes() -> Vec<Class> {
    Vec::new()
}

/// Classes that were taken back when no daemon ran: there are none.
pub(crate) fn taken_back(_state_dir: &Path) -> Vec<(HandlerId, PathBuf)> {
    Vec::new()
}

/// Whether this program was started in a role of its own: it has none.
pub(crate) fn role() -> Option<ExitCode> {
    None
}

/// Lets the terminal go, so that its end is not ours.
pub(crate) fn leave_terminal() {
    // It fails for a leader of a group, which was started from no terminal then.
    let _leader = rustix::process::setsid();
}

/// Keeps what this process was started with from programs that it starts: whoever starts them does that here.
pub(crate) fn keep_to_ourselves() {}

/// Tells who started the daemon as a service how it is. Without systemd there is nobody to tell.
pub(crate) fn tell_service(state: ServiceState) {
    let state = match state {
        ServiceState::Ready => sd_notify::NotifyState::Ready,
        ServiceState::Alive => sd_notify::NotifyState::Watchdog,
        ServiceState::Stopping => sd_notify::NotifyState::Stopping,
    };
    let _nobody = sd_notify::notify(&[state]);
}

/// How often somebody wants to be told that the daemon is alive.
pub(crate) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Whether a process of this host exists.
pub(crate) fn is_running(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    // A process of somebody else answers "not permitted", and exists.
    !matches!(rustix::process::test_kill_process(pid), Err(Errno::SRCH))
}

/// When a process began, in the system's own count since boot; `None` if there is none, or one that has ended and waits to
/// be collected.
pub(crate) fn began_of(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may have any character in it, parentheses too.
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    // The 22nd field; the third was the state.
    fields.nth(18)?.parse().ok()
}

/// Waits until no program is left that this process has started; not for long, because the user waits, too.
///
/// Whoever ended a session has already had its programs killed. That happens on other threads, which end with the process:
/// without this wait, some of them would not get around to it.
pub(crate) fn wait_for_programs() {
    // Looks only: whoever started a program collects it.
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let nobody = |options| matches!(waitid(WaitId::All, options), Err(Errno::CHILD));
    if nobody(look | WaitIdOptions::NOHANG) {
        return;
    }
    let (tell, told) = crossbeam_channel::bounded(1);
    let watch = move || {
        // Wakes with each that ends, and sees it until it is collected, which is a matter of microseconds.
        while !nobody(look) {
            std::thread::yield_now();
        }
        let _ = tell.send(());
    };
    if std::thread::Builder::new().name("last".into()).spawn(watch).is_ok() {
        let _ = told.recv_timeout(LAST_WAIT);
    }
}

/// How long the end may wait for programs that were killed.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The host's name.
pub(crate) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What tells this boot of the machine from others. Empty where the system does not say; then only the process number
/// tells owners apart.
pub(crate) fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The load of the last minute for each processor, in percent.
pub(crate) fn load_percent() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split_whitespace().next()?.parse().ok()?;
    let n = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Some((load * 100.0 / n as f64) as u32)
}

/// Where a program of this name would be in a folder.
pub(crate) fn programs_of(folder: &Path, name: &Path) -> Vec<PathBuf> {
    vec![folder.join(name)]
}

/// What a program is called by those who start it.
pub(crate) fn program_name(path: &Path) -> Option<String> {
    path.file_name()?.to_str().map(str::to_owned)
}

/// Whether a file can be started as a program.
pub(crate) fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A file that is made is the user's alone.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Makes a folder that is the user's alone, if it is not there.
pub(crate) fn make_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Has the names in a folder survive a power cut.
pub(crate) fn flush_dir(dir: &Path) -> io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

/// Has a folder be one that can be watched: any can, also before it is there.
pub(crate) fn make_watchable(_dir: &Path) {}

/// The bytes that the user may still write where a folder is.
pub(crate) fn free_bytes(dir: &Path) -> Option<u64> {
    rustix::fs::statvfs(dir).ok().map(|system| system.f_bavail.saturating_mul(system.f_frsize))
}

/// Whether the system would let us write into a folder. Asked, not tried: a check leaves nothing behind.
pub(crate) fn is_writable(dir: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(dir, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)?)
}

/// Whether a file system begins here: it lies on another device than the folder above it.
pub(crate) fn is_mounted(path: &Path) -> bool {
    let device = |path: &Path| std::fs::metadata(path).ok().map(|meta| meta.dev());
    match (device(path), path.parent().and_then(device)) {
        (Some(here), Some(above)) => here != above,
        (here, None) => here.is_some(),
        (None, _) => false,
    }
}

/// Whether a process ends before the time is over. It is not collected.
pub(crate) fn ends_within(child: &mut Child, timeout: Duration) -> bool {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let Some(Ok(fd)) = pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { return true };
    let limit = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: 0 };
    let mut ends = [PollFd::new(&fd, PollFlags::IN)];
    // A signal may cut the wait short: then the limit begins anew, which only makes us more patient.
    loop {
        match poll(&mut ends, Some(&limit)) {
            Err(Errno::INTR) => {}
            polled => return polled.is_ok_and(|n| n > 0),
        }
    }
}

/// The variable that names the user's home.
pub(crate) const HOME: &str = "HOME";
/// Where configuration and state are: the variable that says so, and the place below the home without it.
pub(crate) const CONFIG: (&str, &str) = ("XDG_CONFIG_HOME", ".config");
pub(crate) const STATE: (&str, &str) = ("XDG_STATE_HOME", ".local/state");
