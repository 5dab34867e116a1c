//! A handler on the bench: processes of it, and whole runs, in the words of the claims.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use syncmgr_child::{Program, clean_environment};
use syncmgr_wire::protocol::host::{
    EnumerateResult, InitializeParams, InitializeResult, Item, ItemResult, Nothing, PrepareResult, RunItem,
    RunParams, SyncResult, VersionRange, Window,
};
use syncmgr_wire::protocol::write::Refusal;
use syncmgr_wire::protocol::{Outcome, Reason, Status, code, method};

use super::desk::{Acknowledging, Desk, Play, Rule, Stage, Told};
use super::talk::{Broken, Note, Talk};
use super::{Subject, Verdict};

/// Numbers the processes of all suites here: the marks by which they are found must differ, or one suite would end another's.
static N_PROCESSES: AtomicU64 = AtomicU64::new(1);

/// What all claims know together.
pub(super) struct Bench<'a> {
    subject: &'a Subject,
    began: Instant,
    pub(super) seen: RefCell<Seen>,
}

/// What has been seen of the handler so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) caps: BTreeSet<String>,
    pub(super) items: Vec<String>,
    /// How the items of an ordinary run end.
    pub(super) reference: BTreeMap<String, End>,
    /// How many messages an ordinary run takes.
    pub(super) n_messages: usize,
    pub(super) n_asked: u32,
    pub(super) n_secrets: u32,
    pub(super) n_numbered: u32,
    pub(super) n_checkpoints: u32,
    notes: Vec<Note>,
}

impl Seen {
    pub(super) fn has_cap(&self, cap: &str) -> bool {
        self.caps.contains(cap)
    }

    /// The first time a rule was broken.
    pub(super) fn broken(&self, rule: Rule) -> Option<&Note> {
        self.notes.iter().find(|note| note.rule == rule)
    }
}

/// How an item ended, whatever words were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Succeeded,
    Failed,
    Skipped,
    Stopped,
    Deferred,
    Deleted,
}

impl End {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
            Self::Deferred => "deferred",
            Self::Deleted => "deleted",
        }
    }
}

/// How a process is set up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) versions: VersionRange,
    pub(super) window: u64,
    pub(super) acknowledging: Acknowledging,
    pub(super) settings_only: bool,
}

impl Setup {
    pub(super) const ORDINARY: Self = Self {
        versions: VersionRange { min: 1, max: 1 },
        window: syncmgr_wire::protocol::limits::WINDOW_MESSAGES,
        acknowledging: Acknowledging::AtOnce,
        settings_only: false,
    };
}

/// What is said of a claim that was not reached in time.
pub(super) fn out_of_time() -> Verdict {
    Verdict::NotReached("the time for the whole suite was over".to_owned())
}

impl<'a> Bench<'a> {
    pub(super) fn new(subject: &'a Subject) -> Self {
        Self { subject, began: Instant::now(), seen: RefCell::default() }
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.began.elapsed() >= self.subject.limits.total
    }

    pub(super) fn limits(&self) -> super::Limits {
        self.subject.limits
    }

