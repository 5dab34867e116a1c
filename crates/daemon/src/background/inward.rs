//! Everything that reaches the loop of the daemon besides signs, and what it answers.

use std::collections::BTreeMap;

use crossbeam_channel::Sender;
use syncmgr_keeper::{Pause, RunResult, Why};
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;
use syncmgr_wire::line;

/// What reaches the loop.
#[derive(Debug)]
pub(super) enum Inward {
    /// A session began.
    Began {
        /// Its items, as far as they are known.
        items: Vec<ItemId>,
        /// Why.
        trigger: Trigger,
    },
    /// A session is over, with this for its items.
    Ended(Vec<RunResult>),
    /// The alarm rang.
    Moment,
    /// The configuration or a choice may have changed.
    Reload,
    /// Why an item did or did not run; nothing if it has no rule.
    Why(ItemId, Sender<Option<Why>>),
    /// How everything is.
    View(Sender<View>),
    /// Nothing is to start by itself, or things are again. Answered with what went wrong, if anything did.
    Pause(Pause, Sender<Result<(), String>>),
    /// Something about the connections is different.
    Connections,
    /// What speaks against opening a connection for a run of these items by itself.
    Obstacles(Vec<ItemId>, Sender<Vec<String>>),
    /// It is to end.
    Shutdown,
}

/// How everything is.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// How many items run by themselves.
    pub(super) n_items: u64,
    /// When the next one is due.
    pub(super) next: Option<Timestamp>,
    /// Items that are late, and since when.
    pub(super) late: BTreeMap<ItemId, Timestamp>,
    /// When items run next.
    pub(super) next_runs: BTreeMap<ItemId, Timestamp>,
    /// Whether things start by themselves.
    pub(super) pause: Pause,
    /// What it listens to.
    pub(super) sources: Vec<line::Source>,
}

impl View {
    /// A status with what only the keeper knows.
    pub(super) fn complete(&self, status: line::Status) -> line::Status {
        let (late_since, next_run) =
            (self.late.get(&status.item).copied(), self.next_runs.get(&status.item).copied());
        line::Status { late_since, next_run, ..status }
    }
}
