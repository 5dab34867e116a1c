//! What is asked of the handler: one request at a time, each answered exactly once.

use std::time::{Duration, Instant};

use serde::Serialize;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::{
    InitializeParams, ItemStatusParams, Nothing, PropertiesParams, ShowErrorParams,
};
use syncmgr_wire::protocol::words::ItemNews;
use syncmgr_wire::protocol::{self, method};

use super::entries::Entries;
use super::run::Run;
use super::{Action, Completion, Core, Manager, Order, Refused, Told};

/// The request that waits for its reply.
#[derive(Debug, Clone)]
pub(super) struct OpenRequest {
    pub(super) id: u64,
    pub(super) asked: Asked,
    /// By when it has to be answered.
    pub(super) due: Option<Instant>,
    /// Whether the handler was told that the answer is not wanted any more.
    pub(super) is_called_off: bool,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Initialize,
    Enumerate,
    Prepare,
    Sync,
    Properties,
    ShowError { error: ErrorId },
    Shutdown,
}

impl Asked {
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Initialize => method::INITIALIZE,
            Self::Enumerate => method::ENUMERATE,
            Self::Prepare => method::PREPARE,
            Self::Sync => method::SYNC,
            Self::Properties => method::PROPERTIES,
            Self::ShowError { .. } => method::SHOW_ERROR,
            Self::Shutdown => method::SHUTDOWN,
        }
    }
}

impl<M: Manager> Core<M> {
    /// Does what the contract's side wants.
    pub(in super::super) fn order(&mut self, order: Order, now: Instant) {
        if let Some(cause) = self.life.cause().map(str::to_owned) {
            return self.order_too_late(order, &cause);
        }
        match order {
            Order::Initialize(params) => self.initialize(&params, now),
            Order::Enumerate => {
                self.items.begin();
                self.ask(Asked::Enumerate, &Nothing {}, Some(self.settings.limits.enumerate), now);
            }
            Order::Prepare(items) => self.prepare(&items, now),
            Order::Sync => self.sync(now),
            Order::Properties(item) => {
                let item = item.and_then(|item| self.items.text(item)).map(str::to_owned);
                self.ask(Asked::Properties, &PropertiesParams { item }, None, now);
            }
            Order::ShowError(error) => self.show_error(error, now),
            Order::Notice(item, status) => self.notice(item, status),
            Order::End => self.end(now),
        }
    }

    fn initialize(&mut self, params: &InitializeParams, now: Instant) {
        self.ask(Asked::Initialize, params, Some(self.settings.limits.initialize), now);
    }

    pub(super) fn ask(
        &mut self,
        asked: Asked,
        params: &impl Serialize,
        within: Option<Duration>,
        now: Instant,
    ) {
        self.n_asked += 1;
        let due = within.and_then(|within| now.checked_add(within));
        let line = protocol::request(self.n_asked, asked.method(), params);
        if matches!(asked, Asked::Prepare | Asked::ShowError { .. }) {
            // With the work before, the manager has taken its grants back.
            self.n_dialogs = 0;
        }
        match asked {
            Asked::Prepare => self.outbox.push_barrier(line),
            _ => self.outbox.push(line),
        }
        self.life.expects(now, self.settings.limits.last_read);
        self.open = Some(OpenRequest { id: self.n_asked, asked, due, is_called_off: false });
        self.stall.begin(now);
    }

    fn prepare(&mut self, items: &[ItemId], now: Instant) {
        let epoch = match self.manager.begin_run() {
            Ok(epoch) => epoch,
            Err(reason) => return self.refuse_run(&format!("cannot be given a run: {reason}")),
        };
        // Enumerated they were, or they could not have been chosen.
        let named = items.iter().filter_map(|item| Some((*item, self.items.text(*item)?.to_owned())));
        let run = Run::new(format!("{}-{epoch}", self.settings.name), epoch, named.collect());
        self.entries = Entries::default();
        self.warned.clear();
        self.stderr.clear();
        self.strays = super::Strays::default();
        let params = run.params(|_| None);
        self.run = Some(run);
        self.ask(Asked::Prepare, &params, None, now);
        // What was decided before the handler could hear of it.
        self.verdicts_changed(now);
    }

