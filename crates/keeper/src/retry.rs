//! Retries: whether and when a run that failed is tried again by itself.

use std::fmt;
use std::str::FromStr;

use syncmgr_model::time::Timestamp;

use crate::rule::ParseRuleError;

/// What kind of error made a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It may go away by itself: a network, a server, a lock.
    Transient,
    /// Something is set up wrongly.
    Configuration,
    /// Edits exclude each other and wait for a decision.
    Conflict,
    /// A safety rule halted the item.
    Safety,
    /// The handler is broken.
    Bug,
}

impl ErrorClass {
    /// All classes.
    pub const ALL: [Self; 5] =
        [Self::Transient, Self::Configuration, Self::Conflict, Self::Safety, Self::Bug];

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Configuration => "configuration",
            Self::Conflict => "conflict",
            Self::Safety => "safety",
            Self::Bug => "bug",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ErrorClass {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        Self::ALL.into_iter().find(|class| class.as_str() == text).ok_or_else(|| {
            ParseRuleError::new(
                text,
                "error class",
                "it is transient, configuration, conflict, safety or bug",
            )
        })
    }
}

/// Whether a run that failed has brought anything into step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// It has.
    Made,
    /// It has not.
    None,
}

/// How a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of error it was.
    pub class: ErrorClass,
    /// Whether anything was done before.
    pub progress: Progress,
    /// What went wrong, in words, lower case and without a full stop.
    pub text: String,
}

/// What failures in a row have come to, as far as it decides when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tries {
    /// How often the time to the next try has been doubled.
    pub(crate) back_off: u32,
    /// How often a try followed at once, because something had been done.
    pub(crate) eager: u32,
}

/// The first time to wait, and the longest.
const FIRST_MILLIS: i64 = 30_000;
const LONGEST_MILLIS: i64 = 3_600_000;

/// A handler that fails and always claims to have done something would otherwise be called without a pause.
const MOST_EAGER: u32 = 5;

/// When the item is tried again by itself, and the tries from then on. The order is Android's: who has made progress is tried
/// at once, what may pass is backed off from, and nothing else is tried again. A safety rule is no error, and waits for a
/// person whatever was done before it.
pub(crate) fn after_failure(tries: Tries, failure: &Failure, now: Timestamp) -> (Tries, Option<Timestamp>) {
    let is_eager = failure.progress == Progress::Made && tries.eager < MOST_EAGER;
    match (failure.class, is_eager) {
        (ErrorClass::Safety, _) => (Tries::default(), None),
        (_, true) => (Tries { back_off: 0, eager: tries.eager + 1 }, Some(now)),
        (ErrorClass::Transient, false) => {
            let next = Tries { back_off: tries.back_off.saturating_add(1), eager: tries.eager };
            (next, Some(now.plus_millis(delay_millis(tries.back_off))))
        }
        (ErrorClass::Configuration | ErrorClass::Conflict | ErrorClass::Bug, false) => {
            (Tries::default(), None)
        }
    }
}

fn delay_millis(back_off: u32) -> i64 {
    // Eight doublings pass the longest; more would only overflow.
    (FIRST_MILLIS << back_off.min(8)).min(LONGEST_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn failure(class: ErrorClass, progress: Progress) -> Failure {
        Failure { class, progress, text: "it did not work".to_owned() }
    }

    #[test]
    fn transient_errors_are_backed_off_from_by_doubling_up_to_an_hour() {
        let failure = failure(ErrorClass::Transient, Progress::None);
        let mut tries = Tries::default();
        let mut seconds = Vec::new();
        for _ in 0..10 {
            let (next, at) = after_failure(tries, &failure, NOW);
            seconds.push(at.unwrap().millis_since(NOW) / 1000);
            tries = next;
        }
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        let (_, at) = after_failure(Tries { back_off: u32::MAX, eager: 0 }, &failure, NOW);
        assert_eq!(at.unwrap().millis_since(NOW), 3_600_000);
    }

    #[test]
    fn progress_is_followed_by_a_retry_at_once_but_not_for_ever() {
        let failure = failure(ErrorClass::Transient, Progress::Made);
        let mut tries = Tries { back_off: 4, eager: 0 };
        let mut seconds = Vec::new();
        for _ in 0..7 {
            let (next, at) = after_failure(tries, &failure, NOW);
            seconds.push(at.unwrap().millis_since(NOW) / 1000);
            tries = next;
        }
        assert_eq!(seconds, [0, 0, 0, 0, 0, 30, 60]);
    }

    #[test]
    fn what_cannot_pass_by_itself_is_not_tried_again() {
        for (class, progress, is_tried) in [
            (ErrorClass::Configuration, Progress::None, false),
            (ErrorClass::Configuration, Progress::Made, true),
            (ErrorClass::Conflict, Progress::None, false),
            (ErrorClass::Conflict, Progress::Made, true),
            (ErrorClass::Bug, Progress::None, false),
            (ErrorClass::Bug, Progress::Made, true),
            (ErrorClass::Safety, Progress::None, false),
            (ErrorClass::Safety, Progress::Made, false),
        ] {
            let (_, at) = after_failure(Tries::default(), &failure(class, progress), NOW);
            assert_eq!(at.is_some(), is_tried, "{class} {progress:?}");
        }
    }

    #[test]
    fn every_class_reads_back() {
        for class in ErrorClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(class));
        }
        assert!("weather".parse::<ErrorClass>().is_err());
    }
}
