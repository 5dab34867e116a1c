//! The end of a process: by itself, when asked, or step by step when it does not listen.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use syncmgr_child::signal_of;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::Nothing;
use syncmgr_wire::protocol::{self, method};

use super::asked::Asked;
use super::{Action, Core, Manager};

/// How far a process is on its way out.
#[derive(Default)]
pub(super) struct Life {
    step: Step,
    /// When the next step is due.
    next_step: Option<Instant>,
    /// Why nothing is asked of it any more.
    cause: Option<String>,
    ended: Option<ExitStatus>,
    is_stdout_closed: bool,
    /// Until when something that has to follow may still come.
    last_moment: Option<Instant>,
    is_leaving: bool,
    /// What went wrong after everything was done.
    farewell: Option<String>,
}

#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    #[default]
    Running,
    /// It was told to end, and has its standard input until it does.
    Told,
    /// Standard input is closed.
    Closed,
    /// It got a signal.
    Terminated,
    /// It was killed, or has ended and everything was read: there is nothing left to do.
    Over,
}

impl Life {
    pub(super) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Whether what it says does not count any more.
    pub(super) fn is_deaf(&self) -> bool {
        self.cause.is_some() || self.step == Step::Over
    }

    pub(super) fn give_up(&mut self, cause: &str) {
        self.cause.get_or_insert_with(|| cause.to_owned());
    }

    pub(super) fn kill(&mut self) {
        self.step = Step::Over;
        self.next_step = None;
    }

    pub(super) fn is_over(&self) -> bool {
        self.step == Step::Over
    }

    pub(super) fn is_being_ended(&self) -> bool {
        self.step != Step::Running || self.is_leaving
    }

    /// A reply is awaited: from one that has closed its standard output there will be none.
    pub(super) fn expects(&mut self, now: Instant, last_read: Duration) {
        if self.is_stdout_closed && self.last_moment.is_none() {
            self.last_moment = now.checked_add(last_read);
        }
    }

    pub(super) fn finish_if_gone(&mut self) {
        self.is_leaving = true;
    }

    /// It did not leave as it should have.
    pub(super) fn left_badly(&mut self, how: &str) {
        self.farewell.get_or_insert_with(|| how.to_owned());
    }

    fn deadline(&self) -> Option<Instant> {
        [self.next_step, self.last_moment].into_iter().flatten().min()
    }
}

impl<M: Manager> Core<M> {
    /// What went wrong after everything was done.
    pub(in super::super) fn farewell(&mut self) -> Option<String> {
        self.life.farewell.take()
    }

    /// Whether nobody wants anything any more, and nothing is left to do.
    pub(in super::super) fn may_leave(&self) -> bool {
        self.life.is_over() && self.life.is_leaving
    }

    /// The contract's side lets go of the handler.
    pub(super) fn end(&mut self, now: Instant) {
        self.life.is_leaving = true;
        match &self.open {
            None if self.is_introduced => {
                self.life.step = Step::Told;
                self.ask(Asked::Shutdown, &Nothing {}, Some(self.settings.limits.step), now);
            }
            // Somebody did not want to wait for it: what is left of us may not live long enough for the steps.
            Some(open) if open.asked != Asked::Initialize => {
                let cause = format!("was let go of before it answered `{}`", open.asked.method());
                self.break_off(cause);
            }
            _ => {
                let name = self.open.as_ref().map_or("", |open| open.asked.method());
                let cause = format!("was let go of before it answered `{name}`");
                self.fail(&cause);
                self.close_stdin(now);
            }
        }
    }

    /// It answered `shutdown`: it may go.
    pub(super) fn exit(&mut self, now: Instant) {
        self.outbox.push(protocol::notification(method::EXIT, &Nothing {}));
        self.outbox.is_last = true;
        self.life.next_step = now.checked_add(self.settings.limits.step);
    }

    /// Whether standard input is to be closed once everything is written.
    pub(in super::super) fn is_last_written(&self) -> bool {
        self.outbox.is_last && self.outbox.is_empty()
    }

    /// The first of three steps that end it.
    pub(super) fn close_stdin(&mut self, now: Instant) {
        if matches!(self.life.step, Step::Running | Step::Told) {
            self.life.step = Step::Closed;
            self.life.next_step = now.checked_add(self.settings.limits.step);
            self.actions.push(Action::CloseStdin);
        }
    }

    fn take_next_step(&mut self, now: Instant) {
        match self.life.step {
            // It had `exit`, and did not follow.
            Step::Told | Step::Closed => {
                self.life.step = Step::Terminated;
                self.life.next_step = now.checked_add(self.settings.limits.step);
                self.actions.push(Action::CloseStdin);
                self.actions.push(Action::Terminate);
            }
            Step::Terminated => {
                self.fail("did not end when it was told to, and was killed");
                self.life.kill();
                self.actions.push(Action::Kill);
            }
            Step::Running | Step::Over => self.life.next_step = None,
        }
    }

