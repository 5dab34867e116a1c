//! What a handler asks or tells: who may when, and what it is answered.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use syncmgr_model::fact::Fact;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::handler::{
    Amounts, CheckpointParams, ConflictParams, ConflictResult, PlanParams, ProgressParams, StateParams,
    StateResult,
};
use syncmgr_wire::protocol::host::{EnumerateResult, Nothing};
use syncmgr_wire::protocol::limits::{QUIET_MAX, STATE_MAX};
use syncmgr_wire::protocol::write::Refusal;
use syncmgr_wire::protocol::{self, BadParams, Params, code, method};

use super::asked::Asked;
use super::run::ItemInRun;
use super::{Core, Manager};

/// How many conflicts of a run are passed on.
const CONFLICTS_MAX: u64 = 10_000;

impl<M: Manager> Core<M> {
    /// A request (with an id) or a notification of the handler.
    pub(super) fn called(
        &mut self,
        id: Option<&str>,
        method: &str,
        params: Params<'_>,
        n_bytes: usize,
        now: Instant,
    ) {
        if !self.is_introduced && method != method::LOG {
            return self.answered_with(id, Err(too_early()));
        }
        match method {
            method::PROGRESS => self.progress(id, params, n_bytes, now),
            method::CHECKPOINT => self.checkpoint(id, params),
            method::ASK | method::CONNECT | method::SECRET => self.begin_later(id, method, params),
            method::DIALOG => self.dialog(id, params, now),
            method::STATE => self.keep_state(id, params),
            method::CONFLICT => self.conflict(id, params),
            method::LOG => {
                let result = read(params).and_then(|params| self.log(&params));
                self.answered_with(id, result);
            }
            method::LOG_DELETE => {
                let result = read(params).and_then(|params| self.delete_log(&params));
                self.answered_with(id, result);
            }
            method::PLAN => {
                let result = read(params).and_then(|params| self.plan(&params));
                self.answered_with(id, result);
            }
            method::ITEMS => {
                let result = read(params).and_then(|params| self.some_items(&params));
                self.answered_with(id, result);
            }
            // Looked at when the items are listed the next time.
            method::ITEMS_CHANGED => self.answered_with(id, Ok(())),
            other => {
                let text = format!("`{other}` is not a method of this protocol");
                self.answered_with(id, Err(Refusal::new(code::UNKNOWN_METHOD, text)));
            }
        }
    }

    /// Answers a request with nothing or a refusal. Who only told something is not answered.
    pub(super) fn answered_with(&mut self, id: Option<&str>, result: Result<(), Refusal>) {
        let Some(id) = id else { return };
        let line = match result {
            Ok(()) => protocol::reply(id, &Nothing {}),
            Err(refusal) => protocol::refusal(id, &refusal),
        };
        self.outbox.push(line);
    }

    pub(super) fn refuse(&mut self, id: Option<&str>, code: i64, text: impl Into<String>) {
        self.answered_with(id, Err(Refusal::new(code, text)));
    }

    /// Whether `progress`, `checkpoint` and `state` belong here.
    fn is_running(&self) -> bool {
        self.run.is_some()
    }

