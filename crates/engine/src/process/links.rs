//! [`Links`]: what the machine asks, answered by the callback, the folder of states and the secrets.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use syncmgr_handler::relay::{Answer, EntryDetail, Question};
use syncmgr_handler::{ModelessRequest, SyncCallback};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;

use super::core::{Completion, Late, Manager, Ticket, Told, Wish};
use super::pump::{Inbound, Post};
use super::spec::{SecretUse, Secrets};
use super::states::States;

/// How many entries are kept until there is somebody to take them.
const EARLY_MAX: usize = 100;
/// How many names of entries are remembered; the oldest go first.
const NAMES_MAX: usize = 1000;

pub(super) struct Links {
    pub(super) name: String,
    pub(super) states: States,
    pub(super) secrets: Arc<dyn Secrets>,
    pub(super) told: Sender<Told>,
    pub(super) post: Post,
    callback: Option<Arc<dyn SyncCallback>>,
    /// Entries from before there was a callback.
    early: Vec<(LogLevel, String, LogErrorInfo, EntryDetail)>,
}

impl Links {
    pub(super) fn new(
        name: String,
        states: States,
        secrets: Arc<dyn Secrets>,
        told: Sender<Told>,
        post: Post,
    ) -> Self {
        Self { name, states, secrets, told, post, callback: None, early: Vec::new() }
    }

    /// Takes the callback, or lets go of it.
    pub(super) fn set_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) {
        self.callback = callback;
        let Some(callback) = self.callback.clone() else { return };
        if let Some(relay) = callback.relay() {
            let post = self.post.clone();
            relay.on_change(Box::new(move || post.ring_for_verdicts()));
        }
        for (level, text, info, detail) in std::mem::take(&mut self.early) {
            let _ = self.log(level, &text, info, detail);
        }
    }

    fn late(&self, ticket: Ticket) -> impl FnOnce(Late) + Send + 'static {
        let post = self.post.clone();
        move |late| post.send(Inbound::Late(ticket, late))
    }

    fn ask(&self, ticket: Ticket, question: Question) {
        let late = self.late(ticket);
        let callback = self.callback.as_ref();
        match callback.and_then(|callback| callback.relay()) {
            Some(relay) => relay.ask(question, Box::new(move |answer| late(Late::Asked(answer)))),
            None => late(Late::Asked(Answer::Unattended)),
        }
    }

    fn connect(&self, ticket: Ticket, name: Option<String>) {
        let callback = self.callback.clone();
        self.elsewhere(ticket, Late::Connected(Outcome::FAIL), move || {
            let outcome = callback.map_or(Outcome::UNEXPECTED, |it| it.establish_connection(name.as_deref()));
            Late::Connected(outcome)
        });
    }

    fn secret(&self, ticket: Ticket, key: String) {
        let (secrets, name) = (self.secrets.clone(), self.name.clone());
        self.elsewhere(ticket, Late::Secret(None), move || {
            let secret = secrets.secret(&name, &key);
            let used = if secret.is_some() { SecretUse::Given } else { SecretUse::Absent };
            secrets.audit(&name, &key, used);
            Late::Secret(secret)
        });
    }

    /// Does what takes time on a thread of its own. There are never more than the handler may have open requests.
    fn elsewhere(&self, ticket: Ticket, otherwise: Late, work: impl FnOnce() -> Late + Send + 'static) {
        let late = self.late(ticket);
        let work = move || late(work());
        if thread::Builder::new().name("answer".into()).spawn(work).is_err() {
            self.late(ticket)(otherwise);
        }
    }
}

impl Manager for Links {
    fn progress(&mut self, item: ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let callback = self.callback.as_ref().ok_or(Outcome::UNEXPECTED)?;
        match callback.relay() {
            Some(relay) => relay.progress_at_once(&item, update),
            None => callback.progress(&item, update),
        }
    }

