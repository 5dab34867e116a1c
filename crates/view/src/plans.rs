//! What dry runs said they would do, item by item, for as long as somebody looks at it.

use std::collections::BTreeMap;

use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request, SyncRequest};
use syncmgr_wire::line;

use crate::lines::{Bucket, Deed, Kept, Lines};

/// The most lines of all plans together.
const MAX_LINES: usize = 2_000_000;

/// And the most bytes of their texts.
const MAX_BYTES: usize = 256 << 20;

/// A plan at which nobody has looked for so long is let go.
pub(crate) const KEPT_MILLIS: u64 = 10 * 60 * 1000;

/// What is asked for if a plan is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Sync(Box<SyncRequest>),
    Undo(SessionId),
}

impl Origin {
    /// The origin of a plan that this request makes; nothing if it makes none.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match request {
            Request::Sync(sync) if sync.dry_run => Some(Self::Sync(Box::new(sync.clone()))),
            Request::Undo { session, dry_run: true } => Some(Self::Undo(*session)),
            _ => None,
        }
    }
}

/// What one item's run would do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) item: ItemId,
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) made: Timestamp,
    pub(crate) lines: Lines,
    pub(crate) halt: Option<line::Halt>,
    pub(crate) n_problems: u64,
    /// Bytes that would be written; 0 while nobody knows.
    pub(crate) bytes: u64,
    pub(crate) stage: Stage,
    looked: Timestamp,
}

/// How far the making of a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Making,
    Made,
    /// Its session ended before it was made.
    Failed,
}

impl Plan {
    /// Lines that were told and not kept.
    pub(crate) fn n_cut(&self) -> u64 {
        self.lines.total() - self.lines.len() as u64
    }

    /// How many paths would be changed.
    pub(crate) fn n_changes(&self) -> u64 {
        self.lines.total() - self.lines.count(Bucket::Conflicts)
    }

    fn new(item: ItemId, name: String, origin: Origin, now: Timestamp) -> Self {
        Self {
            item,
            name,
            origin,
            made: now,
            lines: Lines::default(),
            halt: None,
            n_problems: 0,
            bytes: 0,
            stage: Stage::Making,
            looked: now,
        }
    }
}

/// The plans that are there.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: BTreeMap<ItemId, Plan>,
    /// Where the plans come from that are being made.
    making: Option<Origin>,
    /// Of all plans.
    n_lines: usize,
    n_bytes: usize,
}

impl Plans {
    /// A session begins that makes plans, if it has an origin.
    pub(crate) fn begin(&mut self, origin: Option<Origin>, items: &[ItemId], now: Timestamp) {
        self.making = origin;
        for item in items {
            // What another run changes makes an older plan worthless.
            self.plans.remove(item);
            self.plan(*item, now);
        }
        self.measure();
    }

    fn measure(&mut self) {
        self.n_lines = self.plans.values().map(|plan| plan.lines.len()).sum();
        self.n_bytes = self.plans.values().map(|plan| plan.lines.n_bytes()).sum();
    }

    fn plan(&mut self, item: ItemId, now: Timestamp) -> Option<&mut Plan> {
        let origin = self.making.as_ref()?;
        let new = || Plan::new(item, String::new(), origin.clone(), now);
        let plan = self.plans.entry(item).or_insert_with(new);
        if plan.stage != Stage::Making {
            *plan = new();
        }
        Some(plan)
    }

    /// Hears what a session tells.
    pub(crate) fn hear(&mut self, event: &Event, now: Timestamp) {
        if self.making.is_none() {
            return;
        }
        match event {
            Event::Row(row) => {
                if let Some(plan) = self.plan(row.item, now) {
                    plan.name.clone_from(&row.name);
                    plan.bytes = plan.bytes.max(row.bytes_max);
                }
            }
            Event::Change(change) => {
                let deed = Deed::Change(change.side, change.action);
                let from = change.from.as_deref().unwrap_or_default();
                self.add(change.item, deed, &change.path, from, change.escaped, now);
            }
            Event::Conflict(conflict) => {
                let deed = Deed::Conflict(conflict.kind);
                self.add(conflict.item, deed, &conflict.path, "", conflict.escaped, now);
            }
            Event::Halt(halt) => {
                if let Some(plan) = self.plan(halt.item, now) {
                    plan.halt = Some(halt.clone());
                }
            }
            Event::Problem(problem) => {
                if let Some(plan) = self.plan(problem.item, now) {
                    plan.n_problems += 1;
                }
            }
            Event::Summary(summary) => self.end(summary, now),
            _ => {}
        }
    }

    fn add(&mut self, item: ItemId, deed: Deed, path: &str, from: &str, escaped: bool, now: Timestamp) {
        let is_full = self.n_lines >= MAX_LINES;
        let room = if is_full { 0 } else { MAX_BYTES.saturating_sub(self.n_bytes) };
        let kept = self.plan(item, now).map(|plan| plan.lines.add(deed, path, from, escaped, room));
        if kept == Some(Kept::Whole) {
            self.n_lines += 1;
            self.n_bytes += path.len() + from.len();
        }
    }

    fn end(&mut self, summary: &line::Summary, now: Timestamp) {
        self.making = None;
        for plan in self.plans.values_mut().filter(|plan| plan.stage == Stage::Making) {
            let result = summary.items.iter().find(|result| result.item == plan.item);
            let is_through = result.is_some_and(|result| {
                result.status == syncmgr_model::status::ItemStatus::Succeeded || result.halt.is_some()
            });
            plan.stage = if is_through { Stage::Made } else { Stage::Failed };
            (plan.made, plan.looked) = (now, now);
            if let Some(result) = result {
                plan.name.clone_from(&result.name);
                plan.bytes = plan.bytes.max(result.bytes);
            }
        }
    }

    /// The plan of an item.
    pub(crate) fn get(&self, item: ItemId) -> Option<&Plan> {
        self.plans.get(&item)
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<&Plan> {
        let mut plans: Vec<&Plan> = self.plans.values().collect();
        plans.sort_by(|a, b| (&a.name, a.item).cmp(&(&b.name, b.item)));
        plans
    }

    /// How many lines of them were read so far.
    pub(crate) fn n_read(&self) -> u64 {
        self.plans.values().map(|plan| plan.lines.n_read()).sum()
    }

    /// Whether one is being made.
    pub(crate) fn is_making(&self) -> bool {
        self.making.is_some()
    }

    /// Somebody looks at the plan of an item, or at the list of all.
    pub(crate) fn look(&mut self, item: Option<ItemId>, now: Timestamp) {
        for plan in self.plans.values_mut() {
            if item.is_none_or(|item| item == plan.item) {
                plan.looked = now;
            }
        }
    }

    /// Lets go of what nobody looks at.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.plans
            .retain(|_, plan| plan.stage == Stage::Making || now.millis_since(plan.looked) < KEPT_MILLIS);
        self.measure();
    }
}
