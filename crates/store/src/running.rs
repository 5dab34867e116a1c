//! Sessions under way: begun, and not yet in the history.
//!
//! A session is written down when it begins and is taken out in the transaction that records its end, so at any moment it
//! is in exactly one of the two. What is still here when its process is dead was cut off: [`Writer::interrupted`] moves it
//! to the history, where it says so, with the items that were through before as they were.

use rusqlite::{Connection, Row};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event;
use syncmgr_model::fact::Totals;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, count, event, time, word};
use crate::error::StoreError;
use crate::history::{EntryRecord, ItemRecord, SessionRecord, SessionRow, read_item};
use crate::instance::{Presence, Process, read_process};
use crate::lease::{Owner, Writer};
use crate::open::Store;

/// What the entry of a session says that was cut off.
pub const INTERRUPTED: &str = "interrupted: the manager ended while this ran";

/// The exit code for "the manager failed".
const EXIT_MANAGER_FAILED: u8 = 5;

/// A session that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningSession {
    /// The session.
    pub id: SessionId,
    /// Why it started.
    pub event: Event,
    /// Whether nothing is changed on purpose.
    pub dry_run: bool,
    /// The session it undoes.
    pub undoes: Option<SessionId>,
    /// When it started.
    pub started: Timestamp,
    /// Its items, as far as they are known.
    pub items: Vec<RunningItem>,
}

/// An item of a session under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningItem {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Its name.
    pub name: String,
}

/// A session under way, as it was last written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The session.
    pub session: RunningSession,
    /// The items that are through, as they will be in the history.
    pub through: Vec<ItemRecord>,
    /// The process in which it runs.
    pub process: Process,
    /// Its last sign.
    pub seen: Timestamp,
}

/// A session that was cut off by the end of its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The session as it is in the history now.
    pub record: SessionRecord,
    /// The items that were not through.
    pub cut_off: Vec<RunningItem>,
}

const DOING_READ: &str = "the sessions under way cannot be read";
const DOING_WRITE: &str = "the session under way cannot be written";

impl Store {
    /// All sessions under way, also those whose process is dead: [`Presence::is_alive`] tells. The oldest first.
    pub fn running_sessions(&self) -> Result<Vec<Running>, StoreError> {
        running(&self.db)
    }
}

impl Writer<'_> {
    /// Writes down that a session begins in `process`. Again means that more of it is known: items are added.
    ///
    /// It is taken out by [`Writer::record_session`], or by [`Writer::forget_running`] if there is nothing to record.
    pub fn begin_session(&self, session: &RunningSession, process: &Process) -> Result<(), StoreError> {
        let Process { owner: Owner { pid, boot, host }, began } = process;
        self.tx
            .prepare_cached(
                "INSERT INTO running_sessions (id, event, dry_run, undoes, started, seen_at, pid, boot, host, began)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET pid = ?6, boot = ?7, host = ?8, began = ?9",
            )
            .and_then(|mut statement| {
                statement.execute((
                    Id(session.id),
                    session.event.as_str(),
                    session.dry_run,
                    session.undoes.map(Id),
                    session.started.as_millis(),
                    pid,
                    boot,
                    host,
                    count(*began),
                ))
            })
            .map_err(StoreError::doing(DOING_WRITE))?;
        self.add_running_items(session.id, &session.items)
    }

    /// Adds items that came up after a session began; those it has stay as they are.
    pub fn add_running_items(&self, session: SessionId, items: &[RunningItem]) -> Result<(), StoreError> {
        let doing = || StoreError::doing(DOING_WRITE);
        let mut add = self
            .tx
            .prepare_cached(
                "INSERT INTO running_items (session, handler, item, position, name)
                 VALUES (?1, ?2, ?3, (SELECT count(*) FROM running_items WHERE session = ?1), ?4)
                 ON CONFLICT (session, handler, item) DO NOTHING",
            )
            .map_err(doing())?;
        for RunningItem { handler, item, name } in items {
            add.execute((Id(session), Id(*handler), Id(*item), name)).map_err(doing())?;
        }
        Ok(())
    }

    /// Notes that an item of a session under way is through, so that a crash later in the session does not put that in
    /// doubt. `now` is a sign of life.
    pub fn end_running_item(
        &self,
        session: SessionId,
        result: &ItemRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ItemRecord { handler, item, name, status, totals, n_conflicts, n_problems, halt } = result;
        let known = RunningItem { handler: *handler, item: *item, name: name.clone() };
        self.add_running_items(session, &[known])?;
        self.tx
            .prepare_cached(
                "UPDATE running_items SET name = ?4, status = ?5, left_changes = ?6, right_changes = ?7, bytes = ?8,
                    conflicts = ?9, problems = ?10, halt_rule = ?11, halt_text = ?12
                 WHERE session = ?1 AND handler = ?2 AND item = ?3",
            )
            .and_then(|mut statement| {
                statement.execute((
                    Id(session),
                    Id(*handler),
                    Id(*item),
                    name,
                    status.as_str(),
                    count(totals.left_changes),
                    count(totals.right_changes),
                    count(totals.bytes),
                    count(*n_conflicts),
                    count(*n_problems),
                    halt.as_ref().map(|halt| &halt.rule),
                    halt.as_ref().map(|halt| &halt.text),
                ))
            })
            .map_err(StoreError::doing(DOING_WRITE))?;
        self.renew_session(session, now)
    }

    /// Notes that a session under way goes on: if it is cut off, it ended no earlier than this.
    pub fn renew_session(&self, session: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("UPDATE running_sessions SET seen_at = max(seen_at, ?2) WHERE id = ?1")
            .and_then(|mut statement| statement.execute((Id(session), now.as_millis())))
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(())
    }

    /// Takes out a session of which nothing is to be recorded: its choice was closed before it began.
    pub fn forget_running(&self, session: SessionId) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("DELETE FROM running_sessions WHERE id = ?1")
            .and_then(|mut statement| statement.execute([Id(session)]))
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(())
    }

    /// Moves the sessions whose process is dead to the history, as [`Writer::record_session`] does with `keep`, and marks
    /// the items that were not through as interrupted. Tells which; a second time there are none.
    ///
    /// A session of a process that lives, such as one of a command beside the daemon, is left alone.
    pub fn interrupted(&self, presence: &Presence<'_>, keep: u32) -> Result<Vec<Interrupted>, StoreError> {
        let mut all = Vec::new();
        for running in running(&self.tx)? {
            if presence.is_alive(&running.process, running.seen) {
                continue;
            }
            let interrupted = cut_off(running, presence.now);
            self.record_session(&interrupted.record, keep)?;
            for RunningItem { item, .. } in &interrupted.cut_off {
                self.mark_interrupted(*item)?;
            }
            all.push(interrupted);
        }
        Ok(all)
    }
}