    fn verdict(&mut self, item: Option<ItemId>) -> Verdict {
        let Some(callback) = &self.callback else { return Verdict::Stop };
        match (callback.relay(), item) {
            (Some(relay), item) => relay.verdict(item.as_ref()),
            (None, Some(item)) => callback.progress(&item, &ProgressUpdate::POLL).unwrap_or(Verdict::Stop),
            // A manager without a relay tells verdicts about items alone.
            (None, None) => Verdict::Go,
        }
    }

    fn log(&mut self, level: LogLevel, text: &str, info: LogErrorInfo, detail: EntryDetail) -> Outcome {
        let Some(callback) = &self.callback else {
            if self.early.len() < EARLY_MAX {
                self.early.push((level, text.to_owned(), info, detail));
            }
            return Outcome::OK;
        };
        match callback.relay() {
            Some(relay) => relay.log_with_detail(level, text, Some(&info), detail),
            None => callback.log_error(level, text, Some(&info)),
        }
    }

    fn delete_log(&mut self, error: Option<ErrorId>) -> Outcome {
        self.callback.as_ref().map_or(Outcome::UNEXPECTED, |callback| callback.delete_log_error(error))
    }

    fn fact(&mut self, item: ItemId, fact: Fact) {
        // May wait for a reader that is far behind, until a stop: then the handler waits, too, which is what is wanted.
        if let Some(sink) = self.callback.as_ref().and_then(|callback| callback.facts()) {
            sink.report(&item, fact);
        }
    }

    fn modeless(&mut self, request: ModelessRequest) -> Outcome {
        self.callback.as_ref().map_or(Outcome::FALSE, |callback| callback.enable_modeless(request))
    }

    fn begin(&mut self, ticket: Ticket, wish: Wish) {
        match wish {
            Wish::Ask(question) => self.ask(ticket, question),
            Wish::Connect(name) => self.connect(ticket, name),
            Wish::Secret(key) => self.secret(ticket, key),
        }
    }

    fn completed(&mut self, completion: Completion) {
        let Some(callback) = &self.callback else { return };
        // The answer says whether anybody still waited; there is nothing to be done about it.
        let _ = match completion {
            Completion::Prepared(outcome) => callback.prepare_for_sync_completed(outcome),
            Completion::Synchronized(outcome) => callback.synchronize_completed(outcome),
            Completion::PropertiesShown(outcome) => callback.show_properties_completed(outcome),
            Completion::ErrorShown(outcome, items) => callback.show_error_completed(outcome, &items),
        };
    }

    fn told(&mut self, told: Told) {
        // Who waited may have been abandoned.
        let _ = self.told.send(told);
    }

    fn begin_run(&mut self) -> Result<u64, String> {
        self.states.begin_run().map_err(|error| error.to_string())
    }

    fn state(&mut self, item: ItemId) -> Result<Option<String>, String> {
        self.states.state(item).map_err(|error| error.to_string())
    }

    fn keep_state(&mut self, item: ItemId, state: &str) -> Result<bool, String> {
        self.states.keep(item, state).map_err(|error| error.to_string())
    }

    fn keep_entries(&mut self, entries: &[(ErrorId, String)]) {
        let mut known = self.states.entries().unwrap_or_default();
        known.retain(|(id, _)| !entries.iter().any(|(new, _)| new == id));
        known.extend_from_slice(entries);
        let surplus = known.len().saturating_sub(NAMES_MAX);
        if let Err(error) = self.states.keep_entries(&known[surplus..]) {
            let text = format!("entries of `{}` cannot be opened later: {error}", self.name);
            let _ = self.log(LogLevel::Warning, &text, LogErrorInfo::default(), EntryDetail::default());
        }
    }

    fn entry_name(&mut self, error: ErrorId) -> Option<String> {
        let known = self.states.entries().ok()?;
        known.into_iter().rev().find(|(id, _)| *id == error).map(|(_, name)| name)
    }

    fn undeclared(&mut self, key: &str) {
        self.secrets.audit(&self.name, key, SecretUse::Undeclared);
    }
}
