//! What the user wants while it runs: skip, stop, pause, and the end of patience.

use super::Machine;
use super::effect::{Effect, Phase, RowVerdict};
use super::input::Starting;
use super::instance::{Callback, Ended, Notice, Stage};
use super::machine::{End, Hold, Standing};
use super::words::{InstanceIdx, RowIdx, StopNotice};
use crate::entry::LogLevel;
use crate::id::ItemId;
use crate::outcome::Outcome;
use crate::status::ItemStatus;

impl Machine {
    /// Skips the item wherever it is open (two handlers may use one id).
    pub(super) fn skip_asked(&mut self, item: ItemId) {
        for instance in self.idxs() {
            if let Some(row) = self.at(instance).row_idx(item)
                && self.at(instance).row(row).is_open()
                && !self.at(instance).row(row).skip_asked
            {
                self.skip_row(instance, row);
            }
        }
    }

    fn skip_row(&mut self, instance: InstanceIdx, row: RowIdx) {
        self.at_mut(instance).row_mut(row).skip_asked = true;
        if self.at(instance).stage == Stage::Chosen {
            // Nobody has been told of it yet, so it just takes no part.
            self.close_row(instance, row, ItemStatus::Skipped);
            if self.at(instance).open_rows().is_empty() {
                self.end_run(instance, ItemStatus::Skipped, Ended::Done);
            }
        } else if self.at(instance).is_running() {
            self.set_verdict(instance, row, RowVerdict::Skip);
            self.at_mut(instance).row_mut(row).skip_notice = Notice::Owed;
            self.give_owed_notices(instance);
        }
    }

    pub(super) fn stop_asked(&mut self) {
        if self.end != End::Working && !self.instances.iter().any(|at| at.is_busy()) {
            // Nothing works. What is still being let go of gets the grace time, too.
            if self.end == End::Closing {
                self.effects.push(Effect::ArmGrace);
            }
            return;
        }
        if self.standing == Standing::Stopping {
            return;
        }
        self.standing = Standing::Stopping;
        self.stopped_ever = true;
        self.choice_closed();
        self.effects.push(Effect::ArmGrace);
        for instance in self.idxs() {
            self.stop_instance(instance);
        }
    }

    fn stop_instance(&mut self, instance: InstanceIdx) {
        match self.at(instance).stage {
            // Something runs on its thread; what comes back is met with the release.
            Stage::Created | Stage::Initialized => {}
            Stage::Ready(_) => self.release(instance),
            Stage::Chosen | Stage::Prepared => self.end_run(instance, ItemStatus::Stopped, Ended::Done),
            Stage::Preparing(_) | Stage::Syncing(_) => {
                if self.at(instance).is_running() {
                    self.set_phase(instance, self.running_phase());
                }
                if self.stop_notice == StopNotice::Send {
                    self.at_mut(instance).run.stop_notice = Notice::Owed;
                    self.give_owed_notices(instance);
                }
            }
            // Closed it is already; told again, it ends a wait for a connection.
            Stage::ShowingError(_) => self.set_phase(instance, Phase::Closed),
            Stage::Ended(_) | Stage::Releasing | Stage::Released => {}
        }
    }

    pub(super) fn set_hold(&mut self, hold: Hold) {
        if self.hold == hold || self.end != End::Working {
            return;
        }
        self.hold = hold;
        for instance in self.idxs() {
            if self.at(instance).is_running() {
                self.set_phase(instance, self.running_phase());
            }
        }
    }

    /// Whether an ordered call may still be made.
    pub(super) fn starting(&mut self, instance: InstanceIdx, starting: Starting) -> Outcome {
        match starting {
            Starting::Prepare | Starting::Synchronize => self.begin_open_call(instance),
            Starting::Notice(item) => self.notice_starting(instance, item),
        }
    }

    /// Whether an ordered `set_item_status` may still be made. If it came too late for this window but the work goes
    /// on, it is owed again.
    fn notice_starting(&mut self, instance: InstanceIdx, item: Option<ItemId>) -> Outcome {
        let at = self.at_mut(instance);
        if !at.is_running() {
            return Outcome::FALSE;
        }
        let is_window = at.is_window();
        let notice = match item {
            None => &mut at.run.stop_notice,
            Some(item) => match at.row_idx(item) {
                Some(row) if at.row(row).is_open() => &mut at.row_mut(row).skip_notice,
                _ => return Outcome::FALSE,
            },
        };
        if *notice != Notice::Ordered {
            return Outcome::FALSE;
        }
        *notice = if is_window { Notice::Given } else { Notice::Owed };
        if is_window { Outcome::OK } else { Outcome::FALSE }
    }

    /// Gives up on those who have not come to an end.
    pub(super) fn grace_over(&mut self, instances: &[InstanceIdx]) {
        let is_over = self.standing == Standing::Stopping || self.end == End::Closing;
        for &instance in instances {
            let at = self.at(instance);
            if is_over && (at.is_busy() || at.stage == Stage::Releasing) {
                self.abandon(instance);
            }
        }
    }

    fn abandon(&mut self, instance: InstanceIdx) {
        if self.at(instance).stage != Stage::Releasing {
            let text = format!("`{}` did not stop in time and was abandoned", self.at(instance).name);
            self.note(instance, None, LogLevel::Warning, text);
            self.end_run(instance, ItemStatus::Stopped, Ended::Failed);
        }
        let at = self.at_mut(instance);
        at.callback = Callback::Dead;
        at.stage = Stage::Released;
        self.effects.push(Effect::Abandon(instance));
    }
}
