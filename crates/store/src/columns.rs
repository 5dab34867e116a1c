//! How values of the model look in a column, and how they are read back.
//!
//! A value read back that no version could have written is damage, not a bug: it becomes [`StoreError::Value`].

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use syncmgr_model::event::Event;
use syncmgr_model::fact::{ConflictKind, Side};
use syncmgr_model::id::{ErrorId, HandlerId, ItemId, SessionId};
use syncmgr_model::time::Timestamp;

use crate::error::StoreError;

/// An identifier as sixteen bytes. A wrapper, because neither the type nor the trait is ours.
pub(crate) struct Id<T>(pub(crate) T);

macro_rules! id_column {
    ($($name:ident),+) => {$(
        impl ToSql for Id<$name> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for Id<$name> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = value.as_blob()?.try_into().map_err(|_| FromSqlError::InvalidType)?;
                Ok(Self($name::from_bytes(bytes)))
            }
        }
    )+};
}

id_column!(ItemId, HandlerId, SessionId, ErrorId);

/// A time as milliseconds.
pub(crate) fn time(row: &Row<'_>, idx: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(idx)?))
}

/// A count. SQLite's numbers are signed; what does not fit is held at the end of the range.
pub(crate) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) fn read_count(row: &Row<'_>, idx: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(idx)?).unwrap_or(0))
}

/// Reads a word of the model back.
pub(crate) fn word<T: FromStr>(column: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Value { column, value: text.to_owned() })
}

fn one_of<T: Copy>(
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    all.iter()
        .copied()
        .find(|known| as_str(*known) == text)
        .ok_or_else(|| StoreError::Value { column, value: text.to_owned() })
}

pub(crate) fn event(text: &str) -> Result<Event, StoreError> {
    const ALL: [Event; 7] = [
        Event::Connect,
        Event::PendingDisconnect,
        Event::Manual,
        Event::Idle,
        Event::Invoke,
        Event::Schedule,
        Event::Change,
    ];
    one_of(&ALL, Event::as_str, "event", text)
}

pub(crate) fn conflict_kind(text: &str) -> Result<ConflictKind, StoreError> {
    one_of(&ConflictKind::ALL, ConflictKind::as_str, "kind", text)
}

pub(crate) fn side(text: &str) -> Result<Side, StoreError> {
    one_of(&Side::BOTH, Side::as_str, "side", text)
}
