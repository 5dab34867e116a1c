//! Runs of a pair for simulations: on the caller's thread alone, so that the same file system, options and answers make
//! the same calls in the same order, every time.

use std::sync::Arc;

use syncmgr_handler::SyncCallback;
use syncmgr_model::id::SessionId;

use crate::config::{PairConfig, RunOptions};
use crate::fs::FileSystem;
use crate::monitor::Monitor;
use crate::pair::{Goal, PairEnd, PairError, PairRun, Surroundings, Threads};

/// What a simulated run is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Tell what a run would do.
    Preview,
    /// Bring both sides in step.
    Synchronize,
    /// Undo what a session has changed.
    Undo(SessionId),
    /// Tell what that would be.
    PreviewUndo(SessionId),
}

/// How a simulated run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It went through; what is left over was told.
    Done,
    /// A safety rule halted it.
    Halted,
    /// It was told to stop.
    Stopped,
    /// It failed, with the message a person would be shown.
    Failed(String),
}

/// Runs a pair once.
pub fn run<F: FileSystem>(
    fs: &Arc<F>,
    pair: &PairConfig,
    options: &RunOptions,
    surroundings: &Surroundings,
    callback: &Arc<dyn SyncCallback>,
    task: Task,
) -> End {
    let monitor = Monitor::new(Arc::clone(callback), pair.id);
    let (fs, threads) = (Arc::clone(fs), Threads::One);
    let run = PairRun { fs, pair, options, surroundings, monitor: &monitor, threads };
    let ended = match task {
        Task::Preview => run.run(Goal::Preview),
        Task::Synchronize => run.run(Goal::Sync),
        Task::Undo(session) => run.undo(session, Goal::Sync),
        Task::PreviewUndo(session) => run.undo(session, Goal::Preview),
    };
    end_of(ended)
}

fn end_of(ended: Result<PairEnd, PairError>) -> End {
    match ended {
        Ok(PairEnd::Done) => End::Done,
        Ok(PairEnd::Halted) => End::Halted,
        Ok(PairEnd::Stopped) => End::Stopped,
        Err(error) => End::Failed(error.to_string()),
    }
}
