//! Running a command: input given, output taken, an end in any case.
//!
//! One loop waits for all of it at once: the end of the process, the three pipes, and the abort. How that is done differs
//! between systems: `Streams`. Whatever comes of it, the run ends with [`Child::kill_all`].

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use syncmgr_child::{Child, Program, signal_of};
#[cfg(unix)]
use unix::Streams;
#[cfg(windows)]
use windows::Streams;

use crate::abort::Aborted;
use crate::hook::Command;
use crate::told::first_line;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How much of each output is kept; the rest is read and dropped, so that no program has to wait for us.
const KEPT_BYTES: usize = 4 << 10;
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

/// Runs `command` with `input` until it ends, its time is over, or `aborted` shows it.
///
/// `mark` has to be different for each run on this machine.
pub(crate) fn run(command: &Command, mark: String, input: &[u8], aborted: &Aborted) -> End {
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
    // Before its pipes: they end when it does.
    child: Child,
    streams: Streams<'a>,
}

/// What was kept of one of the two outputs of a program.
#[derive(Debug, Default)]
struct Kept(Vec<u8>);

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl<'a> Run<'a> {
    fn start(program: &Program, input: &'a [u8]) -> io::Result<Self> {
        let mut child = Child::spawn(program)?;
        let streams = Streams::of(&mut child, input)?;
        Ok(Self { child, streams })
    }

    fn finish(mut self, limit: Duration, aborted: &Aborted) -> io::Result<End> {
        let woken = self.wait(Instant::now() + limit, Some(aborted))?;
        let status = match woken {
            Woken::Ended(status) => status,
            Woken::TooLong | Woken::Aborted => {
                // The ladder: no more input, a request, and then no choice.
                self.streams.close_stdin();
                self.child.terminate();
                let _ = self.wait(Instant::now() + GRACE, None)?;
                self.child.kill_all();
                return Ok(if matches!(woken, Woken::Aborted) { End::Aborted } else { End::TooLong });
            }
        };
        // What it said last may still be in the pipes.
        self.streams.read_rest();
        self.child.kill_all();
        Ok(match (status.code(), signal_of(status)) {
            (Some(code), _) => {
                let said = self.streams.kept().into_iter().find_map(|kept| first_line(&kept.0));
                End::Exited { code, said }
            }
            (None, signal) => End::Killed(signal.unwrap_or_default()),
        })
    }

    /// Serves the pipes until the program ends or something else happens.
    fn wait(&mut self, until: Instant, aborted: Option<&Aborted>) -> io::Result<Woken> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Woken::Ended(status));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Woken::TooLong);
            }
            if self.streams.serve(left, aborted)? {
                return Ok(Woken::Aborted);
            }
        }
    }
}
