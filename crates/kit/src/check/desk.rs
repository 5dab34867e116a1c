//! What a manager answers, and what it notices: messages in, lines out. Pure: no process, no clock.

use std::collections::BTreeMap;

use syncmgr_wire::protocol::handler::{
    Amounts, AskParams, AskResult, CheckpointParams, ConflictParams, ConflictResult, ConnectParams,
    ConnectResult, DialogParams, DialogResult, LogDeleteParams, LogParams, PlanParams, ProgressParams,
    SecretParams, SecretResult, StateParams, StateResult, VerdictResult,
};
use syncmgr_wire::protocol::host::{
    EnumerateResult, Item, ItemStatusParams, Nothing, RunParams, VerdictParams,
};
use syncmgr_wire::protocol::words::{ItemNews, NoAnswer};
use syncmgr_wire::protocol::{
    Level, Params, Status, Verdict, code, method, notification, refusal, reply, write,
};

/// What every `secret` is answered with. Long and odd, so that it cannot turn up by chance.
pub(super) const SECRET: &str = "kumquat-7f3c-lantern-secret";

/// In what part of its life the handler is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Starting,
    Idle,
    Enumerating,
    Preparing,
    Syncing,
}

/// When something happens during `sync`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before the handler reads `sync`.
    Before,
    /// At the first progress, of this item if one is named.
    FirstProgress(Option<String>),
    /// At the first checkpoint.
    FirstCheckpoint,
}

/// What the user does in this run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Play {
    #[default]
    LetRun,
    Skip(String, Moment),
    Stop(Moment),
    Pause(Moment),
}

impl Play {
    fn moment(&self) -> Option<&Moment> {
        match self {
            Self::LetRun => None,
            Self::Skip(_, moment) | Self::Stop(moment) | Self::Pause(moment) => Some(moment),
        }
    }
}

/// How numbered progress is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Acknowledging {
    #[default]
    AtOnce,
    /// Only when nothing more comes.
    Late,
}

/// What a broken rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    Shape,
    Stray,
    Order,
    Answers,
    Credit,
    Secret,
}

/// What has been said about an item in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) n_progress: u32,
    /// How many of them were numbered, and may have been written before a verdict was read.
    pub(super) n_numbered: u32,
    /// How many of them came after the verdict that ends the item was out.
    pub(super) n_after_end: u32,
    pub(super) checkpoints_after_end: u32,
    /// A checkpoint of it was not answered with go.
    pub(super) was_refused: bool,
    pub(super) status: Option<Status>,
    pub(super) done: Option<i64>,
    pub(super) total: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) stage: Stage,
    pub(super) play: Play,
    pub(super) acknowledging: Acknowledging,
    pub(super) window: u64,
    pub(super) told: BTreeMap<String, Told>,
    /// Items that came in parts.
    pub(super) items: Vec<Item>,
    pub(super) states: BTreeMap<String, String>,
    pub(super) n_asked: u32,
    pub(super) n_secrets: u32,
    pub(super) n_checkpoints: u32,
    pub(super) n_numbered: u32,
    pub(super) n_errors: u32,
    pub(super) has_played: bool,
    all: Verdict,
    own: BTreeMap<String, Verdict>,
    generation: u64,
    seq: u64,
    acknowledged: u64,
    withheld: Vec<String>,
    broken: Vec<(Rule, String)>,
}

