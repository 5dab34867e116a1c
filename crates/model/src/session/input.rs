//! What can happen to a session: the one closed list.

use super::words::{Connecting, InstanceIdx, Modeless, Refusal};
use crate::entry::{EntryDetail, LogErrorInfo, LogLevel};
use crate::id::{ErrorId, ItemId};
use crate::item::{CheckState, HandlerInfo, ItemInfo};
use crate::outcome::Outcome;
use crate::status::ItemStatus;

/// Something that happened.
///
/// Not called event: that word is taken by the reason why a session starts ([`crate::event::Event`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The session begins. First, exactly once.
    Begun,
    /// A method of a handler came back.
    Returned {
        /// Of which instance.
        instance: InstanceIdx,
        /// Which method, with what.
        returned: Returned,
        /// Why not with OK, in the handler's own words.
        reason: Option<String>,
    },
    /// A handler called back, from whatever thread.
    Called {
        /// Which instance.
        instance: InstanceIdx,
        /// What it said.
        called: Called,
    },
    /// An ordered call is about to be made on the instance's thread. The answer says whether it still may: `OK`, or
    /// `FALSE` to drop it. Between order and call a stop or a completion may have come.
    Starting {
        /// Which instance.
        instance: InstanceIdx,
        /// Which call.
        starting: Starting,
    },
    /// An attempt that was answered with [`Answer::Connect`] is over.
    ConnectionTried {
        /// Who asked.
        instance: InstanceIdx,
        /// Which connection; `None` is the default one.
        name: Option<String>,
        /// What came of it.
        result: Connecting,
    },
    /// The items of a ready instance that take part were chosen; for a choice by hand, proposed.
    Chosen {
        /// Which instance.
        instance: InstanceIdx,
        /// Which items; unknown ones are dropped.
        items: Vec<ItemId>,
    },
    /// The user wants the properties of an item, or of the handler itself (`None`).
    PropertiesAsked {
        /// Of which instance.
        instance: InstanceIdx,
        /// Of which item.
        item: Option<ItemId>,
    },
    /// The user checks an item of a choice by hand, or takes the check mark away.
    Marked {
        /// Of which instance.
        instance: InstanceIdx,
        /// Which item.
        item: ItemId,
        /// What it is now.
        check: CheckState,
    },
    /// The user begins with what is checked.
    BeginAsked,
    /// The user skips an item.
    SkipAsked(ItemId),
    /// The user stops everything.
    StopAsked,
    /// The user holds everything.
    PauseAsked,
    /// The user lets it go on.
    ResumeAsked,
    /// The user activated an entry, by number.
    EntryActivated(u64),
    /// The user lets go of the results; or of the list, before anything was begun.
    CloseAsked,
    /// The grace time of these instances is over.
    GraceOver(Vec<InstanceIdx>),
}

/// A call that is asked for in the last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starting {
    /// `prepare_for_sync`.
    Prepare,
    /// `synchronize`.
    Synchronize,
    /// `set_item_status`, about an item or about the stop (`None`).
    Notice(Option<ItemId>),
}

impl Input {
    /// Whether it can change the stage of an instance or of the session. The frequent ones cannot, so that nothing has to
    /// be looked through for them.
    pub(super) fn may_move(&self) -> bool {
        !matches!(
            self,
            Self::Starting { starting: Starting::Notice(_), .. }
                | Self::Called {
                    called: Called::Ended { .. }
                        | Called::Logged { .. }
                        | Called::LogDeleted(_)
                        | Called::Modeless(_)
                        | Called::Halted(_)
                        | Called::ConnectionAsked(_),
                    ..
                }
        )
    }
}

/// What a method of a handler came back with.
#[derive(Debug, Clone, PartialEq)]
pub enum Returned {
    /// The factory: an instance, or why there is none.
    Created(Result<(), String>),
    /// `initialize`.
    Initialized(Outcome),
    /// `get_handler_info`.
    InfoGiven(Result<HandlerInfo, Outcome>),
    /// `enum_sync_mgr_items` and its iterator.
    Enumerated(Listing),
    /// `set_progress_callback(Some)`.
    CallbackSet(Outcome),
    /// `show_properties`.
    PropertiesShown(Outcome),
    /// `prepare_for_sync`.
    Prepared(Outcome),
    /// `synchronize`.
    Synchronized(Outcome),
    /// `show_error`.
    ErrorShown(Outcome),
    /// The instance is dropped.
    Released,
    /// A method panicked. The instance is dropped without another call.
    Panicked {
        /// Which method.
        method: &'static str,
        /// What the panic said.
        text: String,
    },
}

/// What an enumeration yielded.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The items, as given.
    pub items: Vec<ItemInfo>,
    /// How it ended.
    pub end: ListingEnd,
}

/// How an enumeration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingEnd {
    /// These are all.
    Complete,
    /// Some may be missing.
    MissingItems,
    /// It failed; what came before counts.
    Failed(Outcome),
}

/// What a handler said through the callback. `progress` reaches the machine only with a final status; everything else
/// about a row is the business of whoever keeps the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// `show_properties_completed`.
    PropertiesCompleted(Outcome),
    /// `prepare_for_sync_completed`.
    PrepareCompleted(Outcome),
    /// `synchronize_completed`.
    SynchronizeCompleted(Outcome),
    /// `show_error_completed`.
    ErrorCompleted(Outcome, Vec<ItemId>),
    /// `enable_modeless`.
    Modeless(Modeless),
    /// `progress` with a final status.
    Ended {
        /// Which item.
        item: ItemId,
        /// How it ended.
        status: ItemStatus,
    },
    /// `log_error`.
    Logged {
        /// How serious.
        level: LogLevel,
        /// What.
        text: String,
        /// About what.
        info: LogErrorInfo,
        /// What else there is to say.
        detail: EntryDetail,
    },
    /// `delete_log_error`; `None` and the nil id mean all.
    LogDeleted(Option<ErrorId>),
    /// `establish_connection`; `None` is the default one.
    ConnectionAsked(Option<String>),
    /// A halt was reported as a fact about this item: its failure is explained.
    Halted(ItemId),
}

/// What the one who caused an input is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This, at once.
    Outcome(Outcome),
    /// The connection is not up: try on the calling thread, feed in [`Input::ConnectionTried`], and pass on its answer.
    Connect,
    /// A wish about the choice is not fulfilled.
    Refused(Refusal),
}

impl Answer {
    /// The outcome; an attempt that nobody makes has failed.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Outcome(outcome) => outcome,
            Self::Connect => Outcome::FAIL,
            Self::Refused(_) => Outcome::INVALID_ARGUMENT,
        }
    }
}
