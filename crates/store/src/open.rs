//! Opening the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::error::StoreError;
use crate::schema;

/// The name of the file in the state directory.
pub const FILE_NAME: &str = "syncmgr.db";

/// How long a statement waits for another process's transaction. Ours take milliseconds, so whoever needs longer hangs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// Set for every connection.
///
/// * `synchronous = NORMAL`: a power cut may lose the last sessions' records but never the file's consistency. What a
///   run must not lose (baselines, trash) is not in here.
/// * `cache_size`: half a MiB. A daemon under load has many connections, and the system keeps the file in memory for all of them.
const CONNECTION_SETTINGS: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -512;
";

/// A log larger than this is copied into the file when the store is closed. Copying waits for the disk, so it is not done
/// each time; but each start reads the whole log, so it is not left for long either.
const LARGE_LOG_BYTES: u64 = 512 << 10;

/// What a thorough look at the file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// Nothing wrong.
    Sound,
    /// What is wrong, in SQLite's words.
    Damaged(Vec<String>),
}

/// An open store: everything that reads. Changing needs a [`Writer`](crate::Writer).
#[derive(Debug)]
pub struct Store {
    pub(crate) db: Connection,
    /// The log beside the file.
    log: PathBuf,
}

impl Drop for Store {
    fn drop(&mut self) {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LARGE_LOG_BYTES) {
            // Somebody else may be reading or writing, or the disk full: then one of the next ones does it.
            let _ = self
                .db
                .busy_timeout(Duration::ZERO)
                .and_then(|()| self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())));
        }
    }
}

impl Store {
    /// Opens the store in `state_dir`, creating directory and file where they are missing and bringing an older file to
    /// today's schema. A file that is damaged or newer is left exactly as it is.
    pub fn open(state_dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(state_dir)
            .map_err(|source| StoreError::Directory { path: state_dir.to_owned(), source })?;
        let path = state_dir.join(FILE_NAME);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&path, flags)
            .map_err(StoreError::doing("the store cannot be opened"))?;
        Self::prepare(db, path)
    }

    /// A store that is gone when it is dropped, for tests.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        let db =
            Connection::open_in_memory().map_err(StoreError::doing("no store can be opened in memory"))?;
        Self::prepare(db, PathBuf::from(":memory:"))
    }

    fn prepare(mut db: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let doing = || StoreError::doing("the store cannot be opened");
        db.busy_timeout(BUSY_TIMEOUT).map_err(doing())?;
        db.execute_batch(CONNECTION_SETTINGS).map_err(doing())?;
        // The last one out would otherwise copy the log into the file and wait for the disk, at the end of each command.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(doing())?;
        let found = version(&db).map_err(doing())?;
        if found > schema::LATEST {
            return Err(StoreError::NewerVersion { path, found, known: schema::LATEST });
        }
        if found < schema::LATEST {
            migrate(&mut db)?;
        }
        let mut log = path.into_os_string();
        log.push("-wal");
        Ok(Self { db, log: log.into() })
    }

    /// How long to wait for another process's transaction, instead of the usual three seconds.
    pub fn wait_at_most(&self, patience: Duration) -> Result<(), StoreError> {
        self.db.busy_timeout(patience).map_err(StoreError::doing("the store cannot be asked to wait"))
    }

    /// Holds the file at `n_pages` pages: whatever would need more meets a full disk.
    pub fn limit_pages(&self, n_pages: i64) -> Result<(), StoreError> {
        self.db
            .pragma_update_and_check(None, "max_page_count", n_pages, |_| Ok(()))
            .map_err(StoreError::doing("the store cannot be limited"))
    }

    /// Reads the whole file and compares its parts. Takes as long as the file is large.
    pub fn check(&self) -> Result<Soundness, StoreError> {
        let doing = || StoreError::doing("the store cannot be checked");
        let mut statement = self.db.prepare("PRAGMA integrity_check(20)").map_err(doing())?;
        let rows = statement.query_map((), |row| row.get::<_, String>(0)).map_err(doing())?;
        let findings = rows.collect::<Result<Vec<_>, _>>().map_err(doing())?;
        Ok(if findings == ["ok"] { Soundness::Sound } else { Soundness::Damaged(findings) })
    }

    /// Moves a damaged store aside, so that the next [`Store::open`] starts a new one, and says where it is now.
    ///
    /// The log beside the file goes along: without it the file would be older than it was. `now_millis` makes the name unique.
    pub fn set_aside(state_dir: &Path, now_millis: i64) -> std::io::Result<PathBuf> {
        let aside = state_dir.join(format!("{FILE_NAME}.damaged-{now_millis}"));
        // The log first: a crash between the two leaves the file under its own name, damaged as before.
        for suffix in ["-wal", "-shm", ""] {
            let from = state_dir.join(format!("{FILE_NAME}{suffix}"));
            let mut to = aside.clone().into_os_string();
            to.push(suffix);
            match fs::rename(&from, &to) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && !suffix.is_empty() => {}
                other => other?,
            }
        }
        Ok(aside)
    }
}

/// Brings the file to the latest schema.
///
/// Two processes may come here at once with an empty file. Each step is one transaction that takes the write lock first, so
/// the second one waits, finds the tables there and fails; what counts is the version it then sees.
fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let doing = || StoreError::doing("the store cannot be prepared");
    // Kept in the file: later openings do not say it again. Whoever finds the file busy here meets a process that says
    // the same.
    match db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => {
            return Err(doing()(error));
        }
        _ => {}
    }
    db.set_transaction_behavior(TransactionBehavior::Immediate);
    let Err(error) = schema::MIGRATIONS.to_latest(db) else { return Ok(()) };
    if version(db).is_ok_and(|found| found == schema::LATEST) {
        return Ok(());
    }
    Err(match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => doing()(err),
        other => StoreError::Value { column: "user_version", value: other.to_string() },
    })
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", (), |row| row.get(0))
}
