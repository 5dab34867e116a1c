//! The schema, as the steps that lead to it. Steps are added, never edited: released files have gone through them.

use rusqlite_migration::{M, Migrations};

/// Version 1. Ids are the sixteen bytes of a UUID; times are milliseconds since 1970 in UTC; words are those of the
/// model, so that a person with `sqlite3` can read them; relative paths are bytes.
const V1: &str = "
CREATE TABLE lease (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    pid        INTEGER NOT NULL,
    boot       TEXT NOT NULL,
    host       TEXT NOT NULL,
    taken_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE handlers (
    id            BLOB PRIMARY KEY CHECK (length(id) = 16),
    description   TEXT NOT NULL,
    events        INTEGER NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ticks (
    purpose    TEXT NOT NULL,
    connection TEXT NOT NULL,
    handler    BLOB NOT NULL CHECK (length(handler) = 16),
    item       BLOB NOT NULL CHECK (length(item) = 16),
    ticked     INTEGER NOT NULL CHECK (ticked IN (0, 1)),
    PRIMARY KEY (purpose, connection, handler, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    event    TEXT NOT NULL,
    dry_run  INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    undoes   BLOB CHECK (length(undoes) = 16),
    started  INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    stopped  INTEGER NOT NULL CHECK (stopped IN (0, 1)),
    exit     INTEGER NOT NULL
) STRICT;

CREATE TABLE item_results (
    session       INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    handler       BLOB NOT NULL CHECK (length(handler) = 16),
    item          BLOB NOT NULL CHECK (length(item) = 16),
    name          TEXT NOT NULL,
    status        TEXT NOT NULL,
    left_changes  INTEGER NOT NULL,
    right_changes INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    conflicts     INTEGER NOT NULL,
    problems      INTEGER NOT NULL,
    halt_rule     TEXT,
    halt_text     TEXT,
    PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX item_results_of_an_item ON item_results (item, session);

CREATE TABLE problems (
    session  INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    item     BLOB NOT NULL CHECK (length(item) = 16),
    side     TEXT,
    path     BLOB NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
    session  INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    handler  BLOB CHECK (length(handler) = 16),
    item     BLOB CHECK (length(item) = 16),
    level    TEXT NOT NULL,
    text     TEXT NOT NULL,
    error    BLOB CHECK (length(error) = 16),
    PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflicts (
    handler BLOB NOT NULL CHECK (length(handler) = 16),
    item    BLOB NOT NULL CHECK (length(item) = 16),
    path    BLOB NOT NULL,
    kind    TEXT NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (handler, item, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE adhoc_pairs (
    item       BLOB PRIMARY KEY CHECK (length(item) = 16),
    name       TEXT NOT NULL,
    left_root  BLOB NOT NULL,
    right_root BLOB NOT NULL,
    mode       TEXT NOT NULL,
    ignore     TEXT NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Version 2: handlers that people register, what handlers list, and entries that lead back into their handler.
///
/// Only added to, so that rows of version 1 stay as they are: an entry of that time cannot be opened. Arguments are bytes,
/// each ended by a zero byte, which no argument has in it. A program is trusted by its path and a hash of its content, with
/// what its manifest said at that time.
const V2: &str = "
ALTER TABLE handlers ADD COLUMN name TEXT;
ALTER TABLE handlers ADD COLUMN argv BLOB NOT NULL DEFAULT x'';
ALTER TABLE handlers ADD COLUMN trusted_program BLOB;
ALTER TABLE handlers ADD COLUMN trusted_hash BLOB CHECK (length(trusted_hash) = 32);
ALTER TABLE handlers ADD COLUMN trusted_manifest TEXT;
ALTER TABLE handlers ADD COLUMN trusted_at INTEGER;
CREATE UNIQUE INDEX handlers_by_name ON handlers (name);

ALTER TABLE entries ADD COLUMN can_jump INTEGER NOT NULL DEFAULT 0 CHECK (can_jump IN (0, 1));
ALTER TABLE entries ADD COLUMN detail TEXT;
ALTER TABLE entries ADD COLUMN class TEXT;
ALTER TABLE entries ADD COLUMN code TEXT;

CREATE TABLE listings (
    handler     BLOB NOT NULL CHECK (length(handler) = 16),
    item        BLOB NOT NULL CHECK (length(item) = 16),
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    flags       INTEGER NOT NULL,
    checked     INTEGER NOT NULL CHECK (checked IN (0, 1)),
    last_update INTEGER,
    PRIMARY KEY (handler, item)
) STRICT, WITHOUT ROWID;
";

/// Version 3: what a manager that stays remembers: which one it is, the sessions under way, why each trigger was followed or
/// not, and what the keeper of time knows of each item.
///
/// Only new tables, so that all rows of earlier versions stay as they are. A process is known by when it began, too, in the
/// system's own count: numbers of processes are given out again.
const V3: &str = "
CREATE TABLE instance (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    pid      INTEGER NOT NULL,
    boot     TEXT NOT NULL,
    host     TEXT NOT NULL,
    began    INTEGER NOT NULL,
    address  TEXT,
    taken_at INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE TABLE running_sessions (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    event   TEXT NOT NULL,
    dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    undoes  BLOB CHECK (length(undoes) = 16),
    started INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    pid     INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    host    TEXT NOT NULL,
    began   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE running_items (
    session       BLOB NOT NULL REFERENCES running_sessions (id) ON DELETE CASCADE,
    handler       BLOB NOT NULL CHECK (length(handler) = 16),
    item          BLOB NOT NULL CHECK (length(item) = 16),
    position      INTEGER NOT NULL,
    name          TEXT NOT NULL,
    status        TEXT,
    left_changes  INTEGER NOT NULL DEFAULT 0,
    right_changes INTEGER NOT NULL DEFAULT 0,
    bytes         INTEGER NOT NULL DEFAULT 0,
    conflicts     INTEGER NOT NULL DEFAULT 0,
    problems      INTEGER NOT NULL DEFAULT 0,
    halt_rule     TEXT,
    halt_text     TEXT,
    PRIMARY KEY (session, handler, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    item       BLOB NOT NULL CHECK (length(item) = 16),
    trigger    TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    text       TEXT,
    until      INTEGER,
    session    BLOB CHECK (length(session) = 16),
    conditions TEXT NOT NULL
) STRICT;

CREATE INDEX decisions_of_an_item ON decisions (item);
CREATE INDEX decisions_of_a_session ON decisions (session) WHERE session IS NOT NULL;

CREATE TABLE kept_items (
    item           BLOB PRIMARY KEY CHECK (length(item) = 16),
    last_started   INTEGER,
    last_ended     INTEGER,
    last_succeeded INTEGER,
    last_due       INTEGER,
    failures       INTEGER NOT NULL DEFAULT 0,
    not_before     INTEGER,
    late_since     INTEGER,
    interrupted    INTEGER NOT NULL DEFAULT 0 CHECK (interrupted IN (0, 1)),
    cursors        TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    item   BLOB PRIMARY KEY CHECK (length(item) = 16),
    since  INTEGER NOT NULL,
    until  INTEGER,
    reason TEXT
) STRICT, WITHOUT ROWID;
";

/// The newest schema version this program reads and writes.
pub(crate) const LATEST: i64 = 3;

const STEPS: &[M<'static>] = &[M::up(V1), M::up(V2), M::up(V3)];

pub(crate) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn the_migrations_are_sound_and_end_at_the_latest_version() {
        let mut db = Connection::open_in_memory().unwrap();
        MIGRATIONS.validate().unwrap();
        MIGRATIONS.to_latest(&mut db).unwrap();
        let version: i64 = db.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
        assert_eq!(version, LATEST);
    }

    #[test]
    fn every_table_is_strict_and_has_the_columns_written_here() {
        let mut db = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut db).unwrap();
        let mut tables = db
            .prepare(
                "SELECT t.name || ' ' || t.strict || ': ' || group_concat(c.name, ' ')
                 FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name ORDER BY t.name",
            )
            .unwrap();
        let found: Vec<String> =
            tables.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(
            found,
            [
                "adhoc_pairs 1: item name left_root right_root mode ignore used_at",
                "conflicts 1: handler item path kind since",
                "decisions 1: number at item trigger verdict text until session conditions",
                "entries 1: session number at handler item level text error can_jump detail class code",
                "handlers 1: id description events registered_at name argv trusted_program trusted_hash \
                 trusted_manifest trusted_at",
                "instance 1: one pid boot host began address taken_at seen_at ended_at",
                "item_results 1: session position handler item name status left_changes right_changes bytes \
                 conflicts problems halt_rule halt_text",
                "kept_items 1: item last_started last_ended last_succeeded last_due failures not_before late_since \
                 interrupted cursors",
                "lease 1: one pid boot host taken_at expires_at",
                "listings 1: handler item position name flags checked last_update",
                "pauses 1: item since until reason",
                "problems 1: session position item side path reason",
                "running_items 1: session handler item position name status left_changes right_changes bytes \
                 conflicts problems halt_rule halt_text",
                "running_sessions 1: id event dry_run undoes started seen_at pid boot host began",
                "sessions 1: number id event dry_run undoes started finished stopped exit",
                "ticks 1: purpose connection handler item ticked",
            ]
        );
    }
}
