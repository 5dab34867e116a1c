//! Processes by their numbers: [`Ending`], where their end shows, and what there is to know about them.

use std::io;
use std::path::Path;
use std::time::Duration;

use winsafe::guard::CloseHandleGuard;
use winsafe::{HPROCESS, SysResult, co};

/// A process to wait for, held by a handle of its own.
pub(super) struct Ending(CloseHandleGuard<HPROCESS>);

impl Ending {
    /// Of the process with this number, which the caller holds or has seen a moment ago.
    pub(super) fn of(id: u32) -> io::Result<Self> {
        os(HPROCESS::OpenProcess(co::PROCESS::SYNCHRONIZE, false, id)).map(Self)
    }

    /// Waits until the process has ended.
    pub(super) fn wait(&self) -> io::Result<()> {
        os(self.0.WaitForSingleObject(None)).map(drop)
    }

    /// Waits for so long at most; whether it has ended.
    pub(super) fn wait_for(&self, patience: Duration) -> bool {
        let patience = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX - 1);
        self.0.WaitForSingleObject(Some(patience)).is_ok_and(|woken| woken == co::WAIT::OBJECT_0)
    }
}

/// How long a process was on processors.
pub(super) fn cpu_time(id: u32) -> Option<Duration> {
    let process = HPROCESS::OpenProcess(co::PROCESS::QUERY_LIMITED_INFORMATION, false, id).ok()?;
    let (_began, _ended, kernel, user) = process.GetProcessTimes().ok()?;
    let ticks =
        |time: winsafe::FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    /// The system counts in these.
    const NANOS: u64 = 100;
    Some(Duration::from_nanos(ticks(kernel).saturating_add(ticks(user)).saturating_mul(NANOS)))
}

/// Whether a process is the system's half of a console.
pub(super) fn is_console(id: u32) -> bool {
    let process = HPROCESS::OpenProcess(co::PROCESS::QUERY_LIMITED_INFORMATION, false, id);
    let image = process.and_then(|process| process.QueryFullProcessImageName(co::PROCESS_NAME::WIN32));
    image.is_ok_and(|image| {
        let name = Path::new(&image).file_name();
        name.is_some_and(|name| name.eq_ignore_ascii_case("conhost.exe"))
    })
}

fn os<T>(result: SysResult<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
}
