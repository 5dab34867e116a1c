//! [`Machine`]: the dispatch of inputs, and what may be asked about a session.

use super::choice::ChoicePhase;
use super::connections::Connections;
use super::dialogs::Grant;
use super::effect::{Call, Effect, Phase};
use super::input::{Answer, Called, Input, Returned};
use super::instance::{Callback, Instance, Logged, Stage};
use super::words::{Choosing, Closing, Entry, InstanceIdx, RowIdx, StopNotice};
use crate::event::{Event, InitializeFlags, Modifiers};
use crate::flags::HandlerFlags;
use crate::id::{ErrorId, HandlerId, ItemId};
use crate::item::ItemInfo;
use crate::outcome::Outcome;
use crate::status::ItemStatus;
use crate::tick::{Forgotten, Gone, Naming, forgotten_at_the_end, forgotten_by_listing};
use crate::time::Timestamp;

/// What a session is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSpec {
    /// Why it runs and what else holds.
    pub flags: InitializeFlags,
    /// The handlers that take part with their registered descriptions, in order of registration.
    pub handlers: Vec<(HandlerId, String)>,
    /// Whether handlers are told of a stop by `set_item_status`, too.
    pub stop_notice: StopNotice,
    /// Who chooses the items.
    pub choosing: Choosing,
    /// When the session ends.
    pub closing: Closing,
    /// An entry of an earlier session to be shown by its handler, in place of any work.
    pub reopen: Option<ErrorId>,
}

/// What became of an entry that was shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reopened {
    /// What `show_error` answered; `None` if it was never called.
    pub outcome: Option<Outcome>,
    /// Whether the handler deleted the entry.
    pub is_deleted: bool,
}

/// How a row stands, for the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowOutcome<'a> {
    /// Which instance.
    pub instance: InstanceIdx,
    /// Which row of it.
    pub row: RowIdx,
    /// Of which handler.
    pub handler: HandlerId,
    /// The item as listed.
    pub item: &'a ItemInfo,
    /// Final, or pending for everything open.
    pub status: ItemStatus,
}

/// One session. See the [module](super).
#[derive(Debug)]
pub struct Machine {
    pub(super) flags: InitializeFlags,
    pub(super) stop_notice: StopNotice,
    pub(super) instances: Vec<Instance>,
    pub(super) log: Vec<Logged>,
    pub(super) n_logged: u64,
    pub(super) grant: Option<Grant>,
    pub(super) connections: Connections,
    pub(super) standing: Standing,
    pub(super) hold: Hold,
    pub(super) end: End,
    pub(super) choice: ChoicePhase,
    pub(super) closing: Closing,
    pub(super) reopen: Option<ErrorId>,
    pub(super) reopened: Reopened,
    pub(super) stopped_ever: bool,
    pub(super) started: Timestamp,
    pub(super) settled_at: Timestamp,
    /// The time of the step being made.
    pub(super) now: Timestamp,
    /// The effects of the step being made.
    pub(super) effects: Vec<Effect>,
}

/// Whether work may begin and go on. A stop holds until all handlers are through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Going,
    Stopping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    None,
    Paused,
}

/// How far the session's own end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    NotBegun,
    Working,
    Settled,
    Closing,
    Finished,
}

impl Machine {
    /// A session that has not begun.
    pub fn new(spec: SessionSpec) -> Self {
        let instances = spec.handlers.iter().map(|(id, name)| Instance::new(*id, name)).collect();
        Self {
            flags: spec.flags,
            stop_notice: spec.stop_notice,
            instances,
            log: Vec::new(),
            n_logged: 0,
            grant: None,
            connections: Connections::default(),
            standing: Standing::Going,
            hold: Hold::None,
            end: End::NotBegun,
            // What is shown again was chosen when it was activated.
            choice: if spec.reopen.is_some() { ChoicePhase::AtOnce } else { spec.choosing.into() },
            closing: spec.closing,
            reopen: spec.reopen,
            reopened: Reopened::default(),
            stopped_ever: false,
            started: Timestamp::default(),
            settled_at: Timestamp::default(),
            now: Timestamp::default(),
            effects: Vec::new(),
        }
    }

    /// Takes what happened at `now`; gives the answer for whoever caused it, and what shall follow.
    #[must_use]
    pub fn step(&mut self, input: Input, now: Timestamp) -> (Answer, Vec<Effect>) {
        self.now = now;
        let may_move = input.may_move();
        let answer = self.take(input);
        if may_move {
            self.advance();
        }
        (answer, std::mem::take(&mut self.effects))
    }

    fn take(&mut self, input: Input) -> Answer {
        let outcome = match input {
            Input::Called { instance, called } => return self.called(instance, called),
            Input::ConnectionTried { instance, name, result } => {
                self.connection_tried(instance, name, result)
            }
            Input::Starting { instance, starting } => self.starting(instance, starting),
            Input::PropertiesAsked { instance, item } => return self.properties_asked(instance, item),
            Input::Marked { instance, item, check } => return self.marked(instance, item, check),
            Input::BeginAsked => return self.begin_asked(),
            other => {
                self.happened(other);
                Outcome::OK
            }
        };
        Answer::Outcome(outcome)
    }

