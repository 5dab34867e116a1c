//! A pair of real folders, run through the handler's traits by a manager that only notes what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{
    FolderHandlerFactory, PairConfig, RunOptions, Surroundings, UndoHandlerFactory, display_path,
};
use syncmgr_handler::model::entry::{LogErrorInfo, LogLevel};
use syncmgr_handler::model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_handler::model::fact::{Action, Fact, Side, Totals};
use syncmgr_handler::model::id::{ErrorId, ItemId, SessionId};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::time::Timestamp;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::{FactSink, HandlerFactory, ModelessRequest, SyncCallback};

use crate::machine::{mode, mtime};

pub(crate) const ITEM: ItemId = ItemId::from_u128(0xA);

/// What a run told.
#[derive(Debug, Default, Clone)]
#[must_use]
pub(crate) struct Report {
    pub(crate) status: Option<ItemStatus>,
    /// `R create f`, `L delete d/g`.
    pub(crate) changes: Vec<String>,
    /// `edit-edit f`
    pub(crate) conflicts: Vec<String>,
    pub(crate) problems: Vec<String>,
    pub(crate) halts: Vec<String>,
    pub(crate) entries: Vec<String>,
    pub(crate) totals: Totals,
}

impl Report {
    /// The run went through and left nothing over.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert_eq!(self.status, Some(ItemStatus::Succeeded), "{self:?}");
        assert!(self.problems.is_empty() && self.conflicts.is_empty() && self.halts.is_empty(), "{self:?}");
        self
    }

    /// The run had nothing to do.
    #[track_caller]
    pub(crate) fn idle(self) {
        let report = self.clean();
        assert!(report.changes.is_empty(), "{report:?}");
    }
}

type Answer = Arc<dyn Fn(&ProgressUpdate<'_>) -> Verdict + Send + Sync>;

struct Notes {
    report: Mutex<Report>,
    done: Mutex<Sender<&'static str>>,
    answer: Answer,
}

impl SyncCallback for Notes {
    fn show_properties_completed(&self, _: Outcome) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn prepare_for_sync_completed(&self, _: Outcome) -> Outcome {
        let _ = self.done.lock().unwrap().send("prepared");
        Outcome::OK
    }
    fn synchronize_completed(&self, _: Outcome) -> Outcome {
        let _ = self.done.lock().unwrap().send("synchronized");
        Outcome::OK
    }
    fn show_error_completed(&self, _: Outcome, _: &[ItemId]) -> Outcome {
        Outcome::UNEXPECTED
    }
    fn enable_modeless(&self, _: ModelessRequest) -> Outcome {
        Outcome::FALSE
    }
    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        assert_eq!(*item, ITEM);
        if let Some(status) = update.status.filter(|status| status.is_final()) {
            self.report.lock().unwrap().status = Some(status);
        }
        Ok((self.answer)(update))
    }
    fn log_error(&self, level: LogLevel, text: &str, _: Option<&LogErrorInfo>) -> Outcome {
        self.report.lock().unwrap().entries.push(format!("{level}: {text}"));
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
    fn report(&self, _: &ItemId, fact: Fact) {
        let mut report = self.report.lock().unwrap();
        match fact {
            Fact::Change { side, action, path, from } => {
                let side = if side == Side::Left { "L" } else { "R" };
                let from = from.map(|from| format!("{} → ", display_path(&from))).unwrap_or_default();
                let _ = Action::Create;
                report.changes.push(format!("{side} {action} {from}{}", display_path(&path)));
            }
            Fact::Conflict { path, kind } => report.conflicts.push(format!("{kind} {}", display_path(&path))),
            Fact::Problem { path, reason, .. } => {
                report.problems.push(format!("{}: {reason}", display_path(&path)))
            }
            Fact::Halt { rule, .. } => report.halts.push(rule),
            Fact::Totals(totals) => report.totals = totals,
        }
    }
}

/// Two folders in a temporary place, and how they are kept.
pub(crate) struct Pair {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) config: PairConfig,
    pub(crate) n_runs: Mutex<u128>,
}

impl Default for Pair {
    fn default() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["left", "right", "state"] {
            fs::create_dir(at(name)).unwrap();
        }
        let config = PairConfig::new(ITEM, "pair", at("left"), at("right"));
        Self { dir, config, n_runs: Mutex::new(0) }
    }
}

impl Pair {
    /// A pair whose folders hold the same and have been synchronized.
    pub(crate) fn synced(tree: &[(&str, &str)]) -> Self {
        let pair = Self::default();
        pair.write(Side::Left, tree);
        let _ = pair.sync().clean();
        pair
    }

    pub(crate) fn root(&self, side: Side) -> &Path {
        if side == Side::Left { &self.config.left } else { &self.config.right }
    }

    pub(crate) fn left(&self, path: &str) -> PathBuf {
        self.config.left.join(path)
    }

