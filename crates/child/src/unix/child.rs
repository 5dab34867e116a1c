//! [`Child`]: a program that runs.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, pidfd_open,
    pidfd_send_signal, waitid,
};

use super::members::{Membership, Process, Search};
use crate::program::{MARK, Program};
use crate::usage::Usage;

/// Below are standard input, output and error.
const FIRST_OTHER_DESCRIPTOR: i32 = 3;
/// How long [`Child::kill_all`] goes on; what is still there then cannot be killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a round waits for the killed ones to be gone.
const ROUND: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A program that runs, or ran, with everything it started. Dropping it kills all of that.
///
/// Not safe to use from a process that ignores SIGCHLD: the kernel would then reap for us.
#[derive(Debug)]
pub struct Child {
    // Its own wrapper for sessions waits for all of the group; we want to know when the program itself has ended.
    process: Box<dyn ChildWrapper>,
    mark: String,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// It runs, or has ended and is not reaped: its number is its own.
    Held,
    /// It is reaped: the number may be anybody's.
    Reaped(ExitStatus),
}

/// Whether somebody has a program open for writing. Who has just written it may have started another program at the same
/// moment, which has it open until it has become that program.
fn is_being_written(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ExecutableFileBusy
}

/// How long a program may still be written when it is started, and how often that is looked at.
const PATIENCE_WITH_WRITERS: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

