//! Pairs of folders that were synchronized without being configured.
//!
//! They are remembered so that conflicts, undo and trash can be asked for them by name or id later on.

use rusqlite::OptionalExtension;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, time};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A remembered pair. Roots are bytes, because paths are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdhocPair {
    /// The item.
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// The left root.
    pub left: Vec<u8>,
    /// The right root.
    pub right: Vec<u8>,
    /// The mode of its last run.
    pub mode: String,
    /// The ignore rules of its last run.
    pub ignore: Vec<String>,
    /// When it was last synchronized.
    pub used: Timestamp,
}

impl Store {
    /// All remembered pairs, the last used first.
    pub fn adhoc_pairs(&self) -> Result<Vec<AdhocPair>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT item, name, left_root, right_root, mode, ignore, used_at FROM adhoc_pairs ORDER BY used_at DESC, item",
            )
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(StoreError::doing("the remembered pairs cannot be read"))
    }

    /// A remembered pair.
    pub fn adhoc_pair(&self, item: ItemId) -> Result<Option<AdhocPair>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT item, name, left_root, right_root, mode, ignore, used_at FROM adhoc_pairs WHERE item = ?1",
            )
            .and_then(|mut statement| statement.query_row([Id(item)], read).optional())
            .map_err(StoreError::doing("the remembered pair cannot be read"))
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<AdhocPair> {
    Ok(AdhocPair {
        item: row.get::<_, Id<ItemId>>(0)?.0,
        name: row.get(1)?,
        left: row.get(2)?,
        right: row.get(3)?,
        mode: row.get(4)?,
        ignore: row.get::<_, String>(5)?.lines().map(str::to_owned).collect(),
        used: time(row, 6)?,
    })
}

impl Writer<'_> {
    /// Remembers a pair, or that it was used again.
    pub fn remember_pair(&self, pair: &AdhocPair) -> Result<(), StoreError> {
        self.tx
            .execute(
                "INSERT INTO adhoc_pairs (item, name, left_root, right_root, mode, ignore, used_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (item) DO UPDATE SET
                    name = ?2, left_root = ?3, right_root = ?4, mode = ?5, ignore = ?6, used_at = ?7",
                (
                    Id(pair.item),
                    &pair.name,
                    &pair.left,
                    &pair.right,
                    &pair.mode,
                    // A rule is a line wherever rules are written in files, so it has no line ends in it.
                    pair.ignore.join("\n"),
                    pair.used.as_millis(),
                ),
            )
            .map_err(StoreError::doing("the pair cannot be remembered"))?;
        Ok(())
    }
}
