//! [`Occasion`]: the closed list of what can be told.

use std::fmt;
use std::str::FromStr;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// A session is about to begin.
    BeforeSession,
    /// A session is over, whatever came of it.
    AfterSession,
    /// An item, or a session as a whole, has failed.
    OnError,
    /// An item has conflicts that wait for a person.
    OnConflict,
    /// An item has not been synchronized for longer than was asked for.
    OnLate,
    /// A safety rule has halted an item.
    OnHalt,
}

impl Occasion {
    /// All occasions.
    pub const ALL: [Self; 6] = [
        Self::BeforeSession,
        Self::AfterSession,
        Self::OnError,
        Self::OnConflict,
        Self::OnLate,
        Self::OnHalt,
    ];

    /// The word used in the configuration and in the notice.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeSession => "before-session",
            Self::AfterSession => "after-session",
            Self::OnError => "on-error",
            Self::OnConflict => "on-conflict",
            Self::OnLate => "on-late",
            Self::OnHalt => "on-halt",
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no occasion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is no occasion; there are before-session, after-session, on-error, on-conflict, on-late and on-halt"
)]
pub struct ParseOccasionError {
    word: String,
}

impl FromStr for Occasion {
    type Err = ParseOccasionError;

    fn from_str(word: &str) -> Result<Self, ParseOccasionError> {
        Self::ALL
            .into_iter()
            .find(|occasion| occasion.as_str() == word)
            .ok_or_else(|| ParseOccasionError { word: word.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occasion_reads_back_and_an_unknown_word_is_told_the_known_ones() {
        for occasion in Occasion::ALL {
            assert_eq!(occasion.as_str().parse(), Ok(occasion));
        }
        let error = "on-success".parse::<Occasion>().unwrap_err().to_string();
        assert!(Occasion::ALL.iter().all(|occasion| error.contains(occasion.as_str())), "{error}");
    }
}
