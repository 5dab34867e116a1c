//! Running a command: input given, output taken, an end in any case.
//!
//! One loop over descriptors does all of it, so a run needs no thread besides the one that asks for it: the process by its
//! pidfd, the three pipes, and the abort. Whatever comes of it, the run ends with [`Child::kill_all`].

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use syncmgr_child::{Child, Program};

use crate::hook::Command;
use crate::told::first_line;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How much of each output is kept; the rest is read and dropped, so that no program has to wait for us.
const KEPT_BYTES: usize = 4 << 10;
/// How often is looked where the kernel cannot tell the end of a process (containers without pidfds).
const LOOK: Duration = Duration::from_millis(50);

/// How a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With this code.
    Exited {
        code: i32,
        /// The first line of what it said, if it said anything.
        said: Option<String>,
    },
    /// By a signal that somebody else sent.
    Killed(i32),
    /// It took too long.
    TooLong,
    /// Everything ends.
    Aborted,
    /// It could not be started, or not be watched.
    Failed(io::Error),
}

impl End {
    /// What is wrong with it, for the log; `None` if nothing is.
    pub(crate) fn trouble(&self, limit: Duration) -> Option<String> {
        match self {
            Self::Exited { code: 0, .. } => None,
            Self::Exited { code, said: Some(said) } => Some(format!("it ended with {code}: {said}")),
            Self::Exited { code, said: None } => Some(format!("it ended with {code}")),
            Self::Killed(signal) => Some(format!("it was ended by signal {signal}")),
            Self::TooLong => Some(format!("it was ended: it ran for longer than {limit:?}")),
            Self::Aborted => Some("it was ended: no more hooks are told".to_owned()),
            Self::Failed(error) => Some(format!("it cannot be run: {error}")),
        }
    }
}

/// Runs `command` with `input` until it ends, its time is over, or `aborted` is readable.
///
/// `mark` has to be different for each run on this machine.
pub(crate) fn run(command: &Command, mark: String, input: &[u8], aborted: BorrowedFd<'_>) -> End {
    let program = Program {
        argv: command.argv.clone(),
        env: command.env.clone(),
        directory: command.directory.clone(),
        mark,
    };
    match Run::start(&program, input) {
        Ok(run) => run.finish(command.limit, aborted).unwrap_or_else(End::Failed),
        Err(error) => End::Failed(error),
    }
}

/// What made a wait return.
#[derive(Debug)]
enum Woken {
    Ended(ExitStatus),
    TooLong,
    Aborted,
}

struct Run<'a> {
    child: Child,
    /// Readable when the program has ended.
    watch: Option<OwnedFd>,
    stdin: Option<OwnedFd>,
    /// What has not been written yet.
    input: &'a [u8],
    outputs: [Output; 2],
}

/// One of the two outputs of a program.
#[derive(Default)]
struct Output {
    pipe: Option<OwnedFd>,
    kept: Vec<u8>,
}

impl<'a> Run<'a> {
    fn start(program: &Program, input: &'a [u8]) -> io::Result<Self> {
        let mut child = Child::spawn(program)?;
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        // Not reaped before we are through, so the number is the program's.
        let watch = id.and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok());
        let [stdin, out, err] = [child.take_stdin(), child.take_stdout(), child.take_stderr()];
        for pipe in [&stdin, &out, &err].into_iter().flatten() {
            // Of our end alone: the program's is another description.
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let outputs = [out, err].map(|pipe| Output { pipe, kept: Vec::new() });
        Ok(Self { child, watch, stdin, input, outputs })
    }

    fn finish(mut self, limit: Duration, aborted: BorrowedFd<'_>) -> io::Result<End> {
        let woken = self.wait(Instant::now() + limit, Some(aborted))?;
        let status = match woken {
            Woken::Ended(status) => status,
            Woken::TooLong | Woken::Aborted => {
                // The ladder: no more input, a request, and then no choice.
                self.stdin = None;
                self.child.terminate();
                let _ = self.wait(Instant::now() + GRACE, None)?;
                self.child.kill_all();
                return Ok(if matches!(woken, Woken::Aborted) { End::Aborted } else { End::TooLong });
            }
        };
        // What it said last may still be in the pipes.
        self.outputs.iter_mut().for_each(Output::read);
        self.child.kill_all();
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => {
                let said = self.outputs.iter().find_map(|output| first_line(&output.kept));
                End::Exited { code, said }
            }
            (None, signal) => End::Killed(signal.unwrap_or_default()),
        })
    }

    /// Serves the pipes until the program ends or something else happens.
    fn wait(&mut self, until: Instant, aborted: Option<BorrowedFd<'_>>) -> io::Result<Woken> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Woken::Ended(status));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Woken::TooLong);
            }
            if self.poll(left, aborted)? {
                return Ok(Woken::Aborted);
            }
            self.write();
            self.outputs.iter_mut().for_each(Output::read);
        }
    }

    /// Waits until there is something to do; tells whether that is to abort.
    fn poll(&self, left: Duration, aborted: Option<BorrowedFd<'_>>) -> io::Result<bool> {
        let left = if self.watch.is_some() { left } else { left.min(LOOK) };
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(5);
        polled.extend(aborted.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        polled.extend(self.watch.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
        polled.extend(self.stdin.iter().map(|fd| PollFd::new(fd, PollFlags::OUT)));
        let pipes = self.outputs.iter().filter_map(|output| output.pipe.as_ref());
        polled.extend(pipes.map(|fd| PollFd::new(fd, PollFlags::IN)));
        // A limit beyond what the kernel can count is no limit.
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(aborted.is_some() && polled.first().is_some_and(|first| !first.revents().is_empty()))
    }

    fn write(&mut self) {
        let Some(stdin) = &self.stdin else { return };
        while !self.input.is_empty() {
            match rustix::io::write(stdin, self.input) {
                Ok(n_bytes) => self.input = &self.input[n_bytes..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // It does not want to hear more, which is its business.
                Err(_) => break,
            }
        }
        self.stdin = None;
    }
}

impl Output {
    /// Reads what is there.
    fn read(&mut self) {
        let mut buffer = [0; 4096];
        while let Some(pipe) = &self.pipe {
            match rustix::io::read(pipe.as_fd(), &mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(n_bytes) => {
                    let room = KEPT_BYTES.saturating_sub(self.kept.len());
                    self.kept.extend_from_slice(&buffer[..n_bytes.min(room)]);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.pipe = None,
            }
        }
    }
}
