//! What the callback offers to handlers that pass the calls on to another process: the same answers, and never a wait.

use syncmgr_handler::relay::{Answer, EntryDetail, Question, Relay};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::session::{Called, Phase, RowVerdict};
use syncmgr_model::verdict::Verdict;

use crate::callback::Callback;

impl Relay for Callback {
    fn progress_at_once(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let phase = self.lane.phase();
        if phase == Phase::Closed {
            return Err(Outcome::UNEXPECTED);
        }
        let Some(slot) = self.slot(*item) else {
            return if phase == Phase::Stopping { Ok(Verdict::Stop) } else { Err(Outcome::INVALID_ARGUMENT) };
        };
        self.take_with_care(slot, phase, update)?;
        self.answer(slot, phase)
    }

    fn verdict(&self, item: Option<&ItemId>) -> Verdict {
        match (self.lane.phase(), item) {
            (Phase::Closed, _) | (Phase::Stopping, None) => Verdict::Stop,
            (Phase::Paused, None) => Verdict::Pause,
            (Phase::Open, None) => Verdict::Go,
            (_, Some(item)) => match self.slot(*item) {
                Some(slot) if slot.verdict() == RowVerdict::Skip => Verdict::Skip,
                _ => Verdict::Go,
            },
        }
    }

    fn on_change(&self, bell: Box<dyn Fn() + Send + Sync>) {
        self.lane.listen(bell);
    }

    fn log_with_detail(
        &self,
        level: LogLevel,
        text: &str,
        info: Option<&LogErrorInfo>,
        detail: EntryDetail,
    ) -> Outcome {
        let info = info.copied().unwrap_or_default();
        self.called(Called::Logged { level, text: text.to_owned(), info, detail }).outcome()
    }

    fn ask(&self, question: Question, answered: Box<dyn FnOnce(Answer) + Send>) {
        match self.shared.upgrade() {
            Some(shared) => shared.ask(self.instance, question, answered),
            None => answered(Answer::Stopped),
        }
    }
}
