//! Everything that can happen, in any order: rules that must hold whatever comes.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;

use super::rig::*;
use crate::entry::{EntryDetail, LogErrorInfo, LogLevel};
use crate::event::Modifiers;
use crate::flags::{ErrorFlags, HandlerFlags};
use crate::id::{ErrorId, ItemId};
use crate::item::{CheckState, HandlerInfo};
use crate::outcome::Outcome;
use crate::session::*;
use crate::status::ItemStatus;
use crate::time::Timestamp;

const N_HANDLERS: usize = 3;

/// One thing that is made to happen. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Event {
    /// The thread of a handler takes its next call and comes back from the one before.
    Work {
        instance: usize,
        outcome: Outcome,
    },
    Call {
        instance: usize,
        called: Called,
    },
    User(Input),
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        6 => Just(Outcome::OK),
        1 => Just(Outcome::FALSE),
        1 => Just(Outcome::FAIL),
        1 => Just(Outcome::ENUM_ITEMS),
        1 => Just(Outcome::ITEM_DELETED),
        1 => Just(Outcome::RETRY_SYNC),
    ]
}

fn any_item() -> impl Strategy<Value = ItemId> {
    prop_oneof![4 => Just(A), 4 => Just(B), 1 => Just(ItemId::NIL), 1 => Just(ItemId::from_u128(9))]
}

fn any_status() -> impl Strategy<Value = ItemStatus> {
    proptest::sample::select(ItemStatus::ALL.to_vec())
}

fn any_called() -> impl Strategy<Value = Called> {
    let info = |item| LogErrorInfo {
        flags: Some(ErrorFlags::ENABLE_JUMP_TEXT),
        error: Some(ErrorId::from_u128(1)),
        item,
    };
    prop_oneof![
        3 => any_outcome().prop_map(Called::PrepareCompleted),
        3 => any_outcome().prop_map(Called::SynchronizeCompleted),
        1 => any_outcome().prop_map(Called::PropertiesCompleted),
        2 => (any_outcome(), prop::collection::vec(any_item(), 0..3))
            .prop_map(|(outcome, items)| Called::ErrorCompleted(outcome, items)),
        1 => prop_oneof![Just(Modeless::Ask), Just(Modeless::Done)].prop_map(Called::Modeless),
        3 => (any_item(), any_status()).prop_map(|(item, status)| Called::Ended { item, status }),
        2 => prop::option::of(any_item())
            .prop_map(move |item| Called::Logged { level: LogLevel::Error, text: "x".into(), info: info(item), detail: EntryDetail::default() }),
        1 => prop::option::of(Just(ErrorId::from_u128(1))).prop_map(Called::LogDeleted),
        1 => prop::option::of(Just("net".to_owned())).prop_map(Called::ConnectionAsked),
        1 => any_item().prop_map(Called::Halted),
    ]
}

fn any_user() -> impl Strategy<Value = Input> {
    let instance = || (0..N_HANDLERS).prop_map(InstanceIdx);
    prop_oneof![
        6 => (instance(), prop::collection::vec(any_item(), 0..4))
            .prop_map(|(instance, items)| Input::Chosen { instance, items }),
        1 => (instance(), prop::option::of(any_item()))
            .prop_map(|(instance, item)| Input::PropertiesAsked { instance, item }),
        3 => (instance(), any_item(), prop_oneof![Just(CheckState::Checked), Just(CheckState::Unchecked)])
            .prop_map(|(instance, item, check)| Input::Marked { instance, item, check }),
        2 => Just(Input::BeginAsked),
        3 => any_item().prop_map(Input::SkipAsked),
        1 => Just(Input::StopAsked),
        1 => Just(Input::PauseAsked),
        1 => Just(Input::ResumeAsked),
        2 => (0..6u64).prop_map(Input::EntryActivated),
        1 => Just(Input::CloseAsked),
        1 => prop::collection::vec(instance(), 0..3).prop_map(Input::GraceOver),
        1 => instance().prop_map(|instance| Input::ConnectionTried {
            instance,
            name: None,
            result: Connecting::Opened,
        }),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0..N_HANDLERS, any_outcome()).prop_map(|(instance, outcome)| Event::Work { instance, outcome }),
        6 => (0..N_HANDLERS, any_called()).prop_map(|(instance, called)| Event::Call { instance, called }),
        3 => any_user().prop_map(Event::User),
    ]
}

/// The handlers' threads and the rules.
struct World {
    machine: Machine,
    queues: [VecDeque<Call>; N_HANDLERS],
    running: [Option<Call>; N_HANDLERS],
    prepared_ok: [u32; N_HANDLERS],
    synchronized: [u32; N_HANDLERS],
    /// Completions that were accepted, by the state of the method: for the window rule.
    completed: [bool; N_HANDLERS],
    returned: [bool; N_HANDLERS],
    released: [bool; N_HANDLERS],
    statuses: HashMap<(InstanceIdx, RowIdx), ItemStatus>,
    n_opened: i64,
    is_finished: bool,
    /// Preparations and synchronizations that began.
    n_begun: u32,
    n_steps: i64,
}

