//! Where errors become help: a headline, the causes, and the next step.
//!
//! Libraries say what happened; only here is decided which exit code that is and what a person can do about it.

use std::error::Error;
use std::path::Path;

use syncmgr_folders::PairCheckError;
use syncmgr_store::{FILE_NAME, StoreError, StoreErrorKind};

use crate::config::ConfigError;
use crate::exit::Exit;

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub headline: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
}

impl Failure {
    /// Wrong usage or configuration.
    pub fn usage(headline: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, headline: headline.into(), causes: Vec::new(), hint: None }
    }

    /// A failure of the manager or its machine.
    pub fn ours(headline: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, ..Self::usage(headline) }
    }

    pub fn exits(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn because(mut self, error: &dyn Error) -> Self {
        self.causes.extend(chain(Some(error)));
        self
    }

    /// A failure of the store in `state_dir`.
    pub fn store(error: &StoreError, state_dir: &Path) -> Self {
        let file = state_dir.join(FILE_NAME);
        let file = file.display();
        let failure = Self { causes: chain(error.source()), ..Self::ours(error.to_string()) };
        match error.kind() {
            StoreErrorKind::Locked => {
                failure.hint("wait until the other `syncmgr` is through, then run the command again")
            }
            StoreErrorKind::Damaged => failure.hint(format!(
                "`{file}` cannot be trusted; `syncmgr doctor --set-store-aside` keeps it under another name and starts a new one \
                 (folders, trash and what both sides agreed on are not in it)"
            )),
            StoreErrorKind::NewerVersion => {
                failure.hint("use the newer `syncmgr` that wrote it, or another `--state-dir`")
            }
            StoreErrorKind::DiskFull => {
                failure.hint(format!("make room on the disk that holds `{}`", state_dir.display()))
            }
            StoreErrorKind::CannotOpen => failure.hint(format!(
                "check that `{}` is a directory you may write to, or name another with `--state-dir`",
                state_dir.display()
            )),
            StoreErrorKind::Internal => {
                failure.hint("`syncmgr doctor` looks at the store; this is a fault worth reporting")
            }
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self {
            exit: if error.is_ours() { Exit::Failed } else { Exit::Usage },
            headline: error.to_string(),
            causes: chain(error.source()),
            hint: error.hint(),
        }
    }
}

impl From<PairCheckError> for Failure {
    fn from(error: PairCheckError) -> Self {
        Self {
            hint: error.hint().map(str::to_owned),
            causes: chain(error.source()),
            ..Self::usage(error.to_string())
        }
    }
}

fn chain(first: Option<&dyn Error>) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = first;
    while let Some(error) = next {
        causes.push(error.to_string());
        next = error.source();
    }
    causes
}
