//! What sessions did.

use rusqlite::{OptionalExtension, Row};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event;
use syncmgr_model::fact::{FactPath, Side, Totals};
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, count, event, read_count, side, time, word};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A session, without its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// Why it started.
    pub event: Event,
    /// Whether nothing was changed on purpose.
    pub dry_run: bool,
    /// The session it undid.
    pub undoes: Option<SessionId>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// Whether it was stopped.
    pub stopped: bool,
    /// The exit code that stands for it.
    pub exit: u8,
}

/// A session with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session itself.
    pub row: SessionRow,
    /// Its items, in their order.
    pub items: Vec<ItemRecord>,
    /// Its results.
    pub entries: Vec<EntryRecord>,
    /// What could not be treated.
    pub problems: Vec<ProblemRecord>,
}

/// What a session did to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRecord {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Its name at that time.
    pub name: String,
    /// How it ended.
    pub status: ItemStatus,
    /// What was changed.
    pub totals: Totals,
    /// How many conflicts were open afterwards.
    pub n_conflicts: u64,
    /// How many paths could not be treated.
    pub n_problems: u64,
    /// The safety rule that halted it.
    pub halt: Option<HaltRecord>,
}

/// A halt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaltRecord {
    /// The rule.
    pub rule: String,
    /// What was found.
    pub text: String,
}

/// A results entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRecord {
    /// Its number in the session.
    pub number: u64,
    /// When it was logged.
    pub at: Timestamp,
    /// Who logged it.
    pub handler: Option<HandlerId>,
    /// The item it is about.
    pub item: Option<ItemId>,
    /// How serious it is.
    pub level: LogLevel,
    /// What it says.
    pub text: String,
    /// Its identity for its handler.
    pub error: Option<ErrorId>,
    /// Whether it leads back into its handler.
    pub can_jump: bool,
    /// More text: a trace, a tool's own words.
    pub detail: Option<String>,
    /// What kind of trouble, in the handler's words.
    pub class: Option<String>,
    /// The handler's own code.
    pub code: Option<String>,
}

/// A path that could not be treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemRecord {
    /// The item.
    pub item: ItemId,
    /// The side, if it concerns one.
    pub side: Option<Side>,
    /// The path.
    pub path: FactPath,
    /// Why.
    pub reason: String,
}

pub(crate) const DOING_READ: &str = "the history cannot be read";

