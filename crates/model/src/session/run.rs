//! From the choice to the end of a run: turns, preparation, synchronization, and what rows become.

use super::Machine;
use super::effect::{Call, Effect, Phase, RowVerdict};
use super::instance::{Callback, Ended, Instance, Notice, Open, Row, Run, Stage};
use super::machine::{Hold, Standing};
use super::words::{InstanceIdx, RowIdx, RowInfo};
use crate::entry::LogLevel;
use crate::id::ItemId;
use crate::outcome::Outcome;
use crate::status::ItemStatus;

impl Machine {
    /// Opens rows for a run: pending, seen, with nothing held against them.
    pub(super) fn open_run(&mut self, instance: InstanceIdx, rows: Vec<RowIdx>) {
        for &row in &rows {
            *self.at_mut(instance).row_mut(row) = Row { seen: true, ..Row::UNSEEN };
            self.effects.push(Effect::SetStatus { instance, row, status: ItemStatus::Pending });
            let at = self.at(instance);
            let item = &at.items[row.0];
            let info = RowInfo { item: item.id, handler: at.handler, name: item.display_name().into_owned() };
            self.effects.push(Effect::TellRow(info));
        }
        self.at_mut(instance).run = Run { rows, ..Run::default() };
    }

    /// A dry run prepares only handlers whose preparation is a preview.
    pub(super) fn leave_out_of_preview(&mut self, instance: InstanceIdx) {
        let at = self.at(instance);
        let name = at.name.clone();
        let items: Vec<ItemId> = at.run.rows.iter().map(|row| at.items[row.0].id).collect();
        for item in items {
            let text = format!("cannot be previewed: `{name}` tells only what it has done");
            self.note(instance, Some(item), LogLevel::Information, text);
        }
        self.end_run(instance, ItemStatus::Skipped, Ended::Done);
        self.release(instance);
    }

    /// Starts what waits and may start now.
    ///
    /// Where the user may be bothered, log-on questions must not pile up: one preparation at a time, in order of
    /// registration. Elsewhere preparations overlap, so that a slow one holds nobody up.
    pub(super) fn start_what_may(&mut self) {
        if self.hold == Hold::Paused {
            return;
        }
        let is_preparing = |at: &Instance| matches!(at.stage, Stage::Preparing(_));
        let mut is_taken = self.flags.may_bother_user() && self.instances.iter().any(is_preparing);
        for instance in self.idxs() {
            match self.at(instance).stage {
                Stage::Chosen if !is_taken => self.prepare(instance),
                Stage::Prepared if self.at(instance).is_all_skipped() => {
                    self.end_run(instance, ItemStatus::Skipped, Ended::Done);
                }
                Stage::Prepared => self.synchronize(instance),
                _ => {}
            }
            is_taken |= self.flags.may_bother_user() && !self.at(instance).is_past_preparation();
        }
    }

    fn prepare(&mut self, instance: InstanceIdx) {
        let at = self.at_mut(instance);
        at.stage = Stage::Preparing(Open::default());
        let rows = at.open_rows();
        let items = rows.iter().map(|row| at.items[row.0].id).collect();
        for row in rows {
            self.set_verdict(instance, row, RowVerdict::Go);
        }
        self.set_phase(instance, self.running_phase());
        self.call(instance, Call::PrepareForSync(items));
    }

    /// The last moment before an ordered `prepare_for_sync` or `synchronize`: after a stop neither begins.
    pub(super) fn begin_open_call(&mut self, instance: InstanceIdx) -> Outcome {
        let is_stopping = self.standing == Standing::Stopping;
        let (Stage::Preparing(open) | Stage::Syncing(open)) = &mut self.at_mut(instance).stage else {
            return Outcome::FALSE;
        };
        if is_stopping {
            self.end_run(instance, ItemStatus::Stopped, Ended::Done);
            return Outcome::FALSE;
        }
        open.is_begun = true;
        Outcome::OK
    }

    pub(super) fn prepare_completed(&mut self, instance: InstanceIdx, outcome: Outcome) -> Outcome {
        let Stage::Preparing(open) = &mut self.at_mut(instance).stage else {
            return Outcome::UNEXPECTED;
        };
        let answer = open.complete(outcome);
        if answer == Outcome::OK {
            self.finish_preparation(instance);
        }
        answer
    }

