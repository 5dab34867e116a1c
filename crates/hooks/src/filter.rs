//! [`Filter`]: which notices somebody wants to hear.

use crate::notice::Notice;
use crate::occasion::Occasion;

/// Which notices somebody wants to hear: those of one of the occasions that are about one of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The occasions.
    pub occasions: Vec<Occasion>,
    /// The items.
    pub items: Items,
}

/// Items somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Items {
    /// All of them, and what is about no item.
    #[default]
    Any,
    /// These, by name or id. A notice about several items is heard if one of them is named.
    Listed(Vec<String>),
}

impl Filter {
    /// These occasions, whatever item they are about.
    pub fn of(occasions: impl IntoIterator<Item = Occasion>) -> Self {
        Self { occasions: occasions.into_iter().collect(), items: Items::Any }
    }

    /// Whether `notice` is heard.
    pub fn lets_pass(&self, notice: &Notice) -> bool {
        self.occasions.contains(&notice.occasion) && self.items.let_pass(notice)
    }
}

impl Items {
    fn let_pass(&self, notice: &Notice) -> bool {
        let Self::Listed(listed) = self else { return true };
        notice.items.iter().any(|item| {
            let id = item.item.to_string();
            listed.iter().any(|word| *word == item.name || word.eq_ignore_ascii_case(&id))
        })
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_model::id::{HandlerId, ItemId};
    use syncmgr_model::time::Timestamp;

    use super::*;
    use crate::notice::NoticeItem;

    fn about(occasion: Occasion, items: &[(u128, &str)]) -> Notice {
        let item = |(id, name): &(u128, &str)| NoticeItem {
            handler: HandlerId::NIL,
            item: ItemId::from_u128(*id),
            name: (*name).to_owned(),
        };
        Notice { items: items.iter().map(item).collect(), ..Notice::new(occasion, Timestamp::default(), "") }
    }

    #[test]
    fn a_notice_passes_by_its_occasion_and_one_of_its_items() {
        use Occasion::{AfterSession, OnError};
        let photos = || Items::Listed(vec!["photos".to_owned()]);
        let by_id = || Items::Listed(vec!["000000000000-0000-0000-0000-00000000ABCD".to_owned()]);
        let by_real_id = || Items::Listed(vec!["00000000-0000-0000-0000-00000000ABCD".to_owned()]);
        for (items, notice, passes) in [
            (Items::Any, about(OnError, &[]), true),
            (Items::Any, about(AfterSession, &[]), false),
            (photos(), about(OnError, &[(1, "photos")]), true),
            (photos(), about(OnError, &[(1, "notes"), (2, "photos")]), true),
            (photos(), about(OnError, &[(1, "notes")]), false),
            (photos(), about(OnError, &[]), false),
            (photos(), about(AfterSession, &[(1, "photos")]), false),
            (by_real_id(), about(OnError, &[(0xABCD, "photos")]), true),
            (by_id(), about(OnError, &[(0xABCD, "photos")]), false),
            (Items::Listed(vec![]), about(OnError, &[(1, "photos")]), false),
        ] {
            let filter = Filter { occasions: vec![OnError], items };
            assert_eq!(filter.lets_pass(&notice), passes, "{filter:?} {notice:?}");
        }
    }
}
