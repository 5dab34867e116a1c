//! Exit codes: a promise to scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for is in step, or the question was answered.
    InStep = 0,
    /// Finished, with problems, conflicts, failed or skipped items.
    Unfinished = 1,
    /// Wrong usage or configuration; nothing was done.
    Usage = 2,
    /// Stopped by the user or a signal.
    Stopped = 3,
    /// A safety rule halted an item, and a person has to say how to go on.
    Halted = 4,
    /// The manager itself failed: its store, its files, its machine.
    Failed = 5,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What a number means; those that nobody gives mean a failure.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::InStep,
            1 => Self::Unfinished,
            2 => Self::Usage,
            3 => Self::Stopped,
            4 => Self::Halted,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