    pub(super) fn prepare_returned(&mut self, instance: InstanceIdx, outcome: Outcome) {
        if let Stage::Preparing(open) = &mut self.at_mut(instance).stage {
            open.returned = Some(outcome);
            self.finish_preparation(instance);
            self.give_owed_notices(instance);
        }
    }

    fn finish_preparation(&mut self, instance: InstanceIdx) {
        let Stage::Preparing(open) = self.at(instance).stage else { return };
        let Some(result) = open.result() else { return };
        if result != Outcome::OK {
            self.preparation_failed(instance, open, result);
        } else if self.standing == Standing::Stopping || self.at(instance).is_all_skipped() {
            // Which of both a row becomes is decided row by row.
            self.end_run(instance, ItemStatus::Stopped, Ended::Done);
        } else if self.flags.is_dry_run() {
            self.end_run(instance, ItemStatus::Succeeded, Ended::Done);
        } else {
            self.at_mut(instance).stage = Stage::Prepared;
        }
    }

    fn preparation_failed(&mut self, instance: InstanceIdx, open: Open, result: Outcome) {
        let at = self.at(instance);
        let (name, why) = (&at.name, at.why(result));
        let needs_dialog = open.returned == Some(Outcome::FALSE) && at.reason.is_none();
        let (status, level, text) = if result.is_failure() {
            (ItemStatus::Failed, LogLevel::Error, format!("`{name}` could not prepare: {why}"))
        } else if needs_dialog {
            let text = format!("`{name}` would have to ask something and may not in this session");
            (ItemStatus::Skipped, LogLevel::Warning, text)
        } else {
            (ItemStatus::Skipped, LogLevel::Warning, format!("`{name}` did not go on: {why}"))
        };
        self.note_unless_said(instance, level, text);
        self.end_run(instance, status, Ended::Failed);
        // Nothing is called any more, so it goes at once, unless an entry leads back into it.
        if !self.has_jump(instance) {
            self.release(instance);
        }
    }

    fn synchronize(&mut self, instance: InstanceIdx) {
        self.at_mut(instance).stage = Stage::Syncing(Open::default());
        self.call(instance, Call::Synchronize);
    }

    pub(super) fn synchronize_completed(&mut self, instance: InstanceIdx, outcome: Outcome) -> Outcome {
        let Stage::Syncing(open) = &mut self.at_mut(instance).stage else {
            return Outcome::UNEXPECTED;
        };
        let answer = open.complete(outcome);
        if answer == Outcome::OK {
            // Progress does not belong here any more, even while `synchronize` has not come back.
            self.set_phase(instance, Phase::Closed);
            self.finish_synchronization(instance);
        }
        answer
    }

    pub(super) fn synchronize_returned(&mut self, instance: InstanceIdx, outcome: Outcome) {
        if let Stage::Syncing(open) = &mut self.at_mut(instance).stage {
            open.returned = Some(outcome);
            self.finish_synchronization(instance);
            self.give_owed_notices(instance);
        }
    }

    fn finish_synchronization(&mut self, instance: InstanceIdx) {
        let Stage::Syncing(open) = self.at(instance).stage else { return };
        let Some(result) = open.result() else { return };
        let was_started = open.returned == Some(Outcome::OK);
        if was_started && result.is_success() {
            self.end_run(instance, ItemStatus::Succeeded, Ended::Done);
            return;
        }
        let at = self.at(instance);
        let text = format!("`{}` could not synchronize: {}", at.name, at.why(result));
        self.note_unless_said(instance, LogLevel::Error, text);
        let ended = if was_started { Ended::Done } else { Ended::Failed };
        self.end_run(instance, ItemStatus::Failed, ended);
    }

    /// Ends the run of an instance. Open rows become skipped or stopped where the user asked for it, else `status`.
    pub(super) fn end_run(&mut self, instance: InstanceIdx, status: ItemStatus, ended: Ended) {
        let is_stopping = self.standing == Standing::Stopping;
        for row in self.at(instance).open_rows() {
            let status = match self.at(instance).row(row).skip_asked {
                true => ItemStatus::Skipped,
                false if is_stopping => ItemStatus::Stopped,
                false => status,
            };
            // What the manager itself decides is explained by the line about the handler.
            self.at_mut(instance).row_mut(row).explained = true;
            self.close_row(instance, row, status);
        }
        self.explain_failed_rows(instance);
        self.set_phase(instance, Phase::Closed);
        for row in self.at(instance).run.rows.clone() {
            self.set_verdict(instance, row, RowVerdict::Outside);
        }
        self.give_up_grant(instance);
        self.at_mut(instance).stage = Stage::Ended(ended);
    }

