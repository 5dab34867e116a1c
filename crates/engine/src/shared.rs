//! What all threads of a session share: the machine behind its lock, the rows, and the way to the session's loop.
//!
//! The lock is a plain mutex and is held for one pure step and the writes that belong to it, never while a handler
//! method, a connector or anything else of others runs. Effects enter the loop's queue while it is held, so the loop
//! sees them in the order in which they were decided.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crossbeam_channel::Sender;
use syncmgr_model::fact::{Fact, Totals};
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::session::{
    Answer, Effect, Input, InstanceIdx, Machine, Phase, RowIdx, RowVerdict, SessionSpec,
};
use syncmgr_model::tick::Forgotten;

use crate::gate::{Bell, Changes, Entrance, Room};
use crate::questions::Questions;
use crate::report::{Halt, HandlerListing, ItemReport, OpenConflict, RowView, SessionEvent, SessionReport};
use crate::request::{Detail, HandlerEntry, SessionRequest};
use crate::rows::{RowTable, Touch};
use crate::services::Services;

/// How many events may wait for the reader.
pub(crate) const EVENT_ROOM: usize = 4096;

/// What the loop has to do.
pub(crate) enum Order {
    Perform(Effect),
    TellFact {
        item: ItemId,
        fact: Fact,
    },
    /// One of a bounded number that nobody decided: a question, or the end of one.
    Tell(SessionEvent),
    /// The instance was stopped or is through: its questions need no answer any more.
    CallQuestionsOff(InstanceIdx),
    IgnoreEvents,
}

/// An instance's part of what is shared with its callback.
#[repr(align(128))]
pub(crate) struct Lane {
    phase: AtomicU8,
    /// Counts the times a wait of this instance was called off.
    n_breaks: AtomicU32,
    rows: OnceLock<RowTable>,
    pub(crate) changes: Arc<Changes>,
    /// Rung whenever the answer to a waiting progress call or connection may have changed.
    pub(crate) bell: Arc<Bell>,
    /// Rung likewise, for whoever cannot wait for that bell. Never held together with anything but the machine.
    listener: Mutex<Option<Listener>>,
    /// By row. Never held together with anything but the machine, which comes first.
    tallies: Mutex<Vec<Tally>>,
}

/// Is told that a verdict may have changed; does not block and does not call back.
pub(crate) type Listener = Box<dyn Fn() + Send + Sync>;

/// What the facts of a row add up to.
#[derive(Default, Clone)]
struct Tally {
    totals: Totals,
    conflicts: Vec<OpenConflict>,
    problems: u64,
    halt: Option<Halt>,
}

impl Lane {
    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        Phase::from_number(self.phase.load(Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn rows(&self) -> Option<&RowTable> {
        self.rows.get()
    }

    #[inline]
    pub(crate) fn touched(&self, touch: Touch) {
        if touch == Touch::FirstSinceSample {
            self.changes.tell();
        }
    }

    pub(crate) fn n_breaks(&self) -> u32 {
        self.n_breaks.load(Ordering::Acquire)
    }

    /// Has `listener` told of changes from now on, instead of the one before.
    pub(crate) fn listen(&self, listener: Listener) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// The verdict of the instance or of a row may have changed. The change must be visible before.
    fn announce(&self) {
        self.bell.ring();
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener();
        }
    }

    fn tallies(&self) -> MutexGuard<'_, Vec<Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, row: RowIdx, fact: &Fact) {
        let mut tallies = self.tallies();
        let Some(tally) = tallies.get_mut(row.0) else { return };
        match fact {
            Fact::Change { .. } => {}
            Fact::Conflict { path, kind } => {
                tally.conflicts.push(OpenConflict { path: path.clone(), kind: *kind });
            }
            Fact::Problem { .. } => tally.problems += 1,
            Fact::Halt { rule, text } => {
                tally.halt = Some(Halt { rule: rule.clone(), text: text.clone() });
            }
            Fact::Totals(totals) => tally.totals = *totals,
        }
    }
}

pub(crate) struct Shared {
    machine: Mutex<Machine>,
    pub(crate) id: SessionId,
    spec: SessionSpec,
    pub(crate) cookie: Option<Vec<u8>>,
    pub(crate) handlers: Vec<HandlerEntry>,
    pub(crate) detail: Detail,
    pub(crate) services: Services,
    pub(crate) lanes: Vec<Arc<Lane>>,
    pub(crate) changes: Arc<Changes>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) room: Room,
    pub(crate) questions: Questions,
    ignoring_events: AtomicBool,
    orders: Sender<Order>,
    report: OnceLock<SessionReport>,
    /// Rung once, when the report is there; apart from the other bell so that who waits for the end sleeps till then.
    finished: Bell,
}

