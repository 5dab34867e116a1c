//! Runs one program to its end: hands out its lines, and ends it when told to.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use syncmgr_child::{Child, Program};
use syncmgr_handler::simple::Canceled;
#[cfg(unix)]
use unix::{Source, ready};
#[cfg(windows)]
use windows::{Source, ready};

use crate::file::{Signal, Stream};
use crate::lines::Lines;
use crate::recipe::Cancel;

/// How long to wait for output before the verdict is asked for again.
const TICK: Duration = Duration::from_millis(100);
/// The same when both pipes have ended: the program is about to end, too.
const SHORT_TICK: Duration = Duration::from_millis(5);
/// How long pipes are read that somebody still holds after the program has ended.
const AFTER_END: Duration = Duration::from_secs(1);

/// Who hears what a program says.
pub(crate) trait Listener {
    /// A line was printed.
    fn heard(&mut self, stream: Stream, line: &str);

    /// Asked at least four times a second: whether to go on.
    fn check(&mut self) -> Result<(), Canceled>;
}

/// How a program ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Set if it was ended by us.
    pub(crate) canceled: Option<Canceled>,
}

/// Starts a program and waits for its end. A cancellation is passed on as a signal; who does not end within the grace is
/// killed, and at once where there are no signals. Whatever the program started ends with it.
pub(crate) fn run(program: &Program, cancel: Cancel, listener: &mut dyn Listener) -> io::Result<Ended> {
    let mut child = Child::spawn(program)?;
    // There is nobody to answer questions.
    drop(child.take_stdin());
    let mut pipes =
        [Pipe::new(Stream::Output, child.take_stdout())?, Pipe::new(Stream::Error, child.take_stderr())?];
    let mut canceled: Option<(Canceled, Instant)> = None;
    let mut ended_at: Option<Instant> = None;
    loop {
        if canceled.is_none()
            && let Err(why) = listener.check()
        {
            match cancel.signal {
                Signal::Interrupt => child.interrupt(),
                Signal::Terminate => child.terminate(),
            }
            canceled = Some((why, Instant::now()));
        }
        read_for_a_while(&mut pipes, listener)?;
        if ended_at.is_none() && child.try_wait()?.is_some() {
            ended_at = Some(Instant::now());
        }
        // Who was asked to end may still be cleaning up, also after the program itself has ended.
        let is_over = match canceled {
            Some(_) => child.usage().processes == 0,
            None => pipes.iter().all(|pipe| pipe.source.is_none()),
        };
        if ended_at.is_some_and(|at| is_over || (canceled.is_none() && at.elapsed() >= AFTER_END)) {
            break;
        }
        if canceled.is_some_and(|(_, at)| at.elapsed() >= cancel.grace) {
            break;
        }
    }
    child.kill_all();
    pipes.iter_mut().for_each(|pipe| pipe.end(listener));
    Ok(Ended { status: child.wait()?, canceled: canceled.map(|(why, _)| why) })
}

/// A pipe of the program, and the beginning of its next line.
struct Pipe {
    stream: Stream,
    source: Option<Source>,
    lines: Lines,
}

impl Pipe {
    fn new(stream: Stream, pipe: Option<syncmgr_child::Pipe>) -> io::Result<Self> {
        let source = pipe.map(Source::of).transpose()?;
        Ok(Self { stream, source, lines: Lines::default() })
    }

    /// Takes what is there, without waiting: [`ready`] has said that there is something.
    fn read(&mut self, listener: &mut dyn Listener) -> io::Result<()> {
        let Some(source) = &self.source else { return Ok(()) };
        let (stream, lines) = (self.stream, &mut self.lines);
        let got = source.read(&mut |bytes| lines.push(bytes, |line| listener.heard(stream, line)))?;
        if got == Got::End {
            self.end(listener);
        }
        Ok(())
    }

    fn end(&mut self, listener: &mut dyn Listener) {
        if self.source.take().is_some() {
            self.lines.end(|line| listener.heard(self.stream, line));
        }
    }
}

/// What a look into a pipe gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Got {
    Something,
    /// It is closed.
    End,
}

/// Waits for output, at most for a tick, and hands it out.
fn read_for_a_while(pipes: &mut [Pipe; 2], listener: &mut dyn Listener) -> io::Result<()> {
    let open: Vec<usize> = (0..pipes.len()).filter(|at| pipes[*at].source.is_some()).collect();
    let sources: Vec<_> = open.iter().filter_map(|at| pipes[*at].source.as_ref()).collect();
    let is_ready = ready(&sources, if open.is_empty() { SHORT_TICK } else { TICK })?;
    for (at, is_ready) in open.into_iter().zip(is_ready) {
        if is_ready {
            pipes[at].read(listener)?;
        }
    }
    Ok(())
}

/// Waits. Where there are signals, one can end it early.
pub(crate) fn pause(time: Duration) -> io::Result<()> {
    ready(&[], time).map(drop)
}
