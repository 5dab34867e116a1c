//! What shall follow from an input.

use super::words::{Entry, InstanceIdx, RowIdx, RowInfo};
use crate::id::{ErrorId, ItemId};
use crate::item::ItemInfo;
use crate::status::ItemStatus;

/// Something to do, in the order given.
///
/// [`Effect::ItemsFixed`], [`Effect::SetPhase`], [`Effect::SetVerdict`] and [`Effect::SetStatus`] are plain writes to
/// the rows and must be done before anything else is fed to the machine; the others may wait in a queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Call a method of an instance, on its own thread, after the calls before it.
    Call {
        /// Which instance.
        instance: InstanceIdx,
        /// Which method.
        call: Call,
    },
    /// Ask which of these items take part, and answer with [`Input::Chosen`](super::Input::Chosen).
    AskChoice {
        /// Whose items.
        instance: InstanceIdx,
        /// The items.
        items: Vec<ItemInfo>,
    },
    /// The items of an instance are fixed from now on; lay out their rows, all outside the run.
    ItemsFixed {
        /// Which instance.
        instance: InstanceIdx,
        /// Its items, by [`RowIdx`].
        items: Vec<ItemInfo>,
    },
    /// What progress calls of an instance are answered in general.
    SetPhase {
        /// Which instance.
        instance: InstanceIdx,
        /// What holds now.
        phase: Phase,
    },
    /// What progress calls about a row are answered while the phase is open.
    SetVerdict {
        /// Which instance.
        instance: InstanceIdx,
        /// Which row.
        row: RowIdx,
        /// What holds now.
        verdict: RowVerdict,
    },
    /// A row's status, decided here: pending again, or final.
    SetStatus {
        /// Which instance.
        instance: InstanceIdx,
        /// Which row.
        row: RowIdx,
        /// Its status.
        status: ItemStatus,
    },
    /// Tell what an instance lists and which of it is checked, or that it lists nothing after all. Only while the user
    /// chooses.
    TellListing(InstanceIdx),
    /// Tell that the properties of an item, or of the handler, are gone.
    TellPropertiesGone {
        /// Of which instance.
        instance: InstanceIdx,
        /// Of which item.
        item: Option<ItemId>,
    },
    /// Tell that an item takes part, with its row pending.
    TellRow(RowInfo),
    /// Tell that a row has its final status.
    TellRowFinal {
        /// Which item.
        item: ItemId,
        /// How it ended.
        status: ItemStatus,
    },
    /// Tell a new entry.
    TellEntry(Entry),
    /// Tell that entries are gone, by number.
    TellEntriesDeleted(Vec<u64>),
    /// Close a connection that was opened for this session, once.
    CloseConnection(Option<String>),
    /// Feed in [`Input::GraceOver`](super::Input::GraceOver) for each instance when its grace time is over.
    ArmGrace,
    /// Let go of an instance that does not come back. What its thread still returns does not matter.
    Abandon(InstanceIdx),
    /// Tell that all handlers are through and the session waits to be closed. Comes again after each retry.
    TellSettled,
    /// Tell that the session is over. The last one.
    TellFinished,
}

/// A method of a handler to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Make the instance.
    Create,
    /// `initialize`, with the session's flags and cookie.
    Initialize,
    /// `get_handler_info`.
    GetHandlerInfo,
    /// `enum_sync_mgr_items`, and take its items.
    EnumSyncMgrItems,
    /// `set_progress_callback(Some)`.
    SetProgressCallback,
    /// `show_properties`.
    ShowProperties(Option<ItemId>),
    /// `prepare_for_sync`. Ask first, with [`Input::Starting`](super::Input::Starting).
    PrepareForSync(Vec<ItemId>),
    /// `synchronize`. Ask first, with [`Input::Starting`](super::Input::Starting).
    Synchronize,
    /// `set_item_status`: skipped for an item, stopped for none. Ask first, with
    /// [`Input::Starting`](super::Input::Starting). Nothing is returned.
    SetItemStatus(Option<ItemId>),
    /// `show_error`.
    ShowError(ErrorId),
    /// `set_progress_callback(None)`. Nothing is returned.
    ClearProgressCallback,
    /// Drop the instance.
    Release,
}

/// What progress calls of an instance are answered in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Phase {
    /// They do not belong here.
    Closed = 0,
    /// By row.
    Open = 1,
    /// By row, and go means wait.
    Paused = 2,
    /// Stop, whatever they say.
    Stopping = 3,
}

impl Phase {
    /// The phase with this number; anything unknown is closed.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Open,
            2 => Self::Paused,
            3 => Self::Stopping,
            _ => Self::Closed,
        }
    }
}

/// What progress calls about a row are answered while the phase is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RowVerdict {
    /// The row is not part of the current preparation.
    Outside = 0,
    /// Go on.
    Go = 1,
    /// Stop this item.
    Skip = 2,
}

impl RowVerdict {
    /// The verdict with this number; anything unknown is outside.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Go,
            2 => Self::Skip,
            _ => Self::Outside,
        }
    }
}