    pub(crate) fn right(&self, path: &str) -> PathBuf {
        self.config.right.join(path)
    }

    /// Writes files; a name that ends with `/` is a folder.
    pub(crate) fn write(&self, side: Side, tree: &[(&str, &str)]) {
        for (path, content) in tree {
            let at = self.root(side).join(path);
            if path.ends_with('/') {
                fs::create_dir_all(at).unwrap();
            } else {
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                fs::write(at, content).unwrap();
            }
        }
    }

    pub(crate) fn options(&self) -> RunOptions {
        let mut n_runs = self.n_runs.lock().unwrap();
        *n_runs += 1;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        RunOptions::new(SessionId::from_u128(*n_runs), Timestamp::from_millis(now as i64))
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings { state_dir: self.dir.path().join("state"), host: "here".into(), boot_id: "boot".into() }
    }

    pub(crate) fn sync(&self) -> Report {
        self.sync_with(self.options())
    }

    pub(crate) fn sync_with(&self, options: RunOptions) -> Report {
        self.sync_on(RealFileSystem, options, Arc::new(|_| Verdict::Go))
    }

    /// Runs on a given file system, answering every progress call with `answer`.
    pub(crate) fn sync_on<F: FileSystem>(&self, fs: F, options: RunOptions, answer: Answer) -> Report {
        let factory = FolderHandlerFactory::on(fs, vec![self.config.clone()], options, self.surroundings());
        run(&factory, Modifiers::empty(), answer)
    }

    pub(crate) fn preview(&self) -> Report {
        let factory =
            FolderHandlerFactory::new(vec![self.config.clone()], self.options(), self.surroundings());
        run(&factory, Modifiers::DRY_RUN, Arc::new(|_| Verdict::Go))
    }

    pub(crate) fn undo(&self, session: u128) -> Report {
        let session = SessionId::from_u128(session);
        let factory =
            UndoHandlerFactory::new(self.config.clone(), session, self.options(), self.surroundings());
        run(&factory, Modifiers::empty(), Arc::new(|_| Verdict::Go))
    }

    /// Both sides hold the same, attributes included.
    #[track_caller]
    pub(crate) fn assert_equal(&self) {
        assert_eq!(tree(&self.config.left), tree(&self.config.right));
    }

    /// Everything that lies in the trash of a side: path below its run, and content.
    pub(crate) fn trash(&self, side: Side) -> BTreeMap<String, String> {
        let trash = self.root(side).join(".syncmgr/trash");
        let mut found = BTreeMap::new();
        for run in fs::read_dir(trash).into_iter().flatten() {
            let run = run.unwrap().path();
            for (path, entry) in tree(&run) {
                if let Some(content) = entry.split_once("= ") {
                    found.insert(path, content.1.to_owned());
                }
            }
        }
        found
    }
}

fn run(factory: &dyn HandlerFactory, modifiers: Modifiers, answer: Answer) -> Report {
    let (sender, receiver) = channel();
    let notes = Arc::new(Notes { report: Mutex::default(), done: Mutex::new(sender), answer });
    let mut handler = factory.create().unwrap();
    assert_eq!(handler.initialize(InitializeFlags::new(Event::Manual, modifiers), None), Outcome::OK);
    let items: Vec<_> = handler.enum_sync_mgr_items().unwrap().items.map(|item| item.unwrap().id).collect();
    let callback: Arc<dyn SyncCallback> = notes.clone();
    assert_eq!(handler.set_progress_callback(Some(callback)), Outcome::OK);
    assert_eq!(handler.prepare_for_sync(&items, None), Outcome::OK);
    assert_eq!(receiver.recv().unwrap(), "prepared");
    if !modifiers.contains(Modifiers::DRY_RUN) {
        assert_eq!(handler.synchronize(None), Outcome::OK);
        assert_eq!(receiver.recv().unwrap(), "synchronized");
    }
    let mut report = notes.report.lock().unwrap().clone();
    if modifiers.contains(Modifiers::DRY_RUN) {
        report.status.get_or_insert(ItemStatus::Succeeded);
    }
    report
}

/// A tree as comparable lines: kind, permission bits, modification time of files, content. What is ours is left out.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(root, "", &mut found);
    found
}

fn walk(dir: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = display_path(entry.file_name().as_encoded_bytes());
        let path = format!("{prefix}{name}");
        if path == ".syncmgr" {
            continue;
        }
        let metadata = entry.metadata().unwrap();
        let mode = mode(&metadata);
        if metadata.is_dir() {
            found.insert(path.clone(), format!("dir {mode:o}"));
            walk(&entry.path(), &format!("{path}/"), found);
        } else if metadata.is_symlink() {
            found.insert(path, format!("link = {}", fs::read_link(entry.path()).unwrap().display()));
        } else {
            let content = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            let (secs, nanos) = mtime(&metadata);
            found.insert(path, format!("file {mode:o} {secs}.{nanos:09} = {content}"));
        }
    }
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}
