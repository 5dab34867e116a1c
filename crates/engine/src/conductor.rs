//! The loop of a session: performs effects, passes events on, keeps the grace time.
//!
//! It never waits for a reader or a handler. Events that the reader has no room for yet stay in an outbox, which facts
//! cannot fill without bound because each holds one of a fixed number of places.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Select, Sender, TrySendError, unbounded};
use syncmgr_model::id::ItemId;
use syncmgr_model::item::ItemInfo;
use syncmgr_model::session::{Call, Effect, Input, InstanceIdx, Returned};

use crate::report::SessionEvent;
use crate::request::Choice;
use crate::shared::{Order, Shared};
use crate::worker::Worker;

pub(crate) struct Conductor {
    shared: Arc<Shared>,
    choose: Choice,
    grace: Duration,
    orders: Receiver<Order>,
    /// `None` as soon as nobody reads.
    events: Option<Sender<SessionEvent>>,
    outbox: VecDeque<SessionEvent>,
    workers: Vec<Option<Sender<Call>>>,
    /// Whose grace time is over when.
    graces: BTreeMap<Instant, Vec<InstanceIdx>>,
    is_finished: bool,
}

/// What the loop woke up for.
enum Wake {
    Order(Order),
    Room,
    GraceOver,
}

impl Conductor {
    pub(crate) fn new(
        shared: Arc<Shared>,
        choose: Choice,
        grace: Duration,
        orders: Receiver<Order>,
        events: Sender<SessionEvent>,
    ) -> Self {
        let workers = shared.handlers.iter().map(|_| None).collect();
        Self {
            shared,
            choose,
            grace,
            orders,
            events: Some(events),
            outbox: VecDeque::new(),
            workers,
            graces: BTreeMap::new(),
            is_finished: false,
        }
    }

    pub(crate) fn run(mut self) {
        loop {
            self.pass_events_on();
            if self.is_finished && self.outbox.is_empty() {
                return;
            }
            match self.wait() {
                Wake::Order(Order::Perform(effect)) => self.perform(effect),
                Wake::Order(Order::TellFact { item, fact }) => {
                    self.outbox.push_back(SessionEvent::Fact { item, fact });
                }
                Wake::Order(Order::CallQuestionsOff(instance)) => self.shared.call_questions_off(instance),
                Wake::Order(Order::Tell(event)) => self.outbox.push_back(event),
                Wake::Order(Order::IgnoreEvents) => self.lose_reader(),
                Wake::Room => {}
                Wake::GraceOver => {
                    if let Some((_, instances)) = self.graces.pop_first() {
                        self.shared.step(Input::GraceOver(instances));
                    }
                }
            }
        }
    }

    /// Hands the reader what it has room for.
    fn pass_events_on(&mut self) {
        while let Some(event) = self.outbox.pop_front() {
            let is_fact = matches!(event, SessionEvent::Fact { .. });
            let sent = match &self.events {
                Some(events) => events.try_send(event),
                None => Ok(()),
            };
            match sent {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.outbox.push_front(event);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => self.lose_reader(),
            }
            if is_fact {
                self.shared.room.leave();
            }
        }
    }

    fn lose_reader(&mut self) {
        self.events = None;
    }

    fn wait(&self) -> Wake {
        let deadline = self.graces.keys().next().copied();
        match (&self.events, self.outbox.is_empty()) {
            (Some(events), false) => self.wait_for_room_or_order(events, deadline),
            _ => match deadline {
                Some(deadline) => match self.orders.recv_deadline(deadline) {
                    Ok(order) => Wake::Order(order),
                    Err(RecvTimeoutError::Timeout) => Wake::GraceOver,
                    Err(RecvTimeoutError::Disconnected) => Wake::Room,
                },
                // The shared, which we hold, holds a sender: there is always a next order until we return.
                None => self.orders.recv().map_or(Wake::Room, Wake::Order),
            },
        }
    }

