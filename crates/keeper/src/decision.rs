//! Decisions, as the ledger remembers them.

use std::fmt;

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::cause::Cause;
use crate::condition::ConditionValue;

/// A decision about an item that was due, with what it rested on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When it was made.
    pub at: Timestamp,
    /// About which item.
    pub item: ItemId,
    /// Why the item was due; its text is the word for the ledger. Being late has no cause.
    pub cause: Option<Cause>,
    /// Since when.
    pub due: Timestamp,
    /// What was decided.
    pub verdict: Verdict,
    /// The conditions as they were. Empty where they were not looked at.
    pub conditions: Vec<ConditionValue>,
    /// What else there is to say, in words; may be empty.
    pub detail: String,
}

/// What was decided about an item that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A session was started for it.
    Ran,
    /// Another session of the item, started at the same time, stands for it.
    Merged,
    /// It waits until it may.
    Waiting,
    /// Something did not hold, and it does not wait.
    Refused,
    /// Its time was over before it could run.
    Skipped,
    /// The item has not succeeded for too long.
    Late,
    /// Its run failed and will be tried again.
    Retry,
    /// Its run failed and will not be tried again by itself.
    GaveUp,
    /// Its run was cut off.
    Interrupted,
}

impl Verdict {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Merged => "merged",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Late => "late",
            Self::Retry => "retry",
            Self::GaveUp => "gave-up",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
