//! After the work: entries that lead back into their handler, and retries.

use super::Machine;
use super::effect::Call;
use super::instance::{Ended, ErrorShown, Stage};
use super::loading::known_rows;
use super::machine::End;
use super::words::InstanceIdx;
use crate::id::{ErrorId, ItemId};
use crate::outcome::Outcome;

impl Machine {
    /// Calls `show_error` if the entry leads anywhere, its instance is still there and idle, and nothing else is
    /// being shown.
    pub(super) fn entry_activated(&mut self, number: u64) {
        let is_shown = |at: &super::instance::Instance| matches!(at.stage, Stage::ShowingError(_));
        if self.end == End::Closing || self.instances.iter().any(is_shown) {
            return;
        }
        let Some(logged) = self.log.iter().find(|logged| logged.entry.number == number) else { return };
        if let (Some(error), Some(instance)) = (logged.jump(), logged.by)
            && let Stage::Ended(before) = self.at(instance).stage
        {
            self.show_error(instance, error, before);
        }
    }

    /// Shows an entry that an earlier instance logged. Nothing else is done, except for a retry.
    pub(super) fn reopen_entry(&mut self, instance: InstanceIdx, error: ErrorId) {
        self.fix_items(instance);
        self.show_error(instance, error, Ended::Done);
    }

    fn show_error(&mut self, instance: InstanceIdx, error: ErrorId, before: Ended) {
        self.at_mut(instance).stage =
            Stage::ShowingError(ErrorShown { before, returned: None, completed: None });
        self.call(instance, Call::ShowError(error));
    }

    pub(super) fn error_completed(
        &mut self,
        instance: InstanceIdx,
        outcome: Outcome,
        items: &[ItemId],
    ) -> Outcome {
        let at = self.at_mut(instance);
        let is_retry = outcome == Outcome::RETRY_SYNC;
        let rows = if is_retry { known_rows(&at.idx_of, items) } else { Vec::new() };
        let Stage::ShowingError(shown) = &mut at.stage else { return Outcome::UNEXPECTED };
        if shown.completed.is_some() {
            return Outcome::UNEXPECTED;
        }
        // A retry of nothing is refused, and still completes what was shown.
        let answer = if is_retry && rows.is_empty() { Outcome::INVALID_ARGUMENT } else { Outcome::OK };
        shown.completed = Some(rows);
        self.finish_showing(instance);
        answer
    }

    pub(super) fn error_returned(&mut self, instance: InstanceIdx, outcome: Outcome) {
        if let Stage::ShowingError(shown) = &mut self.at_mut(instance).stage {
            shown.returned = Some(outcome);
            self.reopened.outcome.get_or_insert(outcome);
            self.finish_showing(instance);
        }
    }

    fn finish_showing(&mut self, instance: InstanceIdx) {
        let Stage::ShowingError(shown) = &self.at(instance).stage else { return };
        let before = shown.before;
        let retry = match (shown.returned, &shown.completed) {
            (None, _) => return,
            (Some(returned), _) if returned.is_failure() => Vec::new(),
            (Some(_), None) => return,
            (Some(_), Some(rows)) => rows.clone(),
        };
        if shown.returned.is_some_and(Outcome::is_failure) {
            self.note_reason(instance, "cannot open the entry");
        }
        self.give_up_grant(instance);
        self.at_mut(instance).stage = Stage::Ended(before);
        if !retry.is_empty() {
            self.open_run(instance, retry);
            self.at_mut(instance).stage = Stage::Chosen;
            if self.end == End::Settled {
                self.end = End::Working;
            }
        }
    }
}
