//! All at once by channels: a thread for each pipe and one for the end of the process say what happens, and do no more.
//!
//! What is held of a process that writes faster than it is read is bounded as it is where pipes can be polled: besides what
//! the pipe holds, two reads of each. A thread that writes has one piece at a time, taken when there was room for it.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, bounded};
use syncmgr_child::{Child, Reader, Watch, Writer};

use super::{Got, Ready, Wants, Wrote};

/// How long the end of a process waits for the end of its standard error, which may still be on the way: what it said last
/// belongs to why it ended. Longer only if something that it started holds the pipe.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Wakes the pump.
pub(super) struct Bell {
    rope: Sender<()>,
    rung: Receiver<()>,
}

impl Bell {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the system may refuse one")]
    pub(super) fn new() -> io::Result<Self> {
        let (rope, rung) = bounded(1);
        Ok(Self { rope, rung })
    }

    pub(super) fn ring(&self) {
        // Full is rung.
        let _ = self.rope.try_send(());
    }
}

/// What connects us with the process.
pub(super) struct Streams {
    stdin: Option<Stdin>,
    stdout: Option<Reader>,
    stderr: Option<Reader>,
    end: End,
    /// What was read last.
    chunk: Vec<u8>,
}

struct Stdin {
    // Kept when it is closed: its thread may still have something to write, and is waited for when the process is gone.
    writer: Writer,
    state: Writing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// The last piece is written.
    Idle,
    Busy,
    /// By us or by the process.
    Closed,
}

/// How far the process is known to have ended.
enum End {
    Awaited(Watch),
    /// It has, and is told about from this moment on at the latest.
    Held(Instant),
    Told,
}

impl Streams {
    pub(super) fn of(child: &mut Child) -> io::Result<Self> {
        let writer = child.take_stdin().map(Writer::start).transpose()?;
        Ok(Self {
            stdin: writer.map(|writer| Stdin { writer, state: Writing::Idle }),
            stdout: child.take_stdout().map(Reader::start).transpose()?,
            stderr: child.take_stderr().map(Reader::start).transpose()?,
            end: End::Awaited(Watch::start(child)?),
            chunk: Vec::new(),
        })
    }

    pub(super) fn read_stdout(&mut self) -> Got<'_> {
        read_some(&mut self.stdout, &mut self.chunk)
    }

    pub(super) fn read_stderr(&mut self) -> Got<'_> {
        read_some(&mut self.stderr, &mut self.chunk)
    }

    pub(super) fn has_stdin(&self) -> bool {
        self.stdin.as_ref().is_some_and(|stdin| stdin.state != Writing::Closed)
    }

    /// Whether a piece would be taken now.
    pub(super) fn has_room(&self) -> bool {
        self.stdin.as_ref().is_some_and(|stdin| stdin.state == Writing::Idle)
    }

    /// Has everything written, and takes it away.
    pub(super) fn write(&mut self, unwritten: &mut Vec<u8>) -> Wrote {
        let Some(stdin) = &mut self.stdin else { return Wrote::Something };
        if stdin.state != Writing::Idle {
            return Wrote::Full;
        }
        stdin.writer.write(std::mem::take(unwritten));
        stdin.state = Writing::Busy;
        Wrote::Something
    }

    /// Closes it behind what is being written. If nobody reads that, it closes when the process ends.
    pub(super) fn close_stdin(&mut self) {
        if let Some(stdin) = &mut self.stdin {
            stdin.writer.close();
            stdin.state = Writing::Closed;
        }
    }

    /// The end of the process is known.
    pub(super) fn forget_end(&mut self) {
        self.end = End::Told;
    }

    pub(super) fn close(&mut self) {
        (self.stdin, self.stdout, self.stderr, self.end) = (None, None, None, End::Told);
    }

    pub(super) fn wait(&mut self, bell: &Bell, wants: Wants, timeout: Option<Duration>) -> Ready {
        let mut select = Select::new();
        let _bell = select.recv(&bell.rung);
        let stdout = self.stdout.as_ref().filter(|_| wants.stdout).map(|it| select.recv(it.chunks()));
        let stderr = self.stderr.as_ref().map(|stderr| select.recv(stderr.chunks()));
        let end = match &self.end {
            End::Awaited(watch) => Some(select.recv(watch.ended())),
            End::Held(_) | End::Told => None,
        };
        let busy = self.stdin.as_ref().filter(|stdin| wants.stdin && stdin.state == Writing::Busy);
        let written = busy.map(|stdin| select.recv(stdin.writer.written()));
        let woken = match self.patience(timeout) {
            Some(patience) => select.ready_timeout(patience).ok(),
            None => Some(select.ready()),
        };
        let is_woken = |place: Option<usize>| place.is_some() && place == woken;
        let mut ready = Ready { stdout: is_woken(stdout), stderr: is_woken(stderr), end: false };
        let (has_ended, was_written) = (is_woken(end), is_woken(written));
        let _ = bell.rung.try_recv();
        if has_ended {
            self.end = End::Held(Instant::now() + LAST_WORDS);
        }
        if was_written {
            self.note_written();
        }
        ready.end = self.is_end_due();
        ready
    }

    /// How long to wait: no longer than until the end is to be told.
    fn patience(&self, timeout: Option<Duration>) -> Option<Duration> {
        match &self.end {
            _ if self.is_end_due() => Some(Duration::ZERO),
            End::Held(until) => {
                let left = until.saturating_duration_since(Instant::now());
                Some(timeout.map_or(left, |timeout| timeout.min(left)))
            }
            End::Awaited(_) | End::Told => timeout,
        }
    }

    fn is_end_due(&self) -> bool {
        match &self.end {
            End::Held(until) => self.stderr.is_none() || Instant::now() >= *until,
            End::Awaited(_) | End::Told => false,
        }
    }

    fn note_written(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        stdin.state = match stdin.writer.written().try_recv() {
            Ok(()) => Writing::Idle,
            // Nobody reads it any more.
            Err(_) => Writing::Closed,
        };
    }
}

fn read_some<'a>(pipe: &mut Option<Reader>, chunk: &'a mut Vec<u8>) -> Got<'a> {
    let Some(reader) = pipe else { return Got::Nothing };
    match reader.chunks().try_recv() {
        Ok(bytes) => {
            *chunk = bytes;
            Got::Bytes(chunk)
        }
        Err(TryRecvError::Empty) => Got::Nothing,
        Err(TryRecvError::Disconnected) => {
            *pipe = None;
            Got::End
        }
    }
}
