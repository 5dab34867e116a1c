//! A machine with a manager that writes everything down.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use syncmgr_handler::ModelessRequest;
use syncmgr_handler::relay::EntryDetail;
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{ErrorId, HandlerId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::{InitializeParams, VersionRange, Window};

use crate::process::core::{Action, Completion, Core, Manager, Order, Refused, Settings, Ticket, Told, Wish};
use crate::process::spec::Limits;

/// What the manager was told, and what it answers.
#[derive(Default)]
pub(super) struct Book {
    /// `item status text value/max`, as far as given.
    pub(super) rows: Vec<String>,
    pub(super) entries: Vec<(LogLevel, String)>,
    pub(super) facts: Vec<Fact>,
    pub(super) completions: Vec<Completion>,
    pub(super) told: Vec<String>,
    pub(super) wishes: Vec<(Ticket, String)>,
    pub(super) dialogs: i32,
    pub(super) all: Option<Verdict>,
    pub(super) own: BTreeMap<ItemId, Verdict>,
    pub(super) states: BTreeMap<ItemId, String>,
    pub(super) may_ask: bool,
    n_runs: u64,
}

impl Manager for Book {
    fn progress(&mut self, item: ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let name = [A, B].into_iter().find(|name| id(name) == item).unwrap_or("?");
        let mut row = name.to_owned();
        if let Some(status) = update.status {
            row += &format!(" {status}");
        }
        if let Some(text) = update.text {
            row += &format!(" {text:?}");
        }
        if update.value.is_some() || update.max.is_some() {
            let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
            row += &format!(" {}/{}", number(update.value), number(update.max));
        }
        self.rows.push(row);
        Ok(self.verdict(None).max(self.verdict(Some(item))))
    }

    fn verdict(&mut self, item: Option<ItemId>) -> Verdict {
        match item {
            None => self.all.unwrap_or(Verdict::Go),
            Some(item) => self.own.get(&item).copied().unwrap_or(Verdict::Go),
        }
    }

    fn log(&mut self, level: LogLevel, text: &str, _: LogErrorInfo, _: EntryDetail) -> Outcome {
        self.entries.push((level, text.to_owned()));
        Outcome::OK
    }

    fn delete_log(&mut self, error: Option<ErrorId>) -> Outcome {
        if error.is_none() { Outcome::OK } else { Outcome::INVALID_ARGUMENT }
    }

    fn fact(&mut self, _: ItemId, fact: Fact) {
        self.facts.push(fact);
    }

    fn modeless(&mut self, request: ModelessRequest) -> Outcome {
        match request {
            ModelessRequest::Ask if !self.may_ask => return Outcome::FALSE,
            ModelessRequest::Ask => self.dialogs += 1,
            ModelessRequest::Done => self.dialogs -= 1,
        }
        Outcome::OK
    }

    fn begin(&mut self, ticket: Ticket, wish: Wish) {
        self.wishes.push((ticket, format!("{wish:?}")));
    }

    fn completed(&mut self, completion: Completion) {
        self.completions.push(completion);
    }

    fn told(&mut self, told: Told) {
        self.told.push(match told {
            Told::Initialized(Ok(_)) => "initialized".to_owned(),
            Told::Initialized(Err(Refused::Declined(text))) => format!("declined {text:?}"),
            Told::Initialized(Err(Refused::Failed(text))) => text,
            Told::Enumerated(Ok(listed)) => format!("{} items", listed.items.len()),
            Told::Enumerated(Err(text)) => text,
        });
    }

    fn begin_run(&mut self) -> Result<u64, String> {
        self.n_runs += 1;
        Ok(self.n_runs)
    }

    fn state(&mut self, item: ItemId) -> Result<Option<String>, String> {
        Ok(self.states.get(&item).cloned())
    }

    fn keep_state(&mut self, item: ItemId, state: &str) -> Result<bool, String> {
        self.states.insert(item, state.to_owned());
        Ok(true)
    }

    fn keep_entries(&mut self, _: &[(ErrorId, String)]) {}

    fn entry_name(&mut self, _: ErrorId) -> Option<String> {
        None
    }

    fn undeclared(&mut self, _: &str) {}
}

pub(super) const A: &str = "a";
pub(super) const B: &str = "b";

pub(super) fn id(text: &str) -> ItemId {
    ItemId::named(HandlerId::named("notes"), text)
}

pub(super) struct Rig {
    pub(super) core: Core<Book>,
    pub(super) now: Instant,
    pub(super) actions: Vec<Action>,
    /// What was written, without line ends.
    pub(super) written: Vec<String>,
}

impl Rig {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let settings = Settings {
            name: "notes".to_owned(),
            limits: Limits::default(),
            may_bother_user: false,
            is_dry_run: false,
            secrets: vec!["imap".to_owned()],
        };
        let core = Core::new(settings, Book::default(), now);
        Self { core, now, actions: Vec::new(), written: Vec::new() }
    }

    /// With items `a` and `b` listed.
    pub(super) fn listed() -> Self {
        let mut rig = Self::new();
        rig.initialize();
        rig.says(r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"caps":["pause","conflict"]}}"#);
        rig.order(Order::Enumerate);
        rig.says(r#"{"jsonrpc":"2.0","id":2,"result":{"items":[{"id":"a"},{"id":"b","name":"B"}]}}"#);
        rig
    }

    /// In the middle of `sync`, request 4, of both items.
    pub(super) fn syncing() -> Self {
        let mut rig = Self::listed();
        rig.order(Order::Prepare(vec![id(A), id(B)]));
        rig.says(r#"{"jsonrpc":"2.0","id":3,"result":{}}"#);
        rig.order(Order::Sync);
        rig.written.clear();
        rig
    }

    pub(super) fn initialize(&mut self) {
        let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
        self.order(Order::Initialize(Box::new(InitializeParams {
            protocol: VersionRange { min: 1, max: 1 },
            reason: flags.event.into(),
            may_bother_user: false,
            dry_run: false,
            settings_only: false,
            locale: "en".to_owned(),
            window: Window::default(),
            caps: Vec::new(),
            config: serde_json::Map::new(),
            cookie: None,
        })));
    }

    pub(super) fn order(&mut self, order: Order) {
        self.core.order(order, self.now);
        self.settle();
    }

    pub(super) fn says(&mut self, line: &str) {
        self.core.line(format!("{line}\n").as_bytes(), self.now);
        self.settle();
    }

    pub(super) fn writes(&mut self, line: &[u8]) {
        self.core.line(line, self.now);
        self.settle();
    }

    /// A request with id "p".
    pub(super) fn calls(&mut self, method: &str, params: &str) {
        self.says(&format!(r#"{{"jsonrpc":"2.0","id":"p","method":"{method}","params":{params}}}"#));
    }

    pub(super) fn all_are(&mut self, verdict: Verdict) {
        self.core.manager.all = Some(verdict);
        self.core.verdicts_changed(self.now);
        self.settle();
    }

    pub(super) fn skip(&mut self, item: &str) {
        self.core.manager.own.insert(id(item), Verdict::Skip);
        self.core.verdicts_changed(self.now);
        self.settle();
    }

    pub(super) fn ends(&mut self, code: i32) {
        self.core.exited(exit_status(code), self.now);
        self.core.closed(self.now);
        self.settle();
    }

    /// Time goes by, and everything that is due by then is done.
    pub(super) fn passes(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.core.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.core.tick(self.now);
            let before = self.actions.len();
            self.settle();
            if self.core.deadline() == Some(due) && self.actions.len() == before {
                panic!("something is due again and again");
            }
        }
        self.now = until;
    }

    fn settle(&mut self) {
        self.actions.extend(self.core.take_actions());
        while let Some(line) = self.core.fill() {
            self.written.push(String::from_utf8(line).unwrap().trim_end().to_owned());
        }
    }

    /// What was written since the last look.
    pub(super) fn wrote(&mut self) -> Vec<String> {
        std::mem::take(&mut self.written)
    }

    /// The last answer to a call of [`Rig::calls`].
    pub(super) fn answer(&mut self) -> String {
        let head = r#"{"jsonrpc":"2.0","id":"p","#;
        let answer = self.written.iter().rev().find_map(|line| line.strip_prefix(head));
        let answer = answer.map(|rest| rest.trim_end_matches('}').to_owned() + "}").unwrap_or_default();
        self.written.clear();
        answer
    }

    pub(super) fn entry_texts(&self) -> Vec<&str> {
        self.core.manager.entries.iter().map(|(_, text)| text.as_str()).collect()
    }
}

#[cfg(unix)]
fn exit_status(code: i32) -> ExitStatus {
    use std::os::unix::process::ExitStatusExt as _;
    ExitStatus::from_raw(code << 8)
}

#[cfg(windows)]
fn exit_status(code: i32) -> ExitStatus {
    use std::os::windows::process::ExitStatusExt as _;
    ExitStatus::from_raw(code.cast_unsigned())
}
