//! What handlers listed when they were last asked: for answers that must not start a program.

use rusqlite::Row;
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, count};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// An item as its handler last listed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItem {
    /// The handler.
    pub handler: HandlerId,
    /// What it said.
    pub info: ItemInfo,
}

impl Store {
    /// The items of all handlers, each handler's in its own order.
    pub fn listed_items(&self) -> Result<Vec<ListedItem>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT handler, item, name, flags, checked, last_update FROM listings
                 ORDER BY handler, position, item",
            )
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(StoreError::doing("the listings cannot be read"))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ListedItem> {
    let last_update: Option<i64> = row.get(5)?;
    let info = ItemInfo {
        id: row.get::<_, Id<ItemId>>(1)?.0,
        name: row.get(2)?,
        flags: ItemFlags::from_bits_truncate(row.get(3)?),
        state: if row.get(4)? { CheckState::Checked } else { CheckState::Unchecked },
        last_update: Timestamp::from_millis(last_update.unwrap_or_default()),
    };
    Ok(ListedItem { handler: row.get::<_, Id<HandlerId>>(0)?.0, info })
}

const DOING: &str = "the listing cannot be written";

impl Writer<'_> {
    /// Takes over what a handler listed. `complete`: what it listed before and not now is gone.
    pub fn replace_listing(
        &self,
        handler: HandlerId,
        items: &[ItemInfo],
        complete: bool,
    ) -> Result<(), StoreError> {
        if complete {
            self.forget_listing(handler)?;
        }
        let mut add = self
            .tx
            .prepare_cached(
                "INSERT INTO listings (handler, item, position, name, flags, checked, last_update)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (handler, item) DO UPDATE SET
                    position = ?3, name = ?4, flags = ?5, checked = ?6, last_update = ?7",
            )
            .map_err(StoreError::doing(DOING))?;
        for (position, item) in items.iter().enumerate() {
            let is_known = item.flags.contains(ItemFlags::LAST_UPDATE_TIME);
            add.execute((
                Id(handler),
                Id(item.id),
                count(position as u64),
                &item.name,
                item.flags.bits(),
                item.state == CheckState::Checked,
                is_known.then_some(item.last_update.as_millis()),
            ))
            .map_err(StoreError::doing(DOING))?;
        }
        Ok(())
    }

    /// Adds an item that came up in a session; what its handler listed about it stays.
    pub fn add_to_listing(&self, handler: HandlerId, item: &ItemInfo) -> Result<(), StoreError> {
        self.tx
            .execute(
                "INSERT INTO listings (handler, item, position, name, flags, checked, last_update)
                 VALUES (?1, ?2, (SELECT count(*) FROM listings WHERE handler = ?1), ?3, ?4, ?5, NULL)
                 ON CONFLICT (handler, item) DO NOTHING",
                (Id(handler), Id(item.id), &item.name, item.flags.bits(), item.state == CheckState::Checked),
            )
            .map_err(StoreError::doing(DOING))?;
        Ok(())
    }

    /// Forgets all that a handler listed.
    pub fn forget_listing(&self, handler: HandlerId) -> Result<(), StoreError> {
        self.tx
            .execute("DELETE FROM listings WHERE handler = ?1", [Id(handler)])
            .map_err(StoreError::doing(DOING))?;
        Ok(())
    }
}
