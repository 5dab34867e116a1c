//! What became of the items, as the reply to `sync` tells it.

use serde::Deserialize;
use serde_json::value::RawValue;
use syncmgr_handler::relay::EntryDetail;
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::{Fact, Totals};
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::{ItemResult, Stats};
use syncmgr_wire::protocol::limits::{STATE_MAX, TEXT_MAX};
use syncmgr_wire::protocol::words::Outcome;

use super::entries::cut;
use super::{Core, Manager};

/// The code of an entry that tells when an item is due again.
const DEFERRED: &str = "deferred";

impl<M: Manager> Core<M> {
    /// Takes the results and closes the rows of all items that are still open.
    pub(super) fn take_results(&mut self, results: &[Box<RawValue>]) {
        let Some(n_items) = self.run.as_ref().map(|run| run.items.len()) else { return };
        let mut is_told = vec![false; n_items];
        for raw in results {
            match self.read_result(raw) {
                Some((idx, result)) if !is_told[idx] => {
                    is_told[idx] = true;
                    self.take_result(idx, result);
                }
                Some(_) => {
                    self.warn_once("repeated", "gave more than one result for an item; the first counts")
                }
                None => self.warn_once("unknown", "gave a result for an item that is not part of the run"),
            }
        }
        for idx in (0..n_items).filter(|idx| !is_told[*idx]) {
            self.miss_result(idx);
        }
    }

    /// A result, however malformed: whatever is not understood about a known item means that it failed.
    fn read_result(&mut self, raw: &RawValue) -> Option<(usize, ItemResult)> {
        #[derive(Deserialize)]
        struct IdOnly {
            id: String,
        }
        let id = serde_json::from_str::<IdOnly>(raw.get()).ok()?.id;
        let idx = self.run.as_ref()?.find(&id)?;
        let result = serde_json::from_str(raw.get()).unwrap_or_else(|error: serde_json::Error| {
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            let reason = cut(reason, 300);
            let text = Some(format!("the handler gave a result that cannot be read: {reason}"));
            let outcome = Outcome::Failed;
            ItemResult { id, outcome, text, by: None, stats: None, not_before: None, state: None }
        });
        Some((idx, result))
    }

    fn take_result(&mut self, idx: usize, result: ItemResult) {
        if let Some(state) = &result.state {
            self.keep_result_state(idx, state);
        }
        if let Some(stats) = &result.stats {
            self.count(idx, stats);
        }
        let text = result.text.as_deref().map(|text| cut(text, TEXT_MAX));
        let status = match result.outcome {
            Outcome::Succeeded | Outcome::SucceededWithWarnings => ItemStatus::Succeeded,
            Outcome::Failed => ItemStatus::Failed,
            Outcome::Skipped => ItemStatus::Skipped,
            Outcome::Stopped | Outcome::Deferred => ItemStatus::Stopped,
            Outcome::Cancelled if self.is_skipped(idx) => ItemStatus::Skipped,
            Outcome::Cancelled => ItemStatus::Stopped,
        };
        match (result.outcome, text) {
            (Outcome::Failed, text) => {
                let has_error = self.run.as_ref().is_some_and(|run| run.items[idx].has_error);
                if !has_error {
                    self.explain_item(idx, text.unwrap_or("failed, and the handler did not say why"));
                }
            }
            (Outcome::Deferred, text) => self.tell_deferred(idx, text, result.not_before.as_deref()),
            (Outcome::SucceededWithWarnings, Some(text)) => {
                self.tell(idx, LogLevel::Warning, text.to_owned())
            }
            (_, Some(text)) => self.tell(idx, LogLevel::Information, text.to_owned()),
            (_, None) => {}
        }
        self.close(idx, status);
    }

    /// The reply says nothing about an item.
    fn miss_result(&mut self, idx: usize) {
        if self.run.as_ref().is_none_or(|run| run.items[idx].ended.is_some()) {
            return;
        }
        let status = if self.is_skipped(idx) {
            ItemStatus::Skipped
        } else if self.verdict(None) == Verdict::Stop {
            ItemStatus::Stopped
        } else {
            self.explain_item(idx, "the handler gave no result for this item");
            ItemStatus::Failed
        };
        self.close(idx, status);
    }

    fn is_skipped(&mut self, idx: usize) -> bool {
        let was_skipped = self.run.as_ref().is_some_and(|run| run.items[idx].own == Verdict::Skip);
        was_skipped || self.verdict(Some(idx)) == Verdict::Skip
    }

    fn close(&mut self, idx: usize, status: ItemStatus) {
        let Some(item) = self.run.as_ref().map(|run| run.items[idx].id) else { return };
        // A row that is final takes nothing but a late failure, and that is decided there.
        let _ = self.manager.progress(item, &ProgressUpdate::status(status));
    }

    fn keep_result_state(&mut self, idx: usize, state: &str) {
        let Some(item) = self.run.as_ref().map(|run| run.items[idx].id) else { return };
        if state.len() > STATE_MAX {
            return self.warn_once("state", "gave a state longer than 65536 bytes; it is not kept");
        }
        match self.manager.keep_state(item, state) {
            Ok(true) => {}
            Ok(false) => self.warn_once("state", "gave a state too late: another run has taken over"),
            Err(reason) => self.warn_once("state", &format!("gave a state that cannot be kept: {reason}")),
        }
    }

    fn count(&mut self, idx: usize, stats: &Stats) {
        let Some(item) = self.run.as_ref().map(|run| &run.items[idx]) else { return };
        let changes = stats.inserts.saturating_add(stats.updates).saturating_add(stats.deletes);
        let bytes = if stats.bytes > 0 { stats.bytes } else { item.bytes };
        // A handler has one number of changes and no sides: it changes what it brings up to date.
        let totals = Totals { left_changes: 0, right_changes: changes, bytes };
        self.manager.fact(item.id, Fact::Totals(totals));
    }

    fn tell_deferred(&mut self, idx: usize, text: Option<&str>, not_before: Option<&str>) {
        let due =
            not_before.map_or_else(|| "at once".to_owned(), |moment| format!("at `{}`", cut(moment, 64)));
        let text = match text {
            Some(text) => format!("put off: {text}; due again {due}"),
            None => format!("put off; due again {due}"),
        };
        let Some(item) = self.run.as_ref().map(|run| run.items[idx].id) else { return };
        let code = Some(DEFERRED.to_owned());
        let detail = EntryDetail { code, detail: not_before.map(|it| cut(it, 64).to_owned()), class: None };
        let _ = self.manager.log(LogLevel::Information, &text, LogErrorInfo::about(item), detail);
    }

    fn tell(&mut self, idx: usize, level: LogLevel, text: String) {
        let Some(item) = self.run.as_ref().map(|run| run.items[idx].id) else { return };
        self.note(level, Some(item), text);
    }
}
