//! The suite's manager: a callback that answers as told and remembers what it heard.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;

use crate::{ModelessRequest, SyncCallback};

/// What is being waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Idle,
    Preparing,
    Syncing,
    /// The instance is gone: everything is unexpected.
    Dead,
}

/// What the callback answers to progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Go,
    Skip(ItemId),
    Stop,
}

#[derive(Debug)]
pub(super) struct Heard {
    pub(super) stage: Stage,
    pub(super) answers: Answers,
    pub(super) items: Vec<ItemId>,
    /// Completions of the present stage.
    pub(super) completions: Vec<Outcome>,
    /// Completions of something that was completed already, or of an instance that is gone.
    pub(super) n_surplus: u32,
    /// Completions that belonged to nothing.
    pub(super) misplaced: Vec<&'static str>,
    /// Each progress call: item and status, if one was given.
    pub(super) progress: Vec<(ItemId, Option<ItemStatus>)>,
}

/// Shared by the suite and the callback; the suite keeps it when the callback is gone.
pub(super) struct Desk {
    heard: Mutex<Heard>,
    news: Condvar,
}

impl Desk {
    pub(super) fn new(answers: Answers) -> Arc<Self> {
        let heard = Heard {
            stage: Stage::Idle,
            answers,
            items: Vec::new(),
            completions: Vec::new(),
            n_surplus: 0,
            misplaced: Vec::new(),
            progress: Vec::new(),
        };
        Arc::new(Self { heard: Mutex::new(heard), news: Condvar::new() })
    }

    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a stage: completions are counted anew.
    pub(super) fn enter(&self, stage: Stage) {
        let mut heard = self.heard();
        heard.stage = stage;
        heard.completions.clear();
    }

    /// Waits until something is so, at most as long as patience lasts. Says whether it is.
    pub(super) fn wait(&self, patience: Duration, mut is_so: impl FnMut(&Heard) -> bool) -> bool {
        let heard = self.heard();
        let waited = self.news.wait_timeout_while(heard, patience, |heard| !is_so(heard));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Tells waiting sides that something outside has changed.
    pub(super) fn ring(&self) {
        drop(self.heard());
        self.news.notify_all();
    }

    fn completed(&self, stage: Stage, name: &'static str, outcome: Outcome) -> Outcome {
        let mut heard = self.heard();
        let answer = if heard.stage == stage && heard.completions.is_empty() {
            heard.completions.push(outcome);
            Outcome::OK
        } else if heard.stage == stage || heard.stage == Stage::Dead {
            heard.n_surplus += 1;
            Outcome::UNEXPECTED
        } else {
            heard.misplaced.push(name);
            Outcome::UNEXPECTED
        };
        self.news.notify_all();
        answer
    }
}

/// The callback the handler gets. Rings when the last reference is gone.
pub(super) struct Callback {
    pub(super) desk: Arc<Desk>,
    pub(super) gone: Arc<Mutex<bool>>,
}

impl Drop for Callback {
    fn drop(&mut self) {
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.desk.ring();
    }
}

impl Callback {
    fn alive(&self) -> Outcome {
        if self.desk.heard().stage == Stage::Dead { Outcome::UNEXPECTED } else { Outcome::OK }
    }
}

impl SyncCallback for Callback {
    fn show_properties_completed(&self, _outcome: Outcome) -> Outcome {
        // The suite shows no properties.
        self.desk.heard().misplaced.push("show_properties_completed");
        Outcome::UNEXPECTED
    }

    fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome {
        self.desk.completed(Stage::Preparing, "prepare_for_sync_completed", outcome)
    }

    fn synchronize_completed(&self, outcome: Outcome) -> Outcome {
        self.desk.completed(Stage::Syncing, "synchronize_completed", outcome)
    }

    fn show_error_completed(&self, _outcome: Outcome, _items: &[ItemId]) -> Outcome {
        self.desk.heard().misplaced.push("show_error_completed");
        Outcome::UNEXPECTED
    }

    fn enable_modeless(&self, request: ModelessRequest) -> Outcome {
        match request {
            // Nobody is there to answer a dialog.
            ModelessRequest::Ask if self.alive() == Outcome::OK => Outcome::FALSE,
            ModelessRequest::Ask => Outcome::UNEXPECTED,
            ModelessRequest::Done => self.alive(),
        }
    }

    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let mut heard = self.desk.heard();
        if !matches!(heard.stage, Stage::Preparing | Stage::Syncing) {
            return Err(Outcome::UNEXPECTED);
        }
        heard.progress.push((*item, update.status));
        let is_known = heard.items.contains(item);
        let answer = match heard.answers {
            Answers::Stop => Ok(Verdict::Stop),
            _ if !is_known => Err(Outcome::INVALID_ARGUMENT),
            Answers::Skip(skipped) if skipped == *item => Ok(Verdict::Skip),
            Answers::Skip(_) | Answers::Go => Ok(Verdict::Go),
        };
        self.desk.news.notify_all();
        answer
    }

    fn log_error(&self, _level: LogLevel, _text: &str, _info: Option<&LogErrorInfo>) -> Outcome {
        self.alive()
    }

    fn delete_log_error(&self, _error: Option<ErrorId>) -> Outcome {
        self.alive()
    }

    fn establish_connection(&self, _name: Option<&str>) -> Outcome {
        self.alive()
    }
}
