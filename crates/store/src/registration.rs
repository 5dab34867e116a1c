//! Which handlers are registered.

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
    /// What people are shown while the handler itself cannot be asked.
    pub description: String,
    /// The events for which its items are ticked before the user chose.
    pub events: RegisterFlags,
    /// Since when.
    pub registered: Timestamp,
}

impl Store {
    /// All registrations, oldest first.
    pub fn registrations(&self) -> Result<Vec<Registration>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT id, description, events, registered_at FROM handlers ORDER BY registered_at, id",
            )
            .and_then(|mut statement| {
                statement
                    .query_map((), |row| {
                        Ok(Registration {
                            handler: row.get::<_, Id<HandlerId>>(0)?.0,
                            description: row.get(1)?,
                            events: RegisterFlags::from_bits_truncate(row.get(2)?),
                            registered: time(row, 3)?,
                        })
                    })?
                    .collect()
            })
            .map_err(StoreError::doing("the registrations cannot be read"))
    }
}

impl Writer<'_> {
    /// Registers a handler; again means new description and events, with the first registration's time.
    pub fn register(&self, registration: &Registration) -> Result<(), StoreError> {
        self.tx
            .execute(
                "INSERT INTO handlers (id, description, events, registered_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET description = ?2, events = ?3",
                (
                    Id(registration.handler),
                    &registration.description,
                    registration.events.bits(),
                    registration.registered.as_millis(),
                ),
            )
            .map_err(StoreError::doing("the registration cannot be written"))?;
        Ok(())
    }

    /// Forgets a handler and its items' ticks and open conflicts; what it did stays in the history. Tells whether it was there.
    pub fn unregister(&self, handler: HandlerId) -> Result<bool, StoreError> {
        let doing = || StoreError::doing("the registration cannot be removed");
        self.tx.execute("DELETE FROM ticks WHERE handler = ?1", [Id(handler)]).map_err(doing())?;
        self.tx.execute("DELETE FROM conflicts WHERE handler = ?1", [Id(handler)]).map_err(doing())?;
        let n_removed =
            self.tx.execute("DELETE FROM handlers WHERE id = ?1", [Id(handler)]).map_err(doing())?;
        Ok(n_removed > 0)
    }
}
