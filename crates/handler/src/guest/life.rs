//! The life of the process: requests become the ten calls, completions become replies.
//!
//! Two threads. One reads lines and never waits for the handler: it fills the mailbox, hands answers to who asked, and passes
//! requests on. The other one, which is the caller's, makes the ten calls. A completion may come from any thread, also inside
//! the call it completes: it is recorded in [`Stage`](super::stage::Stage) and acted on after the call has returned.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use syncmgr_model::event::{InitializeFlags, Modifiers};
use syncmgr_model::flags::{HandlerFlags, ItemFlags};
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::item::{CheckState, ItemInfo, MAX_ITEMS};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::protocol::host::{
    EnumerateResult, InitializeParams, InitializeResult, Item, ItemResult, ItemStatusParams, Nothing,
    PrepareResult, PropertiesParams, PropertiesResult, RunParams, ShowErrorParams, ShowErrorResult,
    SyncResult,
};
use syncmgr_wire::protocol::limits::LINE_CEILING;
use syncmgr_wire::protocol::words::{HandlerFlag, ItemFlag, ItemNews, Outcome as End, PropertiesChange};
use syncmgr_wire::protocol::write::Refusal;
use syncmgr_wire::protocol::{Line, Message, PROTOCOL, Params, code, method, refusal, reply, text};

use super::Make;
use super::callback::Callback;
use super::host::Host;
use super::rows::Left;
use super::session::Session;
use super::show::{self, Credit};
use super::stage::{Doing, States, Turn};
use crate::{Completeness, Handler, SyncCallback};

/// The code of a reply to a request that the handler could not do.
const FAILED: i64 = -32000;
/// So many items go into one message at most.
const ITEMS_PER_PART: usize = 500;

/// Serves a manager until it says that it is over or closes its end.
pub(super) fn live(host: &Arc<Host>, input: impl BufRead + Send + 'static, make: &Make<'_>) {
    let Some(turns) = host.take_turns() else { return };
    show::start(host);
    let reading = host.clone();
    let reader = thread::Builder::new().name("guest-lines".to_owned()).spawn(move || read(&reading, input));
    if reader.is_err() {
        return;
    }
    let mut life = Life {
        host: host.clone(),
        make,
        states: Arc::default(),
        handler: None,
        has_callback: false,
        items: BTreeSet::new(),
        id: String::new(),
        news: Vec::new(),
    };
    for turn in turns {
        match turn {
            Turn::Gone => break,
            Turn::Completed => life.finish(),
            Turn::Line(line) if life.take(&line) == Next::Leave => break,
            Turn::Line(_) => {}
        }
    }
    life.release();
    host.mailbox.set_left();
}

/// Reads lines until there are no more. What is longer than any line of a manager ends it, too.
fn read(host: &Arc<Host>, mut input: impl BufRead) {
    loop {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut input, LINE_CEILING as u64);
        match limited.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) if line.last() != Some(&b'\n') && line.len() >= LINE_CEILING => break,
            Ok(_) => sort(host, &text(&line)),
        }
    }
    host.close();
}

/// Gives a line to whom it is for.
fn sort(host: &Arc<Host>, line: &str) {
    let Line::Message { message, .. } = Line::read(line) else { return };
    match message {
        Message::Reply { id, result } => {
            host.answered(id.get(), result.map(|result| result.get().to_owned()))
        }
        Message::Request { .. } => drop(host.turns.send(Turn::Line(line.to_owned()))),
        Message::Notification { method, params } => match &*method {
            method::VERDICT => {
                if let Ok(params) = params.read() {
                    host.mailbox.take_verdict(&params);
                }
            }
            method::ITEM_STATUS => {
                if let Ok(news) = params.read() {
                    host.mailbox.take_news(&news);
                    drop(host.turns.send(Turn::Line(line.to_owned())));
                }
            }
            method::EXIT => drop(host.turns.send(Turn::Gone)),
            _ => {}
        },
        Message::BrokenReply { .. } => {}
    }
}

/// Whether the process goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Stay,
    Leave,
}

struct Life<'a> {
    host: Arc<Host>,
    make: &'a Make<'a>,
    states: Arc<States>,
    handler: Option<Box<dyn Handler>>,
    has_callback: bool,
    /// All items that were ever listed.
    items: BTreeSet<ItemId>,
    /// The request that is open.
    id: String,
    /// Skips and stops that came while a method ran or before the next one.
    news: Vec<ItemStatusParams>,
}

/// What a request comes to: an answer now (a line), or a completion later.
enum Answer {
    Now(Vec<u8>),
    Later,
}