    fn progress(&mut self, id: Option<&str>, params: Params<'_>, n_bytes: usize, now: Instant) {
        if !self.is_running() {
            return self.refuse(id, code::NO_RUN, "no run is open");
        }
        let params: ProgressParams<'_> = match params.read() {
            Ok(params) => params,
            Err(error) => return self.bad_progress(id, params, &error),
        };
        let acknowledge = self.settings.limits.acknowledge;
        let Some(run) = &mut self.run else { return };
        match (id, params.seq) {
            (Some(_), _) => run.n_polls.n_heard += 1,
            (None, Some(seq)) => {
                run.n_polls.n_heard += 1;
                self.mailbox.took(seq, n_bytes, now, acknowledge);
            }
            (None, None) => {
                run.n_polls.n_deaf += 1;
                // Its first sign of how it works may come after the stop.
                if run.grace_over.is_some() && run.n_polls.n_heard == 0 {
                    run.grace_over = Some(now);
                }
            }
        }
        let Some(idx) = run.find(&params.item) else {
            return self.unknown_item(id, &params.item);
        };
        if let Some(quiet) = params.quiet_s.and_then(|quiet| quiet.count()) {
            self.stall.announce(Duration::from_secs(quiet.unsigned_abs().min(QUIET_MAX)));
        }
        let is_strange = has_no_number(params.done) || has_no_number(params.total);
        let item = &mut run.items[idx];
        let update = update_of(item, &params);
        let result = self.manager.progress(item.id, &update);
        if result.is_ok()
            && let Some(status) = params.status.filter(|status| ItemStatus::from(*status).is_final())
        {
            item.ended.get_or_insert(status);
        }
        if is_strange {
            self.warn_once("number", "reported a `done` or `total` that is no number");
        }
        let Some(id) = id else { return };
        match result {
            Ok(verdict) => self.answer_or_hold(id, Some(idx), verdict),
            Err(Outcome::INVALID_ARGUMENT) => self.unknown_item(Some(id), &params.item),
            Err(_) => self.answer_or_hold(id, None, Verdict::Stop),
        }
    }

    /// A malformed call changes nothing; but skip and stop win over the refusal.
    fn bad_progress(&mut self, id: Option<&str>, params: Params<'_>, error: &BadParams) {
        #[derive(Deserialize)]
        struct ItemOnly {
            item: String,
        }
        let item = params.read::<ItemOnly>().ok();
        let idx = item.and_then(|params| self.run.as_ref()?.find(&params.item));
        match self.verdict(idx) {
            verdict @ (Verdict::Skip | Verdict::Stop) => {
                if let Some(id) = id {
                    self.answer_or_hold(id, idx, verdict);
                }
            }
            _ => self.refuse(id, code::BAD_PARAMS, error.to_string()),
        }
    }

    fn unknown_item(&mut self, id: Option<&str>, item: &str) {
        match (id, self.verdict(None)) {
            (Some(id), Verdict::Stop) => self.answer_or_hold(id, None, Verdict::Stop),
            _ => {
                let text = format!("`{}` is not part of this run", super::entries::cut(item, 128));
                self.refuse(id, code::BAD_PARAMS, text);
            }
        }
    }

    fn checkpoint(&mut self, id: Option<&str>, params: Params<'_>) {
        // Who does not wait for the answer does not ask.
        let Some(id) = id else { return };
        if !self.is_running() {
            return self.refuse(Some(id), code::NO_RUN, "no run is open");
        }
        if let Some(run) = &mut self.run {
            run.n_polls.n_heard += 1;
        }
        let params: CheckpointParams = match params.read() {
            Ok(params) => params,
            Err(error) => return self.bad_progress(Some(id), params, &error),
        };
        let item = match &params.item {
            None => None,
            Some(text) => match self.run.as_ref().and_then(|run| run.find(text)) {
                Some(idx) => Some(idx),
                None => return self.unknown_item(Some(id), text),
            },
        };
        self.outbox.push_checkpoint(id.to_owned(), item);
    }

    fn keep_state(&mut self, id: Option<&str>, params: Params<'_>) {
        if !self.is_running() {
            return self.refuse(id, code::NO_RUN, "no run is open");
        }
        let params: StateParams = match params.read() {
            Ok(params) => params,
            Err(error) => return self.refuse(id, code::BAD_PARAMS, error.to_string()),
        };
        let item = self.run.as_ref().and_then(|run| Some(run.items[run.find(&params.item)?].id));
        let Some(item) = item else {
            return self.refuse(id, code::BAD_PARAMS, "the item is not part of this run");
        };
        if params.state.len() > STATE_MAX {
            return self.refuse(id, code::BAD_PARAMS, format!("a state has at most {STATE_MAX} bytes"));
        }
        match self.manager.keep_state(item, &params.state) {
            Ok(accepted) => {
                if let Some(id) = id {
                    self.outbox.push(protocol::reply(id, &StateResult { accepted }));
                }
            }
            Err(reason) => self.refuse(id, code::NOT_ALLOWED, format!("the state cannot be kept: {reason}")),
        }
    }

    fn conflict(&mut self, id: Option<&str>, params: Params<'_>) {
        if !self.caps.conflict {
            return self.refuse(id, code::NOT_ALLOWED, "the handler did not name the cap `conflict`");
        }
        let params: ConflictParams = match params.read() {
            Ok(params) => params,
            Err(error) => return self.refuse(id, code::BAD_PARAMS, error.to_string()),
        };
        let Some(run) = &mut self.run else { return self.refuse(id, code::NO_RUN, "no run is open") };
        let Some(idx) = run.find(&params.item) else { return self.unknown_item(id, &params.item) };
        let item = run.items[idx].id;
        run.n_conflicts += 1;
        if run.n_conflicts <= CONFLICTS_MAX {
            let path = super::entries::cut(&params.key, 4096).as_bytes().to_vec();
            self.manager.fact(item, Fact::Conflict { path, kind: params.kind.into() });
        } else {
            self.warn_once("conflicts", "reported more than 10,000 conflicts; the others are not shown");
        }
        if let Some(id) = id {
            // Nobody decides while it runs; both sides stay as they are.
            self.outbox.push(protocol::reply(id, &ConflictResult { decision: "deferred".to_owned() }));
        }
    }

    /// What would be done, in a dry run.
    pub(super) fn plan(&mut self, params: &PlanParams) -> Result<(), Refusal> {
        let is_planning = self.open.as_ref().is_some_and(|open| open.asked == Asked::Prepare);
        if !(self.caps.plan && self.settings.is_dry_run && is_planning) {
            return Err(Refusal::new(code::NOT_ALLOWED, "a plan belongs into the preparation of a dry run"));
        }
        let item = self.run.as_ref().and_then(|run| Some(run.items[run.find(&params.item)?].id));
        let Some(item) = item else {
            return Err(Refusal::new(code::BAD_PARAMS, "the item is not part of this run"));
        };
        for change in &params.changes {
            let fact = Fact::Change {
                side: change.side.into(),
                action: change.action.into(),
                path: change.path.clone().into_bytes(),
                from: change.from.clone().map(String::into_bytes),
            };
            self.manager.fact(item, fact);
        }
        Ok(())
    }

    fn some_items(&mut self, params: &EnumerateResult<Box<RawValue>>) -> Result<(), Refusal> {
        if !self.open.as_ref().is_some_and(|open| open.asked == Asked::Enumerate) {
            return Err(Refusal::new(code::NOT_ALLOWED, "items come while they are asked for"));
        }
        self.take_items(&params.items);
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(params: Params<'a>) -> Result<T, Refusal> {
    params.read().map_err(|error| Refusal::new(code::BAD_PARAMS, error.to_string()))
}

fn too_early() -> Refusal {
    Refusal::new(code::NO_RUN, "before the reply to `initialize` only `log` may come")
}

fn has_no_number(amounts: Option<Amounts>) -> bool {
    let amounts = amounts.unwrap_or_default();
    [amounts.items, amounts.bytes].into_iter().flatten().any(|amount| amount.count().is_none())
}

/// What a progress call changes in the row. Things are counted if there ever were any, else bytes; bytes are always shown.
fn update_of<'a>(item: &mut ItemInRun, params: &'a ProgressParams<'_>) -> ProgressUpdate<'a> {
    let count = |amounts: Option<Amounts>, of: fn(Amounts) -> _| -> Option<i64> {
        let amount: Option<protocol::handler::Amount> = amounts.and_then(of);
        amount.and_then(protocol::handler::Amount::count)
    };
    let things = (count(params.done, |done| done.items), count(params.total, |total| total.items));
    let bytes = (count(params.done, |done| done.bytes), count(params.total, |total| total.bytes));
    let mut update = ProgressUpdate::POLL;
    if things != (None, None) && !item.counts_items {
        item.counts_items = true;
        // What was counted until now were bytes.
        (update.value, update.max) = (Some(0), Some(0));
    }
    let (value, max) = if item.counts_items { things } else { bytes };
    (update.value, update.max) = (value.or(update.value), max.or(update.max));
    // Below zero it never is: amounts are held when they are read.
    (update.bytes, update.bytes_max) = (bytes.0.map(i64::unsigned_abs), bytes.1.map(i64::unsigned_abs));
    item.bytes = update.bytes.unwrap_or(item.bytes);
    update.status = params.status.map(ItemStatus::from);
    if !item.is_begun {
        item.is_begun = true;
        update.status = update.status.or(Some(ItemStatus::Updating));
    }
    update.text = match (&params.text, &params.phase) {
        (Some(text), _) => Some(text.as_deref().unwrap_or("")),
        // A new phase without a text of its own says what it is doing.
        (None, Some(phase)) if item.phase.as_deref() != Some(phase) => Some(phase),
        (None, _) => None,
    };
    if let Some(phase) = &params.phase
        && item.phase.as_deref() != Some(phase)
    {
        item.phase = Some(phase.to_string());
    }
    update.text = update.text.map(|text| super::entries::cut(text, 4096));
    update
}
