//! How items went last: of one, or of all with one question.

use std::collections::HashMap;

use rusqlite::OptionalExtension;
use syncmgr_model::id::ItemId;

use crate::columns::{Id, word};
use crate::error::StoreError;
use crate::history::{DOING_READ, ItemRecord, SessionRow, read_item, read_session_at};
use crate::open::Store;

/// An item's last session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// The session.
    pub session: SessionRow,
    /// What it did to the item.
    pub result: ItemRecord,
}

impl Store {
    /// The last session that an item was part of, dry runs left out.
    pub fn last_run(&self, item: ItemId) -> Result<Option<LastRun>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let number: Option<i64> = self
            .db
            .prepare_cached(
                // Backwards along the index: the first that counts is the last.
                "SELECT r.session FROM item_results AS r JOIN sessions AS s ON s.number = r.session
                 WHERE r.item = ?1 AND s.dry_run = 0 ORDER BY r.session DESC LIMIT 1",
            )
            .and_then(|mut statement| statement.query_row([Id(item)], |row| row.get(0)).optional())
            .map_err(doing())?;
        let Some(number) = number else { return Ok(None) };
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT id, event, dry_run, undoes, started, finished, stopped, exit, number FROM sessions
                 WHERE number = ?1",
            )
            .map_err(doing())?;
        let mut rows = statement.query([number]).map_err(doing())?;
        let Some(row) = rows.next().map_err(doing())? else { return Ok(None) };
        let session = read_session_at(row, 0)?;
        let result = self.items_of(number)?.into_iter().find(|result| result.item == item);
        Ok(result.map(|result| LastRun { session, result }))
    }

    /// The last run of every item that ever ran, as [`Self::last_run`] has it, with one question. Takes time with the items and
    /// not with the history: it goes from item to item along the index.
    pub fn last_runs(&self) -> Result<HashMap<ItemId, LastRun>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "WITH RECURSIVE known (item) AS (
                    SELECT min(item) FROM item_results
                    UNION ALL
                    SELECT (SELECT min(item) FROM item_results WHERE item > known.item) FROM known
                    WHERE known.item IS NOT NULL),
                 last (item, session) AS MATERIALIZED (
                    SELECT item, (
                        SELECT r.session FROM item_results AS r JOIN sessions AS s ON s.number = r.session
                        WHERE r.item = known.item AND s.dry_run = 0 ORDER BY r.session DESC LIMIT 1)
                    FROM known WHERE item IS NOT NULL)
                 SELECT r.handler, r.item, r.name, r.status, r.left_changes, r.right_changes, r.bytes, r.conflicts,
                    r.problems, r.halt_rule, r.halt_text,
                    s.id, s.event, s.dry_run, s.undoes, s.started, s.finished, s.stopped, s.exit
                 FROM last CROSS JOIN sessions AS s CROSS JOIN item_results AS r
                 WHERE s.number = last.session AND r.item = last.item AND r.session = last.session
                 ORDER BY r.item, r.position",
            )
            .map_err(doing())?;
        let mut rows = statement.query(()).map_err(doing())?;
        let mut runs = HashMap::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let status: String = row.get(3).map_err(doing())?;
            let result = read_item(row, word("status", &status)?).map_err(doing())?;
            let session = read_session_at(row, 11)?;
            // Two handlers may call something of theirs the same; the first of the session counts.
            runs.entry(result.item).or_insert(LastRun { session, result });
        }
        Ok(runs)
    }
}