/// What the history says of a session that was cut off, found at `now`.
///
/// It ended some time after its last sign and nobody knows when; the last sign is what is certain. Nobody stopped it, so it
/// does not say so: the manager failed.
fn cut_off(running: Running, now: Timestamp) -> Interrupted {
    let Running { session, through, seen, .. } = running;
    let is_through = |item: &RunningItem| {
        through.iter().any(|there| there.item == item.item && there.handler == item.handler)
    };
    let cut_off: Vec<_> = session.items.iter().filter(|item| !is_through(item)).cloned().collect();
    let result = |item: &RunningItem| {
        let there = through.iter().find(|there| there.item == item.item && there.handler == item.handler);
        there.cloned().unwrap_or_else(|| stopped(item))
    };
    let entry = |number: u64, item: Option<&RunningItem>| EntryRecord {
        number,
        at: now,
        handler: item.map(|item| item.handler),
        item: item.map(|item| item.item),
        level: LogLevel::Error,
        text: INTERRUPTED.to_owned(),
        error: None,
        can_jump: false,
        detail: None,
        class: None,
        code: None,
    };
    let entries = if cut_off.is_empty() {
        vec![entry(1, None)]
    } else {
        (1..).zip(&cut_off).map(|(number, item)| entry(number, Some(item))).collect()
    };
    let row = SessionRow {
        id: session.id,
        event: session.event,
        dry_run: session.dry_run,
        undoes: session.undoes,
        started: session.started,
        finished: seen,
        stopped: false,
        exit: EXIT_MANAGER_FAILED,
    };
    let items = session.items.iter().map(result).collect();
    Interrupted { record: SessionRecord { row, items, entries, problems: Vec::new() }, cut_off }
}

/// An item that was not through.
fn stopped(item: &RunningItem) -> ItemRecord {
    ItemRecord {
        handler: item.handler,
        item: item.item,
        name: item.name.clone(),
        status: ItemStatus::Stopped,
        totals: Totals::default(),
        n_conflicts: 0,
        n_problems: 0,
        halt: None,
    }
}

fn running(db: &Connection) -> Result<Vec<Running>, StoreError> {
    let doing = || StoreError::doing(DOING_READ);
    let mut statement = db
        .prepare_cached(
            "SELECT id, event, dry_run, undoes, started, seen_at, pid, boot, host, began FROM running_sessions
             ORDER BY started, id",
        )
        .map_err(doing())?;
    let mut rows = statement.query(()).map_err(doing())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(doing())? {
        let why: String = row.get(1).map_err(doing())?;
        let mut running = read(row, event(&why)?).map_err(doing())?;
        (running.session.items, running.through) = items_of(db, running.session.id)?;
        all.push(running);
    }
    Ok(all)
}

/// A session without its items.
fn read(row: &Row<'_>, event: Event) -> rusqlite::Result<Running> {
    let session = RunningSession {
        id: row.get::<_, Id<SessionId>>(0)?.0,
        event,
        dry_run: row.get(2)?,
        undoes: row.get::<_, Option<Id<SessionId>>>(3)?.map(|id| id.0),
        started: time(row, 4)?,
        items: Vec::new(),
    };
    Ok(Running { session, through: Vec::new(), process: read_process(row, 6)?, seen: time(row, 5)? })
}

/// The items of a session, and those of them that are through.
fn items_of(db: &Connection, session: SessionId) -> Result<(Vec<RunningItem>, Vec<ItemRecord>), StoreError> {
    let doing = || StoreError::doing(DOING_READ);
    // In the order of the columns of the history.
    let mut statement = db
        .prepare_cached(
            "SELECT handler, item, name, status, left_changes, right_changes, bytes, conflicts, problems, halt_rule,
                halt_text
             FROM running_items WHERE session = ?1 ORDER BY position",
        )
        .map_err(doing())?;
    let mut rows = statement.query([Id(session)]).map_err(doing())?;
    let (mut items, mut through) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next().map_err(doing())? {
        let item = read_running(row).map_err(doing())?;
        let status: Option<String> = row.get(3).map_err(doing())?;
        if let Some(status) = status {
            through.push(read_item(row, word("status", &status)?).map_err(doing())?);
        }
        items.push(item);
    }
    Ok((items, through))
}

fn read_running(row: &Row<'_>) -> rusqlite::Result<RunningItem> {
    Ok(RunningItem {
        handler: row.get::<_, Id<HandlerId>>(0)?.0,
        item: row.get::<_, Id<ItemId>>(1)?.0,
        name: row.get(2)?,
    })
}
