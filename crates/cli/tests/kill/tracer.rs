//! Runs a program and lets one chosen system call of it kill it or fail.
//!
//! The kernel stops each thread before and after each of its system calls and tells us (`ptrace`). All of that goes to
//! the thread that traces, so several of these can be at work in one process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use nix::errno::Errno;
use nix::libc::{self, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{self, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::calls::Call;
use crate::registers;

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The program dies and the call is not made.
    KillBefore,
    /// The call is made and the program dies before it learns of it.
    KillAfter,
    /// The call is not made, and the program is told that this is why.
    Fail(Errno),
}

/// How a traced run went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    /// Calls that change a disk, as far as they were counted: up to the chosen one.
    pub(crate) n_calls: usize,
    /// The call at which it happened.
    pub(crate) hit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exited(i32),
    Killed,
}

/// Stops the shell before it becomes the program, so that nothing of the program is missed.
pub(crate) const STOP_AND_BECOME: [&str; 3] = ["-c", "kill -STOP $$ && exec \"$@\"", "sh"];

/// Runs `sh` [`STOP_AND_BECOME`] and does the deed at the `chosen` call (counted from 1) that changes something in one of
/// the `watched` folders.
#[expect(
    clippy::zombie_processes,
    reason = "who traces a program waits for it with the same call as for its stops"
)]
pub(crate) fn run(shell: &mut Command, watched: &[PathBuf], chosen: usize, deed: Deed) -> Outcome {
    let child = shell.spawn().unwrap();
    let leader = Pid::from_raw(child.id().try_into().unwrap());
    let stopped = waitpid(leader, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(leader, Signal::SIGSTOP));
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    ptrace::seize(leader, options).unwrap();
    signal::kill(leader, Signal::SIGCONT).unwrap();
    let mut tracer = Tracer {
        leader,
        watched,
        chosen,
        deed,
        n_calls: 0,
        hit: None,
        after: BTreeMap::new(),
        is_over: false,
    };
    let end = tracer.follow();
    Outcome { end, n_calls: tracer.n_calls, hit: tracer.hit }
}

struct Tracer<'a> {
    leader: Pid,
    watched: &'a [PathBuf],
    chosen: usize,
    deed: Deed,
    n_calls: usize,
    hit: Option<String>,
    /// What is to be done when the call a thread is in comes back, with the registers it went in with.
    after: BTreeMap<Pid, user_regs_struct>,
    /// The deed is done; the rest runs at full speed.
    is_over: bool,
}

impl Tracer<'_> {
    /// Until the program has ended.
    fn follow(&mut self) -> End {
        loop {
            let of_this_thread = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
            match waitpid(None, Some(of_this_thread)).unwrap() {
                WaitStatus::Exited(thread, code) if thread == self.leader => return End::Exited(code),
                WaitStatus::Signaled(thread, signal, _) if thread == self.leader => {
                    assert_eq!(signal, Signal::SIGKILL, "after {:?}", self.hit);
                    return End::Killed;
                }
                WaitStatus::PtraceSyscall(thread) => {
                    // A thread can die under our hands when another one kills the program.
                    let _gone = self.at_call(thread);
                    self.go_on(thread, None);
                }
                // A signal on its way to the program.
                WaitStatus::Stopped(thread, signal) => self.go_on(thread, Some(signal)),
                // A new thread, the moment before it begins, or the stop it began with.
                WaitStatus::PtraceEvent(thread, ..) => self.go_on(thread, None),
                _ => {}
            }
        }
    }

    fn go_on(&self, thread: Pid, signal: Option<Signal>) {
        let went = if self.is_over { ptrace::cont(thread, signal) } else { ptrace::syscall(thread, signal) };
        assert!(matches!(went, Ok(()) | Err(Errno::ESRCH)), "{went:?}");
    }

    fn at_call(&mut self, thread: Pid) -> nix::Result<()> {
        match ptrace::syscall_info(thread)?.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => self.enters(thread),
            libc::PTRACE_SYSCALL_INFO_EXIT => self.leaves(thread),
            _ => Ok(()),
        }
    }

    fn enters(&mut self, thread: Pid) -> nix::Result<()> {
        if self.hit.is_some() {
            return Ok(());
        }
        let mut registers = ptrace::getregs(thread)?;
        let (number, arguments) = (registers::number(&registers), registers::arguments(&registers));
        let Some(mutation) = (Call { thread, number, arguments }).mutation(self.watched) else {
            return Ok(());
        };
        self.n_calls += 1;
        if self.n_calls != self.chosen {
            return Ok(());
        }
        self.hit = Some(mutation);
        if self.deed != Deed::KillAfter {
            let entered_with = registers;
            registers::cancel(&mut registers);
            ptrace::setregs(thread, registers)?;
            registers = entered_with;
        }
        if self.deed == Deed::KillBefore {
            self.kill()
        } else {
            self.after.insert(thread, registers);
            Ok(())
        }
    }

    fn leaves(&mut self, thread: Pid) -> nix::Result<()> {
        let Some(entered_with) = self.after.remove(&thread) else { return Ok(()) };
        let Deed::Fail(error) = self.deed else { return self.kill() };
        let mut registers = ptrace::getregs(thread)?;
        registers::finish(&mut registers, &entered_with, -(error as libc::c_long));
        self.is_over = true;
        ptrace::setregs(thread, registers)
    }

    fn kill(&mut self) -> nix::Result<()> {
        self.is_over = true;
        signal::kill(self.leader, Signal::SIGKILL)
    }
}
