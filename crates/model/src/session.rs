//! The session machine.

use crate::entry::LogLevel;
use crate::id::{ErrorId, HandlerId, ItemId};
use crate::time::Timestamp;

/// Whether handlers are told of a stop by `set_item_status`, too (ruling R-STOP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StopNotice {
    /// Each gets one (none, stopped).
    #[default]
    Send,
    /// They learn it from verdicts alone.
    Omit,
}

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Closing {
    /// As soon as all handlers are through.
    #[default]
    WhenSettled,
    /// When told: handlers stay, so that entries can be activated and retried.
    ByHand,
}

/// An item that takes part in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowInfo {
    /// Which item.
    pub item: ItemId,
    /// Of which handler.
    pub handler: HandlerId,
    /// Its display name.
    pub name: String,
}

/// One line of the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number within the session, counted up from 1; never used again.
    pub number: u64,
    /// When it was logged.
    pub at: Timestamp,
    /// Whose it is; `None` is the session as a whole.
    pub handler: Option<HandlerId>,
    /// Which item it is about; `None` is the handler as a whole.
    pub item: Option<ItemId>,
    /// How serious it is.
    pub level: LogLevel,
    /// What it says.
    pub text: String,
    /// The identity its handler gave it.
    pub error: Option<ErrorId>,
    /// Whether activating it leads back into its handler.
    pub can_jump: bool,
}