    /// Starts a process in a place (a folder that is kept), and judges with it. What breaks is a failure.
    pub(super) fn with(
        &self,
        place: &str,
        setup: Setup,
        judge: impl FnOnce(&mut Open<'_>) -> Result<Verdict, Broken>,
    ) -> Verdict {
        let mut open = match self.open(place, setup) {
            Ok(open) => open,
            Err(broken) => return Verdict::Failed { found: broken.to_string(), exchange: Vec::new() },
        };
        match judge(&mut open) {
            Ok(verdict) => verdict,
            Err(broken) => open.failed(broken.to_string()),
        }
    }

    /// As [`Bench::with`], after `initialize` was answered.
    pub(super) fn with_ready(
        &self,
        place: &str,
        judge: impl FnOnce(&mut Open<'_>) -> Result<Verdict, Broken>,
    ) -> Verdict {
        self.with(place, Setup::ORDINARY, |open| {
            open.initialize()?;
            judge(open)
        })
    }

    fn open(&self, place: &str, setup: Setup) -> Result<Open<'_>, Broken> {
        let number = N_PROCESSES.fetch_add(1, Ordering::Relaxed);
        let directory = self.subject.scratch.join(place);
        fs::create_dir_all(&directory).map_err(|error| {
            Broken::NotStarted(format!("cannot create `{}`: {error}", directory.display()))
        })?;
        let program = Program {
            argv: self.subject.argv.clone(),
            env: environment(&self.subject.environment, &directory),
            mark: format!("check-{}-{number}", std::process::id()),
            directory,
        };
        let mut desk = Desk::new(setup.window);
        desk.acknowledging = setup.acknowledging;
        let talk = Talk::start(&program, self.subject.limits, desk)?;
        Ok(Open { bench: self, talk, setup, n_runs: 0, has_listed: false })
    }
}

/// What a manager would give it: a clean environment and its own folder.
fn environment(current: &[(OsString, OsString)], directory: &Path) -> Vec<(OsString, OsString)> {
    let mut environment = clean_environment(current.iter().cloned());
    environment.extend([
        ("PYTHONUTF8".into(), "1".into()),
        ("SYNCMGR_PROTOCOL".into(), "1".into()),
        ("SYNCMGR_STATE_DIR".into(), directory.into()),
    ]);
    environment
}

/// A process of the handler. When it is dropped, what was noticed stays with the bench.
pub(super) struct Open<'b> {
    bench: &'b Bench<'b>,
    pub(super) talk: Talk,
    setup: Setup,
    n_runs: u64,
    has_listed: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut seen = self.bench.seen.borrow_mut();
        seen.notes.extend(self.talk.take_notes());
        seen.n_asked += self.talk.desk.n_asked;
        seen.n_secrets += self.talk.desk.n_secrets;
        seen.n_numbered += self.talk.desk.n_numbered;
    }
}

impl Open<'_> {
    pub(super) fn failed(&mut self, found: impl Into<String>) -> Verdict {
        Verdict::Failed { found: found.into(), exchange: self.talk.exchange() }
    }

    /// The request `initialize` and its answer, whatever it is.
    pub(super) fn introduce(&mut self) -> Result<Result<InitializeResult, Refusal>, Broken> {
        let params = InitializeParams {
            protocol: self.setup.versions,
            reason: Reason::Manual,
            may_bother_user: false,
            dry_run: false,
            settings_only: self.setup.settings_only,
            locale: "en".to_owned(),
            window: Window { messages: self.setup.window, ..Window::default() },
            caps: ["ask", "dialog", "connect", "secret", "state"].map(str::to_owned).to_vec(),
            config: Default::default(),
            cookie: None,
        };
        let answer = self.talk.ask(method::INITIALIZE, &params)?;
        self.talk.desk.stage = Stage::Idle;
        Ok(answer)
    }

    /// `initialize`, agreed to.
    pub(super) fn initialize(&mut self) -> Result<InitializeResult, Broken> {
        let result = self.introduce()?.map_err(|refusal| refused(method::INITIALIZE, &refusal))?;
        if result.declined {
            return Err(Broken::Nonsense("it declined a session that the user started".to_owned()));
        }
        if result.protocol != Some(syncmgr_wire::protocol::PROTOCOL) {
            return Err(Broken::Nonsense(
                "the reply to `initialize` does not say `\"protocol\":1`".to_owned(),
            ));
        }
        Ok(result)
    }

    /// All items, those that come in parts included.
    pub(super) fn list(&mut self) -> Result<Vec<Item>, Broken> {
        self.has_listed = true;
        self.talk.desk.stage = Stage::Enumerating;
        let answer = self.talk.ask::<EnumerateResult>(method::ENUMERATE, &Nothing {})?;
        self.talk.desk.stage = Stage::Idle;
        let last = answer.map_err(|refusal| refused(method::ENUMERATE, &refusal))?;
        let mut items = std::mem::take(&mut self.talk.desk.items);
        items.extend(last.items);
        Ok(items)
    }

    /// A run of all items, from `prepare` to the reply to `sync`.
    pub(super) fn run(&mut self, states: &BTreeMap<String, String>, play: Play) -> Result<Ran, Broken> {
        let id = self.begin(states, play)?;
        self.finish(id)
    }

    /// Everything up to the request `sync`. A manager lists before it prepares, always.
    pub(super) fn begin(&mut self, states: &BTreeMap<String, String>, play: Play) -> Result<u64, Broken> {
        if !self.has_listed {
            self.list()?;
        }
        self.n_runs += 1;
        let items = self.bench.seen.borrow().items.clone();
        let with_state = |id: &String| RunItem { id: id.clone(), state: states.get(id).cloned() };
        let mut run = RunParams {
            run: format!("r{}", self.n_runs),
            epoch: self.n_runs,
            items: items.iter().map(|id| RunItem { id: id.clone(), state: None }).collect(),
        };
        self.talk.desk.begin(&run, play);
        self.talk.desk.stage = Stage::Preparing;
        match self.talk.ask::<PrepareResult>(method::PREPARE, &run)? {
            Ok(result) if !result.ready => {
                let why = result.text.unwrap_or_else(|| "no reason was given".to_owned());
                return Err(Broken::Nonsense(format!("it is not ready: {why}")));
            }
            Ok(_) => {}
            Err(refusal) if refusal.code == code::UNKNOWN_METHOD => {}
            Err(refusal) => return Err(refused(method::PREPARE, &refusal)),
        }
        run.items = items.iter().map(with_state).collect();
        for line in self.talk.desk.before_sync() {
            self.talk.send(line);
        }
        self.talk.desk.stage = Stage::Syncing;
        Ok(self.talk.request(method::SYNC, &run))
    }

    pub(super) fn finish(&mut self, id: u64) -> Result<Ran, Broken> {
        let answer = self.talk.answer::<SyncResult>(method::SYNC, id)?;
        let was_paused = self.talk.desk.is_paused();
        self.talk.desk.stage = Stage::Idle;
        self.bench.seen.borrow_mut().n_checkpoints += self.talk.desk.n_checkpoints;
        let told = self.talk.desk.told.clone();
        let results = match answer {
            Ok(result) => result.items,
            Err(refusal) => return Err(refused(method::SYNC, &refusal)),
        };
        for result in results.iter().flatten().filter(|result| !told.contains_key(&result.id)) {
            let text = format!("the reply to `sync` names `{}`, which is not part of the run", result.id);
            self.talk.desk.complain(Rule::Order, text);
        }
        Ok(Ran { told, results, was_paused })
    }
}

