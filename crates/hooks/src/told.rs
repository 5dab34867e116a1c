//! [`Told`]: what came of telling, for the log.

use std::time::Duration;

use syncmgr_model::id::SessionId;

use crate::occasion::Occasion;

/// Something the log should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A hook was told, or was to be.
    Delivery(Delivery),
    /// So many deliveries were never tried: others came faster than hooks could be told. The oldest went first.
    Dropped {
        /// How many since the last time this was said.
        n_dropped: u64,
    },
}

/// One attempt to tell a hook of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The hook's name.
    pub hook: String,
    /// What the notice was about.
    pub occasion: Occasion,
    /// The session of the notice.
    pub session: Option<SessionId>,
    /// The first attempt is 1.
    pub attempt: u32,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub end: DeliveryEnd,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// The hook has been told.
    Done,
    /// The hook refused the session that was about to begin.
    Refused {
        /// Why, in its words.
        reason: String,
    },
    /// It has not been told and will not be.
    Failed {
        /// Why.
        why: String,
    },
    /// It has not been told and will be once more.
    Again {
        /// Why.
        why: String,
        /// After how long.
        after: Duration,
    },
}

/// How much of a program's words is kept.
const MAX_LINE_CHARS: usize = 300;

/// The first line of a program's output that says something, without control characters and cut.
pub(crate) fn first_line(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line: String = line.chars().filter(|c| !c.is_control()).take(MAX_LINE_CHARS).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_says_something_is_kept_clean_and_short() {
        assert_eq!(first_line(b"\n \n\x1b[31mno\x07 disk\x1b[0m\nmore"), Some("[31mno disk[0m".to_owned()));
        assert_eq!(first_line(b" \n\n"), None);
        assert_eq!(first_line(b"\x07"), None);
        assert_eq!(first_line("é".repeat(500).as_bytes()).unwrap().chars().count(), 300);
    }
}
