//! The items of the session, each with a row: what was said of it and not written yet, and its verdict.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use syncmgr_model::id::ItemId;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::handler::{Amount, Amounts, ProgressParams};
use syncmgr_wire::protocol::limits::{TEXT_MAX, cut};

/// Bits of [`Row::given`]: which fields were given since the last line.
const STATUS: u8 = 1;
const TEXT: u8 = 2;
const VALUE: u8 = 4;
const MAX: u8 = 8;
const BYTES: u8 = 16;
const BYTES_MAX: u8 = 32;
/// Nothing but the question; still worth a first line.
const ASKED: u8 = 64;

/// All rows, found by id. Fixed when the first run is prepared, so that looking one up needs no lock.
#[derive(Debug)]
pub(super) struct Rows {
    /// Sorted by id.
    rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: ItemId,
    /// The id as it is on the wire.
    pub(super) name: String,
    own: AtomicU8,
    is_in_run: AtomicBool,
    /// Nothing has been said of it in this run.
    is_fresh: AtomicBool,
    is_final: AtomicBool,
    /// It ended because it was asked to yield.
    is_deferred: AtomicBool,
    given: AtomicU8,
    status: AtomicU32,
    value: AtomicI64,
    max: AtomicI64,
    bytes: AtomicU64,
    bytes_max: AtomicU64,
    text: Mutex<String>,
}

/// How an item that got no final status of its own is to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing is to be said: it is final.
    Final,
    Deferred,
    Open,
}

impl Rows {
    pub(super) fn new(ids: impl IntoIterator<Item = ItemId>) -> Self {
        let mut rows: Vec<_> = ids.into_iter().map(Row::new).collect();
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        Self { rows }
    }

    pub(super) fn find(&self, id: &ItemId) -> Option<&Row> {
        self.index(id).map(|index| &self.rows[index])
    }

    /// Where a row is; the place never changes.
    pub(super) fn index(&self, id: &ItemId) -> Option<usize> {
        self.rows.binary_search_by(|row| row.id.cmp(id)).ok()
    }

