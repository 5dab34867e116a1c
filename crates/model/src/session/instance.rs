//! An instance of a handler and its rows, as the machine sees them.

use std::collections::HashMap;

use super::effect::RowVerdict;
use super::words::RowIdx;
use crate::entry::LogLevel;
use crate::flags::HandlerFlags;
use crate::id::{ErrorId, HandlerId, ItemId};
use crate::item::{HANDLER_NAME_UNITS, HandlerInfo, ItemInfo, cut_to_utf16_units};
use crate::outcome::Outcome;
use crate::status::ItemStatus;

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) handler: HandlerId,
    /// The registered description until the handler has told its name.
    pub(super) name: String,
    pub(super) flags: HandlerFlags,
    pub(super) stage: Stage,
    /// Between `set_progress_callback` with something and with nothing. Without it every callback is unexpected.
    pub(super) callback: Callback,
    pub(super) items: Vec<ItemInfo>,
    pub(super) idx_of: HashMap<ItemId, RowIdx>,
    /// The check marks of a choice by hand.
    pub(super) marks: HashMap<ItemId, bool>,
    /// One for each item, made when the choice is made.
    pub(super) rows: Vec<Row>,
    pub(super) run: Run,
    pub(super) listing_complete: bool,
    /// Items that were deleted in their properties.
    pub(super) deleted: Vec<ItemId>,
    /// What the handler said about its last answer, if that was not OK.
    pub(super) reason: Option<String>,
    /// Why it takes no part in this session, once it has said so.
    pub(super) declined: Option<String>,
    /// Properties failed to show and their completion may still come; it is taken once and means nothing.
    pub(super) late_properties: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callback {
    Dead,
    Live,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Being made and initialized.
    Created,
    /// Telling name and items, getting the callback.
    Initialized,
    /// Waiting for the choice; its properties may be shown meanwhile.
    Ready(Option<PropertiesShown>),
    /// Something is chosen; waiting for its turn to prepare.
    Chosen,
    Preparing(Open),
    /// Prepared, and not asked to synchronize because everything is held.
    Prepared,
    Syncing(Open),
    Ended(Ended),
    ShowingError(ErrorShown),
    /// The drop is ordered.
    Releasing,
    Released,
}

/// A method that is over only when it has returned and its completion has come, in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Open {
    /// Whether the call has begun. Before, neither a completion nor a return belongs to it.
    pub(super) is_begun: bool,
    pub(super) returned: Option<Outcome>,
    pub(super) completed: Option<Outcome>,
}

impl Open {
    /// Takes the completion, unless it does not belong here.
    pub(super) fn complete(&mut self, outcome: Outcome) -> Outcome {
        if !self.is_begun || self.completed.is_some() {
            return Outcome::UNEXPECTED;
        }
        self.completed = Some(outcome);
        Outcome::OK
    }

    /// The result, once it is settled. The method's own word beats the completion's.
    pub(super) fn result(self) -> Option<Outcome> {
        match (self.returned?, self.completed) {
            (Outcome::OK, completed) => completed,
            (refused, _) => Some(refused),
        }
    }

    /// Whether a notice may be given: after the return and before the completion.
    pub(super) fn is_window(self) -> bool {
        self.returned == Some(Outcome::OK) && self.completed.is_none()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PropertiesShown {
    pub(super) item: Option<ItemId>,
    pub(super) open: Open,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErrorShown {
    /// The stage to go back to.
    pub(super) before: Ended,
    pub(super) returned: Option<Outcome>,
    /// The completion, with the rows to retry.
    pub(super) completed: Option<Vec<RowIdx>>,
}

/// What is kept for the current (or last) run of an instance: from its choice, or a retry, to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Run {
    /// What was asked for, in this order.
    pub(super) rows: Vec<RowIdx>,
    pub(super) stop_notice: Notice,
    /// The most serious entry the handler logged itself.
    pub(super) said: Option<LogLevel>,
}

/// A `set_item_status` and how far it is. Each is made at most once in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Notice {
    #[default]
    None,
    /// Due, and no window was open.
    Owed,
    /// Ordered, not made yet.
    Ordered,
    Given,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Whether it was chosen, first or for a retry; only then it is seen.
    pub(super) seen: bool,
    /// Pending stands for every open status: which one is between handler and display.
    pub(super) status: ItemStatus,
    pub(super) skip_asked: bool,
    pub(super) skip_notice: Notice,
    /// An entry or a halt tells why it failed.
    pub(super) explained: bool,
    /// The last verdict told.
    pub(super) verdict: RowVerdict,
}

impl Row {
    pub(super) const UNSEEN: Self = Self {
        seen: false,
        status: ItemStatus::Pending,
        skip_asked: false,
        skip_notice: Notice::None,
        explained: false,
        verdict: RowVerdict::Outside,
    };