impl Desk {
    pub(super) fn new(window: u64) -> Self {
        Self {
            stage: Stage::Starting,
            play: Play::LetRun,
            acknowledging: Acknowledging::AtOnce,
            window,
            told: BTreeMap::new(),
            items: Vec::new(),
            states: BTreeMap::new(),
            n_asked: 0,
            n_secrets: 0,
            n_checkpoints: 0,
            n_numbered: 0,
            n_errors: 0,
            has_played: false,
            all: Verdict::Go,
            own: BTreeMap::new(),
            generation: 0,
            seq: 0,
            acknowledged: 0,
            withheld: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// The rules broken since this was asked last.
    pub(super) fn take_broken(&mut self) -> Vec<(Rule, String)> {
        std::mem::take(&mut self.broken)
    }

    pub(super) fn complain(&mut self, rule: Rule, text: impl Into<String>) {
        self.broken.push((rule, text.into()));
    }

    /// A run begins: all is `go`.
    pub(super) fn begin(&mut self, run: &RunParams, play: Play) {
        self.told = run.items.iter().map(|item| (item.id.clone(), Told::default())).collect();
        self.all = Verdict::Go;
        self.own.clear();
        self.play = play;
        self.has_played = false;
        self.n_checkpoints = 0;
    }

    /// What is said before the handler reads `sync`.
    pub(super) fn before_sync(&mut self) -> Vec<Vec<u8>> {
        if self.play.moment() == Some(&Moment::Before) { self.act() } else { Vec::new() }
    }

    /// The user does what the play says.
    fn act(&mut self) -> Vec<Vec<u8>> {
        if std::mem::replace(&mut self.has_played, true) {
            return Vec::new();
        }
        let news = match self.play.clone() {
            Play::LetRun => return Vec::new(),
            Play::Skip(item, _) => {
                self.own.insert(item.clone(), Verdict::Skip);
                Some(ItemStatusParams { item: Some(item), status: ItemNews::Skip })
            }
            Play::Stop(_) => {
                self.all = Verdict::Stop;
                Some(ItemStatusParams { item: None, status: ItemNews::Stop })
            }
            Play::Pause(_) => {
                self.all = Verdict::Pause;
                None
            }
        };
        self.generation += 1;
        let news = news.map(|news| notification(method::ITEM_STATUS, &news));
        [self.verdict_line()].into_iter().chain(news).collect()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.all == Verdict::Pause
    }

    /// The pause is over: withheld answers are given.
    pub(super) fn resume(&mut self) -> Vec<Vec<u8>> {
        self.all = Verdict::Go;
        self.generation += 1;
        let withheld = std::mem::take(&mut self.withheld);
        let go = |id: String| reply(&id, &VerdictResult { v: Verdict::Go });
        [self.verdict_line()].into_iter().chain(withheld.into_iter().map(go)).collect()
    }

    /// Acknowledges what has come, for a handler that waits for credit.
    pub(super) fn acknowledge(&mut self) -> Option<Vec<u8>> {
        if self.acknowledged == self.seq || self.is_paused() {
            return None;
        }
        self.acknowledged = self.seq;
        Some(self.verdict_line())
    }

    fn verdict_line(&self) -> Vec<u8> {
        let params = VerdictParams {
            upto: self.acknowledged,
            generation: self.generation,
            all: self.all,
            items: self.own.clone(),
        };
        notification(method::VERDICT, &params)
    }

    fn verdict(&self, item: &str) -> Verdict {
        self.own.get(item).copied().unwrap_or(Verdict::Go).max(self.all)
    }

    /// Takes what the handler told. Answers are in the lines.
    pub(super) fn told(&mut self, name: &str, params: Params<'_>) -> Vec<Vec<u8>> {
        if self.stage == Stage::Starting && name != method::LOG {
            self.complain(Rule::Order, format!("`{name}` was sent before the reply to `initialize`"));
        }
        match name {
            method::PROGRESS => self.progress(None, params),
            _ => {
                self.heard(name, params);
                Vec::new()
            }
        }
    }

    /// Takes what needs no answer.
    fn heard(&mut self, name: &str, params: Params<'_>) {
        match name {
            method::LOG => {
                let entry = self.read::<LogParams>(name, params);
                self.n_errors += u32::from(entry.is_some_and(|entry| entry.level == Level::Error));
            }
            method::LOG_DELETE => drop(self.read::<LogDeleteParams>(name, params)),
            method::PLAN => drop(self.read::<PlanParams>(name, params)),
            method::CONFLICT => drop(self.read::<ConflictParams>(name, params)),
            method::ITEMS => self.part(params),
            method::ITEMS_CHANGED => {}
            _ => self.complain(Rule::Shape, format!("`{name}` is no notification of the protocol")),
        }
    }

    fn part(&mut self, params: Params<'_>) {
        if self.stage != Stage::Enumerating {
            self.complain(Rule::Order, "`items` belongs before the reply to `enumerate`");
        } else if let Some(part) = self.read::<EnumerateResult>(method::ITEMS, params) {
            self.items.extend(part.items);
        }
    }

    /// Takes what the handler asked. The answer is in the lines, unless it is withheld.
    pub(super) fn asked(&mut self, id: &str, name: &str, params: Params<'_>) -> Vec<Vec<u8>> {
        if self.stage == Stage::Starting {
            self.complain(Rule::Order, format!("`{name}` was sent before the reply to `initialize`"));
        }
        match name {
            method::PROGRESS => self.progress(Some(id), params),
            method::CHECKPOINT => self.checkpoint(id, params),
            method::STATE => self.state(id, params),
            method::ASK => {
                self.n_asked += 1;
                self.answer::<AskParams, _>(id, name, params, |_| AskResult {
                    answer: None,
                    reason: Some(NoAnswer::Unattended),
                })
            }
            method::SECRET => {
                self.n_secrets += 1;
                self.answer::<SecretParams, _>(id, name, params, |_| SecretResult {
                    value: SECRET.to_owned(),
                })
            }
            method::DIALOG => self.answer::<DialogParams, _>(id, name, params, |_| DialogResult {
                granted: false,
                reason: Some(NoAnswer::Unattended),
            }),
            method::CONNECT => self.answer::<ConnectParams, _>(id, name, params, |_| ConnectResult {
                connected: true,
                text: None,
            }),
            method::CONFLICT => self.answer::<ConflictParams, _>(id, name, params, |_| ConflictResult {
                decision: "deferred".to_owned(),
            }),
            method::LOG => self.answer::<LogParams, _>(id, name, params, |_| Nothing {}),
            method::LOG_DELETE => self.answer::<LogDeleteParams, _>(id, name, params, |_| Nothing {}),
            _ => {
                self.complain(Rule::Shape, format!("`{name}` is no request of the protocol"));
                let text = format!("`{name}` is no request of the protocol");
                vec![refusal(id, &write::Refusal::new(code::UNKNOWN_METHOD, text))]
            }
        }
    }

    fn answer<'a, P, R>(
        &mut self,
        id: &str,
        name: &str,
        params: Params<'a>,
        result: fn(P) -> R,
    ) -> Vec<Vec<u8>>
    where
        P: serde::Deserialize<'a>,
        R: serde::Serialize,
    {
        match self.read::<P>(name, params) {
            Some(params) => vec![reply(id, &result(params))],
            None => vec![bad_params(id)],
        }
    }

    fn read<'a, P: serde::Deserialize<'a>>(&mut self, name: &str, params: Params<'a>) -> Option<P> {
        match params.read() {
            Ok(params) => Some(params),
            Err(error) => {
                self.complain(Rule::Shape, format!("params of `{name}`: {error}"));
                None
            }
        }
    }

    fn progress(&mut self, id: Option<&str>, params: Params<'_>) -> Vec<Vec<u8>> {
        let Some(progress) = self.read::<ProgressParams<'_>>(method::PROGRESS, params) else {
            return id.map(bad_params).into_iter().collect();
        };
        if id.is_none() {
            self.number(progress.seq);
        }
        let item = progress.item.clone().into_owned();
        if !self.is_open(method::PROGRESS, Some(&item)) {
            return id.map(no_run).into_iter().collect();
        }
        self.note(&item, &progress);
        let is_moment = match self.play.moment() {
            Some(Moment::FirstProgress(of)) => of.as_ref().is_none_or(|of| *of == item),
            _ => false,
        };
        let mut lines = if is_moment { self.act() } else { Vec::new() };
        lines.extend(self.verdict_for(id, &item));
        lines
    }