impl World {
    fn new(spec: SessionSpec) -> Self {
        let mut world = Self {
            machine: Machine::new(spec),
            queues: Default::default(),
            running: Default::default(),
            prepared_ok: [0; N_HANDLERS],
            synchronized: [0; N_HANDLERS],
            completed: [false; N_HANDLERS],
            returned: [false; N_HANDLERS],
            released: [false; N_HANDLERS],
            statuses: HashMap::new(),
            n_opened: 0,
            is_finished: false,
            n_begun: 0,
            n_steps: 0,
        };
        world.feed(Input::Begun);
        world
    }

    fn feed(&mut self, input: Input) -> Answer {
        self.n_steps += 1;
        if matches!(input, Input::ConnectionTried { result: Connecting::Opened, .. }) && !self.is_finished {
            self.n_opened += 1;
        }
        let (answer, effects) = self.machine.step(input, Timestamp::from_millis(self.n_steps));
        for effect in effects {
            self.perform(effect);
        }
        answer
    }

    fn perform(&mut self, effect: Effect) {
        assert!(
            !self.is_finished || matches!(effect, Effect::CloseConnection(_)),
            "after the end: {effect:?}"
        );
        match effect {
            Effect::Call { instance, call } => {
                assert!(!self.released[instance.0], "{call:?} after the release was ordered");
                if call == Call::Release {
                    self.released[instance.0] = true;
                }
                self.queues[instance.0].push_back(call);
            }
            Effect::Abandon(instance) => {
                self.released[instance.0] = true;
                self.queues[instance.0].clear();
                self.running[instance.0] = None;
            }
            Effect::SetStatus { instance, row, status } => {
                let before = self.statuses.insert((instance, row), status);
                if let Some(before) = before.filter(|before| before.is_final()) {
                    let is_allowed = matches!(status, ItemStatus::Failed | ItemStatus::Pending);
                    assert!(is_allowed, "{before} left for {status}");
                }
            }
            Effect::CloseConnection(_) => self.n_opened -= 1,
            Effect::TellFinished => self.is_finished = true,
            _ => {}
        }
    }

    /// Comes back from the running call, or takes the next one.
    fn work(&mut self, instance: usize, outcome: Outcome) {
        let idx = InstanceIdx(instance);
        if let Some(call) = self.running[instance].take() {
            if let Some(returned) = came_back(call, outcome) {
                match returned {
                    Returned::Prepared(Outcome::OK) => self.returned[instance] = true,
                    Returned::Synchronized(Outcome::OK) => self.returned[instance] = true,
                    _ => {}
                }
                if let Returned::Prepared(outcome) = &returned {
                    self.prepared_ok[instance] += u32::from(*outcome == Outcome::OK);
                }
                self.feed(Input::Returned { instance: idx, returned, reason: None });
            }
            return;
        }
        let Some(call) = self.queues[instance].pop_front() else { return };
        match &call {
            Call::SetItemStatus(item) => {
                if self.starts(idx, Starting::Notice(*item)) {
                    assert!(self.returned[instance] && !self.completed[instance], "outside the windows");
                }
                return;
            }
            Call::PrepareForSync(items) => {
                assert!(!items.is_empty());
                if !self.starts(idx, Starting::Prepare) {
                    return;
                }
                assert!(self.machine.is_begun(), "before the user began");
                self.n_begun += 1;
                (self.returned[instance], self.completed[instance]) = (false, false);
            }
            Call::Synchronize => {
                if !self.starts(idx, Starting::Synchronize) {
                    return;
                }
                self.n_begun += 1;
                (self.returned[instance], self.completed[instance]) = (false, false);
                self.synchronized[instance] += 1;
                assert!(self.synchronized[instance] <= self.prepared_ok[instance]);
            }
            _ => {}
        }
        self.running[instance] = Some(call);
    }

    fn starts(&mut self, instance: InstanceIdx, starting: Starting) -> bool {
        self.feed(Input::Starting { instance, starting }).outcome() == Outcome::OK
    }

    fn call(&mut self, instance: usize, called: Called) {
        let is_completion = matches!(called, Called::PrepareCompleted(_) | Called::SynchronizeCompleted(_));
        let answer = self.feed(Input::Called { instance: InstanceIdx(instance), called });
        if is_completion && answer == Answer::Outcome(Outcome::OK) {
            self.completed[instance] = true;
        }
    }
}