fn command(program: &Program, name: &OsStr, path: &Path) -> Command {
    #[allow(clippy::disallowed_methods, reason = "starting programs is what this crate is for")]
    let mut command = Command::new(path);
    command.arg0(name).args(&program.argv[1..]).env_clear().envs(program.env.iter().cloned());
    if !program.mark.is_empty() {
        command.env(MARK, &program.mark);
    }
    command.current_dir(&program.directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Child {
    /// Starts a program with three pipes, in a session of its own. One that is just being written is waited for, for a moment.
    ///
    /// # Errors
    ///
    /// When it is not there or cannot be started.
    pub fn spawn(program: &Program) -> io::Result<Self> {
        let name = program.argv.first().ok_or_else(|| io::Error::other("there is no program to start"))?;
        let path = program.path().ok_or_else(|| {
            let text = format!("`{}` is not on the path", name.display());
            io::Error::new(io::ErrorKind::NotFound, text)
        })?;
        // Those of the library are already; what we were started with may not be, and would hold somebody else's pipe open.
        close_fds::set_fds_cloexec_threadsafe(FIRST_OTHER_DESCRIPTOR, &[]);
        let begun = Instant::now();
        let process = loop {
            let command = command(program, name, &path);
            match CommandWrap::from(command).wrap(ProcessSession).spawn() {
                // Nothing tells when it is written.
                Err(error) if is_being_written(&error) && begun.elapsed() < PATIENCE_WITH_WRITERS => {
                    std::thread::park_timeout(PAUSE);
                }
                spawned => break spawned?.into_inner(),
            }
        };
        Ok(Self { process, mark: program.mark.clone(), state: State::Held })
    }

    /// The writing end of its standard input, once. Dropping it is the end of input.
    pub fn take_stdin(&mut self) -> Option<OwnedFd> {
        self.process.stdin().take().map(OwnedFd::from)
    }

    /// The reading end of its standard output, once.
    pub fn take_stdout(&mut self) -> Option<OwnedFd> {
        self.process.stdout().take().map(OwnedFd::from)
    }

    /// The reading end of its standard error, once.
    pub fn take_stderr(&mut self) -> Option<OwnedFd> {
        self.process.stderr().take().map(OwnedFd::from)
    }

    /// The number of the process, and of its session.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How the program ended, if it has. What it started may still run.
    ///
    /// # Errors
    ///
    /// When the kernel does not know the process.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.ended(WaitIdOptions::NOHANG)
    }

    /// Waits until the program ends, and tells how. What it started may still run.
    ///
    /// # Errors
    ///
    /// When the kernel does not know the process.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended(WaitIdOptions::empty())? {
                return Ok(status);
            }
        }
    }

    /// As [`Child::wait`], for so long at most; not at all where the kernel cannot tell the end of a process.
    ///
    /// # Errors
    ///
    /// When the kernel does not know the process.
    pub fn wait_for(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        if let Ok(held) = pidfd_open(id, PidfdFlags::empty()) {
            let timeout = Timespec::try_from(patience).ok();
            let _ = poll(&mut [PollFd::new(&held, PollFlags::IN)], timeout.as_ref());
        }
        self.try_wait()
    }

    /// Asks the program and everything it started to end (SIGTERM).
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Interrupts the program and everything it started, like Ctrl-C on a terminal (SIGINT).
    pub fn interrupt(&mut self) {
        self.signal(Signal::INT);
    }

    /// Kills the program and everything it started, looking again until nothing is left, and reaps the program. Returns
    /// within seconds also when something cannot be killed.
    pub fn kill_all(&mut self) {
        if let Some(membership) = self.membership() {
            let mut search = Search::new(membership);
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE {
                let mut killed = Vec::new();
                let look = search.look(|member| killed.extend(send(member, Signal::KILL)));
                if look.n_members == 0 && look.is_sure {
                    break;
                }
                wait_for_ends(&killed);
            }
        }
        self.reap();
    }

    /// What the program and everything it started in its session have used so far; nothing after [`Child::kill_all`].
    pub fn usage(&self) -> Usage {
        self.membership().map(|membership| membership.usage()).unwrap_or_default()
    }

    /// What belongs to the child, as long as its number is its own.
    fn membership(&self) -> Option<Membership<'_>> {
        let session = i32::try_from(self.id()).ok()?;
        matches!(self.state, State::Held).then_some(Membership { session, mark: &self.mark })
    }

    /// Sends a signal to everything that belongs to the child.
    fn signal(&self, signal: Signal) {
        if let Some(membership) = self.membership() {
            Search::new(membership).look(|member| drop(send(member, signal)));
        }
    }

    /// The end of the program without reaping it, so that its number stays its own.
    fn ended(&self, options: WaitIdOptions) -> io::Result<Option<ExitStatus>> {
        if let State::Reaped(status) = self.state {
            return Ok(Some(status));
        }
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        let options = options | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(id), options) {
            Ok(status) => Ok(status.as_ref().map(exit_status)),
            Err(Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn reap(&mut self) {
        if matches!(self.state, State::Held)
            && let Ok(Some(_)) = self.try_wait()
            && let Ok(status) = self.process.wait()
        {
            self.state = State::Reaped(status);
        }
    }
}

/// Sends a signal to a process that was seen a moment ago, and to no other.
fn send(process: Process, signal: Signal) -> Option<OwnedFd> {
    let id = Pid::from_raw(process.id)?;
    match pidfd_open(id, PidfdFlags::empty()) {
        Ok(held) => {
            // Looked at after it was opened: if the number changes hands now, the signal reaches nobody.
            let is_sent = process.is_still_there() && pidfd_send_signal(&held, signal).is_ok();
            is_sent.then_some(held)
        }
        // No pidfds in this kernel or container: to look right before is the best there is.
        Err(Errno::NOSYS | Errno::PERM) => {
            if process.is_still_there() {
                let _ = kill_process(id, signal);
            }
            None
        }
        Err(_gone) => None,
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill_all();
    }
}

/// The form in which `wait` tells it.
fn exit_status(status: &WaitIdStatus) -> ExitStatus {
    /// Set beside the signal when there is a core file.
    const DUMPED: i32 = 0x80;
    let dumped = if status.dumped() { DUMPED } else { 0 };
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => ExitStatus::from_raw((code & 0xff) << 8),
        (None, signal) => ExitStatus::from_raw(signal.unwrap_or(0) | dumped),
    }
}

/// Waits a round for processes to end. That they do is not checked: the next look tells.
fn wait_for_ends(processes: &[OwnedFd]) {
    if processes.is_empty() {
        // Gone already, or out of reach; either way nothing is to be waited for.
        return;
    }
    let mut polled: Vec<_> =
        processes.iter().map(|process| PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)).collect();
    // Again and again, since `poll` returns at the first that ends.
    loop {
        match poll(&mut polled, Some(&ROUND)) {
            Ok(0) | Err(_) => return,
            Ok(_) => polled.retain(|process| process.revents().is_empty()),
        }
        if polled.is_empty() {
            return;
        }
    }
}