    /// The answer to a progress call: by id, or by acknowledging its number.
    fn verdict_for(&mut self, id: Option<&str>, item: &str) -> Vec<Vec<u8>> {
        let verdict = self.verdict(item);
        match id {
            Some(id) if verdict == Verdict::Pause => {
                self.withheld.push(id.to_owned());
                Vec::new()
            }
            Some(id) => vec![reply(id, &VerdictResult { v: verdict })],
            None if self.acknowledging == Acknowledging::AtOnce => self.acknowledge().into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Numbers grow by one, and never more lines are under way than the window allows.
    fn number(&mut self, seq: Option<u64>) {
        let Some(seq) = seq else { return };
        self.n_numbered += 1;
        if seq != self.seq + 1 {
            self.complain(Rule::Credit, format!("`seq` is {seq} after {}, not {}", self.seq, self.seq + 1));
        }
        self.seq = seq;
        let under_way = self.seq.saturating_sub(self.acknowledged);
        if under_way > self.window {
            let text = format!("{under_way} numbered lines are under way, and the window is {}", self.window);
            self.complain(Rule::Credit, text);
        }
    }

    /// Whether a run is open and the item part of it.
    fn is_open(&mut self, name: &str, item: Option<&str>) -> bool {
        if !matches!(self.stage, Stage::Preparing | Stage::Syncing) {
            self.complain(Rule::Order, format!("`{name}` outside of `prepare` and `sync`"));
            return false;
        }
        match item {
            Some(item) if !self.told.contains_key(item) => {
                self.complain(Rule::Order, format!("`{name}` names `{item}`, which is not part of the run"));
                false
            }
            _ => true,
        }
    }

    fn note(&mut self, item: &str, progress: &ProgressParams<'_>) {
        let ends = self.verdict(item) >= Verdict::Skip;
        for (member, amounts) in [("done", progress.done), ("total", progress.total)] {
            let amounts = amounts.into_iter().flat_map(|amounts| [amounts.items, amounts.bytes]).flatten();
            if amounts.into_iter().any(|amount| amount.count().is_none()) {
                self.complain(Rule::Shape, format!("a member of `{member}` is no number"));
            }
        }
        let Some(told) = self.told.get_mut(item) else { return };
        told.n_progress += 1;
        told.n_numbered += u32::from(progress.seq.is_some());
        told.n_after_end += u32::from(ends);
        let count = |amounts: Option<Amounts>| {
            amounts.and_then(|amounts| amounts.items).and_then(|amount| amount.count())
        };
        told.done = count(progress.done).or(told.done);
        told.total = count(progress.total).or(told.total);
        if let Some(status) = progress.status.filter(|status| is_final(*status))
            && (told.status.is_none() || status == Status::Failed)
        {
            told.status = Some(status);
        }
    }

    fn checkpoint(&mut self, id: &str, params: Params<'_>) -> Vec<Vec<u8>> {
        let Some(CheckpointParams { item }) = self.read(method::CHECKPOINT, params) else {
            return vec![bad_params(id)];
        };
        if !self.is_open(method::CHECKPOINT, item.as_deref()) {
            return vec![no_run(id)];
        }
        self.n_checkpoints += 1;
        let is_moment = self.play.moment() == Some(&Moment::FirstCheckpoint);
        let was_over = self.has_played;
        let mut lines = if is_moment { self.act() } else { Vec::new() };
        let verdict = item.as_deref().map_or(self.all, |item| self.verdict(item));
        if verdict >= Verdict::Skip
            && let Some(told) = item.as_deref().and_then(|item| self.told.get_mut(item))
        {
            told.was_refused = true;
            told.checkpoints_after_end += u32::from(was_over);
        }
        if verdict == Verdict::Pause {
            self.withheld.push(id.to_owned());
        } else {
            lines.push(reply(id, &VerdictResult { v: verdict }));
        }
        lines
    }

    fn state(&mut self, id: &str, params: Params<'_>) -> Vec<Vec<u8>> {
        let Some(StateParams { item, state }) = self.read(method::STATE, params) else {
            return vec![bad_params(id)];
        };
        if !self.is_open(method::STATE, Some(&item)) {
            return vec![no_run(id)];
        }
        self.states.insert(item, state);
        vec![reply(id, &StateResult { accepted: true })]
    }
}

pub(super) fn is_final(status: Status) -> bool {
    matches!(status, Status::Succeeded | Status::Failed | Status::Skipped | Status::Stopped | Status::Deleted)
}

fn bad_params(id: &str) -> Vec<u8> {
    refusal(id, &write::Refusal::new(code::BAD_PARAMS, "these params are not acceptable"))
}

fn no_run(id: &str) -> Vec<u8> {
    refusal(id, &write::Refusal::new(code::NO_RUN, "this belongs into a run, and to an item of it"))
}
