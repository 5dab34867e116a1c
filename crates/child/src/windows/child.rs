//! [`Child`]: a program that runs.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};

use super::Pipe;
use super::job::{Job, NoWindow, TOO_MANY};
use super::processes::{Ending, cpu_time, is_console};
use crate::program::{MARK, Program};
use crate::usage::Usage;

/// How long [`Child::kill_all`] goes on; what is still there then cannot be killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a round waits for one of the killed ones to be gone.
const ROUND: Duration = Duration::from_millis(50);

/// A program that runs, or ran, with everything it started. Dropping it kills all of that, and so does the end of this
/// process, however it comes.
#[derive(Debug)]
pub struct Child {
    // What it wraps is the program alone: its own waits are for all of the job, or for any news of it.
    process: Box<dyn ChildWrapper>,
    job: Job,
}

impl Child {
    /// Starts a program with three pipes, in a job of its own and without a window.
    ///
    /// Of our handles it gets these three, and those with which this process was itself started.
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
        #[allow(clippy::disallowed_methods, reason = "starting programs is what this crate is for")]
        let mut command = Command::new(path);
        command.args(&program.argv[1..]).env_clear().envs(program.env.iter().cloned());
        if !program.mark.is_empty() {
            command.env(MARK, &program.mark);
        }
        command.current_dir(&program.directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let job = Job::new()?;
        // In this order: ours goes around theirs, which lets the process run; the flags are the last that are set.
        let process = CommandWrap::from(command).wrap(job.clone()).wrap(JobObject).wrap(NoWindow).spawn()?;
        Ok(Self { process, job })
    }

    /// The writing end of its standard input, once. Dropping it is the end of input.
    pub fn take_stdin(&mut self) -> Option<Pipe> {
        self.process.stdin().take().map(Pipe::from)
    }

    /// The reading end of its standard output, once.
    pub fn take_stdout(&mut self) -> Option<Pipe> {
        self.process.stdout().take().map(Pipe::from)
    }

    /// The reading end of its standard error, once.
    pub fn take_stderr(&mut self) -> Option<Pipe> {
        self.process.stderr().take().map(Pipe::from)
    }

    /// The number of the process. It is its own until this is dropped.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How the program ended, if it has. What it started may still run.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.inner_mut().try_wait()
    }

    /// Waits until the program ends, and tells how. What it started may still run.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.process.inner_mut().wait()
    }

    /// As [`Child::wait`], for so long at most.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn wait_for(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        Ending::of(self.id())?.wait_for(patience);
        self.try_wait()
    }

    /// Ends the program and everything it started, with exit status 1, without waiting for that.
    ///
    /// There is no request to end that reaches a program without a window. What a program can hear is the end of its standard
    /// input: whoever wants it to have a chance closes that first, and waits.
    pub fn terminate(&mut self) {
        // It fails when nothing is left.
        let _ = self.process.start_kill();
    }

    /// As [`Child::terminate`]: Ctrl-C comes from a console, and there is none.
    pub fn interrupt(&mut self) {
        self.terminate();
    }

    /// Kills the program and everything it started, looking again until nothing is left. Returns within seconds also when
    /// something cannot be killed.
    pub fn kill_all(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.job.n_members() > 0 {
            self.terminate();
            // That they are gone is not checked: the next look tells. A number that is somebody else's by now costs a round.
            let members = self.job.members().unwrap_or_default();
            for ending in members.into_iter().filter_map(|id| Ending::of(id).ok()) {
                ending.wait_for(ROUND);
            }
        }
    }

    /// What the program and everything it started have used so far; nothing after [`Child::kill_all`]. Bytes are not counted
    /// here, and only processes that live; the console that the system gives them is none of theirs.
    pub fn usage(&self) -> Usage {
        match self.job.members() {
            Ok(mut members) => {
                members.retain(|id| !is_console(*id));
                let cpu = members.iter().filter_map(|id| cpu_time(*id)).sum();
                Usage { processes: members.len(), cpu, io_bytes: 0 }
            }
            Err(_too_many) => Usage { processes: TOO_MANY, ..Usage::default() },
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill_all();
    }
}
