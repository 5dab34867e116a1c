//! What a session tells: events while it runs, rows on demand, a report at the end.

use syncmgr_handler::relay::Question;
use syncmgr_model::event::Event;
use syncmgr_model::fact::{ConflictKind, Fact, FactPath, Totals};
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::tick::Forgotten;
use syncmgr_model::time::Timestamp;

pub use syncmgr_model::session::{Entry, Reopened, RowInfo};

/// What happened in a session. Nothing here is dropped, and [`SessionEvent::Finished`] is the last.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionEvent {
    /// A handler's list in a choice by hand; again when it changes. One without items that says why it has none is told,
    /// too, so that all handlers were heard once each has come.
    Listed {
        /// Its items.
        listing: HandlerListing,
        /// Those that are checked now.
        checked: Vec<ItemId>,
    },
    /// Properties are gone: others can be shown.
    PropertiesGone {
        /// Whose.
        handler: HandlerId,
        /// Of which item; none means the handler's own.
        item: Option<ItemId>,
    },
    /// An item takes part; also again when a retry puts its row back to pending.
    Row(RowInfo),
    /// A row has its final status. May come again as failed.
    RowFinal {
        /// Which.
        item: ItemId,
        /// How it ended.
        status: ItemStatus,
    },
    /// An entry was logged.
    Entry(Entry),
    /// Entries were deleted by their handler, by number.
    EntriesDeleted(Vec<u64>),
    /// A handler told a fact about an item.
    Fact {
        /// Which item.
        item: ItemId,
        /// What.
        fact: Fact,
    },
    /// A handler asks the user something and waits for [`Session::answer`](crate::Session::answer) with this number. Told only
    /// with [`Answers::Events`](crate::Answers::Events).
    Question {
        /// Its number within the session.
        number: u64,
        /// Who asks.
        handler: HandlerId,
        /// What.
        question: Question,
    },
    /// A question needs no answer any more: it was answered, or everything was stopped.
    QuestionClosed {
        /// Its number.
        number: u64,
    },
    /// All handlers are through, and the session stays for its results. Comes again after each retry.
    Settled(SessionReport),
    /// The session is over.
    Finished(SessionReport),
}

/// A row as a display shows it. Values are the latest at the time of sampling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    /// Which item.
    pub item: ItemId,
    /// Of which handler.
    pub handler: HandlerId,
    /// Its display name.
    pub name: String,
    /// Its status; an open row of a paused session shows as paused.
    pub status: ItemStatus,
    /// What the handler says it is doing, control characters as spaces.
    pub text: String,
    /// How far it is, as given.
    pub value: i64,
    /// What `value` counts up to, as given.
    pub max: i64,
    /// Bytes moved.
    pub bytes: u64,
    /// Bytes to move in all.
    pub bytes_max: u64,
}

/// What came out of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionReport {
    /// Which session.
    pub id: SessionId,
    /// Why it ran.
    pub event: Event,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// When it began.
    pub started: Timestamp,
    /// When its last handler was through.
    pub finished: Timestamp,
    /// Whether somebody stopped it.
    pub stopped: bool,
    /// What became of each item, in order of handlers and items.
    pub items: Vec<ItemReport>,
    /// All entries that were not deleted, in order.
    pub entries: Vec<Entry>,
    /// Whether any work was begun: not if the user closed the list of a choice by hand.
    pub begun: bool,
    /// The items whose ticks are to be removed, under every key. Nothing else about them is.
    pub forget: Vec<Forgotten>,
    /// What became of the entry it was to show again, if it was.
    pub reopened: Option<Reopened>,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReport {
    /// Which item.
    pub item: ItemId,
    /// Of which handler.
    pub handler: HandlerId,
    /// Its display name.
    pub name: String,
    /// How its row ended.
    pub status: ItemStatus,
    /// What was done, as last told by the handler.
    pub totals: Totals,
    /// Conflicts open after the run.
    pub conflicts: Vec<OpenConflict>,
    /// How many paths could not be treated.
    pub problems: u64,
    /// The safety rule that halted it.
    pub halt: Option<Halt>,
}

/// A conflict that was left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConflict {
    /// Which path.
    pub path: FactPath,
    /// How the edits exclude each other.
    pub kind: ConflictKind,
}

/// A safety rule that halted an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// The rule's name, as `--allow` takes it.
    pub rule: String,
    /// What was found and the ways on.
    pub text: String,
}

/// A handler and its items, as [`Engine::list`](crate::Engine::list) finds them.
#[derive(Debug, Clone, PartialEq)]
pub struct HandlerListing {
    /// Which handler.
    pub handler: HandlerId,
    /// Its display name.
    pub name: String,
    /// What it declares.
    pub flags: HandlerFlags,
    /// Its items.
    pub items: Vec<ItemInfo>,
    /// Whether these are all; if not, what is stored about others is kept.
    pub complete: bool,
    /// Why it could not be asked, or not fully.
    pub problem: Option<String>,
    /// Why it takes no part in this event, if it declined politely.
    pub declined: Option<String>,
}

impl HandlerListing {
    /// Whether it stands in a list the user chooses from: it shows items, or asks to be there without.
    pub fn is_shown(&self) -> bool {
        self.flags.lists(self.items.len())
    }
}
