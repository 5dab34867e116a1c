//! The session that runs, or ran last while somebody listened.

use std::collections::{BTreeMap, HashSet, VecDeque};

use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event as Reason;
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{self, Window};

use crate::amounts::share;
use crate::estimate::Estimate;

/// The newest entries and problems of a session that are kept while it runs; afterwards the store has them.
const MAX_KEPT: usize = 5_000;

/// An item's row, and how fast it goes.
#[derive(Debug, Clone)]
pub(crate) struct RowState {
    pub(crate) row: line::Row,
    pub(crate) bytes: Estimate,
    pub(crate) steps: Estimate,
}

impl RowState {
    /// How far it is, in thousandths; nothing if nobody knows.
    pub(crate) fn share(&self) -> Option<u64> {
        let line::Row { status, value, max, bytes, bytes_max, .. } = &self.row;
        match (*status, u64::try_from(*max)) {
            (status, _) if status.is_final() => Some(1000),
            (ItemStatus::UpdatingIndeterminate, _) => None,
            _ if *bytes_max > 0 => Some(share(*bytes, *bytes_max)),
            (_, Ok(max)) if max > 0 => Some(share(u64::try_from(*value).unwrap_or(0), max)),
            _ => None,
        }
    }

    /// How many milliseconds are left.
    pub(crate) fn millis_left(&self, now: Timestamp) -> Option<u64> {
        let line::Row { status, max, bytes_max, .. } = &self.row;
        if !matches!(status, ItemStatus::Updating) {
            return None;
        }
        if *bytes_max > 0 {
            return self.bytes.millis_left(now, *bytes_max);
        }
        self.steps.millis_left(now, u64::try_from(*max).ok().filter(|max| *max > 0)?)
    }

    fn new(row: line::Row, now: Timestamp) -> Self {
        let mut state = Self { row, bytes: Estimate::default(), steps: Estimate::default() };
        state.measure(now);
        state
    }

    fn measure(&mut self, now: Timestamp) {
        self.bytes.tell(now, self.row.bytes);
        self.steps.tell(now, u64::try_from(self.row.value).unwrap_or(0));
    }
}

/// A session.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) session: SessionId,
    pub(crate) reason: Reason,
    pub(crate) started: Timestamp,
    /// In the order in which they were told.
    pub(crate) items: Vec<ItemId>,
    listed: HashSet<ItemId>,
    rows: BTreeMap<ItemId, RowState>,
    pub(crate) entries: VecDeque<line::Entry>,
    pub(crate) problems: VecDeque<line::Problem>,
    pub(crate) halts: Vec<line::Halt>,
    pub(crate) n_conflicts: u64,
    pub(crate) n_warnings: u64,
    pub(crate) n_errors: u64,
    pub(crate) summary: Option<line::Summary>,
    pub(crate) ended: Option<Timestamp>,
    /// The item that was heard of last.
    pub(crate) latest: Option<ItemId>,
    pub(crate) is_stopping: bool,
    /// Whether somebody wants to see no more of it than how far it is.
    pub(crate) is_minimized: bool,
    /// Whether it was out of sight, has something to look at, and nobody has looked yet.
    pub(crate) came_back: bool,
    /// As far as somebody asked for it here; the daemon knows about the rest.
    pub(crate) is_paused: bool,
    pub(crate) dry_run: bool,
}

impl Live {
    pub(crate) fn new(begun: &line::Begun, dry_run: bool, now: Timestamp) -> Self {
        let mut listed = HashSet::new();
        let items = begun.items.iter().copied().filter(|item| listed.insert(*item)).collect();
        Self {
            session: begun.session,
            reason: begun.event,
            started: now,
            items,
            listed,
            rows: BTreeMap::new(),
            entries: VecDeque::new(),
            problems: VecDeque::new(),
            halts: Vec::new(),
            n_conflicts: 0,
            n_warnings: 0,
            n_errors: 0,
            summary: None,
            ended: None,
            latest: None,
            is_stopping: false,
            is_minimized: false,
            came_back: false,
            is_paused: false,
            dry_run,
        }
    }

