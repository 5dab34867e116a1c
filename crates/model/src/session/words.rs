//! Values that leave the machine, or tell it how to behave.

use std::fmt;

use crate::entry::{EntryDetail, LogLevel};
use crate::id::{ErrorId, HandlerId, ItemId};
use crate::time::Timestamp;

/// An instance of a handler: its place in the order of registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceIdx(pub usize);

/// An item of an instance: its place in the instance's enumeration. Stable once the choice is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowIdx(pub usize);

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
    /// When told: handlers stay, so that entries can be activated and items retried.
    ByHand,
}

/// Who decides which of the listed items take part, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Choosing {
    /// The request, for each handler as soon as it has listed.
    #[default]
    AtOnce,
    /// The user: the lists are shown and check marks change until he begins or closes.
    ByHand,
}

/// Why a wish about the choice is not fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No choice is open: work has begun, or the list was closed.
    NotChoosing,
    /// The item, or the handler, is not in the list.
    NotListed,
    /// What was asked about declares no properties.
    NoProperties,
    /// Properties are being shown.
    PropertiesOpen,
    /// There is nothing to begin with.
    NothingChecked,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotChoosing => "nothing is being chosen now",
            Self::NotListed => "it is not in the list",
            Self::NoProperties => "it has no properties",
            Self::PropertiesOpen => "properties are still being shown",
            Self::NothingChecked => "nothing is checked",
        })
    }
}

impl std::error::Error for Refusal {}

/// What a handler says about dialogs (the argument of `EnableModeless`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modeless {
    /// May I show one? (TRUE)
    Ask,
    /// Mine is gone. (FALSE)
    Done,
}

/// What came of an attempt to bring a connection up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connecting {
    /// It was up before.
    AlreadyUp,
    /// It was brought up for this session, which has to close it once.
    Opened,
    /// No connection has this name.
    UnknownName,
    /// It cannot be brought up now.
    Failed,
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
    /// What else its handler said about it.
    pub detail: EntryDetail,
}