impl Store {
    /// The last `limit` sessions, newest first.
    pub fn sessions(&self, limit: u32) -> Result<Vec<SessionRow>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT id, event, dry_run, undoes, started, finished, stopped, exit, number FROM sessions
                 ORDER BY number DESC LIMIT ?1",
            )
            .map_err(StoreError::doing(DOING_READ))?;
        let mut rows = statement.query([limit]).map_err(StoreError::doing(DOING_READ))?;
        let mut sessions = Vec::new();
        while let Some(row) = rows.next().map_err(StoreError::doing(DOING_READ))? {
            sessions.push(read_session(row)?);
        }
        Ok(sessions)
    }

    /// Tells the newest sessions, the last one first, each with what came of its items. One question, however many there are, and
    /// no more than one of them in memory. What `tell` blocks for, no writer waits for.
    pub fn each_session(
        &self,
        limit: u32,
        tell: &mut dyn FnMut(SessionRow, Vec<ItemRecord>),
    ) -> Result<(), StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT r.handler, r.item, r.name, r.status, r.left_changes, r.right_changes, r.bytes, r.conflicts, r.problems,
                    r.halt_rule, r.halt_text,
                    s.id, s.event, s.dry_run, s.undoes, s.started, s.finished, s.stopped, s.exit
                 FROM sessions AS s LEFT JOIN item_results AS r ON r.session = s.number
                 WHERE s.number > coalesce((SELECT number FROM sessions ORDER BY number DESC LIMIT 1 OFFSET ?1), -1)
                 ORDER BY s.number DESC, r.position",
            )
            .map_err(doing())?;
        let mut rows = statement.query([limit]).map_err(doing())?;
        let mut open: Option<(SessionRow, Vec<ItemRecord>)> = None;
        while let Some(row) = rows.next().map_err(doing())? {
            let Id(id) = row.get::<_, Id<SessionId>>(11).map_err(doing())?;
            if open.as_ref().is_none_or(|(session, _)| session.id != id)
                && let Some((session, items)) = open.replace((read_session_at(row, 11)?, Vec::new()))
            {
                tell(session, items);
            }
            // A session without items has one row that is empty here.
            if let (Some(status), Some((_, items))) =
                (row.get::<_, Option<String>>(3).map_err(doing())?, &mut open)
            {
                items.push(read_item(row, word("status", &status)?).map_err(doing())?);
            }
        }
        if let Some((session, items)) = open {
            tell(session, items);
        }
        Ok(())
    }

    /// A session with its parts; the last one if none is named.
    pub fn session(&self, id: Option<SessionId>) -> Result<Option<SessionRecord>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT id, event, dry_run, undoes, started, finished, stopped, exit, number FROM sessions
                 WHERE ?1 IS NULL OR id = ?1 ORDER BY number DESC LIMIT 1",
            )
            .map_err(doing())?;
        let mut rows = statement.query([id.map(Id)]).map_err(doing())?;
        let Some(row) = rows.next().map_err(doing())? else { return Ok(None) };
        let number: i64 = row.get(8).map_err(doing())?;
        Ok(Some(SessionRecord {
            row: read_session(row)?,
            items: self.items_of(number)?,
            entries: self.entries_of(number)?,
            problems: self.problems_of(number)?,
        }))
    }

    /// The session with this id, or the only one whose id begins with `prefix`.
    pub fn find_session(&self, prefix: &str) -> Result<Option<SessionId>, StoreError> {
        let digits: String = prefix.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
        self.db
            .prepare_cached(
                "SELECT id FROM sessions WHERE lower(hex(id)) >= ?1 AND substr(lower(hex(id)), 1, length(?1)) = ?1
                 ORDER BY number DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement.query_row([digits], |row| Ok(row.get::<_, Id<SessionId>>(0)?.0)).optional()
            })
            .map_err(StoreError::doing(DOING_READ))
    }

    /// The last session that changed something and stands: no dry run, no undo, and not undone itself.
    pub fn last_undoable(&self) -> Result<Option<SessionId>, StoreError> {
        self.db
            .prepare_cached(
                "WITH changing AS (
                    SELECT s.number, s.id, s.undoes FROM sessions AS s WHERE s.dry_run = 0 AND EXISTS (
                        SELECT 1 FROM item_results AS r
                        WHERE r.session = s.number AND r.left_changes + r.right_changes > 0))
                 SELECT id FROM changing
                 WHERE undoes IS NULL AND id NOT IN (SELECT undoes FROM changing WHERE undoes IS NOT NULL)
                 ORDER BY number DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement.query_row((), |row| Ok(row.get::<_, Id<SessionId>>(0)?.0)).optional()
            })
            .map_err(StoreError::doing(DOING_READ))
    }

    pub(crate) fn items_of(&self, number: i64) -> Result<Vec<ItemRecord>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT handler, item, name, status, left_changes, right_changes, bytes, conflicts, problems,
                    halt_rule, halt_text
                 FROM item_results WHERE session = ?1 ORDER BY position",
            )
            .map_err(doing())?;
        let mut rows = statement.query([number]).map_err(doing())?;
        let mut items = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let status: String = row.get(3).map_err(doing())?;
            items.push(read_item(row, word("status", &status)?).map_err(doing())?);
        }
        Ok(items)
    }

    fn entries_of(&self, number: i64) -> Result<Vec<EntryRecord>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT number, at, handler, item, level, text, error, can_jump, detail, class, code FROM entries
                 WHERE session = ?1 ORDER BY number",
            )
            .map_err(doing())?;
        let mut rows = statement.query([number]).map_err(doing())?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let level: String = row.get(4).map_err(doing())?;
            entries.push(read_entry(row, word("level", &level)?).map_err(doing())?);
        }
        Ok(entries)
    }

    fn problems_of(&self, number: i64) -> Result<Vec<ProblemRecord>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT item, side, path, reason FROM problems WHERE session = ?1 ORDER BY position",
            )
            .map_err(doing())?;
        let mut rows = statement.query([number]).map_err(doing())?;
        let mut problems = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let on: Option<String> = row.get(1).map_err(doing())?;
            problems.push(ProblemRecord {
                item: row.get::<_, Id<ItemId>>(0).map_err(doing())?.0,
                side: on.as_deref().map(side).transpose()?,
                path: row.get(2).map_err(doing())?,
                reason: row.get(3).map_err(doing())?,
            });
        }
        Ok(problems)
    }
}