    /// Hears what it tells.
    pub(crate) fn hear(&mut self, event: &Event, now: Timestamp) {
        if self.is_over() {
            return;
        }
        match event {
            Event::Row(row) => self.hear_row(row, now),
            Event::Entry(entry) => {
                match entry.level {
                    LogLevel::Warning => self.n_warnings += 1,
                    LogLevel::Error => self.n_errors += 1,
                    LogLevel::Information => {}
                }
                push(&mut self.entries, entry.clone());
            }
            Event::EntriesDeleted(deleted) => {
                self.entries.retain(|entry| !deleted.entries.contains(&entry.entry));
            }
            Event::Problem(problem) => push(&mut self.problems, problem.clone()),
            Event::Halt(halt) => {
                self.halts.retain(|before| before.item != halt.item);
                self.halts.push(halt.clone());
            }
            Event::Conflict(_) => self.n_conflicts += 1,
            Event::Summary(summary) if summary.session == Some(self.session) => {
                self.ended = Some(now);
                self.dry_run |= summary.dry_run;
                self.is_minimized = false;
                self.came_back = summary.window == Some(Window::Restores);
                self.summary = Some(summary.clone());
            }
            _ => {}
        }
    }

    fn hear_row(&mut self, row: &line::Row, now: Timestamp) {
        if self.listed.insert(row.item) {
            self.items.push(row.item);
        }
        if !row.status.is_final() && row.status != ItemStatus::Pending {
            self.latest = Some(row.item);
        }
        match self.rows.get_mut(&row.item) {
            Some(state) => {
                state.row = row.clone();
                state.measure(now);
            }
            None => {
                self.rows.insert(row.item, RowState::new(row.clone(), now));
            }
        }
    }

    /// Learns that somebody controls it.
    pub(crate) fn controlled(&mut self, request: &Request) {
        match request {
            Request::Stop => self.is_stopping = true,
            Request::Pause { .. } => self.is_paused = true,
            Request::Resume => self.is_paused = false,
            Request::Minimize { minimized } => self.is_minimized = *minimized && !self.is_over(),
            _ => {}
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.summary.is_some()
    }

    pub(crate) fn row(&self, item: ItemId) -> Option<&RowState> {
        self.rows.get(&item)
    }

    /// How many items are through.
    pub(crate) fn n_through(&self) -> u64 {
        self.rows.values().filter(|state| state.row.status.is_final()).count() as u64
    }

    /// How far everything is, in thousandths of each item; what is not known counts as not begun.
    pub(crate) fn thousandths(&self) -> u64 {
        self.rows.values().filter_map(RowState::share).sum()
    }

    /// What a second moves, of all items.
    pub(crate) fn bytes_per_second(&self, now: Timestamp) -> Option<u64> {
        let open = self.rows.values().filter(|state| !state.row.status.is_final());
        let sum = open.filter_map(|state| state.bytes.per_second(now)).sum::<u64>();
        (sum > 0).then_some(sum)
    }

    /// How long the slowest one will still take, as far as that can be told.
    pub(crate) fn millis_left(&self, now: Timestamp) -> Option<u64> {
        let pending = self.items.iter().any(|item| match self.rows.get(item) {
            Some(state) => state.row.status == ItemStatus::Pending,
            None => true,
        });
        if pending {
            return None;
        }
        self.rows.values().filter_map(|state| state.millis_left(now)).max()
    }

    /// Whether there is something at which somebody should look.
    pub(crate) fn stays(&self) -> bool {
        match self.summary.as_ref().and_then(|summary| summary.window) {
            Some(Window::Closes) => false,
            Some(Window::Stays | Window::Restores) => true,
            None => self.is_over(),
        }
    }

    /// The items that failed, were halted or stopped, or did not come up. What was skipped, somebody wanted so.
    pub(crate) fn failed(&self) -> Vec<ItemId> {
        let results = self.summary.iter().flat_map(|summary| &summary.items);
        results.filter(|result| is_unfinished(result.status)).map(|result| result.item).collect()
    }
}

/// Whether it did not come to its end against somebody's will.
pub(crate) fn is_unfinished(status: ItemStatus) -> bool {
    matches!(status, ItemStatus::Failed | ItemStatus::Stopped)
}

fn push<T>(kept: &mut VecDeque<T>, new: T) {
    if kept.len() >= MAX_KEPT {
        kept.pop_front();
    }
    kept.push_back(new);
}
