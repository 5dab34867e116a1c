//! [`Pump`]: the one thread of a process that does anything. It reads, writes and waits for all at once, and lets the machine
//! decide. How one waits for all at once differs between systems: that is `Streams` and `Bell`.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use syncmgr_child::Child;
use syncmgr_handler::SyncCallback;
#[cfg(unix)]
use unix::{Bell, Streams};
#[cfg(windows)]
use windows::{Bell, Streams};

use super::core::{Action, Core, Late, Order, Ticket};
use super::links::Links;
use super::splitter::{Next, Splitter};

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
    bell: Bell,
    /// Whether a verdict may have changed.
    verdicts: AtomicBool,
}

impl Post {
    pub(super) fn new() -> io::Result<(Self, Receiver<Inbound>)> {
        let bell = Bell::new()?;
        let (inbox, inbound) = unbounded();
        Ok((Self { inbox, wake: Arc::new(Wake { bell, verdicts: AtomicBool::new(false) }) }, inbound))
    }

    pub(super) fn send(&self, inbound: Inbound) {
        // A pump that has ended needs nothing any more.
        let _ = self.inbox.send(inbound);
        self.wake.bell.ring();
    }

    pub(super) fn ring_for_verdicts(&self) {
        self.wake.verdicts.store(true, Ordering::Release);
        self.wake.bell.ring();
    }
}

pub(super) struct Pump {
    core: Core<Links>,
    // Before its pipes: they end when it does.
    child: Child,
    streams: Streams,
    post: Post,
    inbound: Receiver<Inbound>,
    splitter: Splitter,
    line_max: usize,
    /// Whether lines may wait in the splitter that the machine did not want yet.
    has_lines: bool,
    /// What did not fit into the pipe.
    unwritten: Vec<u8>,
}

/// What was ready.
#[derive(Debug, Clone, Copy, Default)]
struct Ready {
    stdout: bool,
    stderr: bool,
    end: bool,
}

/// What is to be waited for besides the bell, standard error and the end.
#[derive(Debug, Clone, Copy)]
struct Wants {
    stdout: bool,
    stdin: bool,
}

/// What a pipe gave.
enum Got<'a> {
    Bytes(&'a [u8]),
    Nothing,
    /// It is closed.
    End,
}

/// What became of an attempt to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrote {
    /// What is left may be tried at once.
    Something,
    /// The pipe takes no more now.
    Full,
}

impl Pump {
    pub(super) fn new(
        mut child: Child,
        core: Core<Links>,
        post: Post,
        inbound: Receiver<Inbound>,
        line_max: usize,
    ) -> io::Result<Self> {
        let streams = Streams::of(&mut child)?;
        let splitter = Splitter::new(line_max);
        let unwritten = Vec::new();
        Ok(Self { core, child, streams, post, inbound, splitter, line_max, has_lines: false, unwritten })
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
            self.streams.forget_end();
            self.core.exited(status, now);
        }
        self.take_lines(now);
        if ready.stdout && self.core.wants_to_read() {
            self.read_stdout(now);
        }
    }

    fn read_stdout(&mut self, now: Instant) {
        match self.streams.read_stdout() {
            Got::Bytes(bytes) => {
                self.splitter.add(bytes);
                self.take_lines(now);
            }
            Got::Nothing => {}
            Got::End => self.stdout_closed(now),
        }
    }

    fn stdout_closed(&mut self, now: Instant) {
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
        if let Got::Bytes(bytes) = self.streams.read_stderr() {
            self.core.said(bytes);
        }
    }

    fn perform(&mut self, now: Instant) {
        for action in self.core.take_actions() {
            match action {
                Action::CloseStdin => self.streams.close_stdin(),
                Action::Terminate => self.child.terminate(),
                Action::Kill => {
                    self.child.kill_all();
                    self.streams.close();
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
            if !self.streams.has_stdin() {
                // Nobody reads it any more.
                self.unwritten.clear();
                while self.core.fill().is_some() {}
                return;
            }
            if self.unwritten.is_empty() {
                // Decided only when there is room, so that no answer grows old here.
                if !self.core.has_to_write() || !self.streams.has_room() {
                    break;
                }
                fill(&mut self.core, &mut self.unwritten);
            }
            if self.streams.write(&mut self.unwritten) == Wrote::Full {
                break;
            }
        }
        if self.unwritten.is_empty() && self.core.is_last_written() {
            self.streams.close_stdin();
        }
    }

    /// Waits until something can be done.
    fn wait(&mut self) -> Ready {
        let until = |at: Instant| at.saturating_duration_since(Instant::now());
        let timeout = match self.has_lines && self.core.wants_to_read() {
            // Writing has made room for lines that were read before: no pipe will tell.
            true => Some(Duration::ZERO),
            false => self.core.deadline().map(until),
        };
        let wants = Wants {
            stdout: self.core.wants_to_read(),
            stdin: !self.unwritten.is_empty() || self.core.has_to_write(),
        };
        self.streams.wait(&self.post.wake.bell, wants, timeout)
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