fn read_session(row: &Row<'_>) -> Result<SessionRow, StoreError> {
    read_session_at(row, 0)
}

/// Reads the columns of a session, of which the first is `at`.
pub(crate) fn read_session_at(row: &Row<'_>, at: usize) -> Result<SessionRow, StoreError> {
    let doing = || StoreError::doing(DOING_READ);
    let why: String = row.get(at + 1).map_err(doing())?;
    let event = event(&why)?;
    let read = || -> rusqlite::Result<SessionRow> {
        Ok(SessionRow {
            id: row.get::<_, Id<SessionId>>(at)?.0,
            event,
            dry_run: row.get(at + 2)?,
            undoes: row.get::<_, Option<Id<SessionId>>>(at + 3)?.map(|id| id.0),
            started: time(row, at + 4)?,
            finished: time(row, at + 5)?,
            stopped: row.get(at + 6)?,
            exit: row.get(at + 7)?,
        })
    };
    read().map_err(doing())
}

/// Reads handler, item, name, status (given), three totals, conflicts, problems, rule and text of a halt.
pub(crate) fn read_item(row: &Row<'_>, status: ItemStatus) -> rusqlite::Result<ItemRecord> {
    let rule: Option<String> = row.get(9)?;
    let text: Option<String> = row.get(10)?;
    Ok(ItemRecord {
        handler: row.get::<_, Id<HandlerId>>(0)?.0,
        item: row.get::<_, Id<ItemId>>(1)?.0,
        name: row.get(2)?,
        status,
        totals: Totals {
            left_changes: read_count(row, 4)?,
            right_changes: read_count(row, 5)?,
            bytes: read_count(row, 6)?,
        },
        n_conflicts: read_count(row, 7)?,
        n_problems: read_count(row, 8)?,
        halt: rule.map(|rule| HaltRecord { rule, text: text.unwrap_or_default() }),
    })
}

fn read_entry(row: &Row<'_>, level: LogLevel) -> rusqlite::Result<EntryRecord> {
    Ok(EntryRecord {
        number: read_count(row, 0)?,
        at: time(row, 1)?,
        handler: row.get::<_, Option<Id<HandlerId>>>(2)?.map(|id| id.0),
        item: row.get::<_, Option<Id<ItemId>>>(3)?.map(|id| id.0),
        level,
        text: row.get(5)?,
        error: row.get::<_, Option<Id<ErrorId>>>(6)?.map(|id| id.0),
        can_jump: row.get(7)?,
        detail: row.get(8)?,
        class: row.get(9)?,
        code: row.get(10)?,
    })
}

const DOING_WRITE: &str = "the session cannot be recorded";

