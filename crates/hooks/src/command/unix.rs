//! All at once by `poll`, so that a run needs no thread besides the one that asks for it.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use syncmgr_child::{Child, Pipe};

use super::Kept;
use crate::abort::Aborted;

/// How often is looked where the kernel cannot tell the end of a process (containers without pidfds).
const LOOK: Duration = Duration::from_millis(50);

/// What connects us with the program.
pub(super) struct Streams<'a> {
    /// Readable when the program has ended.
    watch: Option<OwnedFd>,
    stdin: Option<Pipe>,
    /// What has not been written yet.
    input: &'a [u8],
    outputs: [Output; 2],
}

/// One of the two outputs of a program.
#[derive(Default)]
struct Output {
    pipe: Option<Pipe>,
    kept: Kept,
}

impl<'a> Streams<'a> {
    pub(super) fn of(child: &mut Child, input: &'a [u8]) -> io::Result<Self> {
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        // Not reaped before we are through, so the number is the program's.
        let watch = id.and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok());
        let [stdin, out, err] = [child.take_stdin(), child.take_stdout(), child.take_stderr()];
        for pipe in [&stdin, &out, &err].into_iter().flatten() {
            // Of our end alone: the program's is another description.
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let outputs = [out, err].map(|pipe| Output { pipe, kept: Kept::default() });
        Ok(Self { watch, stdin, input, outputs })
    }

    /// Waits until there is something to do, and does it; tells whether that is to abort.
    pub(super) fn serve(&mut self, left: Duration, aborted: Option<&Aborted>) -> io::Result<bool> {
        if self.poll(left, aborted)? {
            return Ok(true);
        }
        self.write();
        self.read_rest();
        Ok(false)
    }

    pub(super) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Reads what is there.
    pub(super) fn read_rest(&mut self) {
        self.outputs.iter_mut().for_each(Output::read);
    }

    /// What it said, its output first.
    pub(super) fn kept(&self) -> [&Kept; 2] {
        let [out, err] = &self.outputs;
        [&out.kept, &err.kept]
    }

    fn poll(&self, left: Duration, aborted: Option<&Aborted>) -> io::Result<bool> {
        let left = if self.watch.is_some() { left } else { left.min(LOOK) };
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(5);
        polled.extend(aborted.map(|aborted| PollFd::from_borrowed_fd(aborted.as_fd(), PollFlags::IN)));
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
                Ok(n_bytes) => self.kept.add(&buffer[..n_bytes]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.pipe = None,
            }
        }
    }
}