    /// The inputs nobody waits for an answer to.
    fn happened(&mut self, input: Input) {
        match input {
            Input::Begun => self.begin(),
            Input::Returned { instance, returned, reason } => {
                self.at_mut(instance).reason = reason;
                self.returned(instance, returned);
            }
            Input::Chosen { instance, items } => self.chosen(instance, &items),
            Input::SkipAsked(item) => self.skip_asked(item),
            Input::StopAsked => self.stop_asked(),
            Input::PauseAsked => self.set_hold(Hold::Paused),
            Input::ResumeAsked => self.set_hold(Hold::None),
            Input::EntryActivated(number) => self.entry_activated(number),
            Input::CloseAsked => {
                self.closing = Closing::WhenSettled;
                self.choice_closed();
            }
            Input::GraceOver(instances) => self.grace_over(&instances),
            Input::Called { .. }
            | Input::ConnectionTried { .. }
            | Input::Starting { .. }
            | Input::PropertiesAsked { .. }
            | Input::Marked { .. }
            | Input::BeginAsked => {}
        }
    }

    fn called(&mut self, instance: InstanceIdx, called: Called) -> Answer {
        if self.at(instance).callback == Callback::Dead {
            return Answer::Outcome(Outcome::UNEXPECTED);
        }
        let outcome = match called {
            Called::ConnectionAsked(name) => return self.connection_asked(instance, name),
            Called::PropertiesCompleted(outcome) => self.properties_completed(instance, outcome),
            Called::PrepareCompleted(outcome) => self.prepare_completed(instance, outcome),
            Called::SynchronizeCompleted(outcome) => self.synchronize_completed(instance, outcome),
            Called::ErrorCompleted(outcome, items) => self.error_completed(instance, outcome, &items),
            Called::Modeless(request) => self.modeless(instance, request),
            Called::Ended { item, status } => self.row_ended(instance, item, status),
            Called::Logged { level, text, info, detail } => self.logged(instance, level, text, &info, detail),
            Called::LogDeleted(error) => self.log_deleted(instance, error),
            Called::Halted(item) => self.halted(instance, item),
        };
        Answer::Outcome(outcome)
    }

    fn returned(&mut self, instance: InstanceIdx, returned: Returned) {
        match (&self.at(instance).stage, &returned) {
            // Abandoned: its thread came back after all, and nobody waits for it.
            (Stage::Released, _) => return,
            (Stage::Releasing, Returned::Released | Returned::Panicked { .. }) => {}
            // A call that was made before the drop was ordered; what it brings is for nobody any more.
            (Stage::Releasing, _) => return,
            _ => {}
        }
        match returned {
            Returned::Created(result) => self.created(instance, result),
            Returned::Initialized(outcome) => self.initialized(instance, outcome),
            Returned::InfoGiven(info) => self.info_given(instance, info),
            Returned::Enumerated(listing) => self.enumerated(instance, listing),
            Returned::CallbackSet(outcome) => self.callback_set(instance, outcome),
            Returned::PropertiesShown(outcome) => self.properties_returned(instance, outcome),
            Returned::Prepared(outcome) => self.prepare_returned(instance, outcome),
            Returned::Synchronized(outcome) => self.synchronize_returned(instance, outcome),
            Returned::ErrorShown(outcome) => self.error_returned(instance, outcome),
            Returned::Released => {
                // What is done stands; that it could not even end is worth knowing.
                self.note_reason(instance, "did not end well");
                self.at_mut(instance).stage = Stage::Released;
            }
            Returned::Panicked { method, text } => self.panicked(instance, method, &text),
        }
    }

    /// Decides what may start and what is over. The only place where either is decided.
    fn advance(&mut self) {
        if matches!(self.end, End::NotBegun | End::Finished) {
            return;
        }
        self.start_what_may();
        let n_busy = self.instances.iter().filter(|instance| instance.is_busy()).count();
        if n_busy == 0 {
            self.close_connections();
            if self.end == End::Working {
                self.settle();
            }
        }
        // Settled, the most that can be going on is an error being shown, and closing does not wait for that.
        if self.end == End::Settled && self.closing == Closing::WhenSettled {
            self.end = End::Closing;
            if self.stopped_ever || self.choice == ChoicePhase::Closed {
                // Who was stopped, or sent away from the list, must not hang in letting go either.
                self.effects.push(Effect::ArmGrace);
            }
        }
        if self.end == End::Closing {
            self.release_all();
            if self.instances.iter().all(|instance| instance.stage == Stage::Released) {
                self.end = End::Finished;
                self.effects.push(Effect::TellFinished);
            }
        }
    }

    fn settle(&mut self) {
        self.end = End::Settled;
        self.settled_at = self.now;
        // A retry is a fresh wish of the user: neither an old stop nor an old pause holds for it.
        self.standing = Standing::Going;
        self.hold = Hold::None;
        if self.closing == Closing::ByHand {
            self.effects.push(Effect::TellSettled);
        }
    }

