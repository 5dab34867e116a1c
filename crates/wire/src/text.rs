//! How ids, words and times of the model become text, for `#[serde(with = …)]`.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::Event;
use syncmgr_model::fact::{Action, ConflictKind, Side};
use syncmgr_model::status::ItemStatus;

/// A closed set of words of the model.
pub trait Word: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];
    /// Its text.
    fn text(self) -> &'static str;

    /// The one with this text.
    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.text() == text)
    }
}

macro_rules! word {
    ($($name:ident: $all:expr;)+) => {$(
        impl Word for $name {
            const ALL: &'static [Self] = $all;

            fn text(self) -> &'static str {
                self.as_str()
            }
        }
    )+};
}

word! {
    ItemStatus: &ItemStatus::ALL;
    LogLevel: &[LogLevel::Information, LogLevel::Warning, LogLevel::Error];
    Side: &Side::BOTH;
    ConflictKind: &ConflictKind::ALL;
    Action: &[Action::Create, Action::Update, Action::Delete, Action::Rename, Action::Attributes];
    Event: &[
        Event::Connect, Event::PendingDisconnect, Event::Manual, Event::Idle, Event::Invoke, Event::Schedule,
        Event::Change,
    ];
}

/// A word.
pub mod word {
    use super::*;

    /// Writes it.
    pub fn serialize<T: Word, S: Serializer>(word: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(word.text())
    }

    /// Reads it; a word nobody knows is an error.
    pub fn deserialize<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::from_text(&text).ok_or_else(|| D::Error::custom(format_args!("unknown word `{text}`")))
    }
}

/// A word or `null`.
pub mod optional_word {
    use super::*;

    /// Writes it.
    pub fn serialize<T: Word, S: Serializer>(word: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match word {
            Some(word) => serializer.serialize_some(word.text()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it; a word nobody knows is an error.
    pub fn deserialize<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        T::from_text(&text).map(Some).ok_or_else(|| D::Error::custom(format_args!("unknown word `{text}`")))
    }
}

/// An id.
pub mod id {
    use super::*;

    /// Writes it.
    pub fn serialize<T: Display, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    /// Reads it.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// An id or `null`.
pub mod optional_id {
    use super::*;

    /// Writes it.
    pub fn serialize<T: Display, S: Serializer>(id: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.collect_str(id),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

/// Ids in a list.
pub mod ids {
    use super::*;

    /// Writes them.
    pub fn serialize<T: Display, S: Serializer>(ids: &[T], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(T::to_string))
    }

    /// Reads them.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .into_iter()
            .map(|text| text.parse().map_err(D::Error::custom))
            .collect()
    }
}

/// A moment, as RFC 3339 in UTC with milliseconds.
pub mod time {
    use super::*;
    use syncmgr_model::time::Timestamp;

    /// Its text. A moment beyond the year 9999 is held there.
    pub fn text(time: Timestamp) -> String {
        let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        format!("{moment:.3}")
    }

    /// Writes it.
    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(*time))
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let moment: jiff::Timestamp = String::deserialize(deserializer)?.parse().map_err(D::Error::custom)?;
        Ok(Timestamp::from_millis(moment.as_millisecond()))
    }
}

/// A moment, or `null`.
pub mod optional_time {
    use super::*;
    use syncmgr_model::time::Timestamp;

    /// Writes it.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => time::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let moment: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Some(Timestamp::from_millis(moment.as_millisecond())))
    }
}
