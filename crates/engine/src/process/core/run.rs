//! [`Run`]: one `prepare` and one `sync` of the same items.

use std::collections::HashMap;
use std::time::Instant;

use syncmgr_model::id::ItemId;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::host::{CancelParams, RunItem, RunParams, VerdictParams};
use syncmgr_wire::protocol::words::{self, Status};
use syncmgr_wire::protocol::{self, method};

use super::asked::Asked;
use super::outbox::Queued;
use super::{Core, Manager};

/// A run, from the call of `prepare` to the reply to `sync`.
pub(super) struct Run {
    pub(super) id: String,
    pub(super) epoch: u64,
    pub(super) items: Vec<ItemInRun>,
    index: HashMap<String, usize>,
    /// What was last looked up.
    pub(super) all: Verdict,
    /// Until when it may go on after the stop.
    pub(super) grace_over: Option<Instant>,
    pub(super) n_polls: Polls,
    pub(super) n_conflicts: u64,
}

/// How the handler learns its verdicts.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Polls {
    /// Calls that are told their verdict.
    pub(super) n_heard: u64,
    /// Progress without id and number.
    pub(super) n_deaf: u64,
}

pub(super) struct ItemInRun {
    pub(super) id: ItemId,
    pub(super) text: String,
    /// Its own verdict, as it was last looked up; skip stays.
    pub(super) own: Verdict,
    /// Whether it was reported on.
    pub(super) is_begun: bool,
    /// Its final status, as reported.
    pub(super) ended: Option<Status>,
    pub(super) has_error: bool,
    pub(super) counts_items: bool,
    pub(super) bytes: u64,
    pub(super) phase: Option<String>,
}

impl ItemInRun {
    fn new(id: ItemId, text: String) -> Self {
        Self {
            id,
            text,
            own: Verdict::Go,
            is_begun: false,
            ended: None,
            has_error: false,
            counts_items: false,
            bytes: 0,
            phase: None,
        }
    }
}

impl Run {
    pub(super) fn new(id: String, epoch: u64, items: Vec<(ItemId, String)>) -> Self {
        let index = items.iter().enumerate().map(|(idx, (_, text))| (text.clone(), idx)).collect();
        Self {
            id,
            epoch,
            items: items.into_iter().map(|(id, text)| ItemInRun::new(id, text)).collect(),
            index,
            all: Verdict::Go,
            grace_over: None,
            n_polls: Polls::default(),
            n_conflicts: 0,
        }
    }

    pub(super) fn find(&self, text: &str) -> Option<usize> {
        self.index.get(text).copied()
    }

    pub(super) fn params(&self, mut state: impl FnMut(ItemId) -> Option<String>) -> RunParams {
        let item = |item: &ItemInRun| RunItem { id: item.text.clone(), state: state(item.id) };
        RunParams { run: self.id.clone(), epoch: self.epoch, items: self.items.iter().map(item).collect() }
    }

    fn verdicts(&self, upto: u64, generation: u64) -> VerdictParams {
        let open = self.items.iter().filter(|item| item.ended.is_none() && item.own != Verdict::Go);
        let items = open.map(|item| (item.text.clone(), item.own.into())).collect();
        VerdictParams { upto, generation, all: self.all.into(), items }
    }
}

/// A request of the handler whose answer is withheld while it is to hold still.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) item: Option<usize>,
}

impl<M: Manager> Core<M> {
    /// What a call about an item, or about all, is to be told now.
    pub(super) fn verdict(&mut self, item: Option<usize>) -> Verdict {
        let id = item.and_then(|item| self.run.as_ref().map(|run| run.items[item].id));
        let all = self.manager.verdict(None);
        match id {
            Some(id) => all.max(self.manager.verdict(Some(id))),
            None => all,
        }
    }

