//! A machine on a bench: inputs in, effects sorted into what tests look at.

use crate::entry::{EntryDetail, LogErrorInfo, LogLevel};
use crate::event::{Event, InitializeFlags, Modifiers};
use crate::flags::{HandlerFlags, ItemFlags};
use crate::id::{HandlerId, ItemId};
use crate::item::{HandlerInfo, ItemInfo};
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus;
use crate::time::Timestamp;

pub(super) const A: ItemId = ItemId::from_u128(0xA);
pub(super) const B: ItemId = ItemId::from_u128(0xB);
pub(super) const FIRST: InstanceIdx = InstanceIdx(0);
pub(super) const SECOND: InstanceIdx = InstanceIdx(1);
pub(super) const UNATTENDED: Modifiers = Modifiers::empty();
pub(super) const ATTENDED: Modifiers = Modifiers::MAY_BOTHER_USER;

pub(super) struct Rig {
    pub(super) machine: Machine,
    /// What was ordered since somebody looked.
    pub(super) effects: Vec<Effect>,
    /// Ordered calls do not begin by themselves.
    pub(super) is_thread_busy: bool,
    n_handlers: usize,
    n_steps: i64,
}

impl Rig {
    pub(super) fn with(spec: SessionSpec) -> Self {
        let n_handlers = spec.handlers.len();
        let machine = Machine::new(spec);
        let mut rig = Self { machine, effects: Vec::new(), is_thread_busy: false, n_handlers, n_steps: 0 };
        rig.happens(Input::Begun);
        rig
    }

    /// A session of some handlers that has begun.
    pub(super) fn begun(n_handlers: u128, modifiers: Modifiers) -> Self {
        Self::with(spec(n_handlers, modifiers))
    }

    /// All handlers loaded with items A and B, both chosen.
    pub(super) fn chosen(n_handlers: u128, modifiers: Modifiers) -> Self {
        let mut rig = Self::begun(n_handlers, modifiers);
        for idx in (0..).take(n_handlers as usize).map(InstanceIdx) {
            rig.load(idx, HandlerFlags::empty());
            rig.happens(Input::Chosen { instance: idx, items: vec![A, B] });
        }
        rig
    }

    /// One handler, at work: `synchronize` has returned.
    pub(super) fn syncing() -> Self {
        let mut rig = Self::chosen(1, ATTENDED);
        rig.prepares(FIRST);
        rig.returns(FIRST, Returned::Synchronized(Outcome::OK));
        rig.forget();
        rig
    }

    pub(super) fn load(&mut self, instance: InstanceIdx, flags: HandlerFlags) {
        self.load_with(instance, flags, ItemFlags::empty());
    }

    /// A handler that lists A and B with these flags.
    pub(super) fn load_with(&mut self, instance: InstanceIdx, flags: HandlerFlags, item_flags: ItemFlags) {
        self.returns(instance, Returned::Created(Ok(())));
        self.returns(instance, Returned::Initialized(Outcome::OK));
        let info = HandlerInfo { name: format!("handler {}", instance.0), flags };
        self.returns(instance, Returned::InfoGiven(Ok(info)));
        let mut listing = listing(&[A, B]);
        listing.items.iter_mut().for_each(|item| item.flags = item_flags);
        self.returns(instance, Returned::Enumerated(listing));
        self.returns(instance, Returned::CallbackSet(Outcome::OK));
    }

    /// Preparation returns and completes well.
    pub(super) fn prepares(&mut self, instance: InstanceIdx) {
        self.returns(instance, Returned::Prepared(Outcome::OK));
        assert_eq!(self.calls_back(instance, Called::PrepareCompleted(Outcome::OK)), Outcome::OK);
    }

    /// Synchronization returns and completes well.
    pub(super) fn synchronizes(&mut self, instance: InstanceIdx) {
        self.returns(instance, Returned::Synchronized(Outcome::OK));
        assert_eq!(self.calls_back(instance, Called::SynchronizeCompleted(Outcome::OK)), Outcome::OK);
    }