    pub(super) fn at(&self, index: usize) -> Option<&Row> {
        self.rows.get(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// A run of these items begins: everything is open and may go on.
    pub(super) fn begin(&self, items: &[ItemId]) {
        for row in &self.rows {
            row.own.store(Verdict::Go as u8, Ordering::Release);
            row.is_final.store(false, Ordering::Relaxed);
            row.is_deferred.store(false, Ordering::Relaxed);
            row.given.store(0, Ordering::Relaxed);
            row.is_fresh.store(true, Ordering::Relaxed);
            row.is_in_run.store(items.contains(&row.id), Ordering::Release);
        }
    }
}

impl Row {
    fn new(id: ItemId) -> Self {
        Self {
            id,
            name: id.to_string(),
            own: AtomicU8::new(Verdict::Go as u8),
            is_in_run: AtomicBool::new(false),
            is_fresh: AtomicBool::new(false),
            is_final: AtomicBool::new(false),
            is_deferred: AtomicBool::new(false),
            given: AtomicU8::new(0),
            status: AtomicU32::new(0),
            value: AtomicI64::new(0),
            max: AtomicI64::new(0),
            bytes: AtomicU64::new(0),
            bytes_max: AtomicU64::new(0),
            text: Mutex::new(String::new()),
        }
    }

    pub(super) fn is_in_run(&self) -> bool {
        self.is_in_run.load(Ordering::Acquire)
    }

    /// Whether this is the first time that something is said of it in this run.
    pub(super) fn is_first(&self) -> bool {
        // The load is all that later calls pay.
        self.is_fresh.load(Ordering::Acquire) && self.is_fresh.swap(false, Ordering::AcqRel)
    }

    pub(super) fn own(&self) -> Verdict {
        // A skip is over when the row is final; what is asked afterwards is no longer about the item.
        if self.is_final.load(Ordering::Acquire) {
            return Verdict::Go;
        }
        Verdict::from_number(self.own.load(Ordering::Acquire))
    }

    pub(super) fn set_own(&self, verdict: Verdict) {
        self.own.store(verdict as u8, Ordering::Release);
    }

    pub(super) fn was_skipped(&self) -> bool {
        Verdict::from_number(self.own.load(Ordering::Acquire)) == Verdict::Skip
    }

    pub(super) fn left(&self) -> Left {
        match (self.is_deferred.load(Ordering::Acquire), self.is_final.load(Ordering::Acquire)) {
            (true, _) => Left::Deferred,
            (_, true) => Left::Final,
            _ => Left::Open,
        }
    }

    pub(super) fn defer(&self) {
        self.is_deferred.store(true, Ordering::Release);
        self.is_final.store(true, Ordering::Release);
    }

    /// Stores what was given. Says whether nothing had been waiting to be written before.
    ///
    /// A final row takes nothing but a failure.
    pub(super) fn store(&self, update: &ProgressUpdate<'_>) -> bool {
        if self.is_final.load(Ordering::Acquire) && update.status != Some(ItemStatus::Failed) {
            return false;
        }
        let mut given = ASKED;
        if let Some(status) = update.status {
            self.status.store(status.number(), Ordering::Relaxed);
            if status.is_final() {
                self.is_final.store(true, Ordering::Release);
            }
            given |= STATUS;
        }
        if let Some(value) = update.value {
            self.value.store(value, Ordering::Relaxed);
            given |= VALUE;
        }
        if let Some(max) = update.max {
            self.max.store(max, Ordering::Relaxed);
            given |= MAX;
        }
        if let Some(bytes) = update.bytes {
            self.bytes.store(bytes, Ordering::Relaxed);
            given |= BYTES;
        }
        if let Some(bytes_max) = update.bytes_max {
            self.bytes_max.store(bytes_max, Ordering::Relaxed);
            given |= BYTES_MAX;
        }
        if let Some(text) = update.text {
            let mut kept = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            kept.clear();
            // No more than is kept of it, and than has room on a line.
            kept.push_str(cut(text, TEXT_MAX));
            given |= TEXT;
        }
        // Published after the fields; who takes the bits sees them.
        self.given.fetch_or(given, Ordering::AcqRel) == 0
    }

    /// What has not been written yet, as the params of a line; `None` if that is nothing.
    pub(super) fn take(&self, seq: Option<u64>) -> Option<ProgressParams<'_>> {
        let given = self.given.swap(0, Ordering::AcqRel);
        if given == 0 {
            return None;
        }
        let amounts = |items: (u8, i64), bytes: (u8, &AtomicU64)| {
            let items = (given & items.0 != 0).then(|| Amount::new(items.1));
            let count = || Amount::new(i64::try_from(bytes.1.load(Ordering::Relaxed)).unwrap_or(i64::MAX));
            let bytes = (given & bytes.0 != 0).then(count);
            (items.is_some() || bytes.is_some()).then_some(Amounts { items, bytes })
        };
        let text = (given & TEXT != 0).then(|| {
            let text = self.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
            (!text.is_empty()).then(|| text.into())
        });
        let status = (given & STATUS != 0)
            .then(|| ItemStatus::from_number(self.status.load(Ordering::Relaxed)))
            .flatten();
        Some(ProgressParams {
            seq,
            item: self.name.as_str().into(),
            status: status.map(Into::into),
            phase: None,
            text,
            done: amounts((VALUE, self.value.load(Ordering::Relaxed)), (BYTES, &self.bytes)),
            total: amounts((MAX, self.max.load(Ordering::Relaxed)), (BYTES_MAX, &self.bytes_max)),
            quiet_s: None,
        })
    }

    pub(super) fn is_held_back(&self) -> bool {
        self.given.load(Ordering::Acquire) != 0
    }
}