impl Shared {
    pub(crate) fn new(request: &SessionRequest, services: Services, orders: Sender<Order>) -> Self {
        let handlers = request.handlers.iter().map(|entry| (entry.id, entry.description.clone()));
        let spec = SessionSpec {
            flags: request.flags,
            handlers: handlers.collect(),
            stop_notice: request.stop_notice,
            choosing: request.choosing,
            closing: request.closing,
            reopen: request.reopen,
        };
        let changes = Arc::<Changes>::default();
        let bell = Arc::<Bell>::default();
        let lane = || Lane {
            phase: AtomicU8::new(Phase::Closed as u8),
            n_breaks: AtomicU32::new(0),
            rows: OnceLock::new(),
            changes: changes.clone(),
            bell: bell.clone(),
            listener: Mutex::default(),
            tallies: Mutex::default(),
        };
        Self {
            machine: Mutex::new(Machine::new(spec.clone())),
            id: request.id,
            cookie: request.cookie.clone(),
            lanes: request.handlers.iter().map(|_| Arc::new(lane())).collect(),
            handlers: request.handlers.clone(),
            detail: request.detail,
            spec,
            services,
            changes,
            bell,
            room: Room::new(EVENT_ROOM),
            questions: Questions::new(request.answers),
            ignoring_events: AtomicBool::new(false),
            orders,
            report: OnceLock::new(),
            finished: Bell::default(),
        }
    }

    pub(crate) fn flags(&self) -> syncmgr_model::event::InitializeFlags {
        self.spec.flags
    }

    /// Takes one step and sees to it that its effects are performed: the writes to rows at once, the rest in the loop.
    pub(crate) fn step(&self, input: Input) -> Answer {
        let now = self.services.clock.now();
        let mut machine = self.machine();
        let (answer, effects) = machine.step(input, now);
        for effect in effects {
            self.perform_or_order(effect);
        }
        answer
    }

    /// A step that is taken only while the session lives.
    pub(crate) fn step_unless_finished(&self, input: Input) -> Option<Answer> {
        // The answer cannot turn stale in between: a finished session stays finished, and an unfinished one that
        // finishes meanwhile takes the input as one of its last.
        if self.machine().is_finished() { None } else { Some(self.step(input)) }
    }

    fn perform_or_order(&self, effect: Effect) {
        match effect {
            Effect::ItemsFixed { instance, items } => {
                let handler = self.handlers[instance.0].id;
                let lane = self.lane(instance);
                *lane.tallies() = vec![Tally::default(); items.len()];
                // The machine fixes the items of an instance once.
                let _ = lane.rows.set(RowTable::new(handler, &items));
            }
            Effect::SetPhase { instance, phase } => self.set_phase(instance, phase),
            Effect::SetVerdict { instance, row, verdict } => {
                let lane = self.lane(instance);
                if let Some(rows) = lane.rows() {
                    rows.slot(row).set_verdict(verdict);
                    // Only a skip lets a waiting call go; what opens or closes a row comes with a phase.
                    if verdict == RowVerdict::Skip {
                        lane.announce();
                    }
                }
            }
            Effect::SetStatus { instance, row, status } => {
                let lane = self.lane(instance);
                if let Some(rows) = lane.rows() {
                    rows.slot(row).decide_status(status);
                }
                if !status.is_final() {
                    lane.tallies()[row.0] = Tally::default();
                } else if lane.phase() == Phase::Paused {
                    self.bell.ring();
                }
                self.changes.tell();
            }
            // Without a loop there is nobody left to do it for: the session is over.
            other => drop(self.orders.send(Order::Perform(other))),
        }
    }

