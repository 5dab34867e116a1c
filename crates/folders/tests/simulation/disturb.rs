//! One disturbed run: counts the engine's calls, fails them as the script wants, lets the user act in between, and notes
//! what the run tells.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_folders::display_path;
use syncmgr_folders::fs::faulty::{Call, Hook};
use syncmgr_handler::model::entry::{LogErrorInfo, LogLevel};
use syncmgr_handler::model::fact::Fact;
use syncmgr_handler::model::id::{ErrorId, ItemId};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::{FactSink, ModelessRequest, SyncCallback};

use crate::machine::Errno;
use crate::script::{Disturbance, Operation, Refusal, Run};

/// What a run told and did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Report {
    pub(crate) changes: Vec<String>,
    pub(crate) conflicts: Vec<String>,
    pub(crate) problems: Vec<(String, String)>,
    pub(crate) halts: Vec<String>,
    pub(crate) entries: Vec<String>,
    /// Calls that change a disk: which, and the name they are about.
    pub(crate) changing: Vec<(Call, String)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, conflicts, problems, halts, entries, changing } = self;
        writeln!(f, "  changes {changes:?}\n  conflicts {conflicts:?}\n  problems {problems:?}")?;
        writeln!(f, "  halts {halts:?}\n  entries {entries:?}")?;
        let calls: Vec<String> = changing.iter().map(|(call, name)| format!("{call:?} {name}")).collect();
        write!(f, "  changing calls: {}", calls.join(", "))
    }
}

/// Does what the user does meanwhile.
pub(crate) type Meanwhile = Box<dyn Fn(&Operation) + Send + Sync>;

struct Progress {
    waiting: VecDeque<(u32, Operation)>,
    n_calls: u32,
    /// Changing calls, and flushing ones.
    n_weighty: u32,
    n_changing: u32,
    n_asked: u32,
    dead: bool,
    report: Report,
}

pub(crate) struct Disturber {
    disturbance: Disturbance,
    meanwhile: Meanwhile,
    /// Whether a rename may replace without a way to look first: then nobody can be protected at that very moment.
    blind_renames: bool,
    progress: Mutex<Progress>,
}

impl Disturber {
    pub(crate) fn new(run: &Run, blind_renames: bool, meanwhile: Meanwhile) -> Arc<Self> {
        let progress = Progress {
            waiting: run.meanwhile.iter().cloned().collect(),
            n_calls: 0,
            n_weighty: 0,
            n_changing: 0,
            n_asked: 0,
            dead: false,
            report: Report::default(),
        };
        let progress = Mutex::new(progress);
        Arc::new(Self { disturbance: run.disturbance, meanwhile, blind_renames, progress })
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn report(&self) -> Report {
        self.lock().report.clone()
    }

    pub(crate) fn n_calls(&self) -> u32 {
        self.lock().n_calls
    }

    /// The hook before every call of the engine.
    pub(crate) fn hook(self: &Arc<Self>) -> Hook {
        let disturber = Arc::clone(self);
        Arc::new(move |call, name| disturber.before(call, name))
    }

    fn before(&self, call: Call, name: &[u8]) -> io::Result<()> {
        let mut progress = self.lock();
        let (changes, at) = (call.is_mutating(), progress.n_calls);
        let weighty = changes || matches!(call, Call::SyncFile | Call::SyncDir | Call::SyncAll);
        let struck = match self.disturbance {
            Disturbance::Kill(n) => changes && progress.n_changing == n,
            Disturbance::PowerCut(n, _) => weighty && progress.n_weighty == n,
            _ => false,
        };
        progress.n_calls += 1;
        progress.n_changing += u32::from(changes);
        progress.n_weighty += u32::from(weighty);
        progress.dead |= struck;
        if progress.dead {
            return Err(io::Error::other("the process has ended"));
        }
        if call != Call::Rename || !self.blind_renames {
            while let Some((_, operation)) = progress.waiting.pop_front_if(|(when, _)| *when <= at) {
                (self.meanwhile)(&operation);
            }
        }
        if let Some(refusal) = self.refusal(at) {
            return Err(refusal.into());
        }
        if changes {
            progress.report.changing.push((call, display_path(name)));
        }
        Ok(())
    }

    fn refusal(&self, at: u32) -> Option<Errno> {
        let refusal = match self.disturbance {
            Disturbance::Fail(first, n, refusal) if (first..first + n).contains(&at) => refusal,
            Disturbance::FailEvery(n, refusal) if at % n == n - 1 => refusal,
            _ => return None,
        };
        Some(match refusal {
            Refusal::NoSpace => Errno::NOSPC,
            Refusal::InputOutput => Errno::IO,
            Refusal::Access => Errno::ACCESS,
            Refusal::TooManyFiles => Errno::MFILE,
        })
    }
}

impl SyncCallback for Disturber {
    fn show_properties_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn prepare_for_sync_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn synchronize_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn show_error_completed(&self, _: Outcome, _: &[ItemId]) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn enable_modeless(&self, _: ModelessRequest) -> Outcome {
        Outcome::FALSE
    }
    fn progress(&self, _: &ItemId, _: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let mut progress = self.lock();
        progress.n_asked += 1;
        let stop = matches!(self.disturbance, Disturbance::Stop(at) if progress.n_asked > at);
        Ok(if stop { Verdict::Stop } else { Verdict::Go })
    }
    fn log_error(&self, level: LogLevel, text: &str, _: Option<&LogErrorInfo>) -> Outcome {
        self.lock().report.entries.push(format!("{level}: {text}"));
        Outcome::OK
    }
    fn delete_log_error(&self, _: Option<ErrorId>) -> Outcome {
        Outcome::OK
    }
    fn establish_connection(&self, _: Option<&str>) -> Outcome {
        Outcome::FAIL
    }
    fn facts(&self) -> Option<&dyn FactSink> {
        Some(self)
    }
}

impl FactSink for Disturber {
    fn wants_changes(&self) -> bool {
        true
    }
    fn report(&self, _: &ItemId, fact: Fact) {
        let report = &mut self.lock().report;
        match fact {
            Fact::Change { side, action, path, .. } => {
                report.changes.push(format!("{side} {action} {}", display_path(&path)));
            }
            Fact::Conflict { path, .. } => report.conflicts.push(display_path(&path)),
            Fact::Problem { path, reason, .. } => {
                report.problems.push((display_path(&path), reason));
            }
            Fact::Halt { rule, .. } => report.halts.push(rule),
            Fact::Totals(_) => {}
        }
    }
}
