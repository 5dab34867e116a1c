//! The protocol as a machine: lines, orders and the time go in; lines and actions come out.
//!
//! It reads no clock and touches no pipe. What it cannot know, it asks a [`Manager`], which never waits: the rows and verdicts
//! of the session, the folder with the states. What takes time (a question, a connection, a secret) is begun there and answered
//! later under a ticket.
//!
//! What makes it correct, in four sentences. Lines are treated strictly in order, and answers leave in the order in which
//! they were given. Whatever ends a handler does so through [`Core::fail`], which answers the one open request exactly once.
//! A verdict is looked up when its line is about to be written, not when it was asked for, so that a stop overtakes what
//! still waits. All that is kept has an upper bound; who exceeds one is not read any more, or is ended.

mod asked;
mod calls;
mod dialogs;
mod entries;
mod items;
mod later;
mod life;
mod mailbox;
mod outbox;
mod replies;
mod results;
mod run;
mod stall;
mod tail;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use syncmgr_child::Usage;
use syncmgr_handler::ModelessRequest;
use syncmgr_handler::relay::{Answer, EntryDetail, Question};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::Fact;
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::{ErrorId, HandlerId, ItemId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::InitializeParams;
use syncmgr_wire::protocol::limits::{OPEN_REQUESTS_MAX, UNTAKEN_MAX};
use syncmgr_wire::protocol::read::{Line, Message};
use syncmgr_wire::protocol::words::ItemNews;
use syncmgr_wire::protocol::{self};

use super::spec::Limits;
use asked::OpenRequest;
use entries::Entries;
use items::Items;
use later::Waiting;
use life::Life;
use mailbox::Mailbox;
use outbox::Outbox;
use run::{Held, Run};
use stall::Stall;
use tail::Tail;

/// What the machine asks of whoever knows the session. None of this waits.
pub(super) trait Manager {
    fn progress(&mut self, item: ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome>;
    fn verdict(&mut self, item: Option<ItemId>) -> Verdict;
    fn log(&mut self, level: LogLevel, text: &str, info: LogErrorInfo, detail: EntryDetail) -> Outcome;
    fn delete_log(&mut self, error: Option<ErrorId>) -> Outcome;
    fn fact(&mut self, item: ItemId, fact: Fact);
    fn modeless(&mut self, request: ModelessRequest) -> Outcome;
    /// Begins what is answered later, by [`Core::answered`] with the same ticket.
    fn begin(&mut self, ticket: Ticket, wish: Wish);
    fn completed(&mut self, completion: Completion);
    /// Tells the one who waits for the reply to `initialize` or `enumerate`.
    fn told(&mut self, told: Told);
    fn begin_run(&mut self) -> Result<u64, String>;
    fn state(&mut self, item: ItemId) -> Result<Option<String>, String>;
    fn keep_state(&mut self, item: ItemId, state: &str) -> Result<bool, String>;
    /// Remembers under which name the handler knows an entry that can be opened.
    fn keep_entries(&mut self, entries: &[(ErrorId, String)]);
    /// The name of an entry that was remembered.
    fn entry_name(&mut self, error: ErrorId) -> Option<String>;
    /// A secret was refused because the manifest does not declare it.
    fn undeclared(&mut self, key: &str);
}

/// Names something that is answered later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(pub(super) u64);

/// What is answered later.
#[derive(Debug)]
pub(super) enum Wish {
    Ask(Question),
    Connect(Option<String>),
    Secret(String),
}

/// An answer that came later.
pub(super) enum Late {
    Asked(Answer),
    Connected(Outcome),
    Secret(Option<String>),
}

/// The end of something the contract has a completion for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Completion {
    Prepared(Outcome),
    Synchronized(Outcome),
    PropertiesShown(Outcome),
    ErrorShown(Outcome, Vec<ItemId>),
}

/// What a waiting call is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Initialized(Result<Introduction, Refused>),
    Enumerated(Result<Listed, String>),
}

/// What a handler says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Introduction {
    pub(super) name: Option<String>,
    pub(super) caps: Caps,
    pub(super) flags: HandlerFlags,
}

/// What a handler offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Caps {
    pub(super) pause: bool,
    pub(super) plan: bool,
    pub(super) properties: bool,
    pub(super) show_error: bool,
    pub(super) conflict: bool,
}

/// Why a handler takes no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not for this event; perhaps with a reason.
    Declined(Option<String>),
    /// It failed.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) items: Vec<ItemInfo>,
    pub(super) partial: bool,
}

/// What the contract's side wants.
#[derive(Debug)]
pub(super) enum Order {
    Initialize(Box<InitializeParams>),
    Enumerate,
    Prepare(Vec<ItemId>),
    Sync,
    Properties(Option<ItemId>),
    ShowError(ErrorId),
    Notice(Option<ItemId>, ItemNews),
    /// Come to an end.
    End,
}

/// What is to be done to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    CloseStdin,
    Terminate,
    /// Kill it and all it has started; nothing follows.
    Kill,
    /// Measure what it has used, and tell by [`Core::used`].
    Look,
    /// Take lines up to this length from now on.
    SetLineMax(usize),
}

/// What the machine is told about its handler.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) limits: Limits,
    pub(super) may_bother_user: bool,
    pub(super) is_dry_run: bool,
    /// Keys of secrets that the manifest declares.
    pub(super) secrets: Vec<String>,
}

