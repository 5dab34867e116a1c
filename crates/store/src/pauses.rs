//! What is paused: nothing starts by itself until it goes on.

use rusqlite::Row;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, time};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A pause of one item, or of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The item; everything if there is none.
    pub item: Option<ItemId>,
    /// Since when.
    pub since: Timestamp,
    /// Until when; until somebody says so, if there is none.
    pub until: Option<Timestamp>,
    /// Why, in the words of whoever paused it.
    pub reason: Option<String>,
}

const DOING_READ: &str = "the pauses cannot be read";
const DOING_WRITE: &str = "the pauses cannot be written";

/// The nil id stands for everything: a row can be found by it, and by `NULL` not.
fn column(item: Option<ItemId>) -> Id<ItemId> {
    Id(item.unwrap_or(ItemId::NIL))
}

impl Store {
    /// All pauses, also those whose time is over: the caller knows the time. The one of everything comes first.
    pub fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.db
            .prepare_cached("SELECT item, since, until, reason FROM pauses ORDER BY item")
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(StoreError::doing(DOING_READ))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Pause> {
    let item = row.get::<_, Id<ItemId>>(0)?.0;
    Ok(Pause {
        item: (!item.is_nil()).then_some(item),
        since: time(row, 1)?,
        until: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
        reason: row.get(3)?,
    })
}

impl Writer<'_> {
    /// Pauses something, or changes how long and why; since when it has been paused stays.
    pub fn pause(&self, pause: &Pause) -> Result<(), StoreError> {
        self.tx
            .execute(
                "INSERT INTO pauses (item, since, until, reason) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (item) DO UPDATE SET until = ?3, reason = ?4",
                (
                    column(pause.item),
                    pause.since.as_millis(),
                    pause.until.map(Timestamp::as_millis),
                    &pause.reason,
                ),
            )
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(())
    }

    /// Ends a pause, and tells whether there was one.
    pub fn resume(&self, item: Option<ItemId>) -> Result<bool, StoreError> {
        self.tx
            .execute("DELETE FROM pauses WHERE item = ?1", [column(item)])
            .map(|n_rows| n_rows > 0)
            .map_err(StoreError::doing(DOING_WRITE))
    }
}