impl Writer<'_> {
    /// Adds a session and its parts, and lets go of all but the last `keep` sessions. It is not running any more.
    ///
    /// An item's last real run may be among those that go: history is a memory of what happened, not of what is.
    pub fn record_session(&self, record: &SessionRecord, keep: u32) -> Result<(), StoreError> {
        self.forget_running(record.row.id)?;
        // Somebody may have taken its process for dead; the process itself knows better.
        self.tx
            .execute("DELETE FROM sessions WHERE id = ?1", [Id(record.row.id)])
            .map_err(StoreError::doing(DOING_WRITE))?;
        let number = self.insert_session(&record.row).map_err(StoreError::doing(DOING_WRITE))?;
        self.insert_items(number, &record.items)
            .and_then(|()| self.insert_entries(number, &record.entries))
            .and_then(|()| self.insert_problems(number, &record.problems))
            .map_err(StoreError::doing(DOING_WRITE))?;
        self.tx
            .execute("DELETE FROM sessions WHERE number <= ?1", [number - i64::from(keep)])
            .map_err(StoreError::doing("old sessions cannot be removed"))?;
        Ok(())
    }

    /// Takes an entry out of the results: its handler deleted it.
    pub fn delete_entry(&self, session: SessionId, number: u64) -> Result<(), StoreError> {
        self.change_entry(
            "DELETE FROM entries WHERE number = ?2 AND session = (SELECT number FROM sessions WHERE id = ?1)",
            session,
            number,
        )
    }

    /// Takes the way back out of an entry: its handler does not know it any more.
    pub fn close_entry(&self, session: SessionId, number: u64) -> Result<(), StoreError> {
        self.change_entry(
            "UPDATE entries SET can_jump = 0
             WHERE number = ?2 AND session = (SELECT number FROM sessions WHERE id = ?1)",
            session,
            number,
        )
    }

    fn change_entry(
        &self,
        statement: &'static str,
        session: SessionId,
        number: u64,
    ) -> Result<(), StoreError> {
        self.tx
            .execute(statement, (Id(session), count(number)))
            .map_err(StoreError::doing("the entry cannot be changed"))?;
        Ok(())
    }

    fn insert_session(&self, row: &SessionRow) -> rusqlite::Result<i64> {
        self.tx
            .prepare_cached(
                "INSERT INTO sessions (id, event, dry_run, undoes, started, finished, stopped, exit)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .insert((
                Id(row.id),
                row.event.as_str(),
                row.dry_run,
                row.undoes.map(Id),
                row.started.as_millis(),
                row.finished.as_millis(),
                row.stopped,
                row.exit,
            ))
    }

    fn insert_items(&self, session: i64, items: &[ItemRecord]) -> rusqlite::Result<()> {
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO item_results (session, position, handler, item, name, status, left_changes, right_changes,
                bytes, conflicts, problems, halt_rule, halt_text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for (position, item) in items.iter().enumerate() {
            statement.execute((
                session,
                count(position as u64),
                Id(item.handler),
                Id(item.item),
                &item.name,
                item.status.as_str(),
                count(item.totals.left_changes),
                count(item.totals.right_changes),
                count(item.totals.bytes),
                count(item.n_conflicts),
                count(item.n_problems),
                item.halt.as_ref().map(|halt| &halt.rule),
                item.halt.as_ref().map(|halt| &halt.text),
            ))?;
        }
        Ok(())
    }

    fn insert_entries(&self, session: i64, entries: &[EntryRecord]) -> rusqlite::Result<()> {
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO entries (session, number, at, handler, item, level, text, error, can_jump, detail, class, code)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for entry in entries {
            statement.execute((
                session,
                count(entry.number),
                entry.at.as_millis(),
                entry.handler.map(Id),
                entry.item.map(Id),
                entry.level.as_str(),
                &entry.text,
                entry.error.map(Id),
                entry.can_jump,
                &entry.detail,
                &entry.class,
                &entry.code,
            ))?;
        }
        Ok(())
    }

    fn insert_problems(&self, session: i64, problems: &[ProblemRecord]) -> rusqlite::Result<()> {
        let mut statement = self.tx.prepare_cached(
            "INSERT INTO problems (session, position, item, side, path, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (position, problem) in problems.iter().enumerate() {
            statement.execute((
                session,
                count(position as u64),
                Id(problem.item),
                problem.side.map(Side::as_str),
                &problem.path,
                &problem.reason,
            ))?;
        }
        Ok(())
    }
}
