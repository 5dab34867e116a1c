//! Whether a notice is shown, or is the same as one that was shown a moment ago.

use std::collections::HashMap;

use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::notice::Notice;
use crate::occasion::Occasion;

/// Within how long the same is not shown again.
const WINDOW_MILLIS: u64 = 10 * 60 * 1_000;
/// How many different ones are remembered.
const MAX_KNOWN: usize = 256;

/// What is done with a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    /// It is shown, and stands for so many that were not.
    Show { n_merged: u32 },
    /// The same is on the screen already.
    Merge,
}

/// What two notices have in common that say the same.
type Key = (Occasion, Vec<ItemId>, String);

/// Remembers what was shown.
#[derive(Debug, Default)]
pub(super) struct Merging {
    shown: HashMap<Key, Shown>,
}

#[derive(Debug)]
struct Shown {
    at: Timestamp,
    n_merged: u32,
}

impl Merging {
    /// Decides about a notice by its time.
    ///
    /// The window begins when something is shown and does not grow with each repetition: what goes wrong every minute is
    /// shown every ten minutes, and then says how often it has.
    pub(super) fn decide(&mut self, notice: &Notice) -> Showing {
        let key = (notice.occasion, notice.items.iter().map(|item| item.item).collect(), notice.text.clone());
        match self.shown.get_mut(&key) {
            Some(shown) if is_within(shown.at, notice.at) => {
                shown.n_merged = shown.n_merged.saturating_add(1);
                Showing::Merge
            }
            before => {
                let n_merged = before.map_or(0, |shown| shown.n_merged);
                self.make_room(notice.at);
                self.shown.insert(key, Shown { at: notice.at, n_merged: 0 });
                Showing::Show { n_merged }
            }
        }
    }

    /// Forgets what says nothing any more; if that is not enough, what was shown first.
    fn make_room(&mut self, now: Timestamp) {
        if self.shown.len() < MAX_KNOWN {
            return;
        }
        self.shown.retain(|_, shown| is_within(shown.at, now));
        if self.shown.len() >= MAX_KNOWN {
            let first = self.shown.iter().min_by_key(|(_, shown)| shown.at).map(|(key, _)| key.clone());
            first.map(|key| self.shown.remove(&key));
        }
    }
}

/// A clock that was set back says nothing about how long ago something was.
fn is_within(shown: Timestamp, now: Timestamp) -> bool {
    now >= shown && now.millis_since(shown) < WINDOW_MILLIS
}

#[cfg(test)]
mod tests {
    use syncmgr_model::id::HandlerId;

    use super::*;
    use crate::notice::NoticeItem;

    const MINUTE: i64 = 60_000;

    fn notice(occasion: Occasion, item: u128, text: &str, minute: i64) -> Notice {
        let item =
            NoticeItem { handler: HandlerId::NIL, item: ItemId::from_u128(item), name: "any".to_owned() };
        let at = Timestamp::from_millis(minute * MINUTE);
        Notice { items: vec![item], ..Notice::new(occasion, at, text) }
    }

    #[test]
    fn the_same_within_ten_minutes_is_merged_and_counted_when_it_is_shown_again() {
        use Occasion::{OnError, OnLate};
        use Showing::{Merge, Show};
        let mut merging = Merging::default();
        for (notice, expected) in [
            (notice(OnError, 1, "no disk", 0), Show { n_merged: 0 }),
            (notice(OnError, 1, "no disk", 1), Merge),
            (notice(OnError, 2, "no disk", 2), Show { n_merged: 0 }),
            (notice(OnLate, 1, "no disk", 2), Show { n_merged: 0 }),
            (notice(OnError, 1, "no network", 2), Show { n_merged: 0 }),
            (notice(OnError, 1, "no disk", 9), Merge),
            // Ten minutes after it was shown, not after it was merged.
            (notice(OnError, 1, "no disk", 10), Show { n_merged: 2 }),
            (notice(OnError, 1, "no disk", 11), Merge),
            (notice(OnError, 1, "no disk", 90), Show { n_merged: 1 }),
            // The clock was set back.
            (notice(OnError, 1, "no disk", 30), Show { n_merged: 0 }),
            (notice(OnError, 1, "no disk", 31), Merge),
        ] {
            assert_eq!(merging.decide(&notice), expected, "{notice:?}");
        }
    }

    #[test]
    fn only_so_many_are_remembered_and_the_first_are_forgotten_first() {
        let mut merging = Merging::default();
        for item in 0..300 {
            let _ = merging.decide(&notice(Occasion::OnError, item, "", 0));
        }
        assert_eq!(merging.shown.len(), MAX_KNOWN);
        let late = notice(Occasion::OnError, 900, "", 20);
        assert_eq!(merging.decide(&late), Showing::Show { n_merged: 0 });
        assert_eq!(merging.shown.len(), 1);
    }
}
