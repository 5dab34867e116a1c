//! What an enumerator gives becomes a list of items.

use std::collections::BTreeSet;

use syncmgr_handler::{Completeness, Enumeration};
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::{CheckState, ItemInfo, MAX_ITEMS};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::time::Timestamp;

use crate::wide;

/// An entry as the enumerator filled it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawItem {
    /// The identity.
    pub id: ItemId,
    /// The flags, all bits.
    pub flags: u32,
    /// The proposed check mark; anything but 0 is one.
    pub state: u32,
    /// The field with the name.
    pub name: [u16; 128],
    /// The last update, garbage unless its flag is set.
    pub last_update: Timestamp,
}

impl RawItem {
    fn item(&self) -> ItemInfo {
        const KNOWN: u32 = 0x1F;
        let flags = ItemFlags::from_bits_truncate(self.flags & KNOWN);
        let has_time = flags.contains(ItemFlags::LAST_UPDATE_TIME);
        ItemInfo {
            id: self.id,
            name: wide::fixed_text(&self.name),
            flags,
            state: if self.state == 0 { CheckState::Unchecked } else { CheckState::Checked },
            last_update: if has_time { self.last_update } else { Timestamp::default() },
        }
    }
}

/// Whether to ask for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There may be more.
    Ask,
    /// That was the last answer to be used.
    Over,
}

/// Takes the answers of an enumerator one after the other.
#[derive(Debug, Default)]
pub struct Listing {
    items: Vec<ItemInfo>,
    ids: BTreeSet<ItemId>,
    n_given: usize,
    /// Why the list may lack items.
    lacks: Option<Lack>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    CutOff,
    Broken(Outcome),
}

impl Listing {
    /// Takes an answer of `Next`, which was asked for `n_asked` entries and says that it gave `n_fetched`. Entries that come with
    /// `S_FALSE` count; those that come with a failure, or are more than asked for, do not.
    pub fn take(&mut self, outcome: Outcome, n_asked: u32, n_fetched: u32, entries: &[RawItem]) -> Next {
        if outcome.is_failure() || n_fetched > n_asked {
            let outcome = if outcome.is_failure() { outcome } else { Outcome::UNEXPECTED };
            self.lacks = Some(Lack::Broken(outcome));
            return Next::Over;
        }
        if n_fetched == 0 {
            return Next::Over;
        }
        for entry in entries.iter().take(n_fetched as usize) {
            self.n_given += 1;
            // The nil id stands for the handler itself, and of an id that comes twice the first counts.
            if !entry.id.is_nil() && self.ids.insert(entry.id) {
                self.items.push(entry.item());
            }
        }
        if self.n_given >= MAX_ITEMS && outcome == Outcome::OK {
            self.lacks = Some(Lack::CutOff);
            return Next::Over;
        }
        if outcome == Outcome::FALSE { Next::Over } else { Next::Ask }
    }

    /// The list. `outcome` is that of `EnumSyncMgrItems`, a success.
    ///
    /// # Errors
    ///
    /// The failure that came before the first item.
    pub fn finish(self, outcome: Outcome) -> Result<Enumeration, Outcome> {
        let completeness = match self.lacks {
            Some(Lack::Broken(failure)) if self.items.is_empty() => return Err(failure),
            Some(_) => Completeness::MissingItems,
            None if outcome == Outcome::MISSING_ITEMS => Completeness::MissingItems,
            None => Completeness::Complete,
        };
        let items = Box::new(self.items.into_iter().map(Ok));
        Ok(Enumeration { items, completeness })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u128, name: &str) -> RawItem {
        let mut field = [0; 128];
        for (unit, place) in name.encode_utf16().zip(&mut field) {
            *place = unit;
        }
        let last_update = Timestamp::from_millis(-7);
        RawItem { id: ItemId::from_u128(id), flags: 0, state: 1, name: field, last_update }
    }

