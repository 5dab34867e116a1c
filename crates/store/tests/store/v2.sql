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

INSERT INTO handlers (id, description, events, registered_at, name, argv, trusted_program, trusted_hash, trusted_manifest, trusted_at)
    VALUES (x'000000000000000000000000000000ff', 'Notes', 1, 7, 'notes', x'2f6e00', x'2f6e', zeroblob(32), 'm', 8);
INSERT INTO ticks VALUES ('manual', '', x'000000000000000000000000000000ff', x'00000000000000000000000000000001', 0);
INSERT INTO sessions VALUES (1, x'00000000000000000000000000000005', 'schedule', 0, NULL, 1000, 2000, 1, 3);
INSERT INTO item_results VALUES (1, 0, x'000000000000000000000000000000ff', x'00000000000000000000000000000001', 'photos', 'stopped', 1, 2, 3, 4, 5, 'root-missing', 'gone');
INSERT INTO entries VALUES (1, 3, 1500, x'000000000000000000000000000000ff', NULL, 'warning', 'look', x'00000000000000000000000000000009', 1, 'a trace', 'transient', 'c7');
INSERT INTO problems VALUES (1, 0, x'00000000000000000000000000000001', 'left', x'61', 'permission denied');
INSERT INTO conflicts VALUES (x'000000000000000000000000000000ff', x'00000000000000000000000000000001', x'62', 'edit-edit', 6);
INSERT INTO listings VALUES (x'000000000000000000000000000000ff', x'00000000000000000000000000000001', 0, 'photos', 0, 1, NULL);
INSERT INTO adhoc_pairs VALUES (x'00000000000000000000000000000002', 'notes', x'2f6c', x'2f72', 'two-way-safe', '*.tmp', 4);

PRAGMA user_version = 2;