    pub(super) fn at(&self, instance: InstanceIdx) -> &Instance {
        &self.instances[instance.0]
    }

    pub(super) fn at_mut(&mut self, instance: InstanceIdx) -> &mut Instance {
        &mut self.instances[instance.0]
    }

    pub(super) fn idxs(&self) -> impl Iterator<Item = InstanceIdx> + use<> {
        (0..self.instances.len()).map(InstanceIdx)
    }

    pub(super) fn call(&mut self, instance: InstanceIdx, call: Call) {
        self.effects.push(Effect::Call { instance, call });
    }

    pub(super) fn set_phase(&mut self, instance: InstanceIdx, phase: Phase) {
        self.effects.push(Effect::SetPhase { instance, phase });
    }

    /// The phase of an instance in its run.
    pub(super) fn running_phase(&self) -> Phase {
        match (self.standing, self.hold) {
            (Standing::Stopping, _) => Phase::Stopping,
            (Standing::Going, Hold::Paused) => Phase::Paused,
            (Standing::Going, Hold::None) => Phase::Open,
        }
    }

    pub(super) fn is_settings(&self) -> bool {
        self.flags.modifiers.contains(Modifiers::SETTINGS)
    }

    /// Whether the session is over: nothing that happens changes it any more.
    pub fn is_finished(&self) -> bool {
        self.end == End::Finished
    }

    /// Whether somebody stopped the session while it worked.
    pub fn was_stopped(&self) -> bool {
        self.stopped_ever
    }

    /// When the session began.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When its last handler was through.
    pub fn settled_at(&self) -> Timestamp {
        self.settled_at
    }

    /// All entries that were not deleted, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.log.iter().map(|logged| &logged.entry)
    }

    /// The rows that take part or took part, in order of handlers and items.
    pub fn rows(&self) -> impl Iterator<Item = RowOutcome<'_>> {
        self.idxs().zip(&self.instances).flat_map(|(idx, instance)| {
            let rows = instance.row_idxs().zip(&instance.rows).zip(&instance.items);
            rows.filter(|((_, row), _)| row.seen).map(move |((row, state), item)| RowOutcome {
                instance: idx,
                row,
                handler: instance.handler,
                item,
                status: state.status,
            })
        })
    }

    /// The display name of an instance's handler, as far as it is known.
    pub fn handler_name(&self, instance: InstanceIdx) -> &str {
        &self.at(instance).name
    }

    /// What an instance's handler declares, as far as it is known.
    pub fn handler_flags(&self, instance: InstanceIdx) -> HandlerFlags {
        self.at(instance).flags
    }

    /// The items an instance listed.
    pub fn items(&self, instance: InstanceIdx) -> &[ItemInfo] {
        &self.at(instance).items
    }

    /// Whether an instance's last enumeration named all its items, so that what is stored about others may go.
    pub fn is_listing_complete(&self, instance: InstanceIdx) -> bool {
        self.at(instance).listing_complete
    }

    /// The items of an instance whose ticks go, given those about which something is stored.
    pub fn forgotten(&self, instance: InstanceIdx, remembered: &[ItemId]) -> Vec<Forgotten> {
        if self.flags.is_dry_run() {
            return Vec::new();
        }
        let at = self.at(instance);
        let handler = at.handler;
        let is_deleted = |row: &RowIdx| at.row(*row).status == ItemStatus::Deleted;
        let deleted = at.row_idxs().filter(is_deleted).map(|row| at.items[row.0].id);
        let deleted = deleted.chain(at.deleted.iter().copied());
        let deleted = deleted.map(|item| Forgotten { handler, item, why: Gone::Deleted });
        // A program may have asked, by its cookie, about a few items only; it changes nothing the user has chosen.
        let is_whole = at.listing_complete && self.flags.event != Event::Invoke;
        let naming = if is_whole { Naming::All } else { Naming::Some };
        let mut forgotten: Vec<Forgotten> = deleted.collect();
        forgotten.extend(forgotten_by_listing(handler, remembered, &at.items, naming));
        forgotten.extend(forgotten_at_the_end(handler, &at.items));
        let mut told = std::collections::HashSet::new();
        forgotten.retain(|gone| told.insert(gone.item));
        forgotten
    }

    /// Why an instance's handler takes no part, if it said so politely.
    pub fn declined(&self, instance: InstanceIdx) -> Option<&str> {
        self.at(instance).declined.as_deref()
    }

    /// What became of the entry this session was to show again, if it was.
    pub fn reopened(&self) -> Option<Reopened> {
        self.reopen.map(|_| self.reopened)
    }

    /// The row of an item, in the first instance that lists it and shows it.
    pub fn find_row(&self, item: ItemId) -> Option<(InstanceIdx, RowIdx)> {
        self.idxs().find_map(|idx| Some((idx, self.at(idx).row_idx(item)?)))
    }
}