    pub(super) fn happens(&mut self, input: Input) -> Answer {
        self.n_steps += 1;
        let (answer, effects) = self.machine.step(input, Timestamp::from_millis(self.n_steps));
        for effect in effects {
            let starting = match &effect {
                Effect::Call { instance, call: Call::PrepareForSync(_) } => {
                    Some((*instance, Starting::Prepare))
                }
                Effect::Call { instance, call: Call::Synchronize } => {
                    Some((*instance, Starting::Synchronize))
                }
                _ => None,
            };
            self.effects.push(effect);
            if let Some((instance, starting)) = starting.filter(|_| !self.is_thread_busy) {
                self.starts(instance, starting);
            }
        }
        answer
    }

    pub(super) fn returns(&mut self, instance: InstanceIdx, returned: Returned) {
        self.happens(Input::Returned { instance, returned, reason: None });
    }

    /// The same with words about an answer that is not OK.
    pub(super) fn returns_because(&mut self, instance: InstanceIdx, returned: Returned, reason: &str) {
        self.happens(Input::Returned { instance, returned, reason: Some(reason.into()) });
    }

    pub(super) fn calls_back(&mut self, instance: InstanceIdx, called: Called) -> Outcome {
        self.happens(Input::Called { instance, called }).outcome()
    }

    pub(super) fn reports(&mut self, item: ItemId, status: ItemStatus) -> Outcome {
        self.calls_back(FIRST, Called::Ended { item, status })
    }

    pub(super) fn logs(&mut self, level: LogLevel, info: LogErrorInfo) -> Outcome {
        self.calls_back(
            FIRST,
            Called::Logged { level, text: "said".into(), info, detail: EntryDetail::default() },
        )
    }

    pub(super) fn asks(&mut self, instance: InstanceIdx, request: Modeless) -> Outcome {
        self.calls_back(instance, Called::Modeless(request))
    }

    /// Whether an ordered call still begins.
    pub(super) fn starts(&mut self, instance: InstanceIdx, starting: Starting) -> bool {
        self.happens(Input::Starting { instance, starting }).outcome() == Outcome::OK
    }

    /// Whether an ordered notice is still made.
    pub(super) fn notice(&mut self, item: Option<ItemId>) -> bool {
        self.starts(FIRST, Starting::Notice(item))
    }

    fn idxs(&self) -> Vec<InstanceIdx> {
        (0..self.n_handlers).map(InstanceIdx).collect()
    }

    /// The grace time of everybody is over.
    pub(super) fn grace_ends(&mut self) {
        self.happens(Input::GraceOver(self.idxs()));
    }

    pub(super) fn forget(&mut self) {
        self.effects.clear();
    }

    /// The calls ordered since somebody looked.
    pub(super) fn calls(&mut self) -> Vec<(usize, Call)> {
        let effects = std::mem::take(&mut self.effects);
        let call = |effect| match effect {
            Effect::Call { instance, call } => Some((instance.0, call)),
            _ => None,
        };
        effects.into_iter().filter_map(call).collect()
    }

    pub(super) fn has(&self, effect: &Effect) -> bool {
        self.effects.contains(effect)
    }

    pub(super) fn statuses(&self) -> Vec<ItemStatus> {
        self.machine.rows().map(|row| row.status).collect()
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        self.machine.entries().map(|entry| entry.text.as_str()).collect()
    }

    pub(super) fn last_phase(&self, instance: InstanceIdx) -> Option<Phase> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::SetPhase { instance: of, phase } if *of == instance => Some(*phase),
            _ => None,
        })
    }
}

pub(super) fn spec(n_handlers: u128, modifiers: Modifiers) -> SessionSpec {
    SessionSpec {
        flags: InitializeFlags::new(Event::Manual, modifiers),
        handlers: (0..n_handlers).map(|n| (HandlerId::from_u128(n + 1), format!("registered {n}"))).collect(),
        stop_notice: StopNotice::Send,
        choosing: Choosing::AtOnce,
        closing: Closing::WhenSettled,
        reopen: None,
    }
}

pub(super) fn by_hand(n_handlers: u128, modifiers: Modifiers) -> SessionSpec {
    SessionSpec { closing: Closing::ByHand, ..spec(n_handlers, modifiers) }
}

pub(super) fn listing(items: &[ItemId]) -> Listing {
    let items = items.iter().map(|&id| ItemInfo::new(id, format!("item {id}")));
    Listing { items: items.collect(), end: ListingEnd::Complete }
}