fn came_back(call: Call, outcome: Outcome) -> Option<Returned> {
    let flags = HandlerFlags::HAS_PROPERTIES | HandlerFlags::PREVIEWS;
    Some(match call {
        Call::Create if outcome.is_failure() => Returned::Created(Err("no".into())),
        Call::Create => Returned::Created(Ok(())),
        // A strange code here and there makes a panic.
        _ if outcome == Outcome::ITEM_DELETED && call != Call::Release => {
            Returned::Panicked { method: "somewhere", text: "oh".into() }
        }
        Call::Initialize => Returned::Initialized(outcome),
        Call::GetHandlerInfo => Returned::InfoGiven(Ok(HandlerInfo { name: "x".into(), flags })),
        Call::EnumSyncMgrItems => Returned::Enumerated(listing(&[A, B])),
        Call::SetProgressCallback => Returned::CallbackSet(outcome),
        Call::ShowProperties(_) => Returned::PropertiesShown(outcome),
        Call::PrepareForSync(_) => Returned::Prepared(outcome),
        Call::Synchronize => Returned::Synchronized(outcome),
        Call::ShowError(_) => Returned::ErrorShown(outcome),
        Call::Release => Returned::Released,
        Call::SetItemStatus(_) | Call::ClearProgressCallback => return None,
    })
}

/// Everything a session can be made of, besides its modifiers.
fn any_spec() -> impl Strategy<Value = SessionSpec> {
    let choosing = prop_oneof![2 => Just(Choosing::AtOnce), 1 => Just(Choosing::ByHand)];
    let closing = prop_oneof![Just(Closing::WhenSettled), Just(Closing::ByHand)];
    let reopen = prop_oneof![4 => Just(None), 1 => Just(Some(ErrorId::from_u128(1)))];
    (any_modifiers(), choosing, closing, reopen).prop_map(|(modifiers, choosing, closing, reopen)| {
        SessionSpec { choosing, closing, reopen, ..spec(N_HANDLERS as u128, modifiers) }
    })
}

fn any_modifiers() -> impl Strategy<Value = Modifiers> {
    prop_oneof![
        3 => Just(ATTENDED),
        3 => Just(UNATTENDED),
        1 => Just(Modifiers::DRY_RUN),
        1 => Just(Modifiers::SETTINGS),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold_and_the_session_ends_once_handlers_have_answered(
        spec in any_spec(),
        events in prop::collection::vec(any_event(), 0..120),
    ) {
        let mut world = World::new(spec);
        for event in events {
            match event {
                Event::Work { instance, outcome } => world.work(instance, outcome),
                Event::Call { instance, called } => world.call(instance, called),
                Event::User(input) => { world.feed(input); }
            }
        }
        // Now everybody answers, everything is chosen, nothing is held, and the results are closed.
        world.feed(Input::ResumeAsked);
        world.feed(Input::CloseAsked);
        for _ in 0..60 {
            for instance in 0..N_HANDLERS {
                world.feed(Input::Chosen { instance: InstanceIdx(instance), items: vec![A] });
                world.work(instance, Outcome::OK);
                world.call(instance, Called::PropertiesCompleted(Outcome::OK));
                world.call(instance, Called::PrepareCompleted(Outcome::OK));
                world.call(instance, Called::SynchronizeCompleted(Outcome::OK));
                world.call(instance, Called::ErrorCompleted(Outcome::OK, vec![]));
            }
        }
        prop_assert!(world.is_finished && world.machine.is_finished());
        prop_assert!(world.machine.rows().all(|row| row.status.is_final()));
        prop_assert_eq!(world.n_opened, 0, "connections left open");
    }

    #[test]
    fn after_a_stop_nothing_begins_and_the_grace_time_ends_everything(
        spec in any_spec(),
        events in prop::collection::vec(any_event(), 0..120),
        later in prop::collection::vec(any_event(), 0..40),
    ) {
        let mut world = World::new(SessionSpec { closing: Closing::WhenSettled, ..spec });
        for event in events {
            match event {
                Event::Work { instance, outcome } => world.work(instance, outcome),
                Event::Call { instance, called } => world.call(instance, called),
                Event::User(Input::CloseAsked) => {}
                Event::User(input) => { world.feed(input); }
            }
        }
        world.feed(Input::StopAsked);
        let n_begun = world.n_begun;
        for event in later {
            match event {
                Event::Work { instance, outcome } => world.work(instance, outcome),
                Event::Call { instance, called } => world.call(instance, called),
                Event::User(_) => {}
            }
        }
        prop_assert_eq!(world.n_begun, n_begun, "something began after the stop");
        // Once for those at work, once for those who then only had to let go.
        world.feed(Input::GraceOver((0..N_HANDLERS).map(InstanceIdx).collect()));
        world.feed(Input::GraceOver((0..N_HANDLERS).map(InstanceIdx).collect()));
        prop_assert!(world.is_finished);
        prop_assert!(world.machine.rows().all(|row| row.status.is_final()));
        for instance in 0..N_HANDLERS {
            let called = Called::PrepareCompleted(Outcome::OK);
            let answer = world.feed(Input::Called { instance: InstanceIdx(instance), called });
            prop_assert_eq!(answer, Answer::Outcome(Outcome::UNEXPECTED));
        }
    }
}
