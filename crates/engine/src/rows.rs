//! The rows of an instance, laid out for progress calls.
//!
//! A call must cost next to nothing, so a row is a fixed slot on cache lines of its own: numbers are atomics that the
//! handler's threads write and displays sample, latest wins; text has a small lock that is taken only when text is
//! given; the manager's verdict is a byte that is only read here. The layout is made once and never changes, so finding
//! a row takes no lock; rows of later runs (retries) are switched in and out by their verdict byte.
//!
//! Statuses that are not final are written here; final ones are decided by the machine and written under its lock. A
//! compare-and-swap keeps a late open status from overwriting a final one.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::session::{RowIdx, RowVerdict};
use syncmgr_model::status::ItemStatus;

use crate::report::RowView;

/// Two cache lines: processors fetch lines in pairs, and neighbors must not slow each other down.
#[repr(align(128))]
pub(crate) struct Slot {
    pub(crate) item: ItemId,
    verdict: AtomicU8,
    /// Whether something was written since the row was last sampled.
    dirty: AtomicBool,
    seen: AtomicBool,
    status: AtomicU32,
    value: AtomicI64,
    max: AtomicI64,
    bytes: AtomicU64,
    bytes_max: AtomicU64,
    text: Mutex<String>,
}

/// Whether a slot was clean before it was written: then somebody may be asleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Touch {
    FirstSinceSample,
    Again,
}

impl Slot {
    fn new(item: ItemId) -> Self {
        Self {
            item,
            verdict: AtomicU8::new(RowVerdict::Outside as u8),
            dirty: AtomicBool::new(false),
            seen: AtomicBool::new(false),
            status: AtomicU32::new(ItemStatus::Pending.number()),
            value: AtomicI64::new(0),
            max: AtomicI64::new(0),
            bytes: AtomicU64::new(0),
            bytes_max: AtomicU64::new(0),
            text: Mutex::new(String::new()),
        }
    }

    #[inline]
    pub(crate) fn verdict(&self) -> RowVerdict {
        RowVerdict::from_number(self.verdict.load(Ordering::Acquire))
    }

    pub(crate) fn set_verdict(&self, verdict: RowVerdict) {
        self.verdict.store(verdict as u8, Ordering::Release);
    }

    #[inline]
    pub(crate) fn status(&self) -> ItemStatus {
        // Only numbers of statuses are ever stored.
        ItemStatus::from_number(self.status.load(Ordering::Relaxed)).unwrap_or(ItemStatus::Pending)
    }

    #[inline]
    pub(crate) fn is_final(&self) -> bool {
        is_final_number(self.status.load(Ordering::Relaxed))
    }

    /// Writes what the machine decided; pending means that the row starts from nothing.
    pub(crate) fn decide_status(&self, status: ItemStatus) {
        if status == ItemStatus::Pending {
            self.seen.store(true, Ordering::Relaxed);
            self.value.store(0, Ordering::Relaxed);
            self.max.store(0, Ordering::Relaxed);
            self.bytes.store(0, Ordering::Relaxed);
            self.bytes_max.store(0, Ordering::Relaxed);
            self.set_text("");
        }
        self.status.store(status.number(), Ordering::Release);
        self.dirty.store(true, Ordering::Relaxed);
    }

    /// Writes the given fields, except a final status.
    #[inline]
    pub(crate) fn write(&self, update: &ProgressUpdate<'_>) -> Touch {
        // The larger limit first: a reader in between sees an emptier bar, never one that is too full.
        if let Some(max) = update.max {
            self.max.store(max, Ordering::Relaxed);
        }
        if let Some(value) = update.value {
            self.value.store(value, Ordering::Relaxed);
        }
        if let Some(bytes_max) = update.bytes_max {
            self.bytes_max.store(bytes_max, Ordering::Relaxed);
        }
        if let Some(bytes) = update.bytes {
            self.bytes.store(bytes, Ordering::Relaxed);
        }
        if let Some(text) = update.text {
            self.set_text(text);
        }
        if let Some(status) = update.status {
            self.write_open_status(status);
        }
        // Read before written: while the row is dirty anyway, its line is not shared with whoever samples.
        if self.dirty.load(Ordering::Relaxed) {
            Touch::Again
        } else {
            self.dirty.store(true, Ordering::Release);
            Touch::FirstSinceSample
        }
    }

    // Kept out of line, like everything that is not the plain case: the plain case then needs few registers.
    #[inline(never)]
    fn set_text(&self, text: &str) {
        let mut kept = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clear();
        kept.push_str(text);
    }

