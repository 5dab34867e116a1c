//! [`Stall`]: whether a silent handler works or hangs. It is measured before it is accused.

use std::time::{Duration, Instant};

use syncmgr_child::Usage;
use syncmgr_model::entry::LogLevel;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

use super::asked::Asked;
use super::{Action, Core, Manager};

/// How many times its patience a handler that is busy may be silent.
const BUSY_FACTOR: u32 = 4;
/// In how many rows it is shown.
const SHOWN_MAX: usize = 100;

pub(super) struct Stall {
    /// The last sign of life.
    since: Instant,
    /// How long it announced to be silent.
    announced: Duration,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// All is well so far.
    Quiet,
    /// Half of the patience is over, and it is being measured.
    LookingFirst,
    /// What it had used by then.
    Looked(Usage),
    /// The patience is over, and it is being measured again.
    LookingAgain(Usage),
    /// It is shown as stalled, but works.
    Flagged,
}

impl Stall {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, announced: Duration::ZERO, stage: Stage::Quiet }
    }

    /// A line came.
    pub(super) fn heard(&mut self, now: Instant) {
        (self.since, self.announced, self.stage) = (now, Duration::ZERO, Stage::Quiet);
    }

    /// From here on silence counts.
    pub(super) fn begin(&mut self, now: Instant) {
        (self.since, self.stage) = (now, Stage::Quiet);
    }

    pub(super) fn announce(&mut self, quiet: Duration) {
        self.announced = quiet;
    }
}

impl<M: Manager> Core<M> {
    fn patience(&self) -> Duration {
        self.settings.limits.stall_after.max(self.stall.announced)
    }

    /// Whether the silence of the handler means anything.
    fn is_watched(&self) -> bool {
        let is_working = self
            .open
            .as_ref()
            .is_some_and(|open| matches!(open.asked, Asked::Prepare | Asked::Sync | Asked::ShowError { .. }));
        let is_paused = self.run.as_ref().is_some_and(|run| run.all == Verdict::Pause);
        // While it waits for us, the silence is ours; while it shows a dialog, the user's.
        is_working
            && !is_paused
            && self.held.is_empty()
            && self.waiting.is_empty()
            && self.n_dialogs == 0
            && !self.life.is_being_ended()
    }

    pub(super) fn stall_deadline(&self) -> Option<Instant> {
        if !self.is_watched() {
            return None;
        }
        let after = match self.stall.stage {
            Stage::Quiet => self.patience() / 2,
            Stage::Looked(_) => self.patience(),
            Stage::Flagged => self.patience() * BUSY_FACTOR,
            Stage::LookingFirst | Stage::LookingAgain(_) => return None,
        };
        self.stall.since.checked_add(after)
    }

    /// Looks whether it has been silent for too long.
    pub(super) fn watch(&mut self, now: Instant) {
        if self.stall_deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.stall.stage {
            Stage::Quiet => {
                self.stall.stage = Stage::LookingFirst;
                self.actions.push(Action::Look);
            }
            Stage::Looked(usage) => {
                self.stall.stage = Stage::LookingAgain(usage);
                self.actions.push(Action::Look);
            }
            Stage::Flagged => self.end_stalled(BUSY_FACTOR, "though its processes are busy", now),
            Stage::LookingFirst | Stage::LookingAgain(_) => {}
        }
    }

    /// It was measured.
    pub(super) fn looked(&mut self, usage: Usage, now: Instant) {
        match self.stall.stage {
            Stage::LookingFirst => self.stall.stage = Stage::Looked(usage),
            Stage::LookingAgain(before) => {
                self.show_stalled();
                self.stall.stage = Stage::Flagged;
                if before == usage {
                    self.end_stalled(1, "and its processes did nothing", now);
                }
            }
            // A line came in between.
            Stage::Quiet | Stage::Looked(_) | Stage::Flagged => {}
        }
    }

    fn show_stalled(&mut self) {
        let patience = self.patience();
        let text = format!("no sign of life for {patience:?}");
        let shown: Vec<_> = (self.run.iter().flat_map(|run| &run.items))
            .filter(|item| item.is_begun && item.ended.is_none())
            .map(|item| item.id)
            .take(SHOWN_MAX)
            .collect();
        for item in shown {
            let _ = self.manager.progress(item, &ProgressUpdate::text(&text));
        }
        let name = &self.settings.name;
        let text = format!("`{name}` is stalled: it has said nothing for {patience:?}");
        self.note(LogLevel::Warning, None, text);
    }

    fn end_stalled(&mut self, factor: u32, how: &str, now: Instant) {
        let silent = if self.wants_to_read() { "said nothing" } else { "took none of its answers" };
        let cause = format!("{silent} for {:?} {how}, and was ended", self.patience() * factor);
        let cause = self.with_last_stray(cause);
        self.fail(&cause);
        self.close_stdin(now);
    }
}