    pub(super) fn is_open(&self) -> bool {
        self.seen && !self.status.is_final()
    }
}

impl Instance {
    pub(super) fn new(handler: HandlerId, description: &str) -> Self {
        let name = if description.is_empty() { handler.to_string() } else { description.to_owned() };
        Self {
            handler,
            name,
            flags: HandlerFlags::empty(),
            stage: Stage::Created,
            callback: Callback::Dead,
            items: Vec::new(),
            idx_of: HashMap::new(),
            marks: HashMap::new(),
            rows: Vec::new(),
            run: Run::default(),
            listing_complete: false,
            deleted: Vec::new(),
            reason: None,
            declined: None,
            late_properties: false,
        }
    }

    /// Why a call was answered like this: in the handler's words, where it found any.
    pub(super) fn why(&self, outcome: Outcome) -> String {
        self.reason.clone().unwrap_or_else(|| outcome.to_string())
    }

    pub(super) fn introduce(&mut self, info: HandlerInfo) {
        let name = cut_to_utf16_units(&info.name, HANDLER_NAME_UNITS);
        if !name.is_empty() {
            self.name = name.to_owned();
        }
        self.flags = info.flags;
    }

    /// Whether work is going on or may still begin without anybody asking.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.stage, Stage::Ended(_) | Stage::Releasing | Stage::Released)
    }

    /// Whether it is beyond preparation, or will never prepare.
    pub(super) fn is_past_preparation(&self) -> bool {
        matches!(self.stage, Stage::Prepared | Stage::Syncing(_) | Stage::ShowingError(_)) || !self.is_busy()
    }

    /// Whether progress belongs here: from the start of preparation to the completion of synchronization.
    pub(super) fn is_running(&self) -> bool {
        match &self.stage {
            Stage::Preparing(_) | Stage::Prepared => true,
            Stage::Syncing(open) => open.completed.is_none(),
            _ => false,
        }
    }

    pub(super) fn is_showing_error(&self) -> bool {
        matches!(&self.stage, Stage::ShowingError(shown) if shown.completed.is_none())
    }

    /// Whether a `set_item_status` may be made now.
    pub(super) fn is_window(&self) -> bool {
        match &self.stage {
            Stage::Preparing(open) | Stage::Syncing(open) => open.is_window(),
            _ => false,
        }
    }

    pub(super) fn row_idx(&self, item: ItemId) -> Option<RowIdx> {
        self.idx_of.get(&item).copied().filter(|row| row.0 < self.rows.len())
    }

    pub(super) fn row(&self, row: RowIdx) -> &Row {
        &self.rows[row.0]
    }

    pub(super) fn row_mut(&mut self, row: RowIdx) -> &mut Row {
        &mut self.rows[row.0]
    }

    pub(super) fn row_idxs(&self) -> impl Iterator<Item = RowIdx> + use<> {
        (0..self.rows.len()).map(RowIdx)
    }

    /// The rows of the run that are not final, in the order of the run.
    pub(super) fn open_rows(&self) -> Vec<RowIdx> {
        self.run.rows.iter().copied().filter(|&row| self.row(row).is_open()).collect()
    }

    /// Whether something is left open and the user skipped all of it.
    pub(super) fn is_all_skipped(&self) -> bool {
        let open = self.open_rows();
        !open.is_empty() && open.iter().all(|&row| self.row(row).skip_asked)
    }
}

/// A log entry with what the machine has to know about it.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) entry: super::Entry,
    /// The instance that logged it; `None` is the manager's own line.
    pub(super) by: Option<super::InstanceIdx>,
}

impl Logged {
    pub(super) fn jump(&self) -> Option<ErrorId> {
        self.entry.error.filter(|_| self.entry.can_jump)
    }
}
