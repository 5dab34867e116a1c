//! [`Pump`]: the one thread of a process. It reads, writes and waits for all at once, and lets the machine decide.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use syncmgr_child::Child;
use syncmgr_handler::SyncCallback;

use super::core::{Action, Core, Late, Order, Ticket};
use super::links::Links;
use super::splitter::{Next, Splitter};

/// How much is read at once.
const CHUNK: usize = 64 << 10;
/// How much is written at once: a pipe that is ready takes this much whole, so that nothing that was decided waits.
const WRITTEN_AT_ONCE: usize = 4096;

/// What reaches the pump from other threads.
pub(super) enum Inbound {
    Order(Order),
    SetCallback(Option<Arc<dyn SyncCallback>>),
    Late(Ticket, Late),
}

/// The way to a pump. Cheap to clone.
#[derive(Clone)]
pub(super) struct Post {
    inbox: Sender<Inbound>,
    wake: Arc<Wake>,
}

struct Wake {
    bell: OwnedFd,
    /// Whether a verdict may have changed.
    verdicts: AtomicBool,
}

impl Post {
    pub(super) fn new() -> io::Result<(Self, Receiver<Inbound>)> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (inbox, inbound) = unbounded();
        Ok((Self { inbox, wake: Arc::new(Wake { bell, verdicts: AtomicBool::new(false) }) }, inbound))
    }

    pub(super) fn send(&self, inbound: Inbound) {
        // A pump that has ended needs nothing any more.
        let _ = self.inbox.send(inbound);
        self.ring();
    }

    pub(super) fn ring_for_verdicts(&self) {
        self.wake.verdicts.store(true, Ordering::Release);
        self.ring();
    }

    fn ring(&self) {
        // Full is rung.
        let _ = write(&self.wake.bell, &1u64.to_ne_bytes());
    }
}

pub(super) struct Pump {
    core: Core<Links>,
    child: Child,
    post: Post,
    inbound: Receiver<Inbound>,
    stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    /// Readable when the process has ended.
    end: Option<OwnedFd>,
    splitter: Splitter,
    line_max: usize,
    /// Whether lines may wait in the splitter that the machine did not want yet.
    has_lines: bool,
    /// What did not fit into the pipe.
    unwritten: Vec<u8>,
    buffer: Vec<u8>,
}

/// What was ready.
#[derive(Debug, Clone, Copy, Default)]
struct Ready {
    stdout: bool,
    stderr: bool,
    end: bool,
}

impl Pump {
    pub(super) fn new(
        mut child: Child,
        core: Core<Links>,
        post: Post,
        inbound: Receiver<Inbound>,
        line_max: usize,
    ) -> io::Result<Self> {
        let (stdin, stdout, stderr) = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        for pipe in [&stdin, &stdout, &stderr].into_iter().flatten() {
            ioctl_fionbio(pipe, true)?;
        }
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        let end = Some(pidfd_open(id, PidfdFlags::empty())?);
        let splitter = Splitter::new(line_max);
        let buffer = vec![0; CHUNK];
        let unwritten = Vec::new();
        Ok(Self {
            core,
            child,
            post,
            inbound,
            stdin,
            stdout,
            stderr,
            end,
            splitter,
            line_max,
            has_lines: false,
            unwritten,
            buffer,
        })
    }

    /// Runs until the process is gone and nobody wants anything of it any more. Tells what went wrong after all was done.
    pub(super) fn run(mut self) -> Option<String> {
        let mut ready = Ready::default();
        loop {
            let now = Instant::now();
            self.take_inbound(now);
            self.take_output(ready, now);
            self.core.tick(now);
            self.perform(now);
            self.write_what_waits();
            if self.core.may_leave() {
                return self.core.farewell();
            }
            ready = self.wait();
        }
    }

    fn take_inbound(&mut self, now: Instant) {
        // First: what rang before an order came does not belong to it.
        if self.post.wake.verdicts.swap(false, Ordering::AcqRel) {
            self.core.verdicts_changed(now);
        }
        while let Ok(inbound) = self.inbound.try_recv() {
            match inbound {
                Inbound::Order(order) => self.core.order(order, now),
                Inbound::SetCallback(callback) => self.core.manager.set_callback(callback),
                Inbound::Late(ticket, late) => self.core.answered(ticket, late, now),
            }
        }
    }

