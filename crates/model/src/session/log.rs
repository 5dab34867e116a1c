//! Entries: what handlers log, what the manager adds, and deletion.

use super::Machine;
use super::effect::Effect;
use super::instance::Logged;
use super::words::{Entry, InstanceIdx};
use crate::entry::{EntryDetail, LogErrorInfo, LogLevel};
use crate::id::{ErrorId, ItemId};
use crate::outcome::Outcome;

impl Machine {
    /// The manager's own line about an instance, or an item of it.
    pub(super) fn note(
        &mut self,
        instance: InstanceIdx,
        item: Option<ItemId>,
        level: LogLevel,
        text: String,
    ) {
        let handler = Some(self.at(instance).handler);
        let (number, at) = (self.n_logged + 1, self.now);
        let detail = EntryDetail::default();
        let entry = Entry { number, at, handler, item, level, text, error: None, can_jump: false, detail };
        self.append(None, entry);
    }

    /// The same, unless the handler has logged something as serious in this run.
    pub(super) fn note_unless_said(&mut self, instance: InstanceIdx, level: LogLevel, text: String) {
        if self.at(instance).run.said < Some(level) {
            self.note(instance, None, level, text);
        }
    }

    /// The manager's line about a call that failed without consequences: only where the handler says why.
    pub(super) fn note_reason(&mut self, instance: InstanceIdx, what: &str) {
        let at = self.at(instance);
        if let Some(reason) = &at.reason {
            let text = format!("`{}` {what}: {reason}", at.name);
            self.note(instance, None, LogLevel::Warning, text);
        }
    }

    pub(super) fn logged(
        &mut self,
        instance: InstanceIdx,
        level: LogLevel,
        text: String,
        info: &LogErrorInfo,
        detail: EntryDetail,
    ) -> Outcome {
        let (number, now) = (self.n_logged + 1, self.now);
        let at = self.at_mut(instance);
        at.run.said = at.run.said.max(Some(level));
        // An item nobody knows makes it an entry about the handler.
        let item = info.item.filter(|item| at.idx_of.contains_key(item));
        if let Some(row) = item.and_then(|item| at.row_idx(item)) {
            at.row_mut(row).explained = true;
        }
        let entry = Entry {
            number,
            at: now,
            handler: Some(at.handler),
            item,
            level,
            text,
            error: info.error_id(),
            can_jump: info.can_jump(),
            detail,
        };
        self.append(Some(instance), entry);
        Outcome::OK
    }

    fn append(&mut self, by: Option<InstanceIdx>, entry: Entry) {
        self.n_logged = entry.number;
        self.effects.push(Effect::TellEntry(entry.clone()));
        self.log.push(Logged { entry, by });
    }

    pub(super) fn log_deleted(&mut self, instance: InstanceIdx, error: Option<ErrorId>) -> Outcome {
        let error = error.filter(|error| !error.is_nil());
        let mut deleted = Vec::new();
        self.log.retain(|logged| {
            let is_meant = logged.by == Some(instance) && (error.is_none() || logged.entry.error == error);
            if is_meant {
                deleted.push(logged.entry.number);
            }
            !is_meant
        });
        // The entry of an earlier session that is shown again is this instance's to delete, though it is not in this log.
        let is_reopened = self.reopen.is_some() && (error.is_none() || error == self.reopen);
        self.reopened.is_deleted |= is_reopened;
        if !deleted.is_empty() {
            self.effects.push(Effect::TellEntriesDeleted(deleted));
        } else if error.is_some() && !is_reopened {
            return Outcome::INVALID_ARGUMENT;
        }
        Outcome::OK
    }

    /// Whether an entry leads back into this instance.
    pub(super) fn has_jump(&self, instance: InstanceIdx) -> bool {
        self.log.iter().any(|logged| logged.by == Some(instance) && logged.jump().is_some())
    }
}
