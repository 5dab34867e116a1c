//! The status of an item's row.

use std::fmt;
use std::str::FromStr;

/// The status of a row. The numbers are the contract's (`SYNCMGRSTATUS`): a sequence, not bits, and `Stopped` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ItemStatus {
    /// Stopped before it was through.
    Stopped = 0,
    /// Left out, on the user's wish or the handler's decision.
    Skipped = 1,
    /// Not begun.
    Pending = 2,
    /// Being synchronized.
    Updating = 3,
    /// Through, successfully.
    Succeeded = 4,
    /// Through, and failed.
    Failed = 5,
    /// Held for a while.
    Paused = 6,
    /// About to go on after a pause.
    Resuming = 7,
    /// Being synchronized, with no idea how much is left.
    UpdatingIndeterminate = 8,
    /// The item no longer exists; its preferences go with it.
    Deleted = 0x100,
}

impl ItemStatus {
    /// All statuses, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Stopped,
        Self::Skipped,
        Self::Pending,
        Self::Updating,
        Self::Succeeded,
        Self::Failed,
        Self::Paused,
        Self::Resuming,
        Self::UpdatingIndeterminate,
        Self::Deleted,
    ];

    /// The contract's number.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The status with this number, if there is one.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }

    /// Whether a row with this status is through. A final status is left only for [`ItemStatus::Failed`] or by a
    /// retry.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Stopped | Self::Skipped | Self::Succeeded | Self::Failed | Self::Deleted)
    }

    /// The status a row has after its handler reported `reported`: a final row accepts `Failed` and ignores the rest.
    pub const fn after_report(self, reported: Self) -> Self {
        if self.is_final() && !matches!(reported, Self::Failed) { self } else { reported }
    }

    /// The word used on the wire, in the store and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
            Self::Updating => "updating",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::UpdatingIndeterminate => "updating_indeterminate",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for ItemStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseStatusError(String);

impl fmt::Display for ParseStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no item status", self.0)
    }
}

impl std::error::Error for ParseStatusError {}

impl FromStr for ItemStatus {
    type Err = ParseStatusError;

    fn from_str(word: &str) -> Result<Self, ParseStatusError> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| ParseStatusError(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back_from_its_number_and_its_word() {
        for status in ItemStatus::ALL {
            assert_eq!(ItemStatus::from_number(status.number()), Some(status));
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!(ItemStatus::from_number(9), None);
    }

    #[test]
    fn a_final_row_accepts_failed_and_ignores_everything_else() {
        for before in ItemStatus::ALL {
            for reported in ItemStatus::ALL {
                let after = before.after_report(reported);
                let accepted = !before.is_final() || reported == ItemStatus::Failed;
                assert_eq!(after, if accepted { reported } else { before });
            }
        }
    }
}