    fn wait_for_room_or_order(&self, events: &Sender<SessionEvent>, deadline: Option<Instant>) -> Wake {
        let mut select = Select::new();
        let order = select.recv(&self.orders);
        let room = select.send(events);
        let ready = match deadline {
            Some(deadline) => select.ready_deadline(deadline),
            None => Ok(select.ready()),
        };
        match ready {
            Ok(which) if which == order => self.orders.try_recv().map_or(Wake::Room, Wake::Order),
            Ok(which) => {
                debug_assert_eq!(which, room);
                Wake::Room
            }
            Err(_) => Wake::GraceOver,
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Call { instance, call } => self.call(instance, call),
            Effect::AskChoice { instance, items } => self.choose(instance, &items),
            Effect::TellListing(instance) => self.outbox.push_back(self.shared.listed(instance)),
            Effect::TellPropertiesGone { instance, item } => {
                let handler = self.shared.handlers[instance.0].id;
                self.outbox.push_back(SessionEvent::PropertiesGone { handler, item });
            }
            Effect::TellRow(row) => self.outbox.push_back(SessionEvent::Row(row)),
            Effect::TellRowFinal { item, status } => {
                self.outbox.push_back(SessionEvent::RowFinal { item, status });
            }
            Effect::TellEntry(entry) => self.outbox.push_back(SessionEvent::Entry(entry)),
            Effect::TellEntriesDeleted(numbers) => {
                self.outbox.push_back(SessionEvent::EntriesDeleted(numbers));
            }
            // Here and not on a thread of its own: nothing of the session works any more when it comes.
            Effect::CloseConnection(name) => self.shared.services.connector.close(name.as_deref()),
            Effect::ArmGrace => self.arm_grace(),
            Effect::Abandon(instance) => self.workers[instance.0] = None,
            Effect::TellSettled => {
                self.outbox.push_back(SessionEvent::Settled(self.shared.make_report()));
            }
            Effect::TellFinished => {
                self.is_finished = true;
                self.graces.clear();
                let report = self.shared.finish();
                self.outbox.push_back(SessionEvent::Finished(report));
            }
            Effect::ItemsFixed { .. }
            | Effect::SetPhase { .. }
            | Effect::SetVerdict { .. }
            | Effect::SetStatus { .. } => {
                debug_assert!(false, "performed where it was decided");
            }
        }
    }

    fn arm_grace(&mut self) {
        let now = Instant::now();
        self.graces.clear();
        for (idx, handler) in self.shared.handlers.iter().enumerate() {
            // A grace beyond the end of time never ends.
            if let Some(over) = now.checked_add(handler.grace.unwrap_or(self.grace)) {
                self.graces.entry(over).or_default().push(InstanceIdx(idx));
            }
        }
    }

    fn call(&mut self, instance: InstanceIdx, call: Call) {
        if call == Call::Create
            && let Err(reason) = self.start_worker(instance)
        {
            let returned = Returned::Created(Err(format!("no thread for it: {reason}")));
            self.shared.step(Input::Returned { instance, returned, reason: None });
            return;
        }
        let is_last = call == Call::Release;
        if let Some(worker) = &self.workers[instance.0] {
            // A worker ends only after its last call.
            let _ = worker.send(call);
        }
        if is_last {
            self.workers[instance.0] = None;
        }
    }

    /// Starts the instance's own thread. It is not joined: a well-behaved one reports its end as `Released`, and nobody
    /// could wait for any other.
    fn start_worker(&mut self, instance: InstanceIdx) -> std::io::Result<()> {
        let (calls, ordered) = unbounded();
        let worker = Worker::new(&self.shared, instance);
        let name = format!("handler-{}", self.shared.handlers[instance.0].description.replace('\0', ""));
        thread::Builder::new().name(name).spawn(move || worker.run(&ordered))?;
        self.workers[instance.0] = Some(calls);
        Ok(())
    }

    fn choose(&self, instance: InstanceIdx, items: &[ItemInfo]) {
        let handler = self.shared.handlers[instance.0].id;
        let pick = || -> Vec<ItemId> {
            items.iter().filter(|item| (self.choose)(handler, item)).map(|item| item.id).collect()
        };
        // A choice that panics chooses nothing.
        let items = catch_unwind(AssertUnwindSafe(pick)).unwrap_or_default();
        self.shared.step(Input::Chosen { instance, items });
    }
}