impl Life<'_> {
    fn take(&mut self, line: &str) -> Next {
        let Line::Message { message, .. } = Line::read(line) else { return Next::Stay };
        match message {
            Message::Request { id, method, params } => {
                self.id = id.get().to_owned();
                match self.answer(&method, params) {
                    Ok(Answer::Now(line)) => self.host.output().write(&line),
                    Ok(Answer::Later) => self.after_call(),
                    Err(error) => {
                        self.host.stage.end();
                        self.host.output().write(&refusal(&self.id, &error));
                    }
                }
            }
            Message::Notification { params, .. } => {
                self.news.extend(params.read());
                self.pass_news_on();
            }
            Message::Reply { .. } | Message::BrokenReply { .. } => {}
        }
        Next::Stay
    }

    fn answer(&mut self, name: &str, params: Params<'_>) -> Result<Answer, Refusal> {
        match name {
            method::INITIALIZE => self.initialize(params),
            method::CHECK | method::SHUTDOWN => self.now(&Nothing {}),
            method::ENUMERATE => self.enumerate(),
            method::PREPARE => self.prepare(&read_params(params)?),
            method::SYNC => self.sync(&read_params(params)?),
            method::SHOW_ERROR => self.show_error(&read_params(params)?),
            method::PROPERTIES => self.properties(&read_params(params)?),
            _ => Err(Refusal::new(code::UNKNOWN_METHOD, format!("`{name}` is not offered"))),
        }
    }

    fn now(&self, result: &impl serde::Serialize) -> Result<Answer, Refusal> {
        Ok(Answer::Now(reply(&self.id, result)))
    }

    fn handler(&mut self) -> Result<&mut Box<dyn Handler>, Refusal> {
        self.handler.as_mut().ok_or_else(|| Refusal::new(code::NO_RUN, "`initialize` comes first"))
    }

    /// What the handler says about a call that did not go well.
    fn failed(&mut self, outcome: Outcome) -> Refusal {
        let reason = self.handler.as_mut().and_then(|handler| handler.reason());
        Refusal::new(FAILED, reason.unwrap_or_else(|| outcome.to_string()))
    }

    fn initialize(&mut self, params: Params<'_>) -> Result<Answer, Refusal> {
        let params: InitializeParams = read_params(params)?;
        if !(params.protocol.min..=params.protocol.max).contains(&PROTOCOL) {
            return Err(Refusal::no_common_version());
        }
        self.host.mailbox.change(|state| state.window = params.window);
        let flags = InitializeFlags::new(params.reason.into(), modifiers(&params));
        let cookie = params.cookie.as_deref().and_then(|text| BASE64_STANDARD.decode(text).ok());
        // A second `initialize` would be another session; the protocol has one for each process.
        let _ = self.host.session.set(params.clone());
        let session = Arc::new(Session { host: self.host.clone(), params, states: self.states.clone() });
        let mut handler = (self.make)(&session).map_err(|text| Refusal::new(FAILED, text))?;
        let outcome = handler.initialize(flags, cookie.as_deref());
        let handler = self.handler.insert(handler);
        let info = match outcome {
            Outcome::OK => handler.get_handler_info(),
            Outcome::FALSE => {
                return self.now(&InitializeResult { declined: true, ..InitializeResult::default() });
            }
            outcome => return Err(self.failed(outcome)),
        };
        let info = info.map_err(|outcome| self.failed(outcome))?;
        let mut caps = vec!["skip", "pause", "show_error", "properties", "resume_state"];
        if info.flags.contains(HandlerFlags::PREVIEWS) {
            caps.push("plan");
        }
        self.now(&InitializeResult {
            protocol: Some(PROTOCOL),
            name: Some(info.name),
            caps: caps.into_iter().map(str::to_owned).collect(),
            flags: Some(wire_flags(info.flags)),
            ..InitializeResult::default()
        })
    }

    fn enumerate(&mut self) -> Result<Answer, Refusal> {
        let enumeration = match self.handler()?.enum_sync_mgr_items() {
            Ok(enumeration) => enumeration,
            Err(outcome) => return Err(self.failed(outcome)),
        };
        let listed: Result<Vec<_>, _> = enumeration.items.take(MAX_ITEMS).collect();
        let mut items: Vec<_> = match listed {
            Ok(items) => items.iter().map(wire_item).collect(),
            Err(outcome) => return Err(self.failed(outcome)),
        };
        self.items.extend(items.iter().filter_map(|item| item.id.parse::<ItemId>().ok()));
        let partial = enumeration.completeness == Completeness::MissingItems;
        while items.len() > ITEMS_PER_PART {
            let part = items.drain(..ITEMS_PER_PART).collect();
            self.host.notify(method::ITEMS, &EnumerateResult { items: part, partial: false });
        }
        self.now(&EnumerateResult { items, partial })
    }

    /// The callback is handed over before its first use.
    fn ensure_callback(&mut self) -> Result<(), Refusal> {
        if self.has_callback {
            return Ok(());
        }
        let callback: Arc<dyn SyncCallback> = Arc::new(Callback(self.host.clone()));
        match self.handler()?.set_progress_callback(Some(callback)) {
            Outcome::OK => {
                self.has_callback = true;
                Ok(())
            }
            outcome => Err(self.failed(outcome)),
        }
    }

    fn ids(&self, run: &RunParams) -> Result<Vec<ItemId>, Refusal> {
        let known = |text: &str| text.parse::<ItemId>().ok().filter(|item| self.items.contains(item));
        let id = |item: &syncmgr_wire::protocol::host::RunItem| {
            let unknown = || Refusal::new(code::BAD_PARAMS, format!("`{}` was never listed", item.id));
            known(&item.id).ok_or_else(unknown)
        };
        run.items.iter().map(id).collect()
    }

    fn prepare(&mut self, run: &RunParams) -> Result<Answer, Refusal> {
        let ids = self.ids(run)?;
        self.host.mailbox.begin(self.items.iter().copied(), &ids);
        self.news.clear();
        self.ensure_callback()?;
        self.host.stage.begin(Doing::Preparing);
        match self.handler()?.prepare_for_sync(&ids, None) {
            Outcome::OK => Ok(Answer::Later),
            Outcome::FALSE => {
                self.host.stage.end();
                let text = self.handler.as_mut().and_then(|handler| handler.reason());
                self.now(&PrepareResult { ready: false, text, plan: Vec::new() })
            }
            outcome => Err(self.failed(outcome)),
        }
    }

    fn sync(&mut self, run: &RunParams) -> Result<Answer, Refusal> {
        for (item, id) in run.items.iter().zip(self.ids(run)?) {
            if let Some(state) = &item.state {
                self.states.set(id, state);
            }
        }
        self.host.stage.begin(Doing::Syncing);
        match self.handler()?.synchronize(None) {
            Outcome::OK => Ok(Answer::Later),
            outcome => Err(self.failed(outcome)),
        }
    }

    fn show_error(&mut self, params: &ShowErrorParams) -> Result<Answer, Refusal> {
        let error: ErrorId = params.log_id.parse().map_err(|_| {
            Refusal::new(code::BAD_PARAMS, format!("`{}` is no entry of ours", params.log_id))
        })?;
        self.ensure_callback()?;
        self.host.stage.begin(Doing::ShowingError);
        match self.handler()?.show_error(None, error) {
            outcome if outcome.is_success() => Ok(Answer::Later),
            Outcome::NOT_IMPLEMENTED => Err(Refusal::new(code::UNKNOWN_METHOD, "there is nothing to show")),
            outcome => Err(self.failed(outcome)),
        }
    }

    fn properties(&mut self, params: &PropertiesParams) -> Result<Answer, Refusal> {
        let item = params.item.as_deref().map(str::parse::<ItemId>).transpose();
        let item = item.map_err(|error| Refusal::new(code::BAD_PARAMS, error.to_string()))?;
        self.ensure_callback()?;
        self.host.stage.begin(Doing::ShowingProperties);
        match self.handler()?.show_properties(None, item) {
            outcome if outcome.is_success() => Ok(Answer::Later),
            Outcome::NOT_IMPLEMENTED => Err(Refusal::new(code::UNKNOWN_METHOD, "there is nothing to show")),
            outcome => Err(self.failed(outcome)),
        }
    }

    /// A method has returned: what was completed inside it is acted on, and news that came meanwhile are passed on.
    fn after_call(&mut self) {
        self.finish();
        self.pass_news_on();
    }

    /// News go to the handler only between the return of a method and its completion; the verdict tells them anyway.
    fn pass_news_on(&mut self) {
        if !self.host.stage.is_working() {
            return;
        }
        let Some(handler) = &mut self.handler else { return };
        for news in self.news.drain(..) {
            let item = news.item.as_deref().and_then(|item| item.parse::<ItemId>().ok());
            let _ = match (news.status, item) {
                (ItemNews::Skip, Some(item)) => handler.set_item_status(Some(item), ItemStatus::Skipped),
                (ItemNews::Stop, None) => handler.set_item_status(None, ItemStatus::Stopped),
                _ => Outcome::OK,
            };
        }
    }

    /// Answers the open request if its completion has come.
    fn finish(&mut self) {
        let Some((doing, outcome, items)) = self.host.stage.take_completion() else { return };
        let line = match doing {
            Doing::Preparing if outcome == Outcome::OK => reply(&self.id, &Nothing {}),
            Doing::Preparing if outcome.is_success() => {
                reply(&self.id, &PrepareResult { ready: false, text: None, plan: Vec::new() })
            }
            Doing::Syncing if outcome.is_success() => {
                let result = self.sync_result();
                reply(&self.id, &result)
            }
            Doing::ShowingError => {
                let is_retry = outcome == Outcome::RETRY_SYNC;
                let retry = items.iter().filter(|_| is_retry).map(ItemId::to_string).collect();
                reply(&self.id, &ShowErrorResult { retry })
            }
            Doing::ShowingProperties => reply(&self.id, &PropertiesResult { changed: changed(outcome) }),
            Doing::Preparing | Doing::Prepared | Doing::Syncing | Doing::Nothing => {
                refusal(&self.id, &Refusal::new(FAILED, outcome.to_string()))
            }
        };
        self.host.output().write(&line);
    }

    /// What is not said by final statuses: items that yielded, and items that are open.
    fn sync_result(&self) -> SyncResult {
        let rows = self.host.mailbox.rows().into_iter().flat_map(|rows| rows.iter());
        let mut results = Vec::new();
        for row in rows.filter(|row| row.is_in_run()) {
            if row.is_held_back() {
                show::write(&self.host, row, Credit::IfThere);
            }
            let outcome = match row.left() {
                Left::Final => continue,
                Left::Deferred => End::Deferred,
                Left::Open if row.was_skipped() => End::Skipped,
                Left::Open if self.host.mailbox.all() == syncmgr_model::verdict::Verdict::Stop => {
                    End::Stopped
                }
                Left::Open => End::Succeeded,
            };
            let state = self.states.get(row.id);
            results.push(ItemResult {
                id: row.name.clone(),
                outcome,
                text: None,
                by: None,
                stats: None,
                not_before: None,
                state,
            });
        }
        SyncResult { items: Some(results) }
    }

    /// The last calls.
    fn release(&mut self) {
        self.host.stage.end();
        if let Some(mut handler) = self.handler.take()
            && self.has_callback
        {
            handler.set_progress_callback(None);
        }
    }
}

