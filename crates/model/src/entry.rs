//! Log entries: the results of a session.

use std::fmt;
use std::str::FromStr;

use crate::flags::ErrorFlags;
use crate::id::{ErrorId, ItemId};

/// How serious an entry is. The numbers are the contract's (`SYNCMGRLOGLEVEL`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LogLevel {
    /// Worth knowing; keeps no window open.
    Information = 1,
    /// Something to look at.
    Warning = 2,
    /// Something went wrong.
    Error = 3,
}

impl LogLevel {
    /// The level with the contract's number, if there is one.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Information),
            2 => Some(Self::Warning),
            3 => Some(Self::Error),
            _ => None,
        }
    }

    /// The word used on the wire, in the store and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LogLevel {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        [Self::Information, Self::Warning, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or(UnknownLevel)
    }
}

/// A word that names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLevel;

/// What an entry carries besides level and text; what is `None` was not given (`SYNCMGRLOGERRORINFO` and its mask).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogErrorInfo {
    /// What the entry can do; not given means nothing.
    pub flags: Option<ErrorFlags>,
    /// The name by which the handler can delete or open the entry. The nil id counts as not given.
    pub error: Option<ErrorId>,
    /// The item the entry is about; not given or unknown means the handler as a whole.
    pub item: Option<ItemId>,
}

impl LogErrorInfo {
    /// An entry about an item, without identity of its own.
    pub const fn about(item: ItemId) -> Self {
        Self { flags: None, error: None, item: Some(item) }
    }

    /// The identity of the entry, where one was really given.
    pub fn error_id(&self) -> Option<ErrorId> {
        self.error.filter(|id| !id.is_nil())
    }

    /// Whether activating the entry may call `show_error`: it needs the flag *and* an identity.
    pub fn can_jump(&self) -> bool {
        self.flags.is_some_and(|flags| flags.contains(ErrorFlags::ENABLE_JUMP_TEXT))
            && self.error_id().is_some()
    }
}

/// What an entry says besides its text. Ours: the contract knows texts alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryDetail {
    /// More text: a trace, the tool's own words.
    pub detail: Option<String>,
    /// What kind of trouble: `transient`, `permanent`, `auth` or `config`.
    pub class: Option<String>,
    /// The handler's own code.
    pub code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_needs_the_flag_and_an_identity() {
        let flag = Some(ErrorFlags::ENABLE_JUMP_TEXT);
        let id = Some(ErrorId::from_u128(1));
        for (flags, error, can_jump) in [
            (flag, id, true),
            (flag, None, false),
            (flag, Some(ErrorId::NIL), false),
            (None, id, false),
            (Some(ErrorFlags::empty()), id, false),
        ] {
            assert_eq!(LogErrorInfo { flags, error, item: None }.can_jump(), can_jump);
        }
    }
}
