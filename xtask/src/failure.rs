//! Why a chore failed, and what to do about it.

use std::fmt;

/// A headline and, where there is one, the way on. Chores are for people only, so there is no kind to decide by.
#[derive(Debug)]
pub(crate) struct Failure {
    headline: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The failure of something that was being done, with its cause.
    pub(crate) fn while_doing(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::new(format!("failed to {what}: {cause}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.headline)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
