//! [`Items`]: what the handler listed, and how its ids become ours.

use std::collections::HashMap;

use serde_json::value::RawValue;
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::{CheckState, ITEM_NAME_UNITS, ItemInfo, MAX_ITEMS, cut_to_utf16_units};
use syncmgr_wire::protocol::host::Item;
use syncmgr_wire::protocol::limits::ITEM_ID_MAX;
use syncmgr_wire::protocol::read;
use syncmgr_wire::protocol::words::ItemFlag;

/// The items of the latest enumeration, and those of the one that is coming in.
#[derive(Default)]
pub(super) struct Items {
    /// How the handler writes an id: echoed byte by byte.
    texts: HashMap<ItemId, String>,
    coming: Vec<ItemInfo>,
    coming_texts: HashMap<ItemId, String>,
}

/// What is wrong with a listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// An item is left out, because.
    Refused(&'static str),
    /// There are too many.
    TooMany,
}

impl Items {
    /// A new listing begins.
    pub(super) fn begin(&mut self) {
        self.coming = Vec::new();
        self.coming_texts = HashMap::new();
    }

    /// Takes an item of the listing that is coming in.
    pub(super) fn add(&mut self, handler: HandlerId, raw: &RawValue) -> Result<(), Trouble> {
        if self.coming.len() >= MAX_ITEMS {
            return Err(Trouble::TooMany);
        }
        let item: Item = serde_json::from_str(raw.get())
            .map_err(|_| Trouble::Refused("an item without a text as its id, or with a malformed member"))?;
        let id = item_id(handler, &item.id).map_err(Trouble::Refused)?;
        if self.coming_texts.contains_key(&id) {
            return Err(Trouble::Refused("an item that was listed already"));
        }
        let mut info =
            ItemInfo::new(id, cut_to_utf16_units(item.name.as_deref().unwrap_or(&item.id), ITEM_NAME_UNITS));
        info.state = if item.checked { CheckState::Checked } else { CheckState::Unchecked };
        info.flags = item.flags.iter().map(|flag| flag_of(*flag)).collect();
        if let Some(moment) = item.last_update.as_deref().and_then(read::moment) {
            info.flags |= ItemFlags::LAST_UPDATE_TIME;
            info.last_update = moment;
        }
        self.coming_texts.insert(id, item.id);
        self.coming.push(info);
        Ok(())
    }

    /// The listing is whole.
    pub(super) fn finish(&mut self) -> Vec<ItemInfo> {
        self.texts = std::mem::take(&mut self.coming_texts);
        std::mem::take(&mut self.coming)
    }

    /// How the handler writes the id.
    pub(super) fn text(&self, item: ItemId) -> Option<&str> {
        self.texts.get(&item).map(String::as_str)
    }
}

/// Our id for a handler's; or why it can have none.
fn item_id(handler: HandlerId, text: &str) -> Result<ItemId, &'static str> {
    if text.is_empty() {
        return Err("an item with an empty id");
    }
    if text.len() > ITEM_ID_MAX {
        return Err("an item whose id is longer than 128 bytes");
    }
    if text.contains('\u{fffd}') {
        return Err("an item whose id is not UTF-8");
    }
    let id = ItemId::named(handler, text);
    if id.is_nil() { Err("an item whose id is the nil UUID") } else { Ok(id) }
}

fn flag_of(flag: ItemFlag) -> ItemFlags {
    match flag {
        ItemFlag::Properties => ItemFlags::HAS_PROPERTIES,
        ItemFlag::Temporary => ItemFlags::TEMPORARY,
        ItemFlag::Roaming => ItemFlags::ROAMING_USER,
    }
}
