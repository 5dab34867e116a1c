//! What handlers list: themselves and their items.

use std::borrow::Cow;

use crate::flags::{HandlerFlags, ItemFlags};
use crate::id::ItemId;
use crate::time::Timestamp;

/// The longest handler name, in UTF-16 units without terminator.
pub const HANDLER_NAME_UNITS: usize = 31;
/// The longest item name, in UTF-16 units without terminator.
pub const ITEM_NAME_UNITS: usize = 127;
/// The most items one enumeration may yield; a longer one is cut off against endless enumerators.
pub const MAX_ITEMS: usize = 65_536;

/// A handler's name and declarations (`SYNCMGRHANDLERINFO`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandlerInfo {
    /// The display name; cut at [`HANDLER_NAME_UNITS`].
    pub name: String,
    /// What the handler declares.
    pub flags: HandlerFlags,
}

/// Whether an item takes part before the user has chosen (`SYNCMGRITEMSTATE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CheckState {
    /// It takes part.
    #[default]
    Checked,
    /// It does not.
    Unchecked,
}

/// One item as its handler lists it (`SYNCMGRITEM`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemInfo {
    /// The stable identity.
    pub id: ItemId,
    /// The display name; cut at [`ITEM_NAME_UNITS`]. Empty means: show the id.
    pub name: String,
    /// What the handler declares about the item.
    pub flags: ItemFlags,
    /// Whether the item takes part before the user has chosen.
    pub state: CheckState,
    /// The last synchronization; read only with [`ItemFlags::LAST_UPDATE_TIME`].
    pub last_update: Timestamp,
}

impl ItemInfo {
    /// An item with a name, checked, and nothing else declared.
    pub fn new(id: ItemId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            flags: ItemFlags::empty(),
            state: CheckState::Checked,
            last_update: Timestamp::default(),
        }
    }

    /// The name to show: at most [`ITEM_NAME_UNITS`], and the id where the handler gave none.
    pub fn display_name(&self) -> Cow<'_, str> {
        if self.name.is_empty() {
            Cow::Owned(self.id.to_string())
        } else {
            Cow::Borrowed(cut_to_utf16_units(&self.name, ITEM_NAME_UNITS))
        }
    }
}

/// The longest beginning of `text` that has at most `units` UTF-16 units, cut between whole characters.
pub fn cut_to_utf16_units(text: &str, units: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.len_utf16();
        if used > units {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_on_a_whole_character() {
        assert_eq!(cut_to_utf16_units("photos", 31), "photos");
        assert_eq!(cut_to_utf16_units("photos", 3), "pho");
        // The last character takes two units and would be halved.
        assert_eq!(cut_to_utf16_units("ab\u{1F5BC}", 3), "ab");
        assert_eq!(cut_to_utf16_units("ab\u{1F5BC}", 4), "ab\u{1F5BC}");
    }

    #[test]
    fn an_item_without_a_name_shows_its_id() {
        let item = ItemInfo::new(ItemId::from_u128(7), "");
        assert_eq!(item.display_name(), "00000000-0000-0000-0000-000000000007");
    }
}
