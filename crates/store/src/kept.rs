//! What the keeper of time remembers of each item.

use rusqlite::{OptionalExtension, Row};
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::time::Timestamp;

use crate::columns::Id;
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// An item as the keeper of time knows it. What is `None` has not happened, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptItem {
    /// The item.
    pub item: ItemId,
    /// When a session last started it.
    pub last_started: Option<Timestamp>,
    /// When its last run ended, whatever came of it.
    pub last_ended: Option<Timestamp>,
    /// When a run of it last succeeded.
    pub last_succeeded: Option<Timestamp>,
    /// When a schedule last called for it, so that a missed run is noticed.
    pub last_due: Option<Timestamp>,
    /// How often it has failed since it last succeeded.
    pub failures: u32,
    /// Nothing starts it by itself before.
    pub not_before: Option<Timestamp>,
    /// Since when it is late.
    pub late_since: Option<Timestamp>,
    /// Whether its last run was cut off by the end of the manager. Set by [`Writer::interrupted`], too.
    pub interrupted: bool,
    /// The keeper's own: where each schedule has got to.
    pub cursors: Option<String>,
}

impl KeptItem {
    /// An item of which nothing is known.
    pub const fn new(item: ItemId) -> Self {
        Self {
            item,
            last_started: None,
            last_ended: None,
            last_succeeded: None,
            last_due: None,
            failures: 0,
            not_before: None,
            late_since: None,
            interrupted: false,
            cursors: None,
        }
    }
}

const DOING_READ: &str = "what is kept of the items cannot be read";
const DOING_WRITE: &str = "what is kept of the items cannot be written";

impl Store {
    /// All that is known of items, by their ids.
    pub fn kept_items(&self) -> Result<Vec<KeptItem>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT item, last_started, last_ended, last_succeeded, last_due, failures, not_before, late_since,
                    interrupted, cursors
                 FROM kept_items ORDER BY item",
            )
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(StoreError::doing(DOING_READ))
    }

    /// What is known of an item.
    pub fn kept_item(&self, item: ItemId) -> Result<Option<KeptItem>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT item, last_started, last_ended, last_succeeded, last_due, failures, not_before, late_since,
                    interrupted, cursors
                 FROM kept_items WHERE item = ?1",
            )
            .and_then(|mut statement| statement.query_row([Id(item)], read).optional())
            .map_err(StoreError::doing(DOING_READ))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptItem> {
    let time = |idx| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(idx)?.map(Timestamp::from_millis));
    Ok(KeptItem {
        item: row.get::<_, Id<ItemId>>(0)?.0,
        last_started: time(1)?,
        last_ended: time(2)?,
        last_succeeded: time(3)?,
        last_due: time(4)?,
        failures: row.get(5)?,
        not_before: time(6)?,
        late_since: time(7)?,
        interrupted: row.get(8)?,
        cursors: row.get(9)?,
    })
}

impl Writer<'_> {
    /// Remembers items as they are now; what was known of them before is replaced.
    pub fn keep_items(&self, items: &[KeptItem]) -> Result<(), StoreError> {
        let doing = || StoreError::doing(DOING_WRITE);
        let mut keep = self
            .tx
            .prepare_cached(
                "INSERT INTO kept_items (item, last_started, last_ended, last_succeeded, last_due, failures, not_before,
                    late_since, interrupted, cursors)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (item) DO UPDATE SET last_started = ?2, last_ended = ?3, last_succeeded = ?4, last_due = ?5,
                    failures = ?6, not_before = ?7, late_since = ?8, interrupted = ?9, cursors = ?10",
            )
            .map_err(doing())?;
        for item in items {
            keep.execute((
                Id(item.item),
                item.last_started.map(Timestamp::as_millis),
                item.last_ended.map(Timestamp::as_millis),
                item.last_succeeded.map(Timestamp::as_millis),
                item.last_due.map(Timestamp::as_millis),
                item.failures,
                item.not_before.map(Timestamp::as_millis),
                item.late_since.map(Timestamp::as_millis),
                item.interrupted,
                &item.cursors,
            ))
            .map_err(doing())?;
        }
        Ok(())
    }

    /// Notes that an item's run was cut off; the rest of what is known of it stays.
    pub(crate) fn mark_interrupted(&self, item: ItemId) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO kept_items (item, interrupted) VALUES (?1, 1)
                 ON CONFLICT (item) DO UPDATE SET interrupted = 1",
            )
            .and_then(|mut statement| statement.execute([Id(item)]))
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(())
    }

    /// Forgets what is known of an item.
    pub(crate) fn forget_kept(&self, item: ItemId) -> Result<(), StoreError> {
        self.tx
            .execute("DELETE FROM kept_items WHERE item = ?1", [Id(item)])
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(())
    }

    /// Forgets what is known of all that a handler has listed; asked before the listing goes.
    pub(crate) fn forget_kept_of(&self, handler: HandlerId) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM kept_items WHERE item IN (SELECT item FROM listings WHERE handler = ?1)",
            "DELETE FROM pauses WHERE item IN (SELECT item FROM listings WHERE handler = ?1)",
        ] {
            self.tx.execute(statement, [Id(handler)]).map_err(StoreError::doing(DOING_WRITE))?;
        }
        Ok(())
    }
}
