//! What a run tells while it works: the callback of the contract, seen from one item.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use syncmgr_handler::SyncCallback;
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::ItemId;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

/// Reports on one item and remembers the strongest verdict it was given.
pub(crate) struct Monitor {
    callback: Arc<dyn SyncCallback>,
    item: ItemId,
    verdict: AtomicU8,
}

impl Monitor {
    pub(crate) fn new(callback: Arc<dyn SyncCallback>, item: ItemId) -> Self {
        Self { callback, item, verdict: AtomicU8::new(Verdict::Go as u8) }
    }

    /// Reports and asks whether to go on. On a session that is over the answer is no.
    pub(crate) fn progress(&self, update: &ProgressUpdate<'_>) -> bool {
        let verdict = self.callback.progress(&self.item, update).unwrap_or(Verdict::Stop);
        if verdict > Verdict::Pause {
            self.verdict.fetch_max(verdict as u8, Ordering::Relaxed);
        }
        self.may_go_on()
    }

    /// Whether no call so far was answered with anything but go.
    pub(crate) fn may_go_on(&self) -> bool {
        self.verdict() == Verdict::Go
    }

    /// The strongest verdict so far.
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::from_number(self.verdict.load(Ordering::Relaxed))
    }

    /// Whether single changes are worth telling.
    pub(crate) fn wants_changes(&self) -> bool {
        self.callback.facts().is_some_and(|sink| sink.wants_changes())
    }

    /// Tells a fact.
    pub(crate) fn fact(&self, fact: Fact) {
        if let Some(sink) = self.callback.facts() {
            sink.report(&self.item, fact);
        }
    }

    /// Adds an entry to the results.
    pub(crate) fn log(&self, level: LogLevel, text: &str) {
        // A session that is over takes no entries, and there is nobody left to tell.
        let _outcome = self.callback.log_error(level, text, Some(&LogErrorInfo::about(self.item)));
    }
}
