//! Runs one program to its end: hands out its lines, and ends it when told to.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use syncmgr_child::{Child, Program};
use syncmgr_handler::simple::Canceled;

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
/// killed. Whatever the program started ends with it.
pub(crate) fn run(program: &Program, cancel: Cancel, listener: &mut dyn Listener) -> io::Result<Ended> {
    let mut child = Child::spawn(program)?;
    // There is nobody to answer questions.
    drop(child.take_stdin());
    let mut pipes = [
        Pipe { stream: Stream::Output, file: child.take_stdout(), lines: Lines::default() },
        Pipe { stream: Stream::Error, file: child.take_stderr(), lines: Lines::default() },
    ];
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
            None => pipes.iter().all(|pipe| pipe.file.is_none()),
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
    file: Option<OwnedFd>,
    lines: Lines,
}

impl Pipe {
    /// Takes what is there, without waiting: `poll` has said that there is something.
    fn read(&mut self, listener: &mut dyn Listener) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut bytes = [0; 16 * 1024];
        match rustix::io::read(file, &mut bytes) {
            Ok(0) => self.end(listener),
            Ok(n_bytes) => self.lines.push(&bytes[..n_bytes], |line| listener.heard(self.stream, line)),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn end(&mut self, listener: &mut dyn Listener) {
        if self.file.take().is_some() {
            self.lines.end(|line| listener.heard(self.stream, line));
        }
    }
}

/// Waits for output, at most for a tick, and hands it out.
fn read_for_a_while(pipes: &mut [Pipe; 2], listener: &mut dyn Listener) -> io::Result<()> {
    let open: Vec<usize> = (0..pipes.len()).filter(|at| pipes[*at].file.is_some()).collect();
    let files = open.iter().filter_map(|at| pipes[*at].file.as_ref());
    let mut polled: Vec<_> =
        files.map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN)).collect();
    wait(&mut polled, if open.is_empty() { SHORT_TICK } else { TICK })?;
    let is_ready: Vec<bool> = polled.iter().map(|file| !file.revents().is_empty()).collect();
    for (at, is_ready) in open.into_iter().zip(is_ready) {
        if is_ready {
            pipes[at].read(listener)?;
        }
    }
    Ok(())
}

/// Waits until a file is ready or the time is over. Without files it is a wait that signals can end early.
pub(crate) fn wait(files: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(files, Some(&time)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