    /// The names of a list, and whether it is whole.
    fn names(listing: Listing, outcome: Outcome) -> (Vec<String>, Completeness) {
        let enumeration = listing.finish(outcome).unwrap();
        (enumeration.items.map(|item| item.unwrap().name).collect(), enumeration.completeness)
    }

    #[test]
    fn entries_that_come_with_false_count_and_are_the_last() {
        let mut listing = Listing::default();
        assert_eq!(listing.take(Outcome::OK, 1, 1, &[entry(1, "a")]), Next::Ask);
        assert_eq!(listing.take(Outcome::FALSE, 1, 1, &[entry(2, "b")]), Next::Over);
        assert_eq!(names(listing, Outcome::OK), (vec!["a".into(), "b".into()], Completeness::Complete));
    }

    #[test]
    fn nothing_fetched_is_the_end_whatever_the_code_says() {
        let mut listing = Listing::default();
        assert_eq!(listing.take(Outcome::OK, 1, 0, &[entry(1, "a")]), Next::Over);
        assert_eq!(names(listing, Outcome::OK), (vec![], Completeness::Complete));
    }

    #[test]
    fn of_a_failing_call_nothing_counts_and_what_came_before_is_not_the_whole() {
        let mut listing = Listing::default();
        listing.take(Outcome::OK, 1, 1, &[entry(1, "a")]);
        assert_eq!(listing.take(Outcome::FAIL, 1, 1, &[entry(2, "b")]), Next::Over);
        assert_eq!(names(listing, Outcome::OK), (vec!["a".into()], Completeness::MissingItems));
    }

    #[test]
    fn a_failure_before_the_first_item_is_the_failure_of_the_list() {
        let mut listing = Listing::default();
        listing.take(Outcome::NOT_IMPLEMENTED, 1, 0, &[]);
        assert_eq!(listing.finish(Outcome::OK).unwrap_err(), Outcome::NOT_IMPLEMENTED);
    }

    #[test]
    fn more_than_was_asked_for_is_an_error() {
        let mut listing = Listing::default();
        assert_eq!(listing.take(Outcome::OK, 1, 2, &[entry(1, "a"), entry(2, "b")]), Next::Over);
        assert_eq!(listing.finish(Outcome::OK).unwrap_err(), Outcome::UNEXPECTED);
    }

    #[test]
    fn an_endless_list_is_cut_off_even_if_it_repeats_itself() {
        let mut listing = Listing::default();
        let mut n_calls = 0;
        while listing.take(Outcome::OK, 1, 1, &[entry(1, "again")]) == Next::Ask {
            n_calls += 1;
        }
        assert_eq!(n_calls + 1, MAX_ITEMS);
        assert_eq!(names(listing, Outcome::OK), (vec!["again".into()], Completeness::MissingItems));
    }

    #[test]
    fn of_one_id_the_first_entry_counts_and_of_the_nil_id_none() {
        let mut listing = Listing::default();
        for entry in [entry(1, "first"), entry(0, "nil"), entry(1, "second")] {
            listing.take(Outcome::OK, 1, 1, &[entry]);
        }
        assert_eq!(names(listing, Outcome::OK).0, ["first"]);
    }

    #[test]
    fn missing_items_are_told() {
        assert_eq!(names(Listing::default(), Outcome::MISSING_ITEMS).1, Completeness::MissingItems);
    }

    #[test]
    fn the_time_counts_only_with_its_flag_and_unknown_flags_are_dropped() {
        let without = entry(1, "a");
        assert_eq!(without.item().last_update, Timestamp::default());
        let with = RawItem { flags: 0x38, state: 7, ..without };
        assert_eq!(with.item().last_update, Timestamp::from_millis(-7));
        assert_eq!(with.item().flags, ItemFlags::LAST_UPDATE_TIME | ItemFlags::MAY_DELETE_ITEM);
        assert_eq!(with.item().state, CheckState::Checked);
        assert_eq!(RawItem { state: 0, ..with }.item().state, CheckState::Unchecked);
    }
}
