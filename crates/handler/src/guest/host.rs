//! The manager at the other end: what is written to it, and the calls it has not answered yet.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::atomic::AtomicU32;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use syncmgr_model::id::ErrorId;
use syncmgr_wire::protocol::host::InitializeParams;
use syncmgr_wire::protocol::write::Refusal;
use syncmgr_wire::protocol::{notification, request};

use super::mailbox::Mailbox;
use super::stage::{Stage, Turn};

/// One for the process. All of it may be used from any thread.
pub(super) struct Host {
    pub(super) mailbox: Mailbox,
    pub(super) stage: Stage,
    output: Mutex<Output>,
    calls: Mutex<Calls>,
    /// What the manager said of itself and of the session.
    pub(super) session: OnceLock<InitializeParams>,
    /// The entries of this process that can be taken back.
    pub(super) logged: Mutex<HashSet<ErrorId>>,
    /// Dialogs that were granted and are not gone.
    pub(super) n_dialogs: AtomicU32,
    /// Wakes the thread that makes the ten calls.
    pub(super) turns: mpsc::Sender<Turn>,
    /// The other end, until that thread takes it.
    waiting: Mutex<Option<mpsc::Receiver<Turn>>>,
}

/// The stream on which lines leave.
pub(super) struct Output(Box<dyn Write + Send>);

impl Output {
    /// Writes a line. That nobody reads any more is told by the end of input.
    pub(super) fn write(&mut self, line: &[u8]) {
        let _ = self.0.write_all(line).and_then(|()| self.0.flush());
    }
}

#[derive(Default)]
struct Calls {
    n_calls: u64,
    open: HashMap<u64, Box<dyn FnOnce(Reply) + Send>>,
    is_over: bool,
}

/// An answer: the text of its result, a refusal, or nothing because the manager has gone.
pub(super) type Reply = Option<Result<String, Refusal>>;

impl Host {
    pub(super) fn new(output: Box<dyn Write + Send>) -> Arc<Self> {
        let (turns, waiting) = mpsc::channel();
        Arc::new(Self {
            mailbox: Mailbox::default(),
            stage: Stage::default(),
            output: Mutex::new(Output(output)),
            calls: Mutex::default(),
            session: OnceLock::new(),
            logged: Mutex::default(),
            n_dialogs: AtomicU32::new(0),
            turns,
            waiting: Mutex::new(Some(waiting)),
        })
    }

    /// What the thread that makes the ten calls waits for. Given once.
    pub(super) fn take_turns(&self) -> Option<mpsc::Receiver<Turn>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_cap(&self, cap: &str) -> bool {
        self.session.get().is_some_and(|session| session.caps.iter().any(|known| known == cap))
    }

    pub(super) fn notify(&self, method: &str, params: &impl Serialize) {
        self.output().write(&notification(method, params));
    }

    /// Asks; `answered` is called once, from the thread that reads, or from here if nobody is there.
    pub(super) fn ask(
        &self,
        method: &str,
        params: &impl Serialize,
        answered: impl FnOnce(Reply) + Send + 'static,
    ) {
        let mut calls = self.calls();
        if calls.is_over {
            drop(calls);
            return answered(None);
        }
        calls.n_calls += 1;
        let number = calls.n_calls;
        calls.open.insert(number, Box::new(answered));
        drop(calls);
        self.output().write(&request(format_args!("\"p{number}\""), method, params));
    }

    /// Asks and waits for the answer; `None` when the manager has gone or has answered something else.
    pub(super) fn call<T: DeserializeOwned + Send + 'static>(
        &self,
        method: &str,
        params: &impl Serialize,
    ) -> Option<Result<T, Refusal>> {
        let (answered, answer) = mpsc::channel();
        self.ask(method, params, move |reply| {
            let _ = answered.send(reply);
        });
        match answer.recv().ok().flatten()? {
            Ok(result) => syncmgr_wire::protocol::read::result_text(&result).ok().map(Ok),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    /// Takes a reply. One that belongs to nothing is passed over.
    pub(super) fn answered(&self, id: &str, result: Result<String, Refusal>) {
        let number = id.trim_matches('"').strip_prefix('p').and_then(|number| number.parse().ok());
        let open = number.and_then(|number: u64| self.calls().open.remove(&number));
        if let Some(answered) = open {
            answered(Some(result));
        }
    }

    /// The manager has gone: nobody waits for it any more.
    pub(super) fn close(&self) {
        let open = {
            let mut calls = self.calls();
            calls.is_over = true;
            std::mem::take(&mut calls.open)
        };
        for answered in open.into_values() {
            answered(None);
        }
        self.mailbox.set_gone();
        let _ = self.turns.send(Turn::Gone);
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
