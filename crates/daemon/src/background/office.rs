//! Answers what faces ask, while the daemon runs: the same manager as without it, one session at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crossbeam_channel::bounded;
use syncmgr_control::{Answer, Answerer, Bus, Content, FailureLine, Health, HealthState, Opener};
use syncmgr_engine::SessionReport;
use syncmgr_hooks::{Desktop, Hooks, Notice};
use syncmgr_keeper::{Pause, RunResult};
use syncmgr_model::fact::Side;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Trigger;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line;

use super::invoked::Invoked;
use super::inward::{Inward, View, Way};
use super::pages::Pages;
use super::watching::Watching;
use super::{outcome, web};
use crate::connections::Connections;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manager::{Controls, Face, Manager};
use crate::phrases;
use crate::surroundings::{self, Surroundings};
use crate::telling::{self, Telling};

/// What answers. Shared by all threads that are asked.
pub(super) struct Office {
    surroundings: Surroundings,
    pub(super) desk: Desk,
    pub(super) controls: Controls,
    pub(super) bus: Arc<Bus>,
    /// Those of all sessions, and of hands.
    pub(super) connections: Arc<Connections>,
    /// Whether things start by themselves.
    pause: Mutex<Pause>,
    pub(super) way: Way,
    since: Timestamp,
    /// Managers that have nothing to do: each has its connection to the store open.
    idle: Mutex<Vec<Manager>>,
    counts: Counts,
    /// Who is told. Another one takes its place when the configuration changes.
    hooks: Mutex<Option<Arc<Hooks>>>,
    /// Where people are shown what went wrong while they did not look.
    desktop: OnceLock<Desktop>,
    /// Whether nothing is shown there for the time being.
    is_desktop_off: AtomicBool,
    /// The way in for browsers, and where it listens besides the socket.
    opener: OnceLock<Opener>,
    /// What a person should know about the daemon itself.
    problems: Mutex<Vec<String>>,
    state: Mutex<HealthState>,
    watching: Mutex<Watching>,
    /// What faces are shown.
    pub(super) pages: Pages,
    /// What programs ask for.
    pub(super) invoked: Invoked,
}

#[derive(Debug, Default)]
struct Counts {
    sessions: AtomicU64,
    failed: AtomicU64,
    conflicts: AtomicU64,
}

impl Office {
    pub(super) fn new(surroundings: Surroundings, bus: Arc<Bus>, way: Way) -> Self {
        let tell = way.clone();
        let connections = Connections::telling(&[], move || tell.tell(Inward::Connections));
        Self {
            surroundings,
            connections: Arc::new(connections),
            pause: Mutex::default(),
            desk: Desk::default(),
            controls: Controls::default(),
            bus,
            way,
            since: surroundings::now(),
            idle: Mutex::default(),
            counts: Counts::default(),
            hooks: Mutex::default(),
            desktop: OnceLock::new(),
            is_desktop_off: AtomicBool::new(false),
            opener: OnceLock::new(),
            problems: Mutex::default(),
            state: Mutex::new(HealthState::Starting),
            watching: Mutex::default(),
            pages: Pages::default(),
            invoked: Invoked::default(),
        }
    }