    /// Somebody may have changed a verdict: looks at all of them, tells, and lets go of what was withheld.
    pub(in super::super) fn verdicts_changed(&mut self, now: Instant) {
        if self.run.is_none() {
            return self.call_off_dialog();
        }
        let all = self.manager.verdict(None);
        let Some(run) = &mut self.run else { return };
        let was = run.all;
        let mut has_changed = was != all;
        run.all = all;
        for item in run.items.iter_mut().filter(|item| item.ended.is_none()) {
            let verdict = self.manager.verdict(Some(item.id));
            // What only repeats the verdict of all is not the item's own; and a skip stays, also below a stop.
            let own = if verdict > all || verdict == Verdict::Skip { verdict } else { Verdict::Go };
            if own != item.own && item.own != Verdict::Skip {
                item.own = own;
                has_changed = true;
            }
        }
        if !has_changed {
            return;
        }
        self.mailbox.changed();
        if was == Verdict::Pause || all == Verdict::Pause {
            // Silence in a pause is no silence.
            self.stall.begin(now);
            self.tell_hold(was, all);
        }
        self.release_held();
        if all == Verdict::Stop && was != Verdict::Stop {
            self.stop_heard(now);
        }
    }

    /// Outside a run only a stop changes anything, and it ends what is being shown.
    fn call_off_dialog(&mut self) {
        let Some(open) = &mut self.open else { return };
        let is_dialog = matches!(open.asked, Asked::Properties | Asked::ShowError { .. });
        if is_dialog && !open.is_called_off && self.manager.verdict(None) == Verdict::Stop {
            open.is_called_off = true;
            let line = protocol::notification(method::CANCEL_REQUEST, &CancelParams { id: open.id });
            self.outbox.push(line);
        }
    }

    /// From here on the handler has its grace; one that never listens has none.
    fn stop_heard(&mut self, now: Instant) {
        let grace = self.settings.limits.grace;
        let Some(run) = &mut self.run else { return };
        let is_deaf = run.n_polls.n_deaf > 0 && run.n_polls.n_heard == 0;
        run.grace_over = if is_deaf { Some(now) } else { now.checked_add(grace) };
    }

    /// Answers what was withheld, as far as it may be answered now.
    pub(super) fn release_held(&mut self) {
        for held in std::mem::take(&mut self.held) {
            match self.verdict(held.item) {
                Verdict::Pause => self.held.push(held),
                verdict => self.answer(&held.id, verdict),
            }
        }
    }

    /// Answers a call with a verdict, or withholds the answer.
    pub(super) fn answer_or_hold(&mut self, id: &str, item: Option<usize>, verdict: Verdict) {
        match verdict {
            Verdict::Pause => self.held.push(Held { id: id.to_owned(), item }),
            verdict => self.answer(id, verdict),
        }
    }

    fn answer(&mut self, id: &str, verdict: Verdict) {
        self.outbox.push(verdict_reply(id, verdict));
    }

    /// The next bytes to write. Everything undecided is decided here.
    pub(super) fn render(&mut self) -> Option<Vec<u8>> {
        // First, so that a stop is read before the answers that were given earlier.
        if self.mailbox.is_due
            && self.outbox.may_overtake()
            && let Some(run) = &self.run
        {
            let verdicts = run.verdicts(self.mailbox.upto, self.mailbox.generation);
            self.mailbox.told();
            return Some(protocol::notification(method::VERDICT, &verdicts));
        }
        loop {
            match self.outbox.pop()? {
                Queued::Line(line) | Queued::Barrier(line) => return Some(line),
                Queued::Checkpoint { id, item } => match self.verdict(item) {
                    Verdict::Pause => self.held.push(Held { id, item }),
                    verdict => return Some(verdict_reply(&id, verdict)),
                },
            }
        }
    }
}

fn verdict_reply(id: &str, verdict: Verdict) -> Vec<u8> {
    // By far the most frequent line.
    let v = words::Verdict::from(verdict).as_str();
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"v\":\"{v}\"}}}}\n").into_bytes()
}
