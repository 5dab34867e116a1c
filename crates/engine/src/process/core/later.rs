//! What is answered later: a question, a connection, a secret. The handler goes on meanwhile, and so do we.

use std::time::Instant;

use syncmgr_handler::ModelessRequest;
use syncmgr_handler::relay::{Answer, Choice, Question, QuestionKind};
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::protocol::handler::{
    AskParams, AskResult, ConnectParams, ConnectResult, SecretParams, SecretResult,
};
use syncmgr_wire::protocol::limits::DETAIL_MAX;
use syncmgr_wire::protocol::words::{self, NoAnswer};
use syncmgr_wire::protocol::{self, Params, code, method};

use super::asked::Asked;
use super::entries::cut;
use super::{Core, Late, Manager, Ticket, Wish};

/// How many answers a question may offer.
const CHOICES_MAX: usize = 100;

/// A request of the handler that is not answered yet.
#[derive(Debug)]
pub(super) struct Waiting {
    id: String,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Ask,
    Connect,
    Secret,
}

impl<M: Manager> Core<M> {
    pub(super) fn begin_later(&mut self, id: Option<&str>, method: &str, params: Params<'_>) {
        // Nobody could tell the answer from any other line.
        let Some(id) = id else { return };
        let result = match method {
            method::ASK => params.read().map(|params| self.ask_user(id, params)),
            method::CONNECT => params.read().map(|params| self.connect(id, params)),
            _ => params.read().map(|params| self.secret(id, params)),
        };
        if let Err(error) = result {
            self.refuse(Some(id), code::BAD_PARAMS, error.to_string());
        }
    }

    fn begin(&mut self, id: &str, what: What, wish: Wish) {
        self.n_tickets += 1;
        let ticket = Ticket(self.n_tickets);
        self.waiting.insert(ticket, Waiting { id: id.to_owned(), what });
        self.manager.begin(ticket, wish);
    }

    /// Whether the user may be asked, or a connection be brought up, by the protocol.
    pub(super) fn is_in_call(&self) -> bool {
        let is_showing = matches!(&self.open, Some(open) if matches!(open.asked, Asked::ShowError { .. }));
        self.run.is_some() || is_showing
    }

    fn ask_user(&mut self, id: &str, params: AskParams) {
        if !self.is_in_call() {
            return self.refuse(Some(id), code::NO_RUN, "no run is open");
        }
        if let Err(reason) = self.grant() {
            let result = AskResult { answer: None, reason: Some(reason) };
            return self.outbox.push(protocol::reply(id, &result));
        }
        let question = Question {
            item: params.item.as_deref().map(|text| ItemId::named(self.handler, text)),
            text: cut(&params.text, 4096).to_owned(),
            detail: params.detail.map(|detail| cut(&detail, DETAIL_MAX).to_owned()),
            kind: match params.kind {
                words::QuestionKind::Choice => QuestionKind::Choice,
                words::QuestionKind::Text => QuestionKind::Text,
                words::QuestionKind::Password => QuestionKind::Password,
            },
            choices: params
                .choices
                .into_iter()
                .take(CHOICES_MAX)
                .map(|it| Choice { id: it.id, label: it.label })
                .collect(),
            default: params.default,
        };
        self.begin(id, What::Ask, Wish::Ask(question));
    }

    fn connect(&mut self, id: &str, params: ConnectParams) {
        if !self.is_in_call() {
            return self.refuse(Some(id), code::NO_RUN, "no run is open");
        }
        if params.name.as_deref() == Some("") {
            return self.refuse(
                Some(id),
                code::BAD_PARAMS,
                "a connection has a name; leave it out for the default",
            );
        }
        self.begin(id, What::Connect, Wish::Connect(params.name));
    }

    fn secret(&mut self, id: &str, params: SecretParams) {
        if !self.settings.secrets.contains(&params.key) {
            self.manager.undeclared(cut(&params.key, 200));
            let text = "the manifest does not declare this secret: add its key to `secrets`";
            return self.refuse(Some(id), code::NOT_ALLOWED, text);
        }
        self.begin(id, What::Secret, Wish::Secret(params.key));
    }

    /// An answer came.
    pub(in super::super) fn answered(&mut self, ticket: Ticket, late: Late, now: Instant) {
        if matches!(late, Late::Asked(_)) {
            // Also when nobody waits for it any more: the dialog is gone.
            let _ = self.manager.modeless(ModelessRequest::Done);
        }
        let Some(waiting) = self.waiting.remove(&ticket) else { return };
        self.stall.begin(now);
        let id = waiting.id.as_str();
        let line = match (waiting.what, late) {
            (What::Ask, Late::Asked(answer)) => protocol::reply(id, &ask_result(answer)),
            (What::Connect, Late::Connected(outcome)) => return self.connected(id, outcome),
            (What::Secret, Late::Secret(Some(value))) => protocol::reply(id, &SecretResult { value }),
            (What::Secret, Late::Secret(None)) => {
                let text = "there is no secret under this key: add it to the handler's `secrets` in the configuration";
                return self.refuse(Some(id), code::NOT_ALLOWED, text);
            }
            // Tickets are never used twice.
            _ => return,
        };
        self.outbox.push(line);
    }

    fn connected(&mut self, id: &str, outcome: Outcome) {
        let result = match outcome {
            Outcome::INVALID_ARGUMENT => {
                return self.refuse(Some(id), code::BAD_PARAMS, "no connection has this name");
            }
            Outcome::OK => ConnectResult { connected: true, text: None },
            other => {
                ConnectResult { connected: false, text: Some(format!("the connection is not up: {other}")) }
            }
        };
        self.outbox.push(protocol::reply(id, &result));
    }

    /// Nobody waits any more. Answers that still come give their dialog back and are dropped.
    pub(super) fn call_off_waiting(&mut self) {
        self.waiting.clear();
    }
}

fn ask_result(answer: Answer) -> AskResult {
    let none = |reason| AskResult { answer: None, reason: Some(reason) };
    match answer {
        Answer::Given(text) => AskResult { answer: Some(text), reason: None },
        Answer::Unattended => none(NoAnswer::Unattended),
        Answer::Stopped => none(NoAnswer::Stopped),
        Answer::Dismissed => none(NoAnswer::Dismissed),
    }
}