    /// What watchers vouch for.
    pub(super) fn watching(&self) -> MutexGuard<'_, Watching> {
        lock(&self.watching)
    }

    /// Whether no session begins any more.
    pub(super) fn is_ending(&self) -> bool {
        *lock(&self.state) == HealthState::Stopping
    }

    /// Says how the daemon is from now on.
    pub(super) fn is_now(&self, state: HealthState) {
        *lock(&self.state) = state;
    }

    /// Says what a person should know, in place of what was said before.
    pub(super) fn set_problems(&self, problems: Vec<String>) {
        *lock(&self.problems) = problems;
    }

    /// Lets browsers in with this from now on.
    pub(super) fn lets_in_with(&self, opener: Opener) {
        // Set once, at the start.
        let _first = self.opener.set(opener);
    }

    /// A link for a browser.
    pub(super) fn link(&self) -> Result<line::Link, Failure> {
        web::link(self.opener.get(), &self.surroundings)
    }

    /// Tells these hooks from now on; what those before still had to tell, they tell.
    pub(super) fn tell_with(&self, hooks: Option<Hooks>) {
        let before = std::mem::replace(&mut *lock(&self.hooks), hooks.map(Arc::new));
        if let Some(before) = before {
            telling::end(&before);
        }
    }

    /// Shows notices on this desktop from now on.
    pub(super) fn show_on(&self, desktop: Desktop) {
        // Set once, at the start.
        let _first = self.desktop.set(desktop);
    }

    pub(super) fn show(&self, notice: &Notice) {
        if let Some(desktop) = self.desktop.get()
            && !self.is_desktop_off.load(Ordering::Relaxed)
        {
            desktop.show(notice.clone());
        }
    }

    /// Tells all who want to know.
    pub(super) fn notify(&self, notice: Notice) {
        self.show(&notice);
        let hooks = lock(&self.hooks).clone();
        if let Some(hooks) = hooks {
            hooks.notify(notice);
        }
    }

    /// Tells an event to all who look on.
    pub(super) fn publish(&self, event: &Event) {
        self.pages.hear(event);
        self.bus.publish(event);
    }

    /// Tells all who look on that something which no session tells is different.
    pub(super) fn tell_changed(&self, what: line::Topic) {
        self.publish(&Event::Changed(line::Changed { what }));
    }

    /// Says whether things start by themselves from now on.
    pub(super) fn pause_is(&self, pause: Pause) {
        *lock(&self.pause) = pause;
    }

    /// Whether things start by themselves.
    pub(super) fn pause(&self) -> Pause {
        *lock(&self.pause)
    }

    /// Holds the session that runs.
    pub(super) fn hold_session(&self) {
        self.controls.send_to_running(&Request::Pause { seconds: None });
    }

    /// Lets it go on.
    pub(super) fn let_session_go_on(&self) {
        self.controls.send_to_running(&Request::Resume);
    }

    /// Stops the session that runs.
    pub(super) fn stop_session(&self) {
        self.controls.send_to_running(&Request::Stop);
    }

    /// Stops the session that runs, lets none begin any more, and ends what does not end by itself.
    pub(super) fn close(&self) {
        self.is_now(HealthState::Stopping);
        self.pages.close();
        self.desk.close();
        self.stop_session();
    }

    /// Ends the session that runs without waiting for its handlers.
    pub(super) fn abandon_session(&self) {
        self.controls.abandon();
    }

    /// How many sessions run or wait.
    pub(super) fn n_sessions(&self) -> u64 {
        self.desk.n_waiting()
    }

    /// Waits until no session runs or waits any more, but not longer than `limit`; tells whether that is so.
    pub(super) fn wait_for_sessions(&self, limit: Duration) -> bool {
        self.desk.wait_until_empty(limit)
    }

    pub(super) fn note(&self, report: &SessionReport) -> Vec<RunResult> {
        self.counts.sessions.fetch_add(1, Ordering::Relaxed);
        let n_failed = report.items.iter().filter(|item| item.status == ItemStatus::Failed).count() as u64;
        self.counts.failed.fetch_add(n_failed, Ordering::Relaxed);
        let n_conflicts = report.items.iter().map(|item| item.conflicts.len() as u64).sum();
        self.counts.conflicts.fetch_add(n_conflicts, Ordering::Relaxed);
        let mut watching = self.watching();
        report.items.iter().for_each(|item| watching.ended(item.item, outcome::left_over(item)));
        drop(watching);
        outcome::results(report)
    }

    /// Lends a manager that knows the configuration as it is now.
    pub(super) fn with_manager<T>(&self, work: impl FnOnce(&mut Manager) -> T) -> T {
        let idle = || lock(&self.idle);
        let mut manager = idle().pop().unwrap_or_else(|| Manager::new(self.surroundings.clone()));
        manager.look_again();
        manager.connect_with(&self.connections);
        manager.tell_with(Telling::Given(lock(&self.hooks).clone()));
        let worked = work(&mut manager);
        idle().push(manager);
        worked
    }

    pub(super) fn tell(&self, inward: Inward) {
        self.way.tell(inward);
    }

    fn view(&self) -> Option<Arc<View>> {
        self.way.view(surroundings::now())
    }

    fn run_session(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Result<Exit, Failure> {
        let Some(_turn) = self.desk.turn() else {
            return Err(Failure::ours("the daemon is ending").exits(Exit::Stopped));
        };
        self.pages.starts(&request);
        // What was said to a session that did not come about is not meant for the next one.
        self.controls.forget_waiting();
        let mut face = Announcer::new(self, Trigger::Manual, hear);
        let ran = self.with_manager(|manager| {
            manager.control_with(&self.controls);
            manager.ask_and_report(request, &mut face)
        });
        let has_begun = face.has_begun;
        let results = ran.report.map(|report| self.note(&report)).unwrap_or_default();
        if has_begun {
            self.tell(Inward::Ended(results));
        }
        ran.answered
    }

    /// What the keeper has to say about an item, added to what its history says.
    fn with_reasons(&self, mut why: line::Why) -> line::Why {
        let (tell, told) = bounded(1);
        self.tell(Inward::Why(why.status.item, tell));
        let Ok(Some(kept)) = told.recv() else { return why };
        why.status.next_run = kept.next;
        // The keeper may not have heard of a run; the history has.
        let has_run = why.status.last.is_some();
        let is_said = |sentence: &String| !(has_run && sentence.ends_with("has not run yet."));
        why.reasons.extend(kept.sentences.into_iter().filter(is_said));
        why.reasons.extend(kept.needs.into_iter().map(|need| format!("it needs {need}")));
        why
    }

    fn query(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Result<Exit, Failure> {
        let view = matches!(request, Request::Status).then(|| self.view()).flatten();
        let mut face = Passing(&mut |event| {
            hear(match event {
                Event::Why(why) => Event::Why(self.with_reasons(why)),
                Event::Status(status) => Event::Status(match &view {
                    Some(view) => view.complete(status),
                    None => status,
                }),
                event => event,
            });
        });
        self.with_manager(|manager| manager.ask(request, &mut face))
    }

    /// Holds everything, or lets it go on.
    fn set_pause(&self, pause: Pause) -> Result<Exit, Failure> {
        let (tell, told) = bounded(1);
        self.tell(Inward::Pause(pause, tell));
        match told.recv() {
            Ok(Ok(())) => Ok(Exit::InStep),
            Ok(Err(text)) => Err(Failure::ours(text)),
            Err(_) => Err(Failure::ours("the daemon is ending").exits(Exit::Stopped)),
        }
    }

    fn daemon_line(&self) -> line::Daemon {
        let view = self.view().unwrap_or_default();
        let (paused, paused_until) = match view.pause {
            Pause::Off => (false, None),
            Pause::Until(until) => (true, until),
        };
        line::Daemon {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since: self.since,
            config: self.surroundings.config_file.to_string_lossy().into_owned(),
            socket: self.surroundings.socket().to_string_lossy().into_owned(),
            address: self.opener.get().and_then(Opener::address).map(|address| address.to_string()),
            sessions: self.n_sessions(),
            items: view.n_items,
            next: view.next,
            paused,
            paused_until,
            sources: view.sources.clone(),
        }
    }

    pub(super) fn answer(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Result<Exit, Failure> {
        match request {
            Request::Page(request) => {
                let problems = lock(&self.problems).clone();
                hear(Event::Page(Box::new(self.pages.page(self, &request, &problems))));
                Ok(Exit::InStep)
            }
            Request::Pause { seconds } => self.set_pause(Pause::Until(seconds.map(|seconds| {
                let millis = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
                surroundings::now().plus_millis(millis)
            }))),
            Request::Resume => self.set_pause(Pause::Off),
            control if control.is_control() => {
                // Nothing runs or waits: nobody is meant, and least of all who comes next.
                if self.n_sessions() > 0 {
                    self.controls.send(&control);
                }
                Ok(Exit::InStep)
            }
            Request::Invoke(request) => self.invoke(&request, hear),
            Request::Daemon => {
                hear(Event::Daemon(self.daemon_line()));
                Ok(Exit::InStep)
            }
            Request::OpenWeb => {
                hear(Event::Link(self.link()?));
                Ok(Exit::InStep)
            }
            Request::Shutdown => {
                let n = self.n_sessions();
                self.tell(Inward::Shutdown);
                let text = match n {
                    0 => "the daemon ends".to_owned(),
                    n => format!("the daemon ends once {} stopped", phrases::count(n, "session")),
                };
                hear(Event::Done(line::Done { text, item: None }));
                Ok(Exit::InStep)
            }
            session @ (Request::Sync(_)
            | Request::Resolve(_)
            | Request::Undo { .. }
            | Request::Merge { .. }
            | Request::Choose(_)
            | Request::Properties { .. }
            | Request::Open(_)) => self.run_session(session, hear),
            change @ (Request::AddFolder(_)
            | Request::Remove { .. }
            | Request::Tick(_)
            | Request::SetItem(_)
            | Request::SetTrigger(_)
            | Request::RemoveTrigger { .. }
            | Request::AddHook(_)
            | Request::RemoveHook { .. }
            | Request::SetDesktop { .. }
            | Request::Register(_)
            | Request::Unregister { .. }
            | Request::Registered { .. }
            | Request::Trust { .. }
            | Request::AddRecipe(_)
            | Request::SetStoreAside) => {
                let desktop = match change {
                    Request::SetDesktop { enabled } => Some(enabled),
                    _ => None,
                };
                let answered = self.query(change, hear);
                if let (Some(enabled), Ok(_)) = (desktop, &answered) {
                    self.is_desktop_off.store(!enabled, Ordering::Relaxed);
                }
                self.tell(Inward::Reload);
                answered
            }
            query => self.query(query, hear),
        }
    }
}

impl Answerer for Office {
    fn ask(&self, request: Request, hear: &mut dyn FnMut(Event)) -> Answer {
        let asked = request.clone();
        let answered = self.answer(request, hear);
        self.pages.carried_out(&asked);
        match answered {
            Ok(exit) => Answer::exits(exit.code()),
            Err(failure) => refusal(failure),
        }
    }

    fn content(&self, item: &str, side: Side, path: &str, escaped: bool) -> Option<Content> {
        // Why there is none is told by the comparison that names the address.
        self.with_manager(|manager| manager.content(item, side, path, escaped)).ok().flatten()
    }

    fn health(&self) -> Health {
        Health {
            state: *lock(&self.state),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            process: std::process::id(),
            since: self.since,
            sessions: u32::try_from(self.n_sessions()).unwrap_or(u32::MAX),
            problems: lock(&self.problems).clone(),
            config: self.surroundings.config_file.to_string_lossy().into_owned(),
        }
    }

    fn metrics(&self, out: &mut String) {
        let view = self.view().unwrap_or_default();
        let counts = &self.counts;
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        for (name, kind, help, value) in [
            ("sessions_total", "counter", "Sessions that ended.", load(&counts.sessions)),
            ("failed_items_total", "counter", "Items whose run failed.", load(&counts.failed)),
            ("conflicts_total", "counter", "Conflicts that sessions found.", load(&counts.conflicts)),
            ("sessions_waiting", "gauge", "Sessions that run or wait.", self.n_sessions()),
            ("items", "gauge", "Items that run by themselves.", view.n_items),
            ("late_items", "gauge", "Items that are late.", view.late.len() as u64),
        ] {
            out.push_str(&format!(
                "# HELP syncmgr_{name} {help}\n# TYPE syncmgr_{name} {kind}\nsyncmgr_{name} {value}\n"
            ));
        }
    }
}

/// Nothing that holds one of these locks can leave what is in it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(failure: Failure) -> Answer {
    let Failure { exit, headline, causes, hint } = failure;
    Answer { exit: exit.code(), failure: Some(FailureLine { headline, causes, hint }) }
}

/// Passes a session's events on: to whoever asked for it, and to all who look on.
pub(super) struct Announcer<'a> {
    office: &'a Office,
    trigger: Trigger,
    hear: &'a mut dyn FnMut(Event),
    has_begun: bool,
}

impl<'a> Announcer<'a> {
    pub(super) fn new(office: &'a Office, trigger: Trigger, hear: &'a mut dyn FnMut(Event)) -> Self {
        Self { office, trigger, hear, has_begun: false }
    }
}

impl Face for Announcer<'_> {
    fn hear(&mut self, event: &Event) {
        if let Event::Begun(begun) = event {
            self.has_begun = true;
            // Whoever hears of it may say something to it before it can be reached.
            self.office.controls.expect();
            self.office.tell(Inward::Began { items: begun.items.clone(), trigger: self.trigger.clone() });
        }
        self.office.publish(event);
        (self.hear)(event.clone());
    }
}

/// Passes the answer to a question on.
struct Passing<'a>(&'a mut dyn FnMut(Event));

impl Face for Passing<'_> {
    fn hear(&mut self, event: &Event) {
        (self.0)(event.clone());
    }
}