    /// The process has ended. What it wrote may still be in the pipe.
    pub(in super::super) fn exited(&mut self, status: ExitStatus, now: Instant) {
        self.life.ended.get_or_insert(status);
        self.life.next_step = None;
        self.life.last_moment = now.checked_add(self.settings.limits.last_read);
        if self.life.is_stdout_closed {
            self.gone();
        }
    }

    /// Standard output is closed.
    pub(in super::super) fn closed(&mut self, now: Instant) {
        self.life.is_stdout_closed = true;
        if self.life.ended.is_some() {
            self.gone();
        } else if self.open.is_some() {
            // Most likely it has just ended, and that is the better thing to say.
            self.life.last_moment = now.checked_add(self.settings.limits.last_read);
        }
    }

    /// Nothing comes any more.
    fn gone(&mut self) {
        if self.life.is_over() {
            return;
        }
        let cause = match (&self.life.ended, &self.open) {
            (Some(status), open) => {
                let ended = exit_text(*status);
                match open {
                    Some(open) => format!("ended ({ended}) before it answered `{}`", open.asked.method()),
                    None => format!("ended ({ended})"),
                }
            }
            (None, open) => {
                let method = open.as_ref().map_or("", |open| open.asked.method());
                format!("closed its standard output before it answered `{method}`")
            }
        };
        let cause = self.with_last_words(cause);
        let is_clean = self.life.ended.is_some_and(|status| status.success());
        if self.life.is_leaving && self.life.cause.is_none() && !is_clean {
            self.life.left_badly(&cause);
        }
        self.fail(&cause);
        self.life.kill();
        // Also when it ended by itself: what it started goes with it.
        self.actions.push(Action::Kill);
    }

    /// What it said last, behind why it is over.
    fn with_last_words(&mut self, cause: String) -> String {
        match self.stderr.last_words() {
            Some(words) => format!("{cause}; its last words: {}", super::entries::cut(words, 300)),
            None => self.with_last_stray(cause),
        }
    }

    /// The last line that was no message: often the answer to why there is none.
    pub(super) fn with_last_stray(&self, cause: String) -> String {
        match &self.strays.last {
            Some(stray) => format!("{cause}; the last line it printed is no message: `{stray}`"),
            None => cause,
        }
    }

    /// What is due by now.
    pub(in super::super) fn tick(&mut self, now: Instant) {
        self.mailbox.tick(now);
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.life.next_step) {
            self.take_next_step(now);
        }
        if is_due(self.life.last_moment) {
            self.life.last_moment = None;
            self.gone();
        }
        if let Some(open) = self.open.clone().filter(|open| is_due(open.due)) {
            self.missed(&open.asked, now);
        }
        if self.run.as_ref().is_some_and(|run| is_due(run.grace_over)) {
            self.grace_over(now);
        }
        self.watch(now);
    }

    fn missed(&mut self, asked: &Asked, now: Instant) {
        let seconds = match asked {
            Asked::Initialize => self.settings.limits.initialize,
            Asked::Shutdown => self.settings.limits.step,
            _ => self.settings.limits.enumerate,
        };
        let cause = format!("did not answer `{}` within {seconds:?}", asked.method());
        let cause = self.with_last_stray(cause);
        self.fail(&cause);
        self.close_stdin(now);
    }

    fn grace_over(&mut self, now: Instant) {
        let Some(run) = &mut self.run else { return };
        run.grace_over = None;
        if self.open.is_none() {
            // Stopped between its two halves: the handler owes nothing.
            return self.end_run();
        }
        if run.n_polls.n_heard == 0 && run.n_polls.n_deaf > 0 {
            // It cannot hear of the stop in any other way; what it says on the way out still counts.
            self.close_stdin(now);
            return;
        }
        let cause = format!("did not stop within {:?} and was ended", self.settings.limits.grace);
        let cause = self.with_last_stray(cause);
        self.fail(&cause);
        self.close_stdin(now);
    }

    /// The next moment at which something is due.
    pub(in super::super) fn deadline(&self) -> Option<Instant> {
        let grace = self.run.as_ref().and_then(|run| run.grace_over);
        let due = self.open.as_ref().and_then(|open| open.due);
        let others = [self.life.deadline(), grace, due, self.mailbox.deadline(), self.stall_deadline()];
        others.into_iter().flatten().min()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.all == Verdict::Stop)
    }
}

fn exit_text(status: ExitStatus) -> String {
    match (status.code(), signal_of(status)) {
        (Some(code @ 0..), _) => format!("exit status {code}"),
        // What Windows gives a program that has crashed.
        (Some(code), _) => format!("exit status {code:#X}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "in an unknown way".to_owned(),
    }
}
