//! Conflicts that wait for somebody.

use std::collections::HashMap;

use rusqlite::Row;
use syncmgr_model::fact::{ConflictKind, FactPath};
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, conflict_kind, read_count, time};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A conflict both of whose sides stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConflict {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// The path.
    pub path: FactPath,
    /// How the edits exclude each other.
    pub kind: ConflictKind,
    /// When it was first reported.
    pub since: Timestamp,
}

/// What a run says about an item's conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts<'a> {
    /// These are all: others are gone.
    All(&'a [(FactPath, ConflictKind)]),
    /// The run looked at `treated` only; of those, the ones in `open` are still there.
    Among {
        /// The paths looked at.
        treated: &'a [FactPath],
        /// Those still in conflict.
        open: &'a [(FactPath, ConflictKind)],
    },
}

impl Store {
    /// The open conflicts of one item, or of all, by path.
    pub fn conflicts(&self, item: Option<ItemId>) -> Result<Vec<OpenConflict>, StoreError> {
        let doing = || StoreError::doing("the conflicts cannot be read");
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT handler, item, path, since, kind FROM conflicts
                 WHERE ?1 IS NULL OR item = ?1 ORDER BY item, path",
            )
            .map_err(doing())?;
        let mut rows = statement.query([item.map(Id)]).map_err(doing())?;
        let mut conflicts = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let kind: String = row.get(4).map_err(doing())?;
            conflicts.push(OpenConflict {
                handler: row.get::<_, Id<HandlerId>>(0).map_err(doing())?.0,
                item: row.get::<_, Id<ItemId>>(1).map_err(doing())?.0,
                path: row.get(2).map_err(doing())?,
                since: time(row, 3).map_err(doing())?,
                kind: conflict_kind(&kind)?,
            });
        }
        Ok(conflicts)
    }

    /// How many conflicts are open for each item that has any, with one question.
    pub fn conflict_counts(&self) -> Result<HashMap<ItemId, u64>, StoreError> {
        self.db
            .prepare_cached("SELECT item, count(*) FROM conflicts GROUP BY item")
            .and_then(|mut statement| {
                let read = |row: &Row<'_>| Ok((row.get::<_, Id<ItemId>>(0)?.0, read_count(row, 1)?));
                statement.query_map((), read)?.collect()
            })
            .map_err(StoreError::doing("the conflicts cannot be read"))
    }
}

impl Writer<'_> {
    /// Takes over what a run says about an item's conflicts. One that was known keeps the time of its first report.
    pub fn replace_conflicts(
        &self,
        handler: HandlerId,
        item: ItemId,
        conflicts: Conflicts<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let doing = || StoreError::doing("the conflicts cannot be written");
        let (treated, open) = match conflicts {
            Conflicts::All(open) => (None, open),
            Conflicts::Among { treated, open } => (Some(treated), open),
        };
        let known = self.known_paths(handler, item).map_err(doing())?;
        let mut remove = self
            .tx
            .prepare_cached("DELETE FROM conflicts WHERE handler = ?1 AND item = ?2 AND path = ?3")
            .map_err(doing())?;
        for path in known {
            let looked_at = treated.is_none_or(|treated| treated.contains(&path));
            if looked_at && !open.iter().any(|(still, _)| *still == path) {
                remove.execute((Id(handler), Id(item), path)).map_err(doing())?;
            }
        }
        let mut add = self
            .tx
            .prepare_cached(
                "INSERT INTO conflicts (handler, item, path, kind, since) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (handler, item, path) DO UPDATE SET kind = ?4",
            )
            .map_err(doing())?;
        for (path, kind) in open {
            add.execute((Id(handler), Id(item), path, kind.as_str(), now.as_millis())).map_err(doing())?;
        }
        Ok(())
    }

    fn known_paths(&self, handler: HandlerId, item: ItemId) -> rusqlite::Result<Vec<FactPath>> {
        self.tx
            .prepare_cached("SELECT path FROM conflicts WHERE handler = ?1 AND item = ?2")?
            .query_map((Id(handler), Id(item)), |row| row.get(0))?
            .collect()
    }
}