    fn take_output(&mut self, ready: Ready, now: Instant) {
        // First: what it says last belongs to why it ended.
        if ready.stderr {
            self.read_stderr();
        }
        if ready.end
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.end = None;
            self.core.exited(status, now);
        }
        self.take_lines(now);
        if ready.stdout && self.core.wants_to_read() {
            self.read_stdout(now);
        }
    }

    fn read_stdout(&mut self, now: Instant) {
        let Some(stdout) = &self.stdout else { return };
        match read(stdout, &mut self.buffer[..]) {
            Ok(0) => self.stdout_closed(now),
            Ok(n_bytes) => {
                self.splitter.add(&self.buffer[..n_bytes]);
                self.take_lines(now);
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.stdout_closed(now),
        }
    }

    fn stdout_closed(&mut self, now: Instant) {
        self.stdout = None;
        let rest = self.splitter.rest();
        if !rest.is_empty() {
            // Its last line, without an end.
            self.core.line(rest, now);
        }
        self.core.closed(now);
    }

    /// Treats whole lines, as long as the machine wants any.
    fn take_lines(&mut self, now: Instant) {
        self.has_lines = true;
        while self.core.wants_to_read() {
            match self.splitter.next() {
                Next::Line(line) => self.core.line(line, now),
                Next::More => {
                    self.has_lines = false;
                    return;
                }
                Next::TooLong => {
                    self.core.too_long(self.line_max);
                    self.splitter = Splitter::new(self.line_max);
                }
            }
            if self.core.has_actions() {
                // A longer line may be allowed from the next one on; or there is to be no next one.
                self.perform(now);
            }
        }
    }

    fn read_stderr(&mut self) {
        let Some(stderr) = &self.stderr else { return };
        match read(stderr, &mut self.buffer[..]) {
            Ok(0) => self.stderr = None,
            Ok(n_bytes) => self.core.said(&self.buffer[..n_bytes]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.stderr = None,
        }
    }

    fn perform(&mut self, now: Instant) {
        for action in self.core.take_actions() {
            match action {
                Action::CloseStdin => self.stdin = None,
                Action::Terminate => self.child.terminate(),
                Action::Kill => {
                    self.child.kill_all();
                    (self.stdin, self.stdout, self.stderr, self.end) = (None, None, None, None);
                    self.splitter = Splitter::new(self.line_max);
                }
                Action::Look => {
                    let usage = self.child.usage();
                    self.core.used(usage, now);
                }
                Action::SetLineMax(max) => {
                    self.line_max = max;
                    self.splitter.set_max(max);
                }
            }
        }
    }

    fn write_what_waits(&mut self) {
        loop {
            let Some(stdin) = &self.stdin else {
                // Nobody reads it any more.
                self.unwritten.clear();
                while self.core.fill().is_some() {}
                return;
            };
            if self.unwritten.is_empty() {
                // Decided only when there is room, so that no answer grows old here.
                if !self.core.has_to_write() || !is_writable(stdin) {
                    break;
                }
                fill(&mut self.core, &mut self.unwritten);
            }
            match write(stdin, &self.unwritten) {
                Ok(n_bytes) => drop(self.unwritten.drain(..n_bytes)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.stdin = None,
            }
        }
        if self.unwritten.is_empty() && self.core.is_last_written() {
            self.stdin = None;
        }
    }

    /// Waits until something can be done.
    fn wait(&self) -> Ready {
        let until = |at: Instant| timespec(at.saturating_duration_since(Instant::now()));
        let timeout = match self.has_lines && self.core.wants_to_read() {
            // Writing has made room for lines that were read before: no pipe will tell.
            true => Some(timespec(Duration::ZERO)),
            false => self.core.deadline().map(until),
        };
        let wants_to_write = !self.unwritten.is_empty() || self.core.has_to_write();
        let mut fds = vec![PollFd::new(&self.post.wake.bell, PollFlags::IN)];
        let stdout = add(&mut fds, self.stdout.as_ref().filter(|_| self.core.wants_to_read()), PollFlags::IN);
        let stderr = add(&mut fds, self.stderr.as_ref(), PollFlags::IN);
        let end = add(&mut fds, self.end.as_ref(), PollFlags::IN);
        let _stdin = add(&mut fds, self.stdin.as_ref().filter(|_| wants_to_write), PollFlags::OUT);
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(_) => return Ready::default(),
        }
        let is_ready = |idx: Option<usize>| idx.is_some_and(|idx| !fds[idx].revents().is_empty());
        if is_ready(Some(0)) {
            let _ = read(&self.post.wake.bell, &mut [0; 8]);
        }
        Ready { stdout: is_ready(stdout), stderr: is_ready(stderr), end: is_ready(end) }
    }
}

/// Takes what is to be written now.
fn fill(core: &mut Core<Links>, unwritten: &mut Vec<u8>) {
    while let Some(line) = core.fill() {
        unwritten.extend_from_slice(&line);
        // One more line could make it more than the pipe takes whole.
        if unwritten.len() >= WRITTEN_AT_ONCE / 2 {
            return;
        }
    }
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