    fn explain_failed_rows(&mut self, instance: InstanceIdx) {
        let at = self.at(instance);
        let silent: Vec<ItemId> = (at.run.rows.iter())
            .filter(|&&row| at.row(row).status == ItemStatus::Failed && !at.row(row).explained)
            .map(|row| at.items[row.0].id)
            .collect();
        for item in silent {
            let at = self.at(instance);
            let text = match at.run.said {
                Some(LogLevel::Error) => format!("failed; see the other entries of `{}`", at.name),
                _ => format!("failed, and `{}` did not say why", at.name),
            };
            self.note(instance, Some(item), LogLevel::Error, text);
        }
    }

    /// A handler reported a final status.
    pub(super) fn row_ended(&mut self, instance: InstanceIdx, item: ItemId, status: ItemStatus) -> Outcome {
        if !self.at(instance).is_running() {
            return Outcome::UNEXPECTED;
        }
        match self.at(instance).row_idx(item) {
            Some(row) if self.at(instance).row(row).verdict != RowVerdict::Outside => {
                if status.is_final() {
                    self.close_row(instance, row, status);
                }
                Outcome::OK
            }
            _ => Outcome::INVALID_ARGUMENT,
        }
    }

    /// Gives a row a final status, as far as it still takes one.
    pub(super) fn close_row(&mut self, instance: InstanceIdx, row: RowIdx, status: ItemStatus) {
        let at = self.at_mut(instance);
        let before = at.row(row).status;
        let after = before.after_report(status);
        if after == before {
            return;
        }
        at.row_mut(row).status = after;
        let item = at.items[row.0].id;
        self.effects.push(Effect::SetStatus { instance, row, status: after });
        self.effects.push(Effect::TellRowFinal { item, status: after });
        // The wish is fulfilled or too late; a later call about the row is answered as if it had not been.
        if self.at(instance).row(row).verdict == RowVerdict::Skip {
            self.set_verdict(instance, row, RowVerdict::Go);
        }
    }

    pub(super) fn set_verdict(&mut self, instance: InstanceIdx, row: RowIdx, verdict: RowVerdict) {
        let state = self.at_mut(instance).row_mut(row);
        if state.verdict != verdict {
            state.verdict = verdict;
            self.effects.push(Effect::SetVerdict { instance, row, verdict });
        }
    }

    pub(super) fn halted(&mut self, instance: InstanceIdx, item: ItemId) -> Outcome {
        if let Some(row) = self.at(instance).row_idx(item) {
            self.at_mut(instance).row_mut(row).explained = true;
        }
        Outcome::OK
    }

    /// A method of the handler panicked: its work is over, the rest goes on.
    pub(super) fn panicked(&mut self, instance: InstanceIdx, method: &str, text: &str) {
        let line = format!("`{}` panicked in `{method}`: {text}", self.at(instance).name);
        self.note(instance, None, LogLevel::Error, line);
        if self.at(instance).stage == Stage::Releasing {
            // It happened while letting go, and that is ordered already.
            return;
        }
        self.at_mut(instance).callback = Callback::Dead;
        if self.at(instance).is_busy() {
            self.end_run(instance, ItemStatus::Failed, Ended::Failed);
        }
        // Without `set_progress_callback(None)`: nothing of it can be trusted any more.
        self.release(instance);
    }

    /// Orders the notices whose window has just opened.
    pub(super) fn give_owed_notices(&mut self, instance: InstanceIdx) {
        if !self.at(instance).is_window() {
            return;
        }
        if self.at(instance).run.stop_notice == Notice::Owed {
            self.at_mut(instance).run.stop_notice = Notice::Ordered;
            self.call(instance, Call::SetItemStatus(None));
        }
        for row in self.at(instance).open_rows() {
            let at = self.at_mut(instance);
            if at.row(row).skip_notice == Notice::Owed {
                at.row_mut(row).skip_notice = Notice::Ordered;
                let item = at.items[row.0].id;
                self.call(instance, Call::SetItemStatus(Some(item)));
            }
        }
    }
}