    fn set_phase(&self, instance: InstanceIdx, phase: Phase) {
        let lane = self.lane(instance);
        lane.phase.store(phase as u8, Ordering::Release);
        match phase {
            Phase::Stopping => {
                lane.n_breaks.fetch_add(1, Ordering::AcqRel);
                self.room.open();
            }
            Phase::Closed => {
                lane.n_breaks.fetch_add(1, Ordering::AcqRel);
            }
            Phase::Open if !self.ignoring_events.load(Ordering::Relaxed) => self.room.close(),
            Phase::Open | Phase::Paused => {}
        }
        lane.announce();
        self.changes.tell();
        if matches!(phase, Phase::Stopping | Phase::Closed) {
            // Answered by the loop: who asked may call back, and this step is not over.
            drop(self.orders.send(Order::CallQuestionsOff(instance)));
        }
    }

    pub(crate) fn lane(&self, instance: InstanceIdx) -> &Arc<Lane> {
        &self.lanes[instance.0]
    }

    /// Sends a fact on its way, waiting for room unless the session was stopped.
    pub(crate) fn tell_fact(&self, item: ItemId, fact: Fact) {
        if self.room.enter() == Entrance::Taken {
            drop(self.orders.send(Order::TellFact { item, fact }));
        }
    }

    /// Sends an event on its way, of which there are never many.
    pub(crate) fn tell(&self, event: SessionEvent) {
        drop(self.orders.send(Order::Tell(event)));
    }

    pub(crate) fn ignore_events(&self) {
        self.ignoring_events.store(true, Ordering::Relaxed);
        self.room.open();
        drop(self.orders.send(Order::IgnoreEvents));
    }

    pub(crate) fn views(&self) -> Vec<RowView> {
        self.changes.seen();
        let mut views = Vec::new();
        for lane in &self.lanes {
            if let Some(rows) = lane.rows() {
                rows.views(lane.phase() == Phase::Paused, &mut views);
            }
        }
        views
    }

    pub(crate) fn make_report(&self) -> SessionReport {
        let machine = self.machine();
        let items = machine.rows().map(|outcome| {
            let tally = self.lane(outcome.instance).tallies()[outcome.row.0].clone();
            ItemReport {
                item: outcome.item.id,
                handler: outcome.handler,
                name: outcome.item.display_name().into_owned(),
                status: outcome.status,
                totals: tally.totals,
                conflicts: tally.conflicts,
                problems: tally.problems,
                halt: tally.halt,
            }
        });
        SessionReport {
            id: self.id,
            event: self.spec.flags.event,
            dry_run: self.spec.flags.is_dry_run(),
            started: machine.started(),
            finished: machine.settled_at(),
            stopped: machine.was_stopped(),
            items: items.collect(),
            begun: machine.is_begun(),
            forget: self.forgotten(&machine),
            reopened: machine.reopened(),
            entries: machine.entries().cloned().collect(),
        }
    }

    fn forgotten(&self, machine: &Machine) -> Vec<Forgotten> {
        let handlers = self.handlers.iter().enumerate();
        handlers.flat_map(|(idx, entry)| machine.forgotten(InstanceIdx(idx), &entry.remembered)).collect()
    }

    /// Makes the report the last word of the session and wakes who waits for it.
    pub(crate) fn finish(&self) -> SessionReport {
        let report = self.report.get_or_init(|| self.make_report()).clone();
        self.finished.ring();
        report
    }

    pub(crate) fn wait(&self) -> SessionReport {
        self.finished.wait_for(|| self.report.get().cloned())
    }

    pub(crate) fn listings(&self) -> Vec<HandlerListing> {
        let machine = self.machine();
        (0..self.handlers.len()).map(|idx| self.listing(&machine, InstanceIdx(idx))).collect()
    }

    fn listing(&self, machine: &Machine, instance: InstanceIdx) -> HandlerListing {
        let handler = self.handlers[instance.0].id;
        let problem = machine.entries().find(|line| line.handler == Some(handler));
        HandlerListing {
            handler,
            name: machine.handler_name(instance).to_owned(),
            flags: machine.handler_flags(instance),
            items: machine.items(instance).to_vec(),
            complete: machine.is_listing_complete(instance),
            problem: problem.map(|line| line.text.clone()),
            declined: machine.declined(instance).map(str::to_owned),
        }
    }

    /// What a handler lists in a choice by hand.
    pub(crate) fn listed(&self, instance: InstanceIdx) -> SessionEvent {
        let machine = self.machine();
        let checked = machine.checked(instance);
        SessionEvent::Listed { listing: self.listing(&machine, instance), checked }
    }

    pub(crate) fn machine(&self) -> MutexGuard<'_, Machine> {
        // A step that panicked has left the machine as it was between two assignments; the session can still be ended.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
