//! What the keeper wants done.

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;

use crate::decision::Decision;
use crate::happening::Leaving;
use crate::kept::KeptItem;

/// What shall be done. Effects of a step come in the order in which they must be performed: what is to be kept comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Save this about its item, in place of what was saved before.
    Keep(KeptItem),
    /// Write this into the ledger.
    Decided(Decision),
    /// The item is late now: tell the user. Comes once, until it is fresh again.
    Late {
        /// Which item.
        item: ItemId,
        /// Since when.
        since: Timestamp,
    },
    /// The item is late no more.
    Fresh {
        /// Which item.
        item: ItemId,
    },
    /// The pause is over because its time is: what it held goes on.
    PauseOver,
    /// Stop the session that runs. The keeper still waits for its end.
    Stop {
        /// Its items.
        items: Vec<ItemId>,
        /// Why.
        reason: StopReason,
    },
    /// Leaving has to wait: a run goes on for it. [`Effect::Release`] follows.
    Hold(Leaving),
    /// Start a session. The keeper waits for its end, and starts none before.
    Start {
        /// Its items, in the order of the rules.
        items: Vec<ItemId>,
        /// Why.
        trigger: Trigger,
    },
    /// Leaving may go on. Comes once for each time the machine asked, whether or not it was held.
    Release(Leaving),
    /// Call with [`Happening::Moment`](crate::Happening::Moment) at this time, and forget what was asked for before.
    WakeAt(Timestamp),
    /// No call is needed until something happens.
    NoWake,
}

impl Effect {
    /// Where the effect stands among those of its step.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Keep(_) => 0,
            Self::Decided(_) => 1,
            Self::Late { .. } | Self::Fresh { .. } | Self::PauseOver => 2,
            Self::Stop { .. } => 3,
            Self::Hold(_) => 4,
            Self::Start { .. } => 5,
            Self::Release(_) => 6,
            Self::WakeAt(_) | Self::NoWake => 7,
        }
    }
}

/// Why a session is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// It ran because the machine was idle, and the user is back.
    IdleEnded,
    /// The machine waited for it as long as it may.
    HoldLimit,
}

impl StopReason {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdleEnded => "idle-ended",
            Self::HoldLimit => "hold-limit",
        }
    }
}