/// The protocol with one process.
pub(super) struct Core<M> {
    pub(super) manager: M,
    settings: Settings,
    handler: HandlerId,
    caps: Caps,
    is_introduced: bool,
    life: Life,
    n_asked: u64,
    open: Option<OpenRequest>,
    items: Items,
    run: Option<Run>,
    mailbox: Mailbox,
    outbox: Outbox,
    held: Vec<Held>,
    waiting: BTreeMap<Ticket, Waiting>,
    n_tickets: u64,
    /// Dialogs that the handler shows and has not told to be gone.
    n_dialogs: u32,
    entries: Entries,
    stall: Stall,
    strays: Strays,
    warned: BTreeSet<&'static str>,
    stderr: Tail,
    actions: Vec<Action>,
}

/// Lines that are no messages.
#[derive(Default)]
struct Strays {
    n_seen: u32,
    last: Option<String>,
}

impl<M: Manager> Core<M> {
    pub(super) fn new(settings: Settings, manager: M, now: Instant) -> Self {
        Self {
            manager,
            handler: HandlerId::named(&settings.name),
            settings,
            caps: Caps::default(),
            is_introduced: false,
            life: Life::default(),
            n_asked: 0,
            open: None,
            items: Items::default(),
            run: None,
            mailbox: Mailbox::default(),
            outbox: Outbox::default(),
            held: Vec::new(),
            waiting: BTreeMap::new(),
            n_tickets: 0,
            n_dialogs: 0,
            entries: Entries::default(),
            stall: Stall::new(now),
            strays: Strays::default(),
            warned: BTreeSet::new(),
            stderr: Tail::default(),
            actions: Vec::new(),
        }
    }

    /// A line of the handler, with its end.
    pub(super) fn line(&mut self, line: &[u8], now: Instant) {
        if self.life.is_deaf() {
            return;
        }
        self.stall.heard(now);
        let text = protocol::text(line);
        match Line::read(&text) {
            Line::Empty => {}
            Line::Stray => self.stray(&text, now),
            Line::Message { message, before } => {
                if let Some(before) = before {
                    self.stray(before, now);
                }
                self.message(message, line.len(), now);
            }
        }
    }

    fn message(&mut self, message: Message<'_>, n_bytes: usize, now: Instant) {
        match message {
            Message::Request { id, method, params } => {
                self.called(Some(id.get()), &method, params, n_bytes, now);
            }
            Message::Notification { method, params } => self.called(None, &method, params, n_bytes, now),
            Message::Reply { id, result } => self.replied(id.get(), result, now),
            Message::BrokenReply { id } => {
                let id = id.get();
                self.break_off(format!(
                    "sent a reply with both or neither of `result` and `error` (id {id})"
                ));
            }
        }
    }

    fn stray(&mut self, text: &str, now: Instant) {
        self.strays.n_seen += 1;
        let quoted = entries::cut(text, 200).to_owned();
        if self.strays.n_seen == 1 {
            let name = &self.settings.name;
            let text = format!("`{name}` printed a line that is no message: `{quoted}`");
            self.note(LogLevel::Warning, None, text);
        }
        self.strays.last = Some(quoted);
        if self.strays.n_seen > protocol::limits::STRAY_MAX {
            let last = self.strays.last.clone().unwrap_or_default();
            self.break_off(format!(
                "printed more than 100 lines that are no messages, the last one: `{last}`"
            ));
        }
        let _ = now;
    }

    /// A line that is longer than allowed, or never ends.
    pub(super) fn too_long(&mut self, max: usize) {
        self.break_off(format!("wrote a line longer than {max} bytes"));
    }

    /// What it wrote to standard error.
    pub(super) fn said(&mut self, bytes: &[u8]) {
        self.stderr.add(bytes);
    }

    /// Whether lines should be taken from the process.
    pub(super) fn wants_to_read(&self) -> bool {
        let n_open = self.held.len() + self.waiting.len() + self.outbox.n_unanswered();
        n_open < OPEN_REQUESTS_MAX && self.outbox.n_bytes() < UNTAKEN_MAX
    }

    /// The next bytes to write, if any wait.
    pub(super) fn fill(&mut self) -> Option<Vec<u8>> {
        self.render()
    }

    pub(super) fn has_actions(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Whether [`Core::fill`] may give something.
    pub(super) fn has_to_write(&self) -> bool {
        !self.outbox.is_empty() || (self.mailbox.is_due && self.run.is_some())
    }

    pub(super) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Measured as [`Action::Look`] asked.
    pub(super) fn used(&mut self, usage: Usage, now: Instant) {
        self.looked(usage, now);
    }

    /// The manager's own line about the handler or an item.
    fn note(&mut self, level: LogLevel, item: Option<ItemId>, text: String) {
        let info = LogErrorInfo { item, ..LogErrorInfo::default() };
        let text = entries::cut(&text, protocol::limits::TEXT_MAX);
        let _ = self.manager.log(level, text, info, EntryDetail::default());
    }

    /// A warning about how the handler speaks, once a run for each kind.
    fn warn_once(&mut self, kind: &'static str, text: &str) {
        if self.warned.insert(kind) {
            let text = format!("`{}` {text}", self.settings.name);
            self.note(LogLevel::Warning, None, text);
        }
    }
}