    fn sync(&mut self, now: Instant) {
        let Some(run) = self.run.take() else {
            // It was over before this came: only a stop does that.
            return self.manager.completed(Completion::Synchronized(Outcome::FAIL));
        };
        let mut trouble = None;
        let params = run.params(|item| match self.manager.state(item) {
            Ok(state) => state,
            Err(reason) => {
                trouble = Some(reason);
                None
            }
        });
        self.run = Some(run);
        match trouble {
            // Without its state a handler might do everything again, or worse.
            Some(reason) => {
                self.explain(&format!("cannot be given the state of its items: {reason}"));
                self.end_run();
                self.manager.completed(Completion::Synchronized(Outcome::FAIL));
            }
            None => self.ask(Asked::Sync, &params, None, now),
        }
    }

    fn show_error(&mut self, error: ErrorId, now: Instant) {
        let name = self.entries.name(error).map(str::to_owned).or_else(|| self.manager.entry_name(error));
        match name {
            Some(log_id) => self.ask(Asked::ShowError { error }, &ShowErrorParams { log_id }, None, now),
            None => {
                self.explain("cannot show this entry any more");
                self.manager.completed(Completion::ErrorShown(Outcome::FAIL, Vec::new()));
            }
        }
    }

    fn refuse_run(&mut self, reason: &str) {
        self.explain(reason);
        self.manager.completed(Completion::Prepared(Outcome::FAIL));
    }

    /// Passes on what happened to an item or to all.
    fn notice(&mut self, item: Option<ItemId>, status: ItemNews) {
        let item = match item {
            None => None,
            Some(item) => match self.items.text(item) {
                Some(text) => Some(text.to_owned()),
                None => return,
            },
        };
        self.outbox.push(protocol::notification(method::ITEM_STATUS, &ItemStatusParams { item, status }));
    }

    /// Tells a handler that wants to know that all is held, or goes on.
    pub(super) fn tell_hold(&mut self, was: Verdict, now_is: Verdict) {
        if !self.caps.pause {
            return;
        }
        match (was, now_is) {
            (_, Verdict::Pause) => self.notice(None, ItemNews::Pause),
            (Verdict::Pause, Verdict::Go) => self.notice(None, ItemNews::Resume),
            // What ends the pause says so itself.
            _ => {}
        }
    }

    /// The process is over, or being ended.
    fn order_too_late(&mut self, order: Order, cause: &str) {
        match order {
            Order::Initialize(_) => {
                self.manager.told(Told::Initialized(Err(Refused::Failed(cause.to_owned()))));
            }
            Order::Enumerate => self.manager.told(Told::Enumerated(Err(cause.to_owned()))),
            Order::Prepare(_) => self.refuse_run(cause),
            Order::Sync => {
                self.explain(cause);
                self.end_run();
                self.manager.completed(Completion::Synchronized(Outcome::FAIL));
            }
            Order::Properties(_) => {
                self.explain(cause);
                self.manager.completed(Completion::PropertiesShown(Outcome::FAIL));
            }
            Order::ShowError(_) => {
                self.explain(cause);
                self.manager.completed(Completion::ErrorShown(Outcome::FAIL, Vec::new()));
            }
            Order::Notice(..) => {}
            Order::End => self.life.finish_if_gone(),
        }
    }

    /// The request that is open fails, and nothing more is asked.
    pub(super) fn fail(&mut self, cause: &str) {
        self.life.give_up(cause);
        self.outbox.clear();
        self.held.clear();
        self.call_off_waiting();
        let Some(open) = self.open.take() else { return };
        match open.asked {
            Asked::Initialize => {
                self.manager.told(Told::Initialized(Err(Refused::Failed(cause.to_owned()))));
            }
            Asked::Enumerate => self.manager.told(Told::Enumerated(Err(cause.to_owned()))),
            Asked::Prepare => {
                self.explain(cause);
                self.end_run();
                self.manager.completed(Completion::Prepared(Outcome::FAIL));
            }
            Asked::Sync => {
                self.explain(cause);
                self.end_run();
                self.manager.completed(Completion::Synchronized(Outcome::FAIL));
            }
            Asked::Properties => {
                self.explain(cause);
                self.manager.completed(Completion::PropertiesShown(Outcome::FAIL));
            }
            Asked::ShowError { .. } => {
                self.explain(cause);
                self.manager.completed(Completion::ErrorShown(Outcome::FAIL, Vec::new()));
            }
            Asked::Shutdown => self.life.left_badly(cause),
        }
    }

    /// The handler is ended at once: it does not speak the protocol.
    pub(super) fn break_off(&mut self, cause: String) {
        self.fail(&cause);
        self.life.kill();
        self.actions.push(Action::Kill);
    }
}
