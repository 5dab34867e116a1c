//! What must survive the daemon.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::cause::Cause;
use crate::happening::RunOutcome;
use crate::retry::ErrorClass;
use crate::rule::ParseRuleError;

/// What is known about an item, to be saved when it changes and given back when the daemon starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptItem {
    /// Which item.
    pub item: ItemId,
    /// When its last run began.
    pub last_started: Option<Timestamp>,
    /// Why.
    pub last_cause: Option<Cause>,
    /// How its last run that is over ended, and when. A run whose end is missing was interrupted.
    pub last_end: Option<(Timestamp, Ending)>,
    /// Since when it has been running.
    pub running_since: Option<Timestamp>,
    /// When it last succeeded.
    pub last_succeeded: Option<Timestamp>,
    /// Its last failure, until it succeeds.
    pub last_failure: Option<KeptFailure>,
    /// How often it has failed since it last succeeded.
    pub failures: u32,
    /// How often the time to the next try has been doubled.
    pub back_off: u32,
    /// How often a try followed at once, because something had been done.
    pub eager: u32,
    /// When it will be tried again.
    pub retry_at: Option<Timestamp>,
    /// Before which moment its handler does not want to be called.
    pub not_before: Option<Timestamp>,
    /// From when its freshness is counted: its last success, or when it was first seen.
    pub fresh_since: Option<Timestamp>,
    /// Since when it is late, once that has been told.
    pub late_since: Option<Timestamp>,
    /// Up to when the moments of each schedule, by its text, have been noticed.
    pub settled: BTreeMap<String, Timestamp>,
    /// What it is due for and has not yet run for.
    pub owed: Vec<Owed>,
}

/// A cause for which an item is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The cause.
    pub cause: Cause,
    /// Since when; of several moments, the first.
    pub due: Timestamp,
}

/// A failure, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFailure {
    /// When the run ended.
    pub at: Timestamp,
    /// What kind of error it was.
    pub class: ErrorClass,
    /// What went wrong, in words.
    pub text: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The item was in step.
    Succeeded,
    /// It failed.
    Failed,
    /// It was stopped.
    Stopped,
    /// It was skipped.
    Skipped,
    /// The daemon or the machine went away.
    Interrupted,
}

impl Ending {
    /// All endings.
    pub const ALL: [Self; 5] =
        [Self::Succeeded, Self::Failed, Self::Stopped, Self::Skipped, Self::Interrupted];

    pub(crate) const fn of(outcome: &RunOutcome) -> Self {
        match outcome {
            RunOutcome::Succeeded => Self::Succeeded,
            RunOutcome::Failed(_) => Self::Failed,
            RunOutcome::Stopped => Self::Stopped,
            RunOutcome::Skipped => Self::Skipped,
        }
    }

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Ending {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == text).ok_or_else(|| {
            ParseRuleError::new(
                text,
                "ending of a run",
                "it is succeeded, failed, stopped, skipped or interrupted",
            )
        })
    }
}

impl KeptItem {
    /// What is known of an item that was never seen.
    pub fn new(item: ItemId) -> Self {
        Self {
            item,
            last_started: None,
            last_cause: None,
            last_end: None,
            running_since: None,
            last_succeeded: None,
            last_failure: None,
            failures: 0,
            back_off: 0,
            eager: 0,
            retry_at: None,
            not_before: None,
            fresh_since: None,
            late_since: None,
            settled: BTreeMap::new(),
            owed: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_reads_back() {
        for ending in Ending::ALL {
            assert_eq!(ending.as_str().parse(), Ok(ending));
        }
        assert!("vanished".parse::<Ending>().is_err());
    }
}
