//! Which items take part, as the user decided.
//!
//! A tick is stored only where the user chose; the item's own default holds otherwise.

use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::tick::{Purpose, Tick, TickKey};

use crate::columns::{Id, word};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// Purpose and connection as the columns hold them.
fn columns(key: &TickKey) -> (String, &str) {
    (key.purpose.to_string(), key.connection.as_deref().unwrap_or(""))
}

impl Store {
    /// All choices made under `key`.
    pub fn ticks(&self, key: &TickKey) -> Result<Vec<Tick>, StoreError> {
        self.db
            .prepare_cached("SELECT handler, item, ticked FROM ticks WHERE purpose = ?1 AND connection = ?2")
            .and_then(|mut statement| {
                statement
                    .query_map(columns(key), |row| {
                        Ok(Tick {
                            handler: row.get::<_, Id<HandlerId>>(0)?.0,
                            item: row.get::<_, Id<ItemId>>(1)?.0,
                            ticked: row.get(2)?,
                        })
                    })?
                    .collect()
            })
            .map_err(StoreError::doing("the ticks cannot be read"))
    }
}

impl Store {
    /// All choices under all keys, in an order that stays the same while none of them changes.
    pub fn all_ticks(&self) -> Result<Vec<(TickKey, Tick)>, StoreError> {
        let doing = || StoreError::doing("the ticks cannot be read");
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT purpose, connection, handler, item, ticked FROM ticks
                 ORDER BY purpose, connection, handler, item",
            )
            .map_err(doing())?;
        let mut rows = statement.query(()).map_err(doing())?;
        let mut ticks = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let purpose: String = row.get(0).map_err(doing())?;
            let connection: String = row.get(1).map_err(doing())?;
            let purpose: Purpose = word("purpose", &purpose)?;
            let read = || -> rusqlite::Result<Tick> {
                Ok(Tick {
                    handler: row.get::<_, Id<HandlerId>>(2)?.0,
                    item: row.get::<_, Id<ItemId>>(3)?.0,
                    ticked: row.get(4)?,
                })
            };
            let connection = Some(connection.as_str()).filter(|connection| !connection.is_empty());
            ticks.push((TickKey::new(purpose, connection), read().map_err(doing())?));
        }
        Ok(ticks)
    }

    /// The items about which something was chosen, under any key.
    pub fn chosen(&self, handler: HandlerId) -> Result<Vec<ItemId>, StoreError> {
        self.db
            .prepare_cached("SELECT DISTINCT item FROM ticks WHERE handler = ?1 ORDER BY item")
            .and_then(|mut statement| {
                statement.query_map([Id(handler)], |row| Ok(row.get::<_, Id<ItemId>>(0)?.0))?.collect()
            })
            .map_err(StoreError::doing("the ticks cannot be read"))
    }

    /// The connections under which something was chosen, by name.
    pub fn connections(&self) -> Result<Vec<String>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT DISTINCT connection FROM ticks WHERE connection <> '' ORDER BY connection",
            )
            .and_then(|mut statement| statement.query_map((), |row| row.get(0))?.collect())
            .map_err(StoreError::doing("the ticks cannot be read"))
    }
}

impl Writer<'_> {
    /// Remembers a choice.
    pub fn set_tick(&self, key: &TickKey, tick: Tick) -> Result<(), StoreError> {
        let (purpose, connection) = columns(key);
        self.tx
            .execute(
                "INSERT INTO ticks (purpose, connection, handler, item, ticked) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (purpose, connection, handler, item) DO UPDATE SET ticked = ?5",
                (purpose, connection, Id(tick.handler), Id(tick.item), tick.ticked),
            )
            .map_err(StoreError::doing("the tick cannot be written"))?;
        Ok(())
    }

    /// Forgets what was chosen about an item, under every key.
    pub fn forget_ticks(&self, handler: HandlerId, item: ItemId) -> Result<(), StoreError> {
        self.tx
            .execute("DELETE FROM ticks WHERE handler = ?1 AND item = ?2", (Id(handler), Id(item)))
            .map_err(StoreError::doing("the ticks cannot be forgotten"))?;
        Ok(())
    }

    /// Forgets an item that is gone: its ticks under every key, its open conflicts, its pause and what the keeper of time
    /// knows of it. What it did stays in the history, and why in the ledger.
    pub fn forget_item(&self, handler: HandlerId, item: ItemId) -> Result<(), StoreError> {
        let doing = || StoreError::doing("the item cannot be forgotten");
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM ticks WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM conflicts WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        self.tx.execute("DELETE FROM adhoc_pairs WHERE item = ?1", [Id(item)]).map_err(doing())?;
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM listings WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        self.forget_kept(item)?;
        self.resume(Some(item))?;
        Ok(())
    }
}
