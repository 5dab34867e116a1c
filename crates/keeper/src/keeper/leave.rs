//! Leaving: logging off and sleep wait for the runs that are meant for them, up to a limit.

use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;

use crate::cause::Cause;
use crate::decision::Verdict;
use crate::effect::{Effect, StopReason};
use crate::happening::Leaving;
use crate::interval::later;
use crate::keeper::Keeper;

/// How the keeper stands to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has not been told that it may begin.
    Starting,
    /// It is at work.
    Awake,
    /// The machine waits for it.
    Leaving { what: Leaving, until: Timestamp, hold: Hold },
    /// The machine does not wait any longer.
    Gone(Leaving),
}

/// Whether the machine has been told to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    NotTold,
    Told,
}

impl Keeper {
    /// The machine asks for a moment before it goes. Before sleep the network goes, if there is one.
    pub(super) fn leave(&mut self, what: Leaving, now: Timestamp, out: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Starting) {
            out.push(Effect::Release(what));
            return;
        }
        if let Phase::Leaving { what, .. } = self.phase {
            out.push(Effect::Release(what));
        }
        if what == Leaving::Logoff || self.world.online {
            self.owe_all(&cause_of(what), now);
        }
        let until = later(now, self.options.hold_limit);
        self.phase = Phase::Leaving { what, until, hold: Hold::NotTold };
    }

    /// The machine is back, or has not gone at all.
    pub(super) fn stay(&mut self, what: Leaving, now: Timestamp, out: &mut Vec<Effect>) {
        match self.phase {
            Phase::Leaving { what: left, .. } if left == what => out.push(Effect::Release(what)),
            Phase::Gone(left) if left == what => {}
            _ => return,
        }
        self.phase = Phase::Awake;
        self.let_go_of_leaving(what, "the machine stayed", now, out);
    }

    /// Gives up what has no time any more.
    pub(super) fn limit_leaving(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let Phase::Leaving { what, until, hold } = self.phase else {
            return;
        };
        // A clock that is set back would make the machine wait for longer than it was promised.
        let until = until.min(later(now, self.options.hold_limit));
        self.phase = Phase::Leaving { what, until, hold };
        if until > now {
            return;
        }
        self.stop(StopReason::HoldLimit, out);
        self.let_go_of_leaving(what, "there was no time left", now, out);
        out.push(Effect::Release(what));
        self.phase = Phase::Gone(what);
    }

    /// Lets the machine go when nothing is left to do for it.
    pub(super) fn go_on_leaving(&mut self, out: &mut Vec<Effect>) {
        let Phase::Leaving { what, until, hold } = self.phase else {
            return;
        };
        let cause = cause_of(what);
        let is_running = self.running.as_ref().is_some_and(|running| match what {
            Leaving::Logoff => running.trigger == Trigger::Logoff,
            Leaving::Suspend => matches!(running.trigger, Trigger::PendingDisconnect(_)),
        });
        if is_running || self.items.iter().any(|item| item.owes(&cause)) {
            if hold == Hold::NotTold {
                out.push(Effect::Hold(what));
                self.phase = Phase::Leaving { what, until, hold: Hold::Told };
            }
        } else {
            out.push(Effect::Release(what));
            self.phase = Phase::Gone(what);
        }
    }

    fn let_go_of_leaving(&mut self, what: Leaving, detail: &str, now: Timestamp, out: &mut Vec<Effect>) {
        for item in &mut self.items {
            item.let_go(&cause_of(what), Verdict::Skipped, Vec::new(), detail, now, out);
        }
    }
}

/// For what the machine waits.
const fn cause_of(what: Leaving) -> Cause {
    match what {
        Leaving::Logoff => Cause::Logoff,
        Leaving::Suspend => Cause::Disconnect,
    }
}