    #[inline(never)]
    fn write_open_status(&self, status: ItemStatus) {
        if status.is_final() {
            return;
        }
        let mut before = self.status.load(Ordering::Relaxed);
        while before != status.number() && !is_final_number(before) {
            match self.status.compare_exchange_weak(
                before,
                status.number(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => before = now,
            }
        }
    }

    fn view(&self, handler: HandlerId, name: &str, is_paused: bool, scratch: &mut String) -> RowView {
        self.dirty.store(false, Ordering::Release);
        scratch.clear();
        // Copied into a buffer that is there already, so that the handler waits for a few bytes and no allocation.
        scratch.push_str(&self.text.lock().unwrap_or_else(PoisonError::into_inner));
        let status = match self.status() {
            ItemStatus::Updating | ItemStatus::UpdatingIndeterminate if is_paused => ItemStatus::Paused,
            other => other,
        };
        RowView {
            item: self.item,
            handler,
            name: name.to_owned(),
            status,
            text: scratch.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            value: self.value.load(Ordering::Relaxed),
            max: self.max.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            bytes_max: self.bytes_max.load(Ordering::Relaxed),
        }
    }
}

#[inline]
fn is_final_number(number: u32) -> bool {
    const OPEN: u32 = 1 << ItemStatus::Pending as u32
        | 1 << ItemStatus::Updating as u32
        | 1 << ItemStatus::Paused as u32
        | 1 << ItemStatus::Resuming as u32
        | 1 << ItemStatus::UpdatingIndeterminate as u32;
    number >= u32::BITS || OPEN >> number & 1 == 0
}

/// All rows of an instance and the way from an item to its row.
pub(crate) struct RowTable {
    handler: HandlerId,
    slots: Box<[Slot]>,
    names: Box<[String]>,
    /// Open addressing over at least twice as many places as rows; 0 is free, others are the row's place plus 1.
    places: Box<[u32]>,
}

impl RowTable {
    pub(crate) fn new(handler: HandlerId, items: &[ItemInfo]) -> Self {
        let slots: Box<[Slot]> = items.iter().map(|item| Slot::new(item.id)).collect();
        let names = items.iter().map(|item| item.display_name().into_owned()).collect();
        let n_places = (items.len() * 2).next_power_of_two().max(2);
        let mut places = vec![0u32; n_places].into_boxed_slice();
        // An enumeration has at most 65,536 items.
        for (number, slot) in (1u32..).zip(&slots) {
            let mut place = home(slot.item, n_places);
            while places[place] != 0 {
                place = (place + 1) & (n_places - 1);
            }
            places[place] = number;
        }
        Self { handler, slots, names, places }
    }

    #[inline]
    pub(crate) fn find(&self, item: ItemId) -> Option<(RowIdx, &Slot)> {
        let mut place = home(item, self.places.len());
        loop {
            // A free place ends the search, and half of the places are free.
            let number = self.places[place].checked_sub(1)? as usize;
            let slot = self.slots.get(number)?;
            if slot.item == item {
                return Some((RowIdx(number), slot));
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }

    pub(crate) fn slot(&self, row: RowIdx) -> &Slot {
        &self.slots[row.0]
    }

    pub(crate) fn views(&self, is_paused: bool, views: &mut Vec<RowView>) {
        let mut scratch = String::new();
        for (slot, name) in self.slots.iter().zip(&self.names) {
            if slot.seen.load(Ordering::Relaxed) {
                views.push(slot.view(self.handler, name, is_paused, &mut scratch));
            }
        }
    }
}

/// Where the search for an item begins. `n_places` is a power of two.
#[inline]
fn home(item: ItemId, n_places: usize) -> usize {
    // Only within this process, so the machine's own byte order will do.
    let number = u128::from_ne_bytes(*item.as_bytes());
    let folded = (number as u64) ^ ((number >> 64) as u64).rotate_left(32);
    let mixed = folded.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize & (n_places - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_numbers_are_those_of_final_statuses() {
        for status in ItemStatus::ALL {
            assert_eq!(is_final_number(status.number()), status.is_final(), "{status}");
        }
    }

    #[test]
    fn every_item_is_found_and_no_other() {
        for n_items in [0, 1, 2, 3, 100, 5000] {
            let items: Vec<_> =
                (1..=n_items).map(|number| ItemInfo::new(ItemId::from_u128(number * 7), "x")).collect();
            let table = RowTable::new(HandlerId::NIL, &items);
            for (row, item) in items.iter().enumerate() {
                assert_eq!(table.find(item.id).map(|(found, _)| found), Some(RowIdx(row)));
            }
            assert!(table.find(ItemId::from_u128(5)).is_none());
            assert!(table.find(ItemId::NIL).is_none());
        }
    }

    #[test]
    fn a_slot_fills_exactly_its_two_lines() {
        assert_eq!(size_of::<Slot>(), 128);
    }

    #[test]
    fn a_late_open_status_does_not_reopen_a_final_row() {
        let slot = Slot::new(ItemId::from_u128(1));
        slot.decide_status(ItemStatus::Succeeded);
        let _ = slot.write(&ProgressUpdate::status(ItemStatus::Updating));
        assert_eq!(slot.status(), ItemStatus::Succeeded);
        slot.decide_status(ItemStatus::Pending);
        let _ = slot.write(&ProgressUpdate::status(ItemStatus::Updating));
        assert_eq!(slot.status(), ItemStatus::Updating);
    }
}