fn refused(name: &str, refusal: &Refusal) -> Broken {
    Broken::Nonsense(format!("`{name}` was refused: {refusal}"))
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) told: BTreeMap<String, Told>,
    pub(super) results: Option<Vec<ItemResult>>,
    /// The reply came although the run was paused.
    pub(super) was_paused: bool,
}

impl Ran {
    pub(super) fn result(&self, item: &str) -> Option<&ItemResult> {
        self.results.iter().flatten().find(|result| result.id == item)
    }

    /// How an item ended: by its final status, else by its result, else by what the reply as a whole means.
    pub(super) fn end(&self, item: &str) -> End {
        match self.told.get(item).and_then(|told| told.status) {
            Some(Status::Succeeded) => return End::Succeeded,
            Some(Status::Skipped) => return End::Skipped,
            Some(Status::Stopped) => return End::Stopped,
            Some(Status::Deleted) => return End::Deleted,
            Some(Status::Failed) => return End::Failed,
            Some(Status::Pending | Status::Updating | Status::Paused | Status::Resuming) | None => {}
        }
        match self.result(item).map(|result| result.outcome) {
            Some(Outcome::Succeeded | Outcome::SucceededWithWarnings) => End::Succeeded,
            Some(Outcome::Failed) => End::Failed,
            Some(Outcome::Skipped) => End::Skipped,
            Some(Outcome::Stopped | Outcome::Cancelled) => End::Stopped,
            Some(Outcome::Deferred) => End::Deferred,
            None if self.results.is_none() => End::Succeeded,
            None => End::Failed,
        }
    }

    pub(super) fn ends(&self) -> BTreeMap<String, End> {
        self.told.keys().map(|item| (item.clone(), self.end(item))).collect()
    }

    /// What an item leaves for the next run.
    pub(super) fn states(&self) -> BTreeMap<String, String> {
        let results = self.results.iter().flatten();
        results.filter_map(|result| Some((result.id.clone(), result.state.clone()?))).collect()
    }
}
