//! Which handlers are registered.
//!
//! Folders and recipes are written in the configuration and need no registration: here are the programs of others, which
//! somebody registered by name, and whether they are trusted.

use rusqlite::Row;
use syncmgr_model::flags::RegisterFlags;
use syncmgr_model::id::HandlerId;
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, time};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A registered handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Its id.
    pub handler: HandlerId,
    /// What people call it; no two have one name.
    pub name: String,
    /// What people are shown while the handler itself cannot be asked.
    pub description: String,
    /// The events for which its items are ticked before the user chose.
    pub events: RegisterFlags,
    /// The program and its arguments.
    pub argv: Vec<Vec<u8>>,
    /// The program as it was when somebody said that it may run; nobody has, if there is none.
    pub trusted: Option<Trusted>,
    /// Since when.
    pub registered: Timestamp,
}

/// A program as it was when it was trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Its path, resolved.
    pub program: Vec<u8>,
    /// The hash of what would run.
    pub hash: [u8; 32],
    /// What its manifest declared; it had none, if there is none.
    pub manifest: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl Store {
    /// All registrations, oldest first.
    pub fn registrations(&self) -> Result<Vec<Registration>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT id, coalesce(name, description), description, events, argv, trusted_program, trusted_hash,
                    trusted_at, registered_at, trusted_manifest
                 FROM handlers ORDER BY registered_at, id",
            )
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(StoreError::doing("the registrations cannot be read"))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Registration> {
    let program: Option<Vec<u8>> = row.get(5)?;
    let hash: Option<[u8; 32]> = row.get(6)?;
    let since: Option<i64> = row.get(7)?;
    let trusted = match (program, hash) {
        (Some(program), Some(hash)) => {
            let since = Timestamp::from_millis(since.unwrap_or_default());
            Some(Trusted { program, hash, manifest: row.get(9)?, since })
        }
        _ => None,
    };
    Ok(Registration {
        handler: row.get::<_, Id<HandlerId>>(0)?.0,
        name: row.get(1)?,
        description: row.get(2)?,
        events: RegisterFlags::from_bits_truncate(row.get(3)?),
        argv: split(&row.get::<_, Vec<u8>>(4)?),
        trusted,
        registered: time(row, 8)?,
    })
}

/// Arguments as one value: each is ended by a zero byte.
fn joined(argv: &[Vec<u8>]) -> Vec<u8> {
    argv.iter().flat_map(|argument| argument.iter().copied().chain([0])).collect()
}

fn split(joined: &[u8]) -> Vec<Vec<u8>> {
    joined
        .split_inclusive(|byte| *byte == 0)
        .map(|argument| argument[..argument.len() - 1].to_vec())
        .collect()
}

impl Writer<'_> {
    /// Registers a handler; again means that all of it is renewed but the time of the first registration. Its items'
    /// ticks stay.
    pub fn register(&self, registration: &Registration) -> Result<(), StoreError> {
        let Registration { handler, name, description, events, argv, trusted, registered } = registration;
        self.tx
            .execute(
                "INSERT INTO handlers (id, name, description, events, argv, trusted_program, trusted_hash, trusted_at,
                    registered_at, trusted_manifest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, description = ?3, events = ?4, argv = ?5,
                    trusted_program = ?6, trusted_hash = ?7, trusted_at = ?8, trusted_manifest = ?10",
                (
                    Id(*handler),
                    name,
                    description,
                    events.bits(),
                    joined(argv),
                    trusted.as_ref().map(|trusted| &trusted.program),
                    trusted.as_ref().map(|trusted| trusted.hash),
                    trusted.as_ref().map(|trusted| trusted.since.as_millis()),
                    registered.as_millis(),
                    trusted.as_ref().and_then(|trusted| trusted.manifest.as_ref()),
                ),
            )
            .map_err(StoreError::doing("the registration cannot be written"))?;
        Ok(())
    }

    /// Forgets a handler, what it listed, and its items' ticks and open conflicts; what it did stays in the history. Tells
    /// whether it was registered: forgetting twice is no error.
    pub fn unregister(&self, handler: HandlerId) -> Result<bool, StoreError> {
        let doing = || StoreError::doing("the registration cannot be removed");
        self.forget_kept_of(handler)?;
        for statement in [
            "DELETE FROM ticks WHERE handler = ?1",
            "DELETE FROM conflicts WHERE handler = ?1",
            "DELETE FROM listings WHERE handler = ?1",
        ] {
            self.tx.execute(statement, [Id(handler)]).map_err(doing())?;
        }
        let n_removed =
            self.tx.execute("DELETE FROM handlers WHERE id = ?1", [Id(handler)]).map_err(doing())?;
        Ok(n_removed > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_as_they_were_also_empty_ones() {
        for argv in [vec![], vec![&b"/bin/true"[..]], vec![b"a", b"", b"caf\xe9"]] {
            let argv: Vec<Vec<u8>> = argv.into_iter().map(<[u8]>::to_vec).collect();
            assert_eq!(split(&joined(&argv)), argv);
        }
    }
}
