//! The answer to a progress call.

use crate::outcome::Outcome;

/// What a handler is told in answer to a progress call. Ordered by strength; a stronger one never weakens within a run.
///
/// `Go`, `Skip` and `Stop` are the contract's three answers. `Pause` and `Yield` are ours: a handler in this process
/// never sees `Pause`, because the call simply does not return before the pause is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verdict {
    /// Go on.
    Go = 0,
    /// Hold still until told otherwise.
    Pause = 1,
    /// Finish the current unit, keep what is done, and end.
    Yield = 2,
    /// Stop this item as soon as possible.
    Skip = 3,
    /// Stop all items of this handler as soon as possible.
    Stop = 4,
}

impl Verdict {
    /// The verdict with this number. Numbers beyond the last are the strongest: doubt never lets work go on.
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Go,
            1 => Self::Pause,
            2 => Self::Yield,
            3 => Self::Skip,
            _ => Self::Stop,
        }
    }

    /// The contract's code for this verdict; `Pause` and `Yield`, which it does not know, are `S_OK` and "cancel all".
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Go | Self::Pause => Outcome::OK,
            Self::Skip => Outcome::CANCEL_ITEM,
            Self::Yield | Self::Stop => Outcome::CANCEL_ALL,
        }
    }

    /// Whether work may go on.
    pub const fn is_go(self) -> bool {
        matches!(self, Self::Go)
    }

    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Pause => "pause",
            Self::Yield => "yield",
            Self::Skip => "skip",
            Self::Stop => "stop",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_ordered_by_strength_and_unknown_numbers_stop() {
        let all = [Verdict::Go, Verdict::Pause, Verdict::Yield, Verdict::Skip, Verdict::Stop];
        assert!(all.is_sorted());
        for verdict in all {
            assert_eq!(Verdict::from_number(verdict as u8), verdict);
        }
        assert_eq!(Verdict::from_number(200), Verdict::Stop);
    }
}
