//! Windows.

mod alarm;
mod classes;
mod ends;
mod sources;

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use winsafe::{HPROCESS, co};

use super::ServiceState;
use crate::surroundings;

pub(crate) use alarm::Alarm;
pub(crate) use classes::{classes, role, taken_back};
pub use ends::Ends;
pub(crate) use sources::Sources;

/// A daemon is started without a console already.
pub(crate) fn leave_terminal() {}

/// Keeps what this process was started with from programs that it starts. A daemon, above all, would hold open what whoever started it
/// reads to the end.
pub(crate) fn keep_to_ourselves() {
    // One that is not there needs nothing.
    let _none = syncmgr_winfs::keep_to_ourselves(io::stdin());
    let _none = syncmgr_winfs::keep_to_ourselves(io::stdout());
    let _none = syncmgr_winfs::keep_to_ourselves(io::stderr());
}

/// Tells who started the daemon as a service how it is: there are no services of one user.
pub(crate) fn tell_service(_state: ServiceState) {}

/// How often somebody wants to be told that the daemon is alive.
pub(crate) fn watchdog() -> Option<Duration> {
    None
}

/// The exit status of a process that runs (`STILL_ACTIVE`).
const STILL_ACTIVE: u32 = 259;

/// Whether a process of this host exists.
pub(crate) fn is_running(pid: u32) -> bool {
    match HPROCESS::OpenProcess(co::PROCESS::QUERY_LIMITED_INFORMATION, false, pid) {
        Ok(process) => process.GetExitCodeProcess().is_ok_and(|status| status == STILL_ACTIVE),
        // One of somebody else exists.
        Err(error) => error == co::ERROR::ACCESS_DENIED,
    }
}

/// When a process began, in hundreds of nanoseconds since 1601; `None` if there is none that runs.
pub(crate) fn began_of(pid: u32) -> Option<u64> {
    let process = HPROCESS::OpenProcess(co::PROCESS::QUERY_LIMITED_INFORMATION, false, pid).ok()?;
    process.GetExitCodeProcess().ok().filter(|status| *status == STILL_ACTIVE)?;
    let (creation, ..) = process.GetProcessTimes().ok()?;
    Some(u64::from(creation.dwHighDateTime) << 32 | u64::from(creation.dwLowDateTime))
}

/// Programs that we have started are in jobs that end with this process.
pub(crate) fn wait_for_programs() {}

/// The host's name.
pub(crate) fn host() -> String {
    surroundings::variable("COMPUTERNAME").unwrap_or_default().to_string_lossy().into_owned()
}

/// What tells this boot of the machine from others: how often it was booted, where the system counts that. Empty where it does not; then
/// only the process, by its number and its beginning, tells owners apart.
pub(crate) fn boot_id() -> String {
    const PLACE: &str =
        r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";
    let key = windows_registry::LOCAL_MACHINE.open(PLACE);
    key.and_then(|key| key.get_u32("BootId")).map(|n_boots| n_boots.to_string()).unwrap_or_default()
}

/// Nobody counts it here as elsewhere.
pub(crate) fn load_percent() -> Option<u32> {
    None
}

/// What the names of programs end with.
const PROGRAMS: &[&str] = &["exe", "com", "bat", "cmd"];

/// Where a program of this name would be in a folder.
pub(crate) fn programs_of(folder: &Path, name: &Path) -> Vec<PathBuf> {
    let path = folder.join(name);
    if is_program_name(&path) {
        return vec![path];
    }
    let with = |ending: &&str| {
        let mut path = path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        PathBuf::from(path)
    };
    PROGRAMS.iter().map(with).collect()
}

fn is_program_name(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| PROGRAMS.contains(&ending.as_str()))
}

/// What a program is called by those who start it.
pub(crate) fn program_name(path: &Path) -> Option<String> {
    path.file_stem()?.to_str().filter(|_| is_program_name(path)).map(str::to_owned)
}

/// Whether a file can be started as a program.
pub(crate) fn is_program(path: &Path) -> bool {
    is_program_name(path) && path.is_file()
}

/// A file in the user's profile is as private as the profile.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes a folder, if it is not there. In the user's profile it is as private as the profile.
pub(crate) fn make_private_dir(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// Folders cannot be flushed here; the file system writes a journal of its names.
pub(crate) fn flush_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Has a folder be one that can be watched: only one that is there can.
pub(crate) fn make_watchable(dir: &Path) {
    // If it cannot be made, the watcher tells.
    let _told = std::fs::create_dir_all(dir);
}

/// The bytes that the user may still write where a folder is.
pub(crate) fn free_bytes(dir: &Path) -> Option<u64> {
    let mut free = 0;
    winsafe::GetDiskFreeSpaceEx(dir.to_str(), Some(&mut free), None, None).ok()?;
    Some(free)
}

/// Whether a folder is marked as not to be written to. What access lists say is found out by writing.
pub(crate) fn is_writable(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a file system begins here: at a drive, or where something is mounted.
pub(crate) fn is_mounted(path: &Path) -> bool {
    path.exists() && (path.parent().is_none() || path.read_link().is_ok())
}

/// How long a look at a process is apart from the next.
const LOOK: Duration = Duration::from_millis(20);

/// Whether a process ends before the time is over.
pub(crate) fn ends_within(child: &mut Child, timeout: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < timeout {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        std::thread::park_timeout(LOOK);
    }
    false
}

/// The variable that names the user's home.
pub(crate) const HOME: &str = "USERPROFILE";
/// Where configuration and state are: the variable that says so, and the place below the home without it.
pub(crate) const CONFIG: (&str, &str) = ("APPDATA", r"AppData\Roaming");
pub(crate) const STATE: (&str, &str) = ("LOCALAPPDATA", r"AppData\Local");
