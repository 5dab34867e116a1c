//! Does a handler keep the contract? A suite that any [`Handler`](crate::Handler) is run through from one short test.
//!
//! ```no_run
//! # use syncmgr_handler::{HandlerFactory, conformance};
//! # fn my_factory() -> impl HandlerFactory { || Err(String::new()) }
//! # fn main() -> Result<(), conformance::Violations> {
//! conformance::check(&my_factory())
//! # }
//! ```
//!
//! The suite is a small manager of its own. It makes several instances, one after the other, and drives each through a
//! session: an ordinary one, one in which an item is skipped, one that is stopped, and one that is stopped and dropped
//! at once. The handler should list at least one item, better two, that can be synchronized again and again.
//!
//! It claims what the contract promises to the manager and nothing about results: each [`Rule`] is one claim.

mod manager;
mod sessions;

use std::fmt;
use std::time::Duration;

use crate::HandlerFactory;

/// What a handler promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// An instance can be made and takes a manual session.
    CanBeMade,
    /// It tells name and flags.
    TellsAboutItself,
    /// Two enumerations name the same items; ids are neither nil nor used twice.
    StableItems,
    /// It takes the callback and lets go of it.
    TakesCallback,
    /// A method that answered OK is completed exactly once, and others are not completed.
    CompletesOnce,
    /// Nothing is completed before it was asked for.
    InOrder,
    /// Each item is asked about at least once before its end, and only items of the preparation are.
    ProgressOnEveryItem,
    /// An item that was skipped does not succeed.
    HonorsSkip,
    /// Nothing succeeds after a stop, and the work ends.
    HonorsStop,
    /// After a stop and a drop, no thread keeps the callback.
    EndsAfterDrop,
}

impl Rule {
    /// The claim, for people.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::CanBeMade => "an instance can be made and takes a manual session",
            Self::TellsAboutItself => "name and flags are told",
            Self::StableItems => {
                "two enumerations name the same items, with ids that are neither nil nor doubled"
            }
            Self::TakesCallback => "the callback is taken, and let go of when asked",
            Self::CompletesOnce => "what was answered with OK is completed exactly once, anything else never",
            Self::InOrder => "nothing is completed before it was asked for",
            Self::ProgressOnEveryItem => {
                "progress is called for every item of the preparation and for no other"
            }
            Self::HonorsSkip => "a skipped item does not succeed",
            Self::HonorsStop => "after a stop nothing succeeds and the work ends",
            Self::EndsAfterDrop => "after a stop and a drop no thread keeps the callback",
        }
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// What was seen.
    pub found: String,
}

/// All promises that were broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, violation) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}broken: {} (found: {})", violation.rule.claim(), violation.found)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// How long the suite waits for a completion before it calls it missing.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

/// Runs the whole suite with [`DEFAULT_PATIENCE`].
///
/// # Errors
///
/// All promises that were broken.
pub fn check(factory: &dyn HandlerFactory) -> Result<(), Violations> {
    check_with(factory, DEFAULT_PATIENCE)
}

/// Runs the whole suite; a completion that takes longer than `patience` is missing.
///
/// # Errors
///
/// All promises that were broken.
pub fn check_with(factory: &dyn HandlerFactory, patience: Duration) -> Result<(), Violations> {
    let mut violations = sessions::ordinary(factory, patience);
    // What is broken in an ordinary session would only be found again.
    if violations.is_empty() {
        violations.extend(sessions::skipped(factory, patience));
        violations.extend(sessions::stopped(factory, patience));
        violations.extend(sessions::dropped(factory, patience));
    }
    if violations.is_empty() { Ok(()) } else { Err(Violations(violations)) }
}

#[cfg(test)]
mod tests;
