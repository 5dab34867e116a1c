//! Programs that ask, and handlers that register: C-104 to C-113 without C-109.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use syncmgr_engine::{Choosing, Invoker, SessionQueue, SessionRequest};
use syncmgr_model::flags::{InvokeFlags, RegisterFlags};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::invoke::Invocation;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::queue::Queued;
use syncmgr_model::registration::{Registered, register, registration_info};
use syncmgr_model::trigger::Trigger;
use syncmgr_testkit::{Latch, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

const START: u32 = 0x2;
const MINIMIZED: u32 = 0x4;

/// Everybody's calls to a queue are over, and so are its sessions.
fn finish(invoker: Invoker, queue: Arc<SessionQueue>) {
    drop(invoker);
    Arc::into_inner(queue).expect("nobody else has it").finish();
}

#[test]
fn c_104_a_program_names_the_one_handler_that_is_loaded() {
    let (disk, mail) = (Scripted::new("disk", &[A]), Scripted::new("mail", &[B]));
    let queue = Arc::new(queue_of(&[&disk, &mail]));
    let invoker = Invoker::new(queue.clone(), |_| true);
    assert_eq!(invoker.update_items(START, handler_id(1), 0, None), Outcome::OK);
    finish(invoker, queue);
    assert_eq!(disk.record().calls(), []);
    assert_eq!(mail.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn c_105_only_with_the_start_flag_the_choice_is_left_out() {
    for (word, choosing, is_minimized) in [
        (0, Choosing::ByHand, false),
        (START, Choosing::AtOnce, false),
        (MINIMIZED, Choosing::ByHand, true),
        (START | MINIMIZED, Choosing::AtOnce, true),
    ] {
        let asked = Invocation::update_items(word, handler_id(0), None, |_| true).unwrap();
        assert_eq!(asked.flags.contains(InvokeFlags::MINIMIZED), is_minimized);
        let disk = Scripted::new("disk", &[A]);
        let entries = vec![entry(0, "disk", Arc::new(disk.clone()))];
        let trigger = Trigger::Invoke(asked);
        let session = engine().start(SessionRequest::of_trigger(SessionId::NIL, &trigger, entries));
        if choosing == Choosing::ByHand {
            next_list(&session);
            session.close();
        }
        let n_run = usize::from(choosing == Choosing::AtOnce);
        assert_eq!(session.wait().items.len(), n_run, "{word:#x}");
        assert_eq!(disk.record().count(&Recorded::Synchronize), n_run, "{word:#x}");
    }
}

#[test]
fn c_106_wrong_arguments_are_refused_and_load_nothing() {
    let disk = Scripted::new("disk", &[A]);
    let queue = Arc::new(queue_of(&[&disk]));
    let invoker = Invoker::new(queue.clone(), |handler| handler == handler_id(0));
    for (word, handler, size, bytes) in [
        (0x1, handler_id(0), 0, None),
        (0x8, handler_id(0), 0, None),
        (START | 0x100, handler_id(0), 0, None),
        (START, handler_id(1), 0, None),
        (START, HandlerId::NIL, 0, None),
        (START, handler_id(0), 3, None),
    ] {
        let answer = invoker.update_items(word, handler, size, bytes);
        assert_eq!(answer, Outcome::INVALID_ARGUMENT, "{word:#x} {handler} {size}");
    }
    assert_eq!(invoker.update_items(START, handler_id(0), 0, Some(b"ignored")), Outcome::OK);
    finish(invoker, queue);
    let calls = disk.record().calls();
    assert_eq!(count(&calls, |call| matches!(call, Recorded::Initialize(..))), 1);
    assert!(matches!(calls[0], Recorded::Initialize(_, None)));
}

/// A queue that is held at its first trigger until the door opens, and what it has worked on.
fn held_queue(door: &Latch) -> (SessionQueue, Arc<Mutex<Vec<Trigger>>>) {
    let (door, worked) = (door.clone(), Arc::<Mutex<Vec<Trigger>>>::default());
    let seen = worked.clone();
    let queue = SessionQueue::new(move |trigger| {
        door.wait();
        seen.lock().unwrap().push(trigger);
    });
    (queue.expect("there are threads"), worked)
}

#[test]
fn c_107_both_calls_return_before_any_handler_is_initialized() {
    let door = Latch::new();
    let wait = door.clone();
    let disk = Scripted::new("disk", &[A]).on_initialize(move || {
        wait.wait();
        Outcome::OK
    });
    let queue = Arc::new(queue_of(&[&disk]));
    let invoker = Invoker::new(queue.clone(), |_| true);
    assert_eq!(invoker.update_items(START, handler_id(0), 0, None), Outcome::OK);
    assert_eq!(invoker.update_all(), Outcome::OK);
    // Both are back, and nothing can have got beyond `initialize`.
    assert_eq!(disk.record().count(&Recorded::GetHandlerInfo), 0);
    door.open();
    finish(invoker, queue);
    assert_eq!(disk.record().count(&Recorded::Synchronize), 2);
}

#[test]
fn c_108_requests_during_a_session_wait_in_order_and_equal_ones_are_one() {
    let door = Latch::new();
    let (queue, worked) = held_queue(&door);
    let asked = |number, cookie: Option<&[u8]>| {
        let asked = Invocation::update_items(START, handler_id(number), cookie, |_| true);
        Trigger::Invoke(asked.unwrap())
    };
    let all = Trigger::Invoke(Invocation::update_all());
    let requests = [
        (Trigger::Manual, Queued::Last),
        (asked(0, None), Queued::Last),
        (all.clone(), Queued::Last),
        (asked(0, Some(b"x")), Queued::Last),
        (asked(1, None), Queued::Last),
        (asked(0, None), Queued::Merged),
        (all.clone(), Queued::Merged),
        (asked(0, Some(b"x")), Queued::Merged),
    ];
    for (trigger, expected) in requests {
        assert_eq!(queue.add(trigger.clone()), expected, "{trigger:?}");
    }
    door.open();
    queue.finish();
    let order = [Trigger::Manual, asked(0, None), all, asked(0, Some(b"x")), asked(1, None)];
    assert_eq!(*worked.lock().unwrap(), order);
}

#[test]
fn c_108_one_session_runs_at_a_time() {
    let alone = Alone::default();
    let busy = alone.clone();
    let queue = SessionQueue::new(move |_| {
        busy.enter();
        std::thread::yield_now();
        busy.leave();
    })
    .expect("there are threads");
    for number in 0..100 {
        queue.add(Trigger::Schedule(number.to_string()));
    }
    queue.finish();
}

/// Registrations and ticks in memory, by the rules every store has to follow.
#[derive(Default)]
struct Registry {
    handlers: BTreeMap<HandlerId, Registered>,
    order: Vec<HandlerId>,
    ticks: Vec<(HandlerId, ItemId)>,
}

impl Registry {
    fn register(&mut self, handler: HandlerId, description: Option<&str>, word: u32) -> Outcome {
        match register(handler, self.handlers.get(&handler), description, word) {
            Ok(registered) => {
                if self.handlers.insert(handler, registered).is_none() {
                    self.order.push(handler);
                }
                Outcome::OK
            }
            Err(outcome) => outcome,
        }
    }

    fn unregister(&mut self, handler: HandlerId) -> Outcome {
        self.handlers.remove(&handler);
        self.order.retain(|other| *other != handler);
        self.ticks.retain(|(other, _)| *other != handler);
        Outcome::OK
    }

    fn info(&self, handler: HandlerId) -> (Outcome, u32) {
        registration_info(self.handlers.get(&handler))
    }
}

#[test]
fn c_110_an_unknown_handler_and_one_that_was_unregistered_are_a_polite_no_and_no_flags() {
    let mut registry = Registry::default();
    assert_eq!(registry.info(handler_id(0)), (Outcome::FALSE, 0));
    registry.register(handler_id(0), Some("Disk"), 0x5);
    assert_eq!(registry.info(handler_id(0)), (Outcome::OK, 0x5));
    registry.unregister(handler_id(0));
    assert_eq!(registry.info(handler_id(0)), (Outcome::FALSE, 0));
}

#[test]
fn c_111_a_handler_registers_without_a_description() {
    let mut registry = Registry::default();
    assert_eq!(registry.register(handler_id(0), None, 0), Outcome::OK);
    assert_eq!(registry.info(handler_id(0)), (Outcome::OK, 0));
}

#[test]
fn c_112_undefined_flags_and_the_nil_id_are_refused_and_store_nothing() {
    let mut registry = Registry::default();
    registry.register(handler_id(0), Some("Disk"), 0x1);
    for (handler, word) in [(handler_id(0), 0x8), (handler_id(0), 0x107), (HandlerId::NIL, 0x1)] {
        assert_eq!(registry.register(handler, Some("x"), word), Outcome::INVALID_ARGUMENT);
    }
    let disk = Registered { description: "Disk".to_owned(), events: RegisterFlags::CONNECT };
    assert_eq!(registry.handlers.into_iter().collect::<Vec<_>>(), [(handler_id(0), disk)]);
}

#[test]
fn c_113_registering_again_updates_in_place_and_unregistering_twice_is_fine() {
    let mut registry = Registry::default();
    registry.register(handler_id(0), Some("Disk"), 0x1);
    registry.register(handler_id(1), Some("Mail"), 0);
    registry.ticks.push((handler_id(0), A));
    assert_eq!(registry.register(handler_id(0), None, 0x6), Outcome::OK);
    assert_eq!(registry.order, [handler_id(0), handler_id(1)]);
    assert_eq!(registry.handlers[&handler_id(0)].description, "Disk");
    assert_eq!(registry.info(handler_id(0)), (Outcome::OK, 0x6));
    assert_eq!(registry.ticks, [(handler_id(0), A)]);
    for _ in 0..2 {
        assert_eq!(registry.unregister(handler_id(0)), Outcome::OK);
    }
    assert_eq!(registry.ticks, []);
}
