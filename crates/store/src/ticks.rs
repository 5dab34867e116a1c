//! Which items take part, as the user decided.
//!
//! A tick is stored only where the user chose; the item's own default holds otherwise.

use syncmgr_model::id::{HandlerId, ItemId};

use crate::columns::Id;
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// What a choice of items is for. Each has ticks of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Somebody asked.
    Manual,
    /// Logging on.
    Logon,
    /// Logging off.
    Logoff,
    /// The machine is idle.
    Idle,
    /// A schedule, by its name.
    Schedule(String),
}

impl Purpose {
    /// The text in the column. Schedules are set apart by a colon, so that one may be called `idle`.
    fn column(&self) -> String {
        match self {
            Self::Manual => "manual".to_owned(),
            Self::Logon => "logon".to_owned(),
            Self::Logoff => "logoff".to_owned(),
            Self::Idle => "idle".to_owned(),
            Self::Schedule(name) => format!("schedule:{name}"),
        }
    }
}

/// What a set of ticks belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TickKey {
    /// What for.
    pub purpose: Purpose,
    /// On which connection; manual sessions have none.
    pub connection: Option<String>,
}

impl TickKey {
    /// For sessions somebody asked for.
    pub const MANUAL: Self = Self { purpose: Purpose::Manual, connection: None };

    fn columns(&self) -> (String, &str) {
        (self.purpose.column(), self.connection.as_deref().unwrap_or(""))
    }
}

/// The user's choice about one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Whether it takes part.
    pub ticked: bool,
}

impl Store {
    /// All choices made under `key`.
    pub fn ticks(&self, key: &TickKey) -> Result<Vec<Tick>, StoreError> {
        self.db
            .prepare_cached("SELECT handler, item, ticked FROM ticks WHERE purpose = ?1 AND connection = ?2")
            .and_then(|mut statement| {
                statement
                    .query_map(key.columns(), |row| {
                        Ok(Tick {
                            handler: row.get::<_, Id<HandlerId>>(0)?.0,
                            item: row.get::<_, Id<ItemId>>(1)?.0,
                            ticked: row.get(2)?,
                        })
                    })?
                    .collect()
            })
            .map_err(StoreError::doing("the ticks cannot be read"))
    }
}

impl Store {
    /// The connections under which something was chosen, by name.
    pub fn connections(&self) -> Result<Vec<String>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT DISTINCT connection FROM ticks WHERE connection <> '' ORDER BY connection",
            )
            .and_then(|mut statement| statement.query_map((), |row| row.get(0))?.collect())
            .map_err(StoreError::doing("the ticks cannot be read"))
    }
}

impl Writer<'_> {
    /// Remembers a choice.
    pub fn set_tick(&self, key: &TickKey, tick: Tick) -> Result<(), StoreError> {
        let (purpose, connection) = key.columns();
        self.tx
            .execute(
                "INSERT INTO ticks (purpose, connection, handler, item, ticked) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (purpose, connection, handler, item) DO UPDATE SET ticked = ?5",
                (purpose, connection, Id(tick.handler), Id(tick.item), tick.ticked),
            )
            .map_err(StoreError::doing("the tick cannot be written"))?;
        Ok(())
    }

    /// Forgets an item that is gone: its ticks under every key and its open conflicts. What it did stays in the history.
    pub fn forget_item(&self, handler: HandlerId, item: ItemId) -> Result<(), StoreError> {
        let doing = || StoreError::doing("the item cannot be forgotten");
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM ticks WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM conflicts WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        self.tx.execute("DELETE FROM adhoc_pairs WHERE item = ?1", [Id(item)]).map_err(doing())?;
        let key = (Id(handler), Id(item));
        self.tx.execute("DELETE FROM listings WHERE handler = ?1 AND item = ?2", key).map_err(doing())?;
        Ok(())
    }
}
