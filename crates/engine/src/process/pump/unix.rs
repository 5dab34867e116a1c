//! All at once by `poll`: the pipes, the process by its pidfd, and the bell, which is an eventfd.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use syncmgr_child::{Child, Pipe};

use super::{Got, Ready, Wants, Wrote};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// Wakes the pump.
pub(super) struct Bell(OwnedFd);

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(super) fn ring(&self) {
        // Full is rung.
        let _ = write(&self.0, &1u64.to_ne_bytes());
    }
}

/// What connects us with the process.
pub(super) struct Streams {
    stdin: Option<Pipe>,
    stdout: Option<Pipe>,
    stderr: Option<Pipe>,
    /// Readable when the process has ended.
    end: Option<OwnedFd>,
    buffer: Vec<u8>,
}

impl Streams {
    pub(super) fn of(child: &mut Child) -> io::Result<Self> {
        let (stdin, stdout, stderr) = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        for pipe in [&stdin, &stdout, &stderr].into_iter().flatten() {
            ioctl_fionbio(pipe, true)?;
        }
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        let end = Some(pidfd_open(id, PidfdFlags::empty())?);
        Ok(Self { stdin, stdout, stderr, end, buffer: vec![0; CHUNK] })
    }

    pub(super) fn read_stdout(&mut self) -> Got<'_> {
        read_some(&mut self.stdout, &mut self.buffer)
    }

    pub(super) fn read_stderr(&mut self) -> Got<'_> {
        read_some(&mut self.stderr, &mut self.buffer)
    }

    pub(super) fn has_stdin(&self) -> bool {
        self.stdin.is_some()
    }

    /// Whether a piece would be taken now.
    pub(super) fn has_room(&self) -> bool {
        self.stdin.as_ref().is_some_and(is_writable)
    }

    /// Writes the beginning, and takes it away.
    pub(super) fn write(&mut self, unwritten: &mut Vec<u8>) -> Wrote {
        let Some(stdin) = &self.stdin else { return Wrote::Something };
        match write(stdin, unwritten) {
            Ok(n_bytes) => drop(unwritten.drain(..n_bytes)),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Wrote::Full,
            Err(_) => self.stdin = None,
        }
        Wrote::Something
    }

    pub(super) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The end of the process is known.
    pub(super) fn forget_end(&mut self) {
        self.end = None;
    }

    pub(super) fn close(&mut self) {
        (self.stdin, self.stdout, self.stderr, self.end) = (None, None, None, None);
    }

    pub(super) fn wait(&mut self, bell: &Bell, wants: Wants, timeout: Option<Duration>) -> Ready {
        let timeout = timeout.map(timespec);
        let mut fds = vec![PollFd::new(&bell.0, PollFlags::IN)];
        let stdout = add(&mut fds, self.stdout.as_ref().filter(|_| wants.stdout), PollFlags::IN);
        let stderr = add(&mut fds, self.stderr.as_ref(), PollFlags::IN);
        let end = add(&mut fds, self.end.as_ref(), PollFlags::IN);
        let _stdin = add(&mut fds, self.stdin.as_ref().filter(|_| wants.stdin), PollFlags::OUT);
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(_) => return Ready::default(),
        }
        let is_ready = |idx: Option<usize>| idx.is_some_and(|idx| !fds[idx].revents().is_empty());
        if is_ready(Some(0)) {
            let _ = read(&bell.0, &mut [0; 8]);
        }
        Ready { stdout: is_ready(stdout), stderr: is_ready(stderr), end: is_ready(end) }
    }
}

fn read_some<'a>(pipe: &mut Option<Pipe>, buffer: &'a mut [u8]) -> Got<'a> {
    let Some(open) = pipe else { return Got::Nothing };
    match read(open, &mut buffer[..]) {
        Ok(n_bytes @ 1..) => return Got::Bytes(&buffer[..n_bytes]),
        Err(Errno::AGAIN | Errno::INTR) => return Got::Nothing,
        Ok(0) | Err(_) => {}
    }
    *pipe = None;
    Got::End
}

/// Adds one more to wait for; tells its place.
fn add<'a>(fds: &mut Vec<PollFd<'a>>, fd: Option<&'a OwnedFd>, flags: PollFlags) -> Option<usize> {
    fds.push(PollFd::from_borrowed_fd(fd?.as_fd(), flags));
    Some(fds.len() - 1)
}

fn is_writable(pipe: &OwnedFd) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut fds = [PollFd::new(pipe, PollFlags::OUT)];
    // An error is found when it is written to.
    poll(&mut fds, Some(&at_once)).is_ok_and(|n_ready| n_ready > 0)
}

fn timespec(duration: Duration) -> Timespec {
    let tv_sec = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: i64::from(duration.subsec_nanos()) }
}