fn read_params<'a, T: serde::Deserialize<'a>>(params: Params<'a>) -> Result<T, Refusal> {
    params.read().map_err(|error| Refusal::new(code::BAD_PARAMS, error.to_string()))
}

pub(super) fn modifiers(params: &InitializeParams) -> Modifiers {
    [
        (params.may_bother_user, Modifiers::MAY_BOTHER_USER),
        (params.dry_run, Modifiers::DRY_RUN),
        (params.settings_only, Modifiers::SETTINGS),
    ]
    .into_iter()
    .filter(|(is_set, _)| *is_set)
    .fold(Modifiers::empty(), |all, (_, modifier)| all | modifier)
}

fn changed(outcome: Outcome) -> PropertiesChange {
    match outcome {
        Outcome::ENUM_ITEMS => PropertiesChange::Items,
        Outcome::ITEM_DELETED => PropertiesChange::Deleted,
        _ => PropertiesChange::Nothing,
    }
}

fn wire_flags(flags: HandlerFlags) -> Vec<HandlerFlag> {
    let words = [
        (HandlerFlags::HAS_PROPERTIES, HandlerFlag::Properties),
        (HandlerFlags::ALWAYS_LIST_HANDLER, HandlerFlag::AlwaysList),
        (HandlerFlags::MAY_ESTABLISH_CONNECTION, HandlerFlag::Connects),
    ];
    words.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, word)| word).collect()
}

fn wire_item(item: &ItemInfo) -> Item {
    let flags = [
        (ItemFlags::HAS_PROPERTIES, ItemFlag::Properties),
        (ItemFlags::TEMPORARY, ItemFlag::Temporary),
        (ItemFlags::ROAMING_USER, ItemFlag::Roaming),
    ];
    let has_time = item.flags.contains(ItemFlags::LAST_UPDATE_TIME);
    Item {
        id: item.id.to_string(),
        name: Some(item.display_name().into_owned()),
        checked: item.state == CheckState::Checked,
        flags: flags
            .into_iter()
            .filter(|(flag, _)| item.flags.contains(*flag))
            .map(|(_, word)| word)
            .collect(),
        last_update: has_time.then(|| syncmgr_wire::text::time::text(item.last_update)),
        icon: None,
        triggers: Vec::new(),
    }
}
