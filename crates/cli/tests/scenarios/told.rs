//! What a run told: a manager that notes everything and decides nothing.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use syncmgr_folders::display_path;
use syncmgr_handler::model::entry::{LogErrorInfo, LogLevel};
use syncmgr_handler::model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_handler::model::fact::{Fact, Side, Totals};
use syncmgr_handler::model::id::{ErrorId, ItemId};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::{FactSink, HandlerFactory, ModelessRequest, SyncCallback};

/// What a run told.
#[derive(Debug, Default, Clone)]
#[must_use = "what a run told is to be looked at"]
pub(crate) struct Report {
    pub(crate) status: Option<ItemStatus>,
    /// `R create f`, `L delete d/g`.
    pub(crate) changes: Vec<String>,
    /// `edit-edit f`
    pub(crate) conflicts: Vec<String>,
    /// `f: permission denied`
    pub(crate) problems: Vec<String>,
    pub(crate) halts: Vec<String>,
    pub(crate) entries: Vec<String>,
    pub(crate) totals: Totals,
}

impl Report {
    /// Whether it says that both sides are in step.
    pub(crate) fn says_in_step(&self) -> bool {
        self.status == Some(ItemStatus::Succeeded)
            && self.problems.is_empty()
            && self.conflicts.is_empty()
            && self.halts.is_empty()
    }

    /// The run went through and left nothing over.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert!(self.says_in_step(), "{self:#?}");
        self
    }

    /// The run halted by this rule and changed nothing.
    #[track_caller]
    pub(crate) fn halted(self, rule: &str) -> Self {
        assert_eq!(
            (self.halts.as_slice(), self.changes.len()),
            ([rule.to_owned()].as_slice(), 0),
            "{self:#?}"
        );
        assert_eq!(self.status, Some(ItemStatus::Failed), "{self:#?}");
        self
    }

    /// Exactly these paths are in conflict.
    #[track_caller]
    pub(crate) fn in_conflict(self, paths: &[&str]) -> Self {
        let mut found: Vec<&str> =
            self.conflicts.iter().map(|line| line.split_once(' ').map_or("", |(_, path)| path)).collect();
        found.sort_unstable();
        assert_eq!(found, paths, "{self:#?}");
        self
    }

    /// Exactly these paths are problems.
    #[track_caller]
    pub(crate) fn problems_with(self, paths: &[&str]) -> Self {
        let mut found: Vec<&str> =
            self.problems.iter().map(|line| line.rsplit_once(": ").map_or("", |(path, _)| path)).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, paths, "{self:#?}");
        self
    }

    /// Whether a difference at this path is one the run has told of: itself, around it or below it.
    pub(crate) fn accounts_for(&self, path: &str) -> bool {
        let conflicts = self.conflicts.iter().filter_map(|line| Some(line.split_once(' ')?.1));
        let problems = self.problems.iter().filter_map(|line| Some(line.rsplit_once(": ")?.0));
        let noted = self.entries.iter().filter_map(|line| line.split('`').nth(1));
        let mut told = conflicts.chain(problems).chain(noted);
        told.any(|told| told.is_empty() || is_within(path, told) || is_within(told, path))
    }
}

fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is answered to a progress call.
pub(crate) type Answer = Arc<dyn Fn(&ProgressUpdate<'_>) -> Verdict + Send + Sync>;

struct Notes {
    reports: Mutex<Vec<(ItemId, Report)>>,
    done: Mutex<Sender<()>>,
    answer: Answer,
}

impl Notes {
    fn note(&self, item: &ItemId, note: impl FnOnce(&mut Report)) {
        let mut reports = self.reports.lock().unwrap();
        let known = reports.iter().position(|(known, _)| known == item);
        let at = known.unwrap_or_else(|| {
            reports.push((*item, Report::default()));
            reports.len() - 1
        });
        note(&mut reports[at].1);
    }
}

impl SyncCallback for Notes {
    fn show_properties_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn prepare_for_sync_completed(&self, _: Outcome) -> Outcome {
        self.done.lock().unwrap().send(()).unwrap();
        Outcome::OK
    }
    fn synchronize_completed(&self, _: Outcome) -> Outcome {
        self.done.lock().unwrap().send(()).unwrap();
        Outcome::OK
    }
    fn show_error_completed(&self, _: Outcome, _: &[ItemId]) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn enable_modeless(&self, _: ModelessRequest) -> Outcome {
        Outcome::FALSE
    }
    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        if let Some(status) = update.status.filter(|status| status.is_final()) {
            self.note(item, |report| report.status = Some(status));
        }
        Ok((self.answer)(update))
    }
    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome {
        if let Some(item) = info.and_then(|info| info.item) {
            self.note(&item, |report| report.entries.push(format!("{level}: {text}")));
        }
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

impl FactSink for Notes {
    fn wants_changes(&self) -> bool {
        true
    }
    fn report(&self, item: &ItemId, fact: Fact) {
        self.note(item, |report| match fact {
            Fact::Change { side, action, path, from } => {
                let side = if side == Side::Left { "L" } else { "R" };
                let from = from.map(|from| format!("{} → ", display_path(&from))).unwrap_or_default();
                report.changes.push(format!("{side} {action} {from}{}", display_path(&path)));
            }
            Fact::Conflict { path, kind } => report.conflicts.push(format!("{kind} {}", display_path(&path))),
            Fact::Problem { path, reason, .. } => {
                report.problems.push(format!("{}: {reason}", display_path(&path)));
            }
            Fact::Halt { rule, .. } => report.halts.push(rule),
            Fact::Totals(totals) => report.totals = totals,
        });
    }
}

/// Runs all items of a factory once, or previews them, and notes what each told.
pub(crate) fn run(
    factory: &dyn HandlerFactory,
    modifiers: Modifiers,
    answer: Answer,
) -> Vec<(ItemId, Report)> {
    let (sender, receiver) = channel();
    let notes = Arc::new(Notes { reports: Mutex::default(), done: Mutex::new(sender), answer });
    let mut handler = factory.create().unwrap();
    assert_eq!(handler.initialize(InitializeFlags::new(Event::Manual, modifiers), None), Outcome::OK);
    let items: Vec<_> = handler.enum_sync_mgr_items().unwrap().items.map(|item| item.unwrap().id).collect();
    let callback: Arc<dyn SyncCallback> = notes.clone();
    assert_eq!(handler.set_progress_callback(Some(callback)), Outcome::OK);
    assert_eq!(handler.prepare_for_sync(&items, None), Outcome::OK);
    receiver.recv().unwrap();
    let is_preview = modifiers.contains(Modifiers::DRY_RUN);
    if !is_preview {
        assert_eq!(handler.synchronize(None), Outcome::OK);
        receiver.recv().unwrap();
    }
    let mut reports = notes.reports.lock().unwrap().clone();
    if is_preview {
        // A previewed row is closed by the manager, unless it went wrong.
        for (_, report) in &mut reports {
            report.status.get_or_insert(ItemStatus::Succeeded);
        }
    }
    reports
}
